// SPDX-License-Identifier: Apache-2.0
// crossbar_switch against its closed forms: latency, incast, all-to-all, routing, and a requester's way through
// link, switch and link, also back out of the port it came in by.
#include "models/link/serial_link.hpp"
#include "models/switch/crossbar_switch.hpp"
#include "tests/sim/link_parts.hpp"
#include "tests/support/sim_test.hpp"

namespace strata::link_tests {
namespace {

using switching::crossbar_switch;

constexpr double port_rate = 100e9, latency = 100e-9, memory_latency = 50e-9, flit = 16 / port_rate;
constexpr std::uint64_t window = 0x1'0000'0000;

crossbar_switch::config round_numbers() {
  crossbar_switch::config c;
  c.port_bandwidth = base::byte_rate::of(port_rate);
  c.port_energy = base::energy_per_bit::of(1e-12);
  return c;
}

/// Requesters on all ports and memories behind all, port i serving [i * window, (i + 1) * window).
struct star {
  star() : crossbar("crossbar", round_numbers()) {
    for (unsigned i = 0; i < 8; ++i) {
      memories.push_back(std::make_unique<plain_memory>(("memory_" + std::to_string(i)).c_str(), 1e15, 50 * ns));
      memories.back()->set_base("port", i * window);
      sources.push_back(std::make_unique<requester>(("source_" + std::to_string(i)).c_str()));
      b.connect(*sources[i], "out", 0, crossbar, "port", i);
      b.connect(crossbar, "port", i, *memories[i], "port", 0);
      crossbar.add_route({i * window, window}, "port", i);
    }
  }
  bench b;
  crossbar_switch crossbar;
  std::vector<std::unique_ptr<plain_memory>> memories;
  std::vector<std::unique_ptr<requester>> sources;
};

SIM_TEST(crossbar, unloaded_access_takes_a_flit_and_the_latency_each_way) {
  star t;
  unsigned char data[8] = {1, 2, 3, 4, 5, 6, 7, 8}, back[8] = {};
  const auto& w = t.sources[0]->access(0, write, 3 * window + 8, data, 8);
  const auto& r = t.sources[0]->access(1000 * ns, read, 3 * window + 8, back, 8);
  sc_core::sc_start();
  expect_time(w.took(), 2 * latency + 8 / port_rate + memory_latency);
  expect_time(r.took(), 2 * latency + 8 / port_rate + memory_latency);
  EXPECT_EQ(std::memcmp(data, back, 8), 0);
}

SIM_TEST(crossbar, incast_of_seven_runs_at_the_rate_of_one_port) {
  star t;
  const std::uint64_t n = 10'000'000;
  std::vector<const requester::request*> all;
  for (unsigned i = 1; i < 8; ++i)
    all.push_back(&t.sources[i]->transfer(0, write, i * n, n));
  sc_core::sc_start();
  for (const auto* w : all)
    expect_time(w->took(), 7 * n / port_rate + 2 * latency);
  EXPECT_EQ(meter(t.crossbar, "out[0]").amount, 7.0 * n);
  EXPECT_NEAR(meter(t.crossbar, "out[0]").busy_s, 7 * n / port_rate, 1e-12);
  EXPECT_EQ(meter(t.crossbar, "out[1]").amount, 0);
}

SIM_TEST(crossbar, reads_load_the_port_of_the_reader) {
  star t;
  const std::uint64_t n = 10'000'000;
  std::vector<const requester::request*> all;
  for (unsigned i = 1; i < 8; ++i)
    all.push_back(&t.sources[0]->transfer(0, read, i * window, n));
  sc_core::sc_start();
  for (const auto* r : all)
    expect_time(r->took(), 7 * n / port_rate + 2 * latency);
  EXPECT_EQ(meter(t.crossbar, "out[0]").amount, 7.0 * n);
}

SIM_TEST(crossbar, a_permutation_runs_at_full_rate_everywhere) {
  star t;
  const std::uint64_t n = 10'000'000;
  std::vector<const requester::request*> all;
  for (unsigned i = 0; i < 8; ++i)
    all.push_back(&t.sources[i]->transfer(0, write, (i + 1) % 8 * window, n));
  sc_core::sc_start();
  for (const auto* w : all)
    expect_time(w->took(), n / port_rate + 2 * latency + flit + memory_latency);
}

SIM_TEST(crossbar, addresses_without_a_route_are_refused) {
  star t;
  EXPECT_THROW(t.crossbar.add_route({9 * window, window}, "port", 8), std::invalid_argument);
  EXPECT_THROW(t.crossbar.add_route({9 * window, window}, "side", 0), std::invalid_argument);
  EXPECT_THROW(t.crossbar.add_route({0, 1}, "port", 2), std::invalid_argument);
  const auto& w = t.sources[0]->transfer(0, write, 9 * window, 64);
  sc_core::sc_start();
  EXPECT_EQ(w.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(w.took(), 0u);
}

SIM_TEST(crossbar, requests_may_return_by_the_port_and_link_they_came_from) {
  // A device's own link leads to the switch, which sends what is meant for an absent peer back to the device.
  bench b;
  link::serial_link::config wire;
  wire.packet_overhead = base::bytes::of(0);
  wire.lanes = 1;
  wire.lane_rate = base::bit_rate::of(800e9);
  wire.encoding = 1;
  wire.latency = base::duration::of(200e-9);
  link::serial_link link("link", wire);
  crossbar_switch crossbar("crossbar", round_numbers());
  plain_memory inbox("inbox", 1e15, 50 * ns);
  inbox.set_base("port", window);
  requester device("device");
  b.connect(device, "out", 0, link, "a", 0);
  b.connect(link, "b", 0, crossbar, "port", 0);
  b.connect(link, "a", 0, inbox, "port", 0);
  crossbar.add_route({window, window}, "port", 0);
  const std::uint64_t n = 10'000'000;
  const auto& w = device.transfer(0, write, window, n);
  sc_core::sc_start();
  EXPECT_EQ(w.status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(inbox.served, 1.0 * n);
  const double one_way = 200e-9 + latency + 200e-9, packets = 2 * 256 / 100e9 + flit;
  expect_time(w.took(), n / port_rate + 2 * one_way + packets + memory_latency);
  EXPECT_EQ(meter(link, "a_to_b").amount, 1.0 * n);
  EXPECT_EQ(meter(link, "b_to_a").amount, 1.0 * n);
}

} // namespace
} // namespace strata::link_tests
