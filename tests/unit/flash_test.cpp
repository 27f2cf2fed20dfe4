// SPDX-License-Identifier: Apache-2.0
// Timing of a flash drive against closed forms.
#include "models/flash/flash_policy.hpp"

#include <gtest/gtest.h>

namespace strata::flash {
namespace {

using base::memory_access;
constexpr std::uint64_t page = 16384;

memory_access access(std::uint64_t id, bool write, std::uint64_t bytes) {
  memory_access a{id, 0, write, {}};
  a.stream.bytes = bytes;
  return a;
}

double run(const flash_config& c, const std::vector<memory_access>& accesses) {
  flash_policy policy(c);
  for (const auto& a : accesses)
    policy.start(0, a);
  std::vector<std::uint64_t> done;
  base::femtoseconds now = 0;
  while (done.size() < accesses.size())
    policy.advance(now = policy.next(), done);
  return base::to_seconds(now);
}

TEST(flash, bandwidth_is_that_of_planes_or_channels) {
  flash_config c;
  EXPECT_DOUBLE_EQ(c.bandwidth(false), 16 * 2.4e9) << "256 planes read faster than 16 channels carry";
  EXPECT_DOUBLE_EQ(c.bandwidth(true), 256 * page / 500e-6);
  c.write_amplification = 2;
  EXPECT_DOUBLE_EQ(c.bandwidth(true), 128 * page / 500e-6);
}

TEST(flash, a_page_takes_a_plane_and_a_long_read_all_of_them) {
  const flash_config c;
  const double first = 10e-6 + 50e-6 + page / 2.4e9;
  EXPECT_NEAR(run(c, {access(0, false, 100)}), first + page / (c.bandwidth(false) / 256), 1e-9) << "less than a page is a page";
  const std::uint64_t gigabyte = 65536 * page;
  EXPECT_NEAR(run(c, {access(0, false, gigabyte)}), first + double(gigabyte) / c.bandwidth(false), 1e-9);
  EXPECT_NEAR(run(c, {access(0, true, gigabyte)}), 10e-6 + double(gigabyte) / c.bandwidth(true), 1e-9);
  EXPECT_NEAR(base::to_seconds(flash_policy(c).unloaded(access(0, false, gigabyte))),
              run(c, {access(0, false, gigabyte)}), 1e-9);
}

TEST(flash, reads_and_writes_share_the_drive) {
  const flash_config c;
  const std::uint64_t half = 32768 * page;
  const double read = double(half) / c.bandwidth(false), write = double(half) / c.bandwidth(true);
  EXPECT_NEAR(run(c, {access(0, false, half), access(1, true, half)}), 10e-6 + read + write, 1e-9);
}

TEST(flash, a_slow_requester_and_scattered_reads_are_slower) {
  const flash_config c;
  memory_access slow = access(0, false, 65536 * page), scattered = access(0, false, 64 * 4096);
  slow.stream.rate_limit = 1e9;
  EXPECT_NEAR(run(c, {slow}), 10e-6 + 50e-6 + page / 2.4e9 + 65536.0 * page / 1e9, 1e-6);
  scattered.stream.pattern = base::access_pattern::random;
  EXPECT_GT(run(c, {scattered}), 4096 * page / c.bandwidth(false)) << "each access unit moves a page";
}

} // namespace
} // namespace strata::flash
