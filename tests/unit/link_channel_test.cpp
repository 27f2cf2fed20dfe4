// SPDX-License-Identifier: Apache-2.0
// flow_channel's packet arithmetic and sharing.
#include "models/base/flow_channel.hpp"

#include <gtest/gtest.h>

namespace {

using namespace strata::base;

// 100 GB/s of packets with 100 bytes of payload and 25 of overhead: 80 GB/s.
flow_channel::config settings(double window = 0) {
  return {byte_rate::of(100e9), duration::of(1e-6), bytes::of(100), bytes::of(25), bytes::of(window)};
}

TEST(flow_channel, payload_bandwidth_is_wire_rate_times_packet_efficiency) {
  EXPECT_DOUBLE_EQ(flow_channel(settings()).payload_bandwidth(), 80e9);
}

TEST(flow_channel, window_over_round_trip_limits_only_where_it_is_less) {
  EXPECT_DOUBLE_EQ(flow_channel(settings(100e3)).payload_bandwidth(), 50e9); // 100 kB / 2 us
  EXPECT_DOUBLE_EQ(flow_channel(settings(159e3)).payload_bandwidth(), 79.5e9);
  EXPECT_DOUBLE_EQ(flow_channel(settings(161e3)).payload_bandwidth(), 80e9);
}

TEST(flow_channel, every_packet_carries_its_overhead) {
  const flow_channel c(settings());
  EXPECT_EQ(c.packets(0), 1);
  EXPECT_EQ(c.packets(100), 1);
  EXPECT_EQ(c.packets(101), 2);
  EXPECT_EQ(c.packet_time(0), time_for(25, 100e9));
  EXPECT_EQ(c.packet_time(8), time_for(33, 100e9));
  EXPECT_EQ(c.packet_time(1000), time_for(125, 100e9));
  EXPECT_EQ(c.serialisation(1000), time_for(1250, 100e9));
  EXPECT_EQ(c.serialisation(1000, 40e9), time_for(1000, 40e9));
  EXPECT_DOUBLE_EQ(c.wire_seconds(1001), (1001 + 11 * 25) / 100e9);
}

TEST(flow_channel, transfers_in_progress_share_and_respect_their_limits) {
  flow_channel c(settings());
  c.add(0, 1, 1000000, 0);
  c.add(0, 2, 1000000, 20e9); // payload rate
  std::vector<std::uint64_t> ended;
  EXPECT_NEAR(to_seconds(c.next()), 1e6 / 60e9, 1e-12); // the first takes what the second leaves
  c.advance(c.next(), ended);
  EXPECT_EQ(ended, std::vector<std::uint64_t>{1});
  EXPECT_NEAR(to_seconds(c.next()), 1e6 / 20e9, 1e-12);
  c.advance(c.next(), ended);
  EXPECT_EQ(ended, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(c.next(), never);
}

} // namespace
