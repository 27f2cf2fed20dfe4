// SPDX-License-Identifier: Apache-2.0
// Stream fidelity: an access that has the memory to itself takes what its like take in the mean; accesses that meet are
// simulated burst by burst, except for what long ones do once they have settled. The cost of an access does not depend on
// its length. Kernel-free.
#pragma once

#include "models/dram/burst_policy.hpp"

#include <optional>

namespace strata::dram {

class stream_policy : public burst_policy {
public:
  explicit stream_policy(const dram_config& c);

  void start(base::femtoseconds now, const base::memory_access& access) override;
  base::femtoseconds next() const override;
  void advance(base::femtoseconds now, std::vector<std::uint64_t>& done) override;

private:
  /// The only access in progress; the engine learns of it when it meets another.
  struct lone_access {
    base::memory_access access;
    base::femtoseconds start, end;
  };
  std::optional<lone_access> m_lone;
};

} // namespace strata::dram
