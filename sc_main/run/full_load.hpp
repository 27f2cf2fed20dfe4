// SPDX-License-Identifier: Apache-2.0
// What a run does while all places are taken: neither its beginning, when the first requests' prompts are computed, nor its
// end, when fewer and fewer are left.
#pragma once

#include "sc_main/run/ledger.hpp"
#include "sc_main/run/run_result.hpp"
#include "traffic/serving/phases.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace strata::cli {

/// From when as many of all `requests` have their first token as have `places`, until no more than that many lack it.
class full_load {
public:
  full_load(std::uint64_t places, std::uint64_t requests) : m_places(places), m_requests(requests) {}
  /// At `now` (ps) `answered` requests have their first token, and `pools` have counted what was done so far.
  void look(std::uint64_t answered, std::int64_t now, const std::vector<traffic::pool_phases>& pools);
  /// Nothing where there were too few requests.
  std::optional<full_load_result> result(const ledger& meters) const;

private:
  struct counts {
    std::int64_t at = 0;
    std::uint64_t tokens = 0;
    std::vector<double> meters;
  };
  static counts counted(std::int64_t now, const std::vector<traffic::pool_phases>& pools);

  std::uint64_t m_places, m_requests;
  std::optional<counts> m_begin, m_end;
};

} // namespace strata::cli
