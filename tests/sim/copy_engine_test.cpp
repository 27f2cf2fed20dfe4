// SPDX-License-Identifier: Apache-2.0
// copy_engine: copies take the slower of both memories, queues are in order, channels work side by side.
#include "models/dma/copy_engine.hpp"
#include "models/switch/crossbar_switch.hpp"
#include "tests/sim/link_parts.hpp"
#include "tests/support/sim_test.hpp"

namespace strata::link_tests {
namespace {

constexpr std::uint64_t control = 0x1000, fast_base = 1ull << 44, slow_base = 1ull << 45, mail_base = 1ull << 46;
constexpr double fast = 100e9, slow = 10e9;

struct copies {
  copies() : engine("engine", {}), fabric("fabric", ports()), near("near", fast, 0), far("far", slow, 0), mail("mail", 1e15, 0),
             software("software") {
    b.connect(software, "out", 0, fabric, "port", 0);
    b.connect(fabric, "port", 1, engine, "port", 0);
    b.connect(fabric, "port", 2, near, "port", 0);
    b.connect(fabric, "port", 3, far, "port", 0);
    b.connect(fabric, "port", 4, mail, "port", 0);
    engine.set_base("", control);
    near.set_base("port", fast_base);
    far.set_base("port", slow_base);
    mail.set_base("port", mail_base);
    fabric.add_route({control, dma::registers::window_bytes}, "port", 1);
    fabric.add_route({fast_base, 1ull << 40}, "port", 2);
    fabric.add_route({slow_base, 1ull << 40}, "port", 3);
    fabric.add_route({mail_base, 1ull << 40}, "port", 4);
  }
  static switching::crossbar_switch::config ports() {
    switching::crossbar_switch::config c;
    c.ports = 5;
    c.port_bandwidth = base::byte_rate::of(1e15);
    c.latency = {};
    return c;
  }
  const requester::request& copy(base::femtoseconds at, unsigned channel, std::uint64_t from, std::uint64_t to, std::uint64_t bytes) {
    auto& item = items.emplace_back(dma::copy_item{from, to, bytes, mail_base + 8 * items.size(), items.size() + 1});
    return software.access(at, write, control + dma::registers::copy_stride * channel, &item, sizeof item);
  }
  /// Copies whose signal has been written.
  std::uint64_t signalled() {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      std::uint64_t value = 0;
      tlm::tlm_generic_payload trans;
      trans.set_command(read);
      trans.set_address(mail_base + 8 * i);
      trans.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
      trans.set_data_length(8);
      trans.set_streaming_width(8);
      EXPECT_EQ(software.socket()->transport_dbg(trans), 8u);
      count += value == i + 1;
    }
    return count;
  }
  void run_until(double seconds) { sc_core::sc_start(sc_core::sc_time(seconds, sc_core::SC_SEC) - sc_core::sc_time_stamp()); }

  bench b;
  dma::copy_engine engine;
  switching::crossbar_switch fabric;
  plain_memory near, far, mail;
  requester software;
  std::deque<dma::copy_item> items;
};

SIM_TEST(copy_engine, a_copy_takes_its_latency_and_the_slower_memory) {
  copies t;
  t.copy(0, 0, fast_base, slow_base, 100'000'000);
  t.run_until(1e-6 + 0.01 - 1e-7);
  EXPECT_EQ(t.signalled(), 0u);
  t.run_until(1e-6 + 0.01 + 1e-7);
  EXPECT_EQ(t.signalled(), 1u);
  EXPECT_EQ(t.near.served, 100e6);
  EXPECT_EQ(t.far.served, 100e6);
  EXPECT_EQ(meter(t.engine, "copied").amount, 100e6);
  EXPECT_EQ(meter(t.engine, "asked.port").amount, 200e6);
}

SIM_TEST(copy_engine, a_channel_is_a_queue_and_channels_share_the_memories) {
  copies t;
  for (int i = 0; i < 2; ++i)
    t.copy(0, 0, slow_base, fast_base, 100'000'000);
  t.copy(0, 1, slow_base, fast_base, 100'000'000);
  // Two at a time from the slow memory: each has half of it until the first ends, then the third has all.
  t.run_until(0.0199);
  EXPECT_EQ(t.signalled(), 0u);
  t.run_until(0.0201);
  EXPECT_EQ(t.signalled(), 2u);
  t.run_until(0.0301);
  EXPECT_EQ(t.signalled(), 3u);
}

SIM_TEST(copy_engine, what_is_no_copy_is_refused) {
  copies t;
  std::uint64_t word = 0;
  dma::copy_item empty{fast_base, slow_base, 0, mail_base, 1};
  const auto& too_short = t.software.access(0, write, control, &word, 8);
  const auto& nothing = t.software.access(1000 * ns, write, control, &empty, sizeof empty);
  const auto& no_channel = t.software.access(2000 * ns, write, control + 31 * dma::registers::copy_stride, &empty, sizeof empty);
  const auto& count = t.software.access(3000 * ns, read, control + dma::registers::pending, &word, 8);
  sc_core::sc_start();
  EXPECT_EQ(too_short.status, tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(nothing.status, tlm::TLM_COMMAND_ERROR_RESPONSE);
  EXPECT_EQ(no_channel.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(count.status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(word, 0u);
}

} // namespace
} // namespace strata::link_tests
