// SPDX-License-Identifier: Apache-2.0
// Every shipped link technology against its closed forms: unloaded latency and the time of a long transfer.
#include "models/link/serial_link.hpp"
#include "tests/sim/link_parts.hpp"
#include "tests/support/sim_test.hpp"
#include "tests/support/technology.hpp"

namespace strata::link_tests {
namespace {

SIM_TEST(link_profiles, latency_and_bandwidth_are_the_closed_forms) {
  struct profile {
    std::unique_ptr<link::serial_link> link;
    std::unique_ptr<plain_memory> memory;
    std::unique_ptr<requester> source;
    const requester::request *word, *stream;
    double small_s, long_s;
  };
  constexpr std::uint64_t small = 64, large = std::uint64_t{1} << 28;
  bench b;
  std::vector<profile> all;
  const auto names = tests::technologies_of("serial_link");
  ASSERT_GE(names.size(), 15u);
  unsigned char data[small] = {};
  for (const std::string& name : names) {
    link::serial_link::config c;
    tests::overlay(name, c);
    c.bit_error_rate = 0;
    const double wire = c.lanes * c.lane_rate.value() * c.encoding / 8, overhead = c.packet_overhead.value();
    const double payload = c.packet_payload.value(), latency = c.latency.value() + c.correction_latency.value();
    const double packets = std::ceil(large / payload);
    const auto memory = 50 * ns;
    profile p;
    p.small_s = 2 * latency + (small + overhead) / wire + overhead / wire + base::to_seconds(memory);
    // The last data arrive behind all packets; the memory, told of the link's rate, ends a packet later.
    p.long_s = (large + packets * overhead) / wire + 2 * latency + (payload + overhead) / wire + overhead / wire + base::to_seconds(memory);
    p.link = std::make_unique<link::serial_link>(name.c_str(), c);
    p.memory = std::make_unique<plain_memory>((name + "_memory").c_str(), 1e15, memory);
    p.source = std::make_unique<requester>((name + "_source").c_str());
    b.connect(*p.source, "out", 0, *p.link, "a", 0);
    b.connect(*p.link, "b", 0, *p.memory, "port", 0);
    p.word = &p.source->access(0, write, 0, data, small);
    p.stream = &p.source->transfer(100'000 * ns, write, 0, large);
    all.push_back(std::move(p));
  }
  sc_core::sc_start();
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(names[i]);
    expect_time(all[i].word->took(), all[i].small_s);
    EXPECT_NEAR(base::to_seconds(all[i].stream->took()), all[i].long_s, all[i].long_s * 1e-5 + 10e-9);
  }
}

} // namespace
} // namespace strata::link_tests
