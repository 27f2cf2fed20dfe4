// SPDX-License-Identifier: Apache-2.0
// Parts for tests of links, switches and hosts: a memory of known latency and bandwidth, a requester that notes
// when each of its requests was answered, and a bench that puts a protocol checker on every binding.
#pragma once

#include "models/base/fluid_server.hpp"
#include "models/base/memory_module.hpp"
#include "models/probe/protocol_checker.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace strata::link_tests {

/// Bandwidth shared fairly, then a fixed latency.
class plain_service : public base::service_policy {
public:
  plain_service(double bytes_per_s, base::femtoseconds latency) : m_server(bytes_per_s), m_latency(latency) {}
  void start(base::femtoseconds now, const base::memory_access& a) override {
    m_server.add(now, a.id, static_cast<double>(a.stream.bytes), a.stream.rate_limit);
  }
  base::femtoseconds next() const override {
    return std::min(m_server.next(), m_answers.empty() ? base::never : m_answers.front().due);
  }
  void advance(base::femtoseconds now, std::vector<std::uint64_t>& done) override {
    std::vector<std::uint64_t> served;
    m_server.advance(now, served);
    for (const std::uint64_t id : served)
      m_answers.push_back({now + m_latency, id});
    for (; !m_answers.empty() && m_answers.front().due <= now; m_answers.pop_front())
      done.push_back(m_answers.front().id);
  }
  base::femtoseconds unloaded(const base::memory_access& a) const override {
    const double limit = a.stream.rate_limit;
    const double rate = limit > 0 ? std::min(limit, m_server.rate()) : m_server.rate();
    return m_latency + base::time_for(static_cast<double>(a.stream.bytes), rate);
  }

private:
  struct answer {
    base::femtoseconds due;
    std::uint64_t id;
  };
  base::fluid_server m_server;
  base::femtoseconds m_latency;
  std::deque<answer> m_answers;
};

class plain_memory : private plain_service, public base::memory_module {
public:
  plain_memory(sc_core::sc_module_name name, double bytes_per_s, base::femtoseconds latency, unsigned queue = 64)
      : plain_service(bytes_per_s, latency), memory_module(name, std::uint64_t{1} << 40, 1, queue, true, *this) {}
  double served = 0; ///< bytes

private:
  void account(const base::memory_access& a) override { served += static_cast<double>(a.stream.bytes); }
};

/// Sends planned requests at their instants.
class requester : public sc_core::sc_module, public base::component, private base::initiator_handler {
public:
  struct request {
    base::femtoseconds start;
    tlm::tlm_generic_payload* trans;
    base::femtoseconds answered = base::never;
    tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
    base::femtoseconds took() const { return answered - start; }
  };

  explicit requester(sc_core::sc_module_name name) : sc_core::sc_module(name), m_port("out", 0, *this) {
    expose_initiator("out", 0, m_port.socket);
    SC_THREAD(run);
  }
  STRATA_HAS_PROCESS(requester);
  std::string path() const override { return name(); }

  /// A bulk transfer of `bytes`; plans must be in order of `start`.
  const request& transfer(base::femtoseconds start, tlm::tlm_command command, std::uint64_t address, std::uint64_t bytes,
                          double rate_limit = 0) {
    base::stream s;
    s.bytes = bytes;
    s.rate_limit = rate_limit;
    return m_plan.emplace_back(request{start, &m_pool.stream_payload(command, address, s)});
  }
  /// A plain access to `length` bytes at `data`.
  const request& access(base::femtoseconds start, tlm::tlm_command command, std::uint64_t address, void* data, unsigned length) {
    return m_plan.emplace_back(request{start, &m_pool.plain_payload(command, address, data, length)});
  }
  /// A payload made by the caller, with its reference.
  const request& given(base::femtoseconds start, tlm::tlm_generic_payload& trans) {
    return m_plan.emplace_back(request{start, &trans});
  }
  base::payload_pool& pool() { return m_pool; }
  tlm_utils::simple_initiator_socket_optional<base::initiator_port, 64>& socket() { return m_port.socket; }

private:
  void run() {
    for (auto& r : m_plan) {
      if (r.start > base::now())
        wait(base::to_sc_time(r.start - base::now()));
      m_port.send(*r.trans);
    }
  }
  void on_response(unsigned, tlm::tlm_generic_payload& trans) override {
    for (auto& r : m_plan)
      if (r.trans == &trans) {
        r.answered = base::now();
        r.status = trans.get_response_status();
        r.trans = nullptr;
        trans.release();
        return;
      }
    ADD_FAILURE() << "answer to a request that was not made";
  }
  base::payload_pool m_pool;
  base::initiator_port m_port;
  std::deque<request> m_plan;
};

/// Binds ports by name as a netlist does, a protocol checker on each binding.
class bench {
public:
  ~bench() {
    for (const auto& c : m_checkers) {
      EXPECT_EQ(c->violations(), 0u) << c->path();
      EXPECT_EQ(c->in_progress(), 0u) << c->path();
    }
  }
  void connect(base::component& x, const std::string& x_port, unsigned x_index, base::component& y,
               const std::string& y_port, unsigned y_index) {
    const bool there = bind(x, x_port, x_index, y, y_port, y_index);
    const bool back = bind(y, y_port, y_index, x, x_port, x_index);
    ASSERT_TRUE(there || back) << x_port << " and " << y_port << " do not fit";
  }

private:
  bool bind(base::component& from, const std::string& from_port, unsigned from_index, base::component& to,
            const std::string& to_port, unsigned to_index) {
    for (const auto& i : from.initiators())
      for (const auto& t : to.targets())
        if (i.name == from_port && i.index == from_index && t.name == to_port && t.index == to_index) {
          auto& c = m_checkers.emplace_back(std::make_unique<probe::protocol_checker>(
              ("checker_" + std::to_string(m_checkers.size())).c_str(),
              probe::protocol_checker::config{from.path() + "." + from_port + " -> " + to.path() + "." + to_port}));
          i.bind(c->in);
          c->out.bind(*t.socket);
          return true;
        }
    return false;
  }
  std::vector<std::unique_ptr<probe::protocol_checker>> m_checkers;
};

inline const base::meter& meter(const base::component& c, const std::string& name) {
  for (const auto& m : c.meters())
    if (m.name == name)
      return m;
  throw std::out_of_range(c.path() + " has no meter " + name);
}

/// Equal to within 1 ppm and a picosecond of rounding.
inline void expect_time(base::femtoseconds actual, double expected_s) {
  EXPECT_NEAR(base::to_seconds(actual), expected_s, expected_s * 1e-6 + 1e-12);
}

constexpr auto read = tlm::TLM_READ_COMMAND;
constexpr auto write = tlm::TLM_WRITE_COMMAND;
constexpr base::femtoseconds ns = 1000000;

} // namespace strata::link_tests
