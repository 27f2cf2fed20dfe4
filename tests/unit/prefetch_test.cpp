// SPDX-License-Identifier: Apache-2.0
// Blocks that come up from slow stores ahead of need: of requests that wait, and of agents whose tools are about to return.
#include "traffic/requests/session_source.hpp"
#include "traffic/serving/cluster.hpp"
#include "traffic/steps/step_executor.hpp"

#include <gtest/gtest.h>

namespace strata::traffic {
namespace {

constexpr std::uint32_t block = 64;
constexpr std::int64_t s = 1'000'000'000'000;

kv_store_config store(std::uint64_t blocks) { return {blocks * block, {}}; }

/// Runs all copies; tokens by way.
std::map<std::pair<unsigned, unsigned>, std::uint64_t> run(kv_stores& stores) {
  std::map<std::pair<unsigned, unsigned>, std::uint64_t> tokens;
  while (const auto c = stores.next()) {
    tokens[{c->from, c->to}] += c->tokens;
    stores.done(c->id, 0);
  }
  return tokens;
}

/// Blocks 1 to `count` leave the devices one by one.
void put(kv_stores& stores, std::uint64_t count) {
  for (std::uint64_t h = 1; h <= count; ++h) {
    stores.put(h, 0);
    stores.issue({});
    run(stores);
  }
}

TEST(raise, blocks_come_up_and_stay_below) {
  kv_stores stores({store(4), store(10)}, block);
  put(stores, 6); // 1 and 2 have gone down
  stores.raise(stores.find({{1, 2}}, 0), 0);
  stores.issue({});
  const auto moved = run(stores);
  EXPECT_EQ(moved.at({2, 1}), 2 * block);
  EXPECT_EQ(moved.at({1, 2}), 2 * block) << "3 and 4 made room";
  auto found = stores.find({{1, 2}}, 0);
  EXPECT_EQ(found.held[0].size(), 2u);
  stores.give_up(found, 0);
  EXPECT_EQ(stores.held(1), 4u) << "1 and 2 are there, too";
  put(stores, 1); // used again: nothing to copy
  EXPECT_TRUE(run(stores).empty());
}

TEST(raise, takes_no_room_from_what_is_in_use_or_has_just_come) {
  kv_stores stores({store(3), store(20)}, block);
  put(stores, 10);
  stores.raise(stores.find({{1, 7}}, 0), 0);
  stores.issue({});
  EXPECT_EQ(run(stores).at({2, 1}), 3 * block) << "the first three fill the store; none of them makes room for the others";
  EXPECT_EQ(stores.find({{1, 7}}, 0).held[0].size(), 3u);
}

TEST(raise, a_fetch_waits_for_what_is_on_its_way_up) {
  kv_stores stores({store(2), store(10)}, block);
  put(stores, 3);
  stores.raise(stores.find({{1, 1}}, 0), 0);
  stores.issue({});
  std::vector<kv_copy> moving;
  while (const auto c = stores.next())
    moving.push_back(*c);
  ASSERT_EQ(moving.size(), 1u) << "first the one that makes room";
  stores.done(moving.front().id, 0);
  const auto up = stores.next();
  ASSERT_TRUE(up);
  EXPECT_EQ(up->from, 2u);
  EXPECT_EQ(up->to, 1u);
  stores.issue(stores.find({{1, 1}}, 0));
  EXPECT_FALSE(stores.next());
  stores.done(up->id, 0);
  const auto fetch = stores.next();
  ASSERT_TRUE(fetch);
  EXPECT_EQ(fetch->from, 1u);
}

TEST(raise, one_store_has_nothing_behind) {
  kv_stores stores({store(4)}, block);
  put(stores, 3);
  stores.raise(stores.find({{1, 3}}, 0), 0);
  stores.issue({});
  EXPECT_TRUE(run(stores).empty());
  put(stores, 4); // nothing stayed in use
  EXPECT_EQ(stores.held(0), 4u);
}

engine_config config(bool prefetch) {
  engine_config c;
  c.max_sequences = 1;
  c.max_step_tokens = 1000;
  c.kv_capacity_tokens = {640};
  c.prefix_cache = true;
  c.kv_stores = {{640, {}}, {64'000, {}}};
  c.prefetch = prefetch;
  return c;
}

/// Steps take 10 ms and copies from the second store 1 s each; the others are soon done.
struct served {
  std::vector<request_record> records;
  prefix_statistics prefixes;
};
served serve(bool prefetch, std::unique_ptr<request_source> source) {
  const auto simulate = [](const step_shape&) { return step_outcome{1e-2, 1e-2, 0, {0, 0}}; };
  const auto copy = [](const kv_copy& c) {
    const double time = c.from == 2 ? 1 : 1e-6;
    return step_outcome{time, time, 0, {0, 0}};
  };
  cluster engines({{{config(prefetch), 1}}, routing::round_robin, 1}, std::move(source));
  phase_account account(engines.pool_sizes());
  account.count_meters({1, 1});
  std::vector<pool_costs> costs;
  costs.push_back({step_cache(simulate, simulate, 0), copy_costs(copy)});
  step_executor out(std::move(costs), 1, account);
  served all;
  engines.on_request = [&all](const request_record& r) { all.records.push_back(r); };
  engines.run(out, account);
  all.prefixes = engines.prefixes();
  return all;
}

/// Prompts of nine blocks that push each other down; then one that keeps the only place for two seconds, and the first again.
std::vector<request> crowded() {
  std::vector<request> requests;
  for (std::uint64_t i = 0; i < 4; ++i)
    requests.push_back({i, std::int64_t(i) * 10 * s, 576, 2, {{1000 * i, 9}}});
  requests.push_back({4, 100 * s, 100, 200});
  requests.push_back({5, 100 * s + s / 10, 576, 2, {{0, 9}}});
  return requests;
}

TEST(prefetch, a_request_that_waits_finds_its_blocks_in_the_first_store) {
  const served with = serve(true, std::make_unique<request_list>(crowded(), block));
  const served without = serve(false, std::make_unique<request_list>(crowded(), block));
  for (const served* r : {&with, &without}) {
    EXPECT_EQ(r->records[5].fetched, 575u);
    EXPECT_GE(r->records[5].admitted, r->records[4].finished);
  }
  EXPECT_EQ(without.prefixes.stores[1].found, 9u);
  EXPECT_EQ(with.prefixes.stores[0].found, 9u);
  EXPECT_NEAR(double(without.records[5].first_token - with.records[5].first_token) / s, 1, 0.01);
}

/// One session of two steps with a call of 30 s between, others' prompts meanwhile.
request_trace session_with_call() {
  request_trace t;
  t.block_tokens = block;
  t.requests = {{0, 0, 576, 2, {{0, 9}}}, {1, no_arrival, 600, 2, {{0, 9}}}};
  t.links = {{0}, {0, 30 * s, true, {0}}};
  for (std::uint32_t i = 2; i < 5; ++i) {
    t.requests.push_back({i, std::int64_t(i) * s, 576, 2, {{1000 * i, 9}}});
    t.links.push_back({i - 1});
  }
  return t;
}

served serve(foresight f) {
  tool_behaviour tools;
  tools.foretold = f;
  tools.lead_ps = 2 * s;
  return serve(true, source_of(session_with_call(), 1, tools));
}

TEST(prefetch, what_an_agent_left_is_ready_when_its_tool_returns) {
  const served without = serve(foresight::none), with = serve(foresight::exact);
  const auto ttft = [](const served& r) {
    for (const request_record& q : r.records)
      if (q.id == 1)
        return double(q.first_token - q.arrival) / s;
    return 0.0;
  };
  EXPECT_EQ(without.prefixes.stores[1].found, 9u);
  EXPECT_EQ(with.prefixes.stores[0].found, 9u);
  EXPECT_NEAR(ttft(without), 1.01, 0.005);
  EXPECT_NEAR(ttft(with), 0.01, 0.005);
}

TEST(prefetch, the_mean_call_is_what_has_ended) {
  request_trace t;
  t.block_tokens = block;
  for (std::uint32_t i = 0; i < 3; ++i)
    t.requests.push_back({i, i == 0 ? 0 : no_arrival, 100, 1, {{0, 1}}});
  t.links = {{0}, {0, 10 * s, true, {0}}, {0, 20 * s, true, {1}}};
  tool_behaviour tools;
  tools.foretold = foresight::mean;
  tools.lead_ps = 3 * s;
  const auto source = source_of(std::move(t), 1, tools);
  source->take();
  source->ended(0, 0);
  EXPECT_FALSE(source->next_forecast()) << "nothing is known of calls";
  EXPECT_EQ(source->next_arrival(), 10 * s);
  source->take();
  source->ended(1, 11 * s);
  ASSERT_TRUE(source->next_forecast());
  EXPECT_EQ(*source->next_forecast(), 11 * s + 10 * s - 3 * s);
  EXPECT_EQ(source->forecast().size(), 1u);
  EXPECT_FALSE(source->next_forecast());
}

} // namespace
} // namespace strata::traffic
