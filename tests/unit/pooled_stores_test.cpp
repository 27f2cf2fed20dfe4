// SPDX-License-Identifier: Apache-2.0
// Replicas with one store together: prompts that another one computed are found, and copies share what the store can carry.
#include "traffic/serving/cluster.hpp"
#include "traffic/steps/step_executor.hpp"

#include <gtest/gtest.h>

namespace strata::traffic {
namespace {

constexpr std::int64_t ms = 1'000'000'000;

/// Steps take 1 ms, copies 1 ms and 1 us a token; of what they stream `share` takes what replicas have together.
std::vector<pool_costs> costs(double share) {
  const auto simulate = [](const step_shape&) { return step_outcome{1e-3, 1e-3, 0, {1}}; };
  const auto copy = [](const kv_copy& c) {
    const double time = 1e-3 + 1e-6 * double(c.tokens);
    return step_outcome{time, time, 0, {double(c.tokens)}};
  };
  std::vector<pool_costs> all;
  all.push_back({step_cache(simulate, simulate, 0), copy_costs(copy), {0, share}});
  return all;
}

engine_config config(bool pooled, std::uint64_t stored = 64'000) {
  engine_config c;
  c.max_sequences = 8;
  c.max_step_tokens = 1000;
  c.kv_capacity_tokens = {640};
  c.prefix_cache = true;
  c.kv_stores = {{stored, {}, pooled}};
  return c;
}

struct served {
  std::vector<request_record> records;
  prefix_statistics prefixes;
  kv_memory::residency resident;
};
served serve(const engine_config& c, unsigned replicas, std::vector<request> requests) {
  cluster engines({{{c, replicas}}, routing::round_robin, 1}, std::make_unique<request_list>(std::move(requests), 64));
  phase_account account(engines.pool_sizes());
  account.count_meters({1});
  step_executor out(costs(1), replicas, account);
  std::vector<request_record> records;
  engines.on_request = [&records](const request_record& r) { records.push_back(r); };
  engines.run(out, account);
  return {std::move(records), engines.prefixes(), engines.resident(0)};
}

/// Prompts of nine blocks; each pushes the one before out of a replica's memory. In turn, they meet the other replica.
std::vector<request> alternating() {
  std::vector<request> requests;
  for (const std::uint64_t prompt : {0u, 1u, 2u, 3u, 4u, 0u, 1u, 5u, 6u})
    requests.push_back({requests.size(), 100 * ms * std::int64_t(requests.size()), 577, 2, {{1000 * prompt, 9}}});
  return requests;
}

TEST(pooled_stores, a_replica_finds_what_another_one_computed) {
  const served own = serve(config(false), 2, alternating()), pool = serve(config(true), 2, alternating());
  EXPECT_EQ(own.prefixes.stores[0].found, 0u) << "prompts 0 and 1 come back to the other replica";
  EXPECT_EQ(pool.prefixes.stores[0].found, 2u * 9);
  EXPECT_EQ(pool.records[5].fetched, 576u);
  EXPECT_EQ(own.prefixes.stores[0].written_tokens, 7u * 576);
  EXPECT_EQ(pool.prefixes.stores[0].written_tokens, 5u * 576) << "what is there is not written again";
  EXPECT_GT(pool.resident.stored[0], 0);
}

TEST(pooled_stores, written_through_a_prompt_is_found_while_it_is_still_in_another_memory) {
  engine_config c = config(true);
  const std::vector<request> twice{{0, 0, 577, 40, {{0, 9}}}, {1, 10 * ms, 577, 2, {{0, 9}}}};
  EXPECT_EQ(serve(c, 2, twice).records[1].cached, 0u);
  c.write_through = true;
  const served s = serve(c, 2, twice);
  EXPECT_EQ(s.records[1].fetched, 576u);
  EXPECT_GT(s.records[0].finished, s.records[1].finished) << "the first one still uses them";
  EXPECT_EQ(s.prefixes.stores[0].written_tokens, 576u) << "once, by the one that computed them";
  const served all = serve(c, 2, alternating());
  EXPECT_EQ(all.prefixes.stores[0].found, 2u * 9);
  EXPECT_EQ(all.prefixes.stores[0].written_tokens, 7u * 576) << "what leaves the devices is there already";
}

TEST(pooled_stores, room_is_there_once) {
  const served two = serve(config(true, 18 * 64), 2, alternating());
  EXPECT_EQ(two.prefixes.stores[0].found, 0u) << "two prompts' worth: those of both replicas have pushed them out";
}

TEST(pooled_stores, swapped_blocks_of_two_replicas_are_told_apart) {
  engine_config c = config(true);
  c.prefix_cache = false;
  c.reserve_output = false;
  c.swap = true;
  std::vector<request> requests;
  for (std::uint64_t i = 0; i < 16; ++i)
    requests.push_back({i, 0, 100, 300});
  const served s = serve(c, 2, requests);
  unsigned preempted = 0;
  for (const request_record& r : s.records) {
    EXPECT_TRUE(r.completed());
    preempted += r.preempted;
  }
  EXPECT_GT(preempted, 0u);
  const served alone = serve(c, 1, std::vector<request>(requests.begin(), requests.begin() + 8));
  EXPECT_EQ(s.prefixes.stores[0].written_tokens, 2 * alone.prefixes.stores[0].written_tokens) << "each writes its own";
}

/// When copies of a thousand tokens, all given out at 0, end; ps.
std::vector<std::int64_t> ends(double share, std::vector<std::pair<unsigned, kv_copy>> copies) {
  phase_account account({3});
  account.count_meters({1});
  step_executor out(costs(share), 3, account);
  std::vector<std::int64_t> at(copies.size());
  for (std::size_t i = 0; i < copies.size(); ++i)
    out.start(copies[i].first, {i, copies[i].second.from, copies[i].second.to, 1000}, phase::idle, 0);
  while (const auto e = out.next(0, endless))
    at[e->id] = e->at;
  return at;
}

TEST(pooled_stores, copies_of_replicas_share_what_the_store_can_carry) {
  using times = std::vector<std::int64_t>;
  const kv_copy in{0, 1, 0, 0}, out{0, 0, 1, 0};
  EXPECT_EQ(ends(0, {{0, in}, {1, in}, {2, in}}), (times{2 * ms, 2 * ms, 2 * ms})) << "stores of their own";
  EXPECT_EQ(ends(1, {{0, in}, {1, in}, {2, in}}), (times{2 * ms, 3 * ms, 4 * ms})) << "streams behind each other, latencies not";
  EXPECT_EQ(ends(0.5, {{0, in}, {1, in}, {2, in}}), (times{2 * ms, 2 * ms + ms / 2, 3 * ms})) << "twice as wide as a replica's way";
  EXPECT_EQ(ends(1, {{0, in}, {1, out}}), (times{2 * ms, 2 * ms})) << "to and fro at once";
  // A replica with two copies waits for its own first one, and does not keep the store from the other meanwhile.
  EXPECT_EQ(ends(1, {{0, in}, {0, in}, {1, in}}), (times{2 * ms, 4 * ms, 3 * ms}));
}

} // namespace
} // namespace strata::traffic
