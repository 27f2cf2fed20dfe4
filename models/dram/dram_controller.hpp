// SPDX-License-Identifier: Apache-2.0
// SystemC shell of a DRAM memory: all channels of a device's HBM, DDR, LPDDR or GDDR behind TLM-2.0 target ports.
#pragma once

#include "models/base/memory_module.hpp"
#include "models/dram/dram_policy.hpp"
#include "models/dram/energy.hpp"
#include "models/dram/error_process.hpp"

namespace strata::dram {

/// Built before the shell that refers to it.
class policy_owner {
protected:
  explicit policy_owner(const dram_config& c) : m_service(make_policy(c)) {}
  std::unique_ptr<dram_policy> m_service;
};

class dram_controller : private policy_owner, public base::memory_module {
public:
  using config = dram_config;

  /// Throws base::input_error where parameters do not fit each other.
  dram_controller(sc_core::sc_module_name name, const config& c);
  static const base::component_description& describe();
  /// Bytes per second with every data pin busy.
  double peak_bandwidth() const { return m_config.peak_bandwidth(); }

protected:
  void account(const base::memory_access& access) override;
  base::access_errors errors_in(const base::memory_access& access) override;

private:
  const config m_config;
  energy_meters m_energy;
  error_process m_correctable, m_uncorrectable;
  base::meter &m_corrected, &m_uncorrected;
};

} // namespace strata::dram
