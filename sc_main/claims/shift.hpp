// SPDX-License-Identifier: Apache-2.0
// Who serves a task cheapest, and with the least energy, where its user waits no longer than a limit: systems under
// rising load, their operating points, and the lower envelope of these under each limit.
#pragma once

#include "sc_main/claims/experiment.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace strata::cli {

constexpr int shift_schema_version = 1;

struct shift_system {
  std::string name;
  std::vector<unsigned> loads;        ///< what $load stands for in the command
  std::vector<experiment> runs;       ///< one for each load
};

struct shift_traffic {
  std::string name, text;
  std::vector<shift_system> systems;
};

/// What is swept, as its file says it.
struct shift_sweep {
  std::vector<figure_value> waits;     ///< s per output token
  std::vector<double> memory_prices;   ///< times those of the netlists
  std::vector<shift_traffic> traffic;
};

/// Throws base::input_error with every problem found.
shift_sweep read_sweep(const std::string& file);

/// How a system serves at one load. A task is a request.
struct shift_point {
  unsigned load = 0;
  double wait_s = 0;         ///< mean time from arrival to last token, per output token
  double task_s = 0;         ///< the same, of the whole task
  double capital_usd = 0;    ///< of a task
  double memory_share = 0;   ///< of the capital
  double energy_usd = 0, energy_J = 0; ///< of a task
  /// Dollars of a task where memory costs `factor` times as much.
  double usd(double factor) const { return capital_usd * (1 + memory_share * (factor - 1)) + energy_usd; }
};

/// points[traffic][system][load].
using shift_points = std::vector<std::vector<std::vector<shift_point>>>;

/// Makes all runs, `at_once` at a time; see experiment_list::run(). Throws base::input_error, too, for a platform
/// without a price, and where a system refuses requests.
shift_points run_sweep(const shift_sweep& sweep, std::size_t at_once, const simulator& simulate_one);

/// Of a limit: the system and point that are best, and how far behind the best point of each other system is.
struct shift_winner {
  std::size_t system = 0, point = 0;
  bool any = false; ///< a system that keeps the limit
};
/// The cheapest under `wait_s` with memory at `memory_price`, or with `memory_price` 0 the one of least energy.
shift_winner winner(const std::vector<std::vector<shift_point>>& systems, double wait_s, double memory_price);

/// Tables: for each traffic, who is best under each limit, by dollars at each memory price and by joules.
std::string shift_markdown(const shift_sweep& sweep, const shift_points& points);
/// Schema strata.shift, see docs/result_schema.md.
nlohmann::ordered_json shift_document(const shift_sweep& sweep, const shift_points& points);

} // namespace strata::cli
