// SPDX-License-Identifier: Apache-2.0
// The meters of a DRAM memory: device commands and data, and apart from them the host's controller and PHY, so that
// their sum is the energy at the board. Kernel-free apart from base::component's header.
#pragma once

#include "models/base/component.hpp"
#include "models/base/memory_module.hpp"
#include "models/dram/config.hpp"

#include <functional>

namespace strata::dram {

class energy_meters {
public:
  using adder = std::function<base::meter&(base::meter)>;
  energy_meters(const dram_config& c, const adder& add);
  /// Books an access that activated `activates` rows.
  void book(const base::memory_access& access, double activates);

  /// These meters and the shell's own.
  static std::vector<base::meter_description> describe();

private:
  double check_bytes(const base::memory_access& access) const;

  const dram_config m_config;
  double m_peak;
  base::meter& m_activate;
  base::meter& m_read;
  base::meter& m_write;
  base::meter& m_refresh;
  base::meter& m_check;
  base::meter& m_controller;
};

} // namespace strata::dram
