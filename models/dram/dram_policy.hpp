// SPDX-License-Identifier: Apache-2.0
// What the DRAM shell needs of a timing policy at either fidelity. Kernel-free.
#pragma once

#include "models/base/memory_module.hpp"
#include "models/dram/config.hpp"

#include <memory>

namespace strata::dram {

class dram_policy : public base::service_policy {
public:
  /// Rows that `access`, which has just ended (or was only timed, id = never), activated.
  virtual double activates(const base::memory_access& access) const = 0;
};

/// The policy of `c.fidelity`. Throws base::input_error where parameters do not fit each other.
std::unique_ptr<dram_policy> make_policy(const dram_config& c);

} // namespace strata::dram
