// SPDX-License-Identifier: Apache-2.0
// serial_link against its closed forms: unloaded latency, peak bandwidth, shares, credits, errors, meters.
#include "models/link/serial_link.hpp"
#include "tests/sim/link_parts.hpp"
#include "tests/support/sim_test.hpp"

#include <numeric>

namespace strata::link_tests {
namespace {

// 10 lanes x 80 Gbit/s = 100 GB/s on the wire, 128 of 160 bytes are payload: 80 GB/s.
link::serial_link::config round_numbers() {
  link::serial_link::config c;
  c.lanes = 10;
  c.lane_rate = base::bit_rate::of(80e9);
  c.encoding = 1;
  c.packet_payload = base::bytes::of(128);
  c.packet_overhead = base::bytes::of(32);
  c.latency = base::duration::of(100e-9);
  c.wire_energy = base::energy_per_bit::of(1e-12);
  return c;
}
constexpr double wire = 100e9, payload_rate = 80e9, latency = 100e-9, memory_latency = 50e-9;
constexpr double header = 32 / wire, packet = 160 / wire;

struct one_link {
  explicit one_link(double memory_rate, const link::serial_link::config& c = round_numbers())
      : link("link", c), memory("memory", memory_rate, 50 * ns), source("source") {
    b.connect(source, "out", 0, link, "a", 0);
    b.connect(link, "b", 0, memory, "port", 0);
  }
  bench b; // first, so that it judges when all else is gone
  link::serial_link link;
  plain_memory memory;
  requester source;
};

SIM_TEST(link, unloaded_small_accesses_take_latency_packets_and_memory) {
  one_link t(1e15);
  unsigned char data[64] = {}, back[64] = {};
  std::iota(std::begin(data), std::end(data), static_cast<unsigned char>(1));
  const auto& w = t.source.access(0, write, 0x40, data, 64);
  const auto& r = t.source.access(1000 * ns, read, 0x40, back, 64);
  sc_core::sc_start();
  const double small = (64 + 32) / wire;
  expect_time(w.took(), latency + small + memory_latency + latency + header);
  expect_time(r.took(), latency + header + memory_latency + small + latency);
  EXPECT_EQ(r.status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(std::memcmp(data, back, 64), 0);
}

SIM_TEST(link, long_write_runs_at_payload_bandwidth) {
  one_link t(1e15);
  const std::uint64_t n = 128'000'000;
  const auto& w = t.source.transfer(0, write, 0, n);
  sc_core::sc_start();
  // The link's limit reaches the memory, which therefore ends one packet and its own latency after the wire.
  expect_time(w.took(), n / payload_rate + 2 * latency + packet + memory_latency + header);
}

SIM_TEST(link, long_read_from_a_slow_memory_takes_the_time_of_the_memory) {
  const std::uint64_t n = 128'000'000;
  one_link t(40e9);
  const auto& r = t.source.transfer(0, read, 0, n);
  sc_core::sc_start();
  expect_time(r.took(), n / 40e9 + memory_latency + 2 * latency + header + packet);
}

SIM_TEST(link, long_read_from_a_fast_memory_takes_the_time_of_the_link) {
  const std::uint64_t n = 128'000'000;
  one_link t(160e9);
  const auto& r = t.source.transfer(0, read, 0, n);
  sc_core::sc_start();
  expect_time(r.took(), n / payload_rate + memory_latency + 2 * latency + header + packet);
}

SIM_TEST(link, two_writes_share_and_a_read_runs_beside_them) {
  one_link t(1e15);
  const std::uint64_t n = 12'800'000;
  const auto& w1 = t.source.transfer(0, write, 0, n);
  const auto& w2 = t.source.transfer(0, write, n, n);
  const auto& r = t.source.transfer(0, read, 0, n);
  sc_core::sc_start();
  // Shares end together; the memory, told 80 GB/s for each, was done before.
  expect_time(w1.took(), 2 * n / payload_rate + latency + latency + header);
  expect_time(w2.took(), 2 * n / payload_rate + latency + latency + header);
  expect_time(r.took(), n / payload_rate + memory_latency + 2 * latency + header + packet); // full duplex
}

SIM_TEST(link, a_transfer_limited_elsewhere_leaves_its_share_to_others) {
  one_link t(1e15);
  const std::uint64_t n = 12'800'000;
  t.source.transfer(0, write, 0, n, 20e9);
  const auto& w = t.source.transfer(0, write, n, n);
  sc_core::sc_start();
  expect_time(w.took(), n / 60e9 + latency + latency + header);
}

SIM_TEST(link, credits_bound_bandwidth_by_the_round_trip) {
  auto c = round_numbers();
  c.credits = 100; // 100 * 64 B over 200 ns: 32 GB/s
  one_link t(1e15, c);
  const std::uint64_t n = 128'000'000;
  const auto& w = t.source.transfer(0, write, 0, n);
  sc_core::sc_start();
  expect_time(w.took(), n / 32e9 + 2 * latency + packet + memory_latency + header);
}

SIM_TEST(link, blocking_access_takes_as_long_as_a_non_blocking_one_alone) {
  one_link t(40e9);
  const std::uint64_t n = 1'280'000;
  const auto& w = t.source.transfer(0, write, 0, n);
  const auto& r = t.source.transfer(1000000 * ns, read, 0, n);
  sc_core::sc_start();
  for (const auto* ref : {&w, &r}) {
    base::stream s;
    s.bytes = n;
    auto& trans = t.source.pool().stream_payload(ref == &w ? write : read, 0, s);
    sc_core::sc_time delay;
    t.source.socket()->b_transport(trans, delay);
    EXPECT_EQ(trans.get_response_status(), tlm::TLM_OK_RESPONSE);
    expect_time(base::to_femtoseconds(delay), base::to_seconds(ref->took()));
    trans.release();
  }
}

SIM_TEST(link, meters_count_payload_packets_and_energy) {
  one_link t(1e15);
  t.source.transfer(0, write, 0, 1280);
  t.source.transfer(1000 * ns, read, 0, 100);
  sc_core::sc_start();
  EXPECT_EQ(meter(t.link, "a_to_b").amount, 1280);
  EXPECT_EQ(meter(t.link, "b_to_a").amount, 100);
  EXPECT_EQ(meter(t.link, "a_to_b_packets").amount, 10 + 1); // data of the write, header of the read
  EXPECT_EQ(meter(t.link, "b_to_a_packets").amount, 1 + 1);
  EXPECT_EQ(t.memory.served, 1380);
  EXPECT_DOUBLE_EQ(meter(t.link, "a_to_b").peak_per_s, payload_rate);
  EXPECT_NEAR(meter(t.link, "a_to_b").busy_s, 1600 / wire, 1e-15); // data packets only
  double joules = 0;
  for (const auto& m : t.link.meters())
    joules += m.amount * m.joules_per_unit;
  EXPECT_NEAR(joules, (1380 + 13 * 32) * 8 * 1e-12, 1e-18);
}

SIM_TEST(link, errors_and_debug_accesses_pass) {
  one_link t(1e15);
  const auto& r = t.source.transfer(0, read, std::uint64_t{1} << 41, 64);
  sc_core::sc_start();
  EXPECT_EQ(r.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  unsigned char out[4] = {1, 2, 3, 4}, in[4] = {};
  tlm::tlm_generic_payload trans;
  trans.set_data_length(4);
  trans.set_streaming_width(4);
  trans.set_command(write);
  trans.set_data_ptr(out);
  EXPECT_EQ(t.source.socket()->transport_dbg(trans), 4u);
  trans.set_command(read);
  trans.set_data_ptr(in);
  EXPECT_EQ(t.source.socket()->transport_dbg(trans), 4u);
  EXPECT_EQ(std::memcmp(out, in, 4), 0);
  tlm::tlm_dmi dmi;
  EXPECT_FALSE(t.source.socket()->get_direct_mem_ptr(trans, dmi));
}

SIM_TEST(link, requests_beyond_the_limit_wait_and_all_are_answered) {
  auto c = round_numbers();
  c.outstanding = 2;
  one_link t(1e15, c);
  std::vector<const requester::request*> all;
  for (unsigned i = 0; i < 8; ++i)
    all.push_back(&t.source.transfer(0, read, i * 64, 64));
  sc_core::sc_start();
  // Two enter at a time (a third waits at the door), so answers come in pairs a round trip apart.
  const double round_trip = 2 * latency + header + memory_latency + 96 / wire;
  for (unsigned i = 0; i < 8; ++i) {
    ASSERT_EQ(all[i]->status, tlm::TLM_OK_RESPONSE);
    EXPECT_GT(base::to_seconds(all[i]->took()), 0.99 * round_trip);
  }
  EXPECT_GT(base::to_seconds(all[7]->took()), 2 * round_trip);
}

SIM_TEST(link, two_links_in_a_row_add_latency_not_time_on_the_wire) {
  bench b;
  link::serial_link first("first", round_numbers()), second("second", round_numbers());
  plain_memory memory("memory", 1e15, 50 * ns);
  requester source("source");
  b.connect(source, "out", 0, first, "a", 0);
  b.connect(first, "b", 0, second, "a", 0);
  b.connect(second, "b", 0, memory, "port", 0);
  const std::uint64_t n = 128'000'000;
  const auto& r = source.transfer(0, read, 0, n);
  sc_core::sc_start();
  expect_time(r.took(), n / payload_rate + memory_latency + 4 * latency + 2 * header + 2 * packet);
}

SIM_TEST(link, an_ordered_write_follows_the_data_before_it) {
  one_link t(1e15);
  const std::uint64_t n = 12'800'000;
  std::uint64_t flag = 1;
  t.source.transfer(0, write, 0, n);
  const auto& elsewhere = t.source.access(0, write, 64, &flag, 8);
  auto& trans = t.source.pool().word_payload(0, 1);
  trans.get_extension<base::stream_extension>()->ordered = true;
  const auto& behind = t.source.given(0, trans);
  sc_core::sc_start();
  const double word = (8 + 32) / wire;
  expect_time(elsewhere.took(), latency + word + memory_latency + latency + header);
  EXPECT_NEAR(base::to_seconds(behind.took()), n / payload_rate + latency + word + memory_latency + latency + header, 1e-8);
}

/// Time of a long write, and replays on the way, at an error rate.
std::pair<double, double> with_errors(double rate, std::uint64_t seed) {
  auto c = round_numbers();
  c.bit_error_rate = rate;
  c.seed = seed;
  one_link t(1e15, c);
  const auto& w = t.source.transfer(0, write, 0, 128'000'000);
  sc_core::sc_start();
  return {base::to_seconds(w.took()), meter(t.link, "a_to_b_replays").amount};
}

SIM_TEST(link, every_replay_holds_the_wire_for_a_round_trip_and_a_packet) {
  const auto [seconds, replays] = with_errors(1e-7, 1);
  const double bits = 128e6 * 160 / 128 * 8;
  EXPECT_NEAR(replays, bits * 1e-7, 5 * std::sqrt(bits * 1e-7)); // Poisson
  const double clean = 128e6 / payload_rate + 2 * latency + packet + memory_latency + header;
  EXPECT_NEAR(seconds, clean + replays * (2 * latency + packet), 2e-7);
}

SIM_TEST(link, sleeps_when_idle_and_wakes_late) {
  auto c = round_numbers();
  c.sleep_after = base::duration::of(1e-6);
  c.wake_latency = base::duration::of(3e-6);
  c.static_power = base::power::of(2);
  c.sleep_power = base::power::of(0.5);
  one_link t(1e15, c);
  unsigned char data[64] = {};
  const double awake = latency + 96 / wire + memory_latency + latency + header;
  const auto& soon = t.source.access(900 * ns, write, 0, data, 64);
  const auto& late = t.source.access(10'000 * ns, write, 0, data, 64);
  sc_core::sc_start();
  expect_time(soon.took(), awake);
  expect_time(late.took(), awake + 3e-6);
  const auto& asleep = meter(t.link, "asleep");
  EXPECT_NEAR(asleep.amount, 10e-6 - 0.9e-6 - awake - 1e-6, 1e-12);
  EXPECT_DOUBLE_EQ(asleep.joules_per_unit, -1.5);
}

} // namespace
} // namespace strata::link_tests
