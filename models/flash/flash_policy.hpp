// SPDX-License-Identifier: Apache-2.0
// When a flash drive has served an access: whole pages, spread over its planes, which reads and writes in progress
// share. Kernel-free.
#pragma once

#include "models/base/fluid_server.hpp"
#include "models/base/memory_module.hpp"
#include "models/flash/config.hpp"

#include <queue>

namespace strata::flash {

class flash_policy : public base::service_policy {
public:
  explicit flash_policy(const flash_config& c);
  void start(base::femtoseconds now, const base::memory_access& access) override;
  base::femtoseconds next() const override;
  void advance(base::femtoseconds now, std::vector<std::uint64_t>& done) override;
  base::femtoseconds unloaded(const base::memory_access& access) const override;

private:
  struct ending {
    base::femtoseconds due;
    std::uint64_t order, id;
    bool operator>(const ending& o) const { return due != o.due ? due > o.due : order > o.order; }
  };
  double pages(const base::memory_access& a) const;
  double work(const base::memory_access& a) const;
  double share(const base::memory_access& a) const;
  base::femtoseconds latency(bool write) const;

  const flash_config m_config;
  base::fluid_server m_drive{1}; ///< in seconds of the whole drive
  std::vector<char> m_writes;    ///< by id: the access is a write
  std::vector<std::uint64_t> m_through;
  std::priority_queue<ending, std::vector<ending>, std::greater<>> m_endings;
  std::uint64_t m_order = 0;
};

} // namespace strata::flash
