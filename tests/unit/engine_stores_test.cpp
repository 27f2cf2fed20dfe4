// SPDX-License-Identifier: Apache-2.0
// The serving engine with stores behind its memory, with pre-emption, and with schedules other than first come.
#include "traffic/serving/serving_engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace strata::traffic {
namespace {

constexpr std::int64_t us = 1'000'000, later = 1000 * us;

engine_config config(std::uint64_t kv_tokens) {
  engine_config c;
  c.max_sequences = 8;
  c.max_step_tokens = 1000;
  c.kv_capacity_tokens = {kv_tokens};
  return c;
}

std::unique_ptr<request_list> list(std::vector<request> requests) {
  return std::make_unique<request_list>(std::move(requests), 64);
}

struct totals {
  std::uint64_t computed = 0, sampled = 0, copies = 0;
};

/// Serves all: a step takes 1 us, copies 5 us each, all at once.
totals serve(serving_engine& e) {
  totals t;
  std::vector<std::pair<std::int64_t, std::uint64_t>> copies;
  for (std::int64_t now = 0; !e.finished() && now < 1'000'000 * us; now += us) {
    for (auto c = copies.begin(); c != copies.end();)
      if (c->first <= now) {
        e.complete_copy(c->second, now);
        c = copies.erase(c);
      } else {
        ++c;
      }
    if (const step* s = e.next_step(now)) {
      t.computed += s->shape.prefill_tokens;
      t.sampled += s->shape.sampled_tokens;
      e.complete_step(s->id, now + us / 2);
    }
    while (const auto c = e.next_copy()) {
      ++t.copies;
      copies.push_back({now + 5 * us, c->id});
    }
  }
  EXPECT_TRUE(e.finished());
  return t;
}

TEST(engine_stores, evicted_blocks_come_back_by_copy) {
  auto c = config(640);
  c.prefix_cache = true;
  c.kv_stores = {{6400, {}}};
  serving_engine e(c, list({{0, 0, 320, 10, {{0, 5}}}, {1, later, 640 - 16, 10, {{100, 9}}}, {2, 2 * later, 320, 10, {{0, 5}}}}));
  const totals t = serve(e);
  EXPECT_EQ(e.records()[2].cached, 319u);
  EXPECT_EQ(e.records()[2].fetched, 319u);
  EXPECT_EQ(t.computed, 320u + 624 + 1);
  EXPECT_GE(e.records()[2].first_token - e.records()[2].admitted, 10 * us) << "its blocks, after what lay in their place";
  EXPECT_EQ(e.prefixes().lost, 0u);
  EXPECT_EQ(e.prefixes().stores[0].found, 5u);
  EXPECT_EQ(e.prefixes().stores[0].read_tokens, 5u * 64);
  EXPECT_GT(e.kv().resident().stored[0], 0);
  EXPECT_EQ(e.kv_blocks_used(0), 0u);
}

TEST(engine_stores, without_a_store_they_are_lost) {
  auto c = config(640);
  c.prefix_cache = true;
  serving_engine e(c, list({{0, 0, 320, 10, {{0, 5}}}, {1, later, 640 - 16, 10, {{100, 9}}}, {2, 2 * later, 320, 10, {{0, 5}}}}));
  EXPECT_EQ(serve(e).computed, 320u + 624 + 320);
  EXPECT_EQ(e.prefixes().lost, 5u);
}

TEST(engine_stores, idle_blocks_move_on_when_their_time_is_over) {
  auto c = config(6400);
  c.prefix_cache = true;
  c.eviction.lifetime_ps = 100 * us;
  c.kv_stores = {{6400, {}}};
  serving_engine e(c, list({{0, 0, 320, 10, {{0, 5}}}, {1, 90 * us, 320, 10, {{0, 5}}}, {2, later, 320, 10, {{0, 5}}}}));
  serve(e);
  EXPECT_EQ(e.records()[1].fetched, 0u);
  EXPECT_EQ(e.records()[1].cached, 319u);
  EXPECT_EQ(e.records()[2].fetched, 319u);
}

/// Eight sequences whose outputs outgrow the memory.
std::vector<request> growing() {
  std::vector<request> requests;
  for (std::uint64_t id = 0; id < 8; ++id)
    requests.push_back({id, 0, 100, 400});
  return requests;
}

TEST(engine_preemption, every_token_comes_once_and_the_last_sequence_gives_way) {
  auto c = config(1600);
  c.reserve_output = false;
  serving_engine recompute(c, list(growing()));
  const totals t = serve(recompute);
  EXPECT_EQ(t.sampled, 8u * 400);
  EXPECT_GT(recompute.recomputed_tokens(), 0u);
  EXPECT_EQ(t.computed, 800 + recompute.recomputed_tokens());
  EXPECT_EQ(recompute.records()[0].preempted, 0u);
  EXPECT_GT(recompute.records()[7].preempted, 0u);
  EXPECT_EQ(recompute.kv_blocks_used(0), 0u);
  c.reserve_output = true;
  serving_engine cautious(c, list(growing()));
  EXPECT_EQ(serve(cautious).computed, 800u);
  EXPECT_GT(cautious.records()[7].admitted, recompute.records()[7].admitted);
}

TEST(engine_preemption, swapping_computes_less_again) {
  auto c = config(1600);
  c.reserve_output = false;
  serving_engine recompute(c, list(growing()));
  serve(recompute);
  c.swap = true;
  c.kv_stores = {{100'000, {}}};
  serving_engine swap(c, list(growing()));
  const totals t = serve(swap);
  EXPECT_EQ(t.sampled, 8u * 400);
  EXPECT_GT(t.copies, 0u);
  EXPECT_LT(swap.recomputed_tokens() * 3, recompute.recomputed_tokens()) << "only what does not fill a block";
  EXPECT_EQ(swap.kv_blocks_used(0), 0u);
}

TEST(engine_preemption, random_loads_end_with_all_tokens) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<request> requests;
    std::int64_t at = 0;
    std::uint64_t outputs = 0;
    for (std::uint64_t id = 0; id < 120; ++id) {
      at += static_cast<std::int64_t>(random() % 60) * us;
      const auto blocks = static_cast<std::uint32_t>(1 + random() % 6), output = static_cast<std::uint32_t>(1 + random() % 300);
      outputs += output;
      requests.push_back({id, at, blocks * 64 - static_cast<std::uint32_t>(random() % 64), output,
                          {{random() % 6 * 1000, blocks}}, static_cast<std::uint32_t>(random() % 4)});
    }
    auto c = config(1200);
    c.prefix_cache = seed % 2;
    c.reserve_output = false;
    c.swap = seed % 3 > 0;
    c.steps_in_flight = 1 + seed % 2;
    c.schedule = static_cast<schedule>(seed % 4);
    c.ttft_ps = {later};
    c.kv_stores = {{1500, {}}, {4000, {}}};
    serving_engine e(c, list(requests));
    const totals t = serve(e);
    EXPECT_EQ(t.sampled, outputs) << seed;
    EXPECT_EQ(e.kv_blocks_used(0), 0u) << seed;
  }
}

/// Order in which requests that wait for the same slot are admitted.
std::vector<std::uint64_t> order(schedule kind, std::vector<request> requests) {
  auto c = config(100'000);
  c.max_sequences = 1;
  c.schedule = kind;
  c.ttft_ps = {500 * us};
  serving_engine e(c, list(requests));
  serve(e);
  std::vector<std::uint64_t> ids;
  for (std::uint32_t i = 0; i < e.records().size(); ++i)
    ids.push_back(e.records()[i].id);
  std::sort(ids.begin(), ids.end(), [&e](auto a, auto b) { return e.records()[a].admitted < e.records()[b].admitted; });
  return ids;
}

TEST(schedules, admit_in_their_order) {
  // The first one holds the only slot until 100 us.
  const std::vector<request> requests{{0, 0, 10, 100}, {1, us, 300, 1}, {2, 2 * us, 100, 1, {}, 1}, {3, 3 * us, 200, 1, {}, 2}};
  using ids = std::vector<std::uint64_t>;
  EXPECT_EQ(order(schedule::fcfs, requests), (ids{0, 1, 2, 3}));
  EXPECT_EQ(order(schedule::shortest_prompt, requests), (ids{0, 2, 3, 1}));
  EXPECT_EQ(order(schedule::priority, requests), (ids{0, 1, 3, 2}));
  EXPECT_EQ(order(schedule::deadline, requests), (ids{0, 1, 3, 2})) << "of lower priority, later due";
}

TEST(schedules, what_has_missed_its_deadline_goes_last) {
  // 600 us in the slot: request 1 is lost by then, request 2 is not.
  EXPECT_EQ(order(schedule::deadline, {{0, 0, 10, 600}, {1, us, 10, 1}, {2, 400 * us, 10, 1}}), (std::vector<std::uint64_t>{0, 2, 1}));
}

} // namespace
} // namespace strata::traffic
