// SPDX-License-Identifier: Apache-2.0
// SystemC shell of a flash drive (SSD): the tier below DRAM.
#pragma once

#include "models/base/memory_module.hpp"
#include "models/flash/flash_policy.hpp"

namespace strata::flash {

/// Built before the shell that refers to it.
class policy_owner {
protected:
  explicit policy_owner(const flash_config& c) : m_service(c) {}
  flash_policy m_service;
};

class flash_drive : private policy_owner, public base::memory_module {
public:
  using config = flash_config;
  flash_drive(sc_core::sc_module_name name, const config& c);
  static const base::component_description& describe();

protected:
  void account(const base::memory_access& access) override;

private:
  const config m_config;
  base::meter& m_read;
  base::meter& m_write;
};

} // namespace strata::flash
