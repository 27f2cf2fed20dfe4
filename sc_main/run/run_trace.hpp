// SPDX-License-Identifier: Apache-2.0
// What a run writes into a trace: commands by device and lane, transactions by binding, phases, power, KV cache by tier and
// its movements.
// All on the serving engine's time, which skips what the kernel would have waited with nothing in flight.
#pragma once

#include "platforms/elaborator.hpp"
#include "sc_main/run/kv_places.hpp"
#include "sc_main/run/ledger.hpp"
#include "sc_main/run/perfetto_writer.hpp"
#include "traffic/steps/replay.hpp"

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace strata::cli {

class run_trace {
public:
  /// `platform` must be elaborated with monitors.
  run_trace(const std::filesystem::path& file, const platforms::platform& platform, const ledger& meters, const kv_places& places);

  /// From here on components and bindings are watched; what configures devices before is left out. `run` outlives it.
  void start(const traffic::replay& run);

  /// As replay's observers of the same kind, ps of engine time.
  void passed(unsigned engine, std::int64_t from, std::int64_t to, traffic::phase p, const std::vector<kv_places::content>& kv);
  void moved(const traffic::kv_movement& m);
  void worked(std::int64_t from, std::int64_t to, const std::vector<double>& change);

  void commit();

private:
  /// A binding's transactions: those that overlap or follow each other directly are one slice, of at most 50 us
  /// where there are several. Slices together cover exactly the time in which something was under way.
  struct binding {
    perfetto_writer::track track = 0;
    std::int64_t begin = 0, end = 0;
    std::uint64_t transactions = 0, read = 0, written = 0; ///< bytes
  };
  /// A number over time, told when it changes; 0 = has no track yet, because it has been 0.
  struct counter {
    perfetto_writer::track track = 0;
    double last = -1;
  };
  /// Slices one after the other.
  struct row {
    perfetto_writer::track track = 0;
    std::int64_t end = 0;
  };
  perfetto_writer::track component_track(const std::string& path);
  template <class Name>
  void count(counter& c, const Name& name, const char* unit, std::int64_t at, double value);
  void transaction(binding& b, const tlm::tlm_generic_payload& trans, std::int64_t begin, std::int64_t end);
  void write(binding& b);

  const platforms::platform& m_platform;
  const ledger& m_meters;
  perfetto_writer m_writer;
  const kv_places& m_places;
  perfetto_writer::track m_root;
  counter m_power;
  std::map<std::pair<unsigned, std::size_t>, counter> m_used, m_kept; ///< by engine and tier
  std::map<unsigned, row> m_phases;                                   ///< by engine
  std::map<std::pair<unsigned, std::size_t>, row> m_movements;        ///< by engine and way
  std::map<std::string, perfetto_writer::track> m_components;
  std::deque<binding> m_bindings; ///< callbacks refer to them
};

} // namespace strata::cli
