// SPDX-License-Identifier: Apache-2.0
// SystemC shell of on-chip SRAM: one tile, or many identical ones that streams spread over.
#pragma once

#include "models/base/memory_module.hpp"
#include "models/sram/sram_policy.hpp"

namespace strata::sram {

/// Built before the shell that refers to it.
class policy_owner {
protected:
  explicit policy_owner(const sram_config& c) : m_service(make_policy(c)) {}
  std::unique_ptr<base::service_policy> m_service;
};

class sram_tile : private policy_owner, public base::memory_module {
public:
  using config = sram_config;

  /// Throws base::input_error where parameters do not fit each other.
  sram_tile(sc_core::sc_module_name name, const config& c);
  static const base::component_description& describe();

protected:
  void account(const base::memory_access& access) override;

private:
  const config m_config;
  base::meter& m_read;
  base::meter& m_write;
};

} // namespace strata::sram
