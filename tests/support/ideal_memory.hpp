// SPDX-License-Identifier: Apache-2.0
// A memory of fixed bandwidth and latency, so that tests of other models have closed forms to hold against.
#pragma once

#include "models/base/fluid_server.hpp"
#include "models/base/memory_module.hpp"

#include <algorithm>
#include <map>

namespace strata::tests {

class ideal_policy : public base::service_policy {
public:
  ideal_policy(double rate, base::femtoseconds latency) : m_server(rate), m_latency(latency) {}
  void start(base::femtoseconds now, const base::memory_access& a) override {
    m_server.add(now, a.id, static_cast<double>(a.stream.bytes), a.stream.rate_limit);
  }
  base::femtoseconds next() const override {
    return std::min(m_server.next(), m_late.empty() ? base::never : m_late.begin()->first);
  }
  void advance(base::femtoseconds now, std::vector<std::uint64_t>& done) override {
    std::vector<std::uint64_t> served;
    m_server.advance(now, served);
    for (const std::uint64_t id : served)
      m_late.emplace(now + m_latency, id);
    while (!m_late.empty() && m_late.begin()->first <= now) {
      done.push_back(m_late.begin()->second);
      m_late.erase(m_late.begin());
    }
  }
  base::femtoseconds unloaded(const base::memory_access& a) const override {
    return m_latency + base::time_for(static_cast<double>(a.stream.bytes), m_server.rate());
  }

private:
  base::fluid_server m_server;
  base::femtoseconds m_latency;
  std::multimap<base::femtoseconds, std::uint64_t> m_late;
};

class ideal_memory : private ideal_policy, public base::memory_module {
public:
  ideal_memory(sc_core::sc_module_name name, double rate, base::femtoseconds latency, std::uint64_t capacity,
               bool store_data = false)
      : ideal_policy(rate, latency), base::memory_module(name, capacity, 1, 64, store_data, *this) {}
  double reads = 0, writes = 0;
  base::access_errors errors; ///< that every access from now on comes with

private:
  void account(const base::memory_access& a) override {
    (a.write ? writes : reads) += static_cast<double>(a.stream.bytes);
  }
  base::access_errors errors_in(const base::memory_access&) override { return errors; }
};

} // namespace strata::tests
