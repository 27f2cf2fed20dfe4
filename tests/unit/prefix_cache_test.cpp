// SPDX-License-Identifier: Apache-2.0
// The prefix cache by itself against a list searched by hand, and the engine that serves prompts from it.
#include "traffic/kv/prefix_cache.hpp"
#include "traffic/serving/serving_engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <numeric>
#include <random>

namespace strata::traffic {
namespace {

std::uint32_t serve(prefix_cache& cache, const std::vector<block_run>& blocks) {
  auto held = cache.acquire(blocks, count_of(blocks));
  const auto found = static_cast<std::uint32_t>(held.size());
  cache.extend(held, blocks, count_of(blocks));
  cache.release(held);
  return found;
}

TEST(prefix_cache, finds_the_common_beginning) {
  prefix_cache cache;
  EXPECT_EQ(serve(cache, {{0, 10}}), 0u);
  EXPECT_EQ(serve(cache, {{0, 6}, {50, 3}}), 6u);
  EXPECT_EQ(serve(cache, {{0, 6}, {50, 5}}), 9u);
  EXPECT_EQ(serve(cache, {{1, 5}}), 5u); // hashes stand for prefixes, so these are known chains
  EXPECT_EQ(serve(cache, {{99, 1}, {0, 6}}), 0u);
  EXPECT_EQ(cache.held(), 16u);
  EXPECT_EQ(cache.idle(), 16u);
}

TEST(prefix_cache, evicts_the_end_of_the_chain_unused_longest) {
  prefix_cache cache;
  serve(cache, {{0, 4}});
  serve(cache, {{100, 3}});
  serve(cache, {{0, 2}}); // the first chain's beginning is fresh again, its end is not
  for (int i = 0; i < 2; ++i)
    cache.evict();
  EXPECT_EQ(serve(cache, {{0, 4}}), 2u);
  EXPECT_EQ(serve(cache, {{100, 3}}), 3u);
}

TEST(prefix_cache, blocks_in_use_stay) {
  prefix_cache cache;
  prefix_cache::handles a, b;
  EXPECT_EQ(cache.extend(a, {{0, 3}}, 3), 3u);
  b = cache.acquire({{0, 3}}, 2);
  EXPECT_EQ(cache.idle(), 0u);
  cache.release(a);
  EXPECT_EQ(cache.idle(), 1u);
  cache.evict();
  EXPECT_EQ(cache.held(), 2u);
  EXPECT_EQ(cache.extend(b, {{0, 3}}, 3), 1u) << "the third has gone";
}

/// Random chains of a random tree in a cache of limited size, against a list in order of use.
TEST(prefix_cache, agrees_with_a_list_in_order_of_use) {
  constexpr std::size_t room = 60;
  prefix_cache cache;
  std::list<std::uint64_t> line; // oldest first
  std::mt19937_64 random(4);
  std::uint64_t found_any = 0;
  for (int i = 0; i < 5000; ++i) {
    std::vector<block_run> blocks;
    std::vector<std::uint64_t> hashes;
    std::uint64_t node = 1;
    for (std::uint64_t depth = 1 + random() % 12; depth-- > 0; node = node * 2 + (random() % 4 == 0)) {
      blocks.push_back({node, 1});
      hashes.push_back(node);
    }
    std::uint32_t expected = 0;
    while (expected < hashes.size() && std::find(line.begin(), line.end(), hashes[expected]) != line.end())
      ++expected;
    for (auto h = hashes.rbegin(); h != hashes.rend(); ++h) {
      line.remove(*h);
      line.push_back(*h);
    }
    ASSERT_EQ(serve(cache, blocks), expected) << i;
    found_any += expected;
    for (; line.size() > room; line.pop_front())
      cache.evict();
    ASSERT_EQ(cache.held(), line.size());
  }
  EXPECT_GT(found_any, 1000u);
  EXPECT_GT(cache.evicted(), 1000u);
}

engine_config config(std::uint64_t kv_tokens) {
  engine_config c;
  c.max_sequences = 8;
  c.max_step_tokens = 1000;
  c.kv_capacity_tokens = {kv_tokens};
  c.prefix_cache = true;
  return c;
}

std::unique_ptr<request_list> list(std::vector<request> requests) {
  return std::make_unique<request_list>(std::move(requests), 64);
}

/// Serves all, a step a microsecond; returns the prompt tokens computed.
std::uint64_t serve(serving_engine& e) {
  std::uint64_t computed = 0;
  for (std::int64_t now = 0; !e.finished(); now += 1'000'000)
    if (const step* s = e.next_step(now)) {
      computed += s->shape.prefill_tokens;
      for (const step_entry& entry : s->entries)
        EXPECT_EQ(std::accumulate(entry.kv_tokens.begin(), entry.kv_tokens.end(), 0u), entry.context_before + entry.new_tokens);
      e.complete_step(s->id, now + 500'000);
    }
  return computed;
}

TEST(engine_prefixes, found_blocks_are_not_computed_again) {
  constexpr std::int64_t later = 1'000'000'000;
  serving_engine e(config(100000), list({{0, 0, 200, 5, {{0, 3}}},               // 3 blocks and 8 tokens
                                         {1, later, 300, 5, {{0, 3}, {10, 1}}},  // shares 3
                                         {2, 2 * later, 128, 5, {{0, 2}}}}));    // all known: the last token is computed
  EXPECT_EQ(serve(e), 200u + (300 - 192) + 1);
  EXPECT_EQ(e.records()[0].cached, 0u);
  EXPECT_EQ(e.records()[1].cached, 192u);
  EXPECT_EQ(e.records()[2].cached, 127u);
  EXPECT_EQ(e.prefixes().asked, 9u);
  EXPECT_EQ(e.prefixes().found, 5u);
  EXPECT_EQ(e.kv_blocks_used(0), 0u);
}

TEST(engine_prefixes, context_counts_for_attention_though_it_is_cached) {
  serving_engine e(config(100000), list({{0, 0, 128, 1, {{0, 2}}}, {1, 1'000'000, 192, 2, {{0, 3}}}}));
  e.complete_step(e.next_step(0)->id, 10);
  const step* s = e.next_step(1'000'000);
  EXPECT_EQ(s->shape.prefill_tokens, 64u);
  EXPECT_EQ(s->shape.prefill_context, 192u);
  EXPECT_EQ(s->shape.prefill_pairs, 64u * 128 + 64 * 65 / 2);
  EXPECT_EQ(s->shape.prefill_kv[0], 192u);
}

TEST(engine_prefixes, blocks_are_shared_by_sequences_in_service) {
  // Two with a common prompt of 640 tokens, 10 own tokens each: 650 rounded to blocks twice would not fit.
  serving_engine e(config(640 + 2 * 32), list({{0, 0, 640, 30, {{0, 10}}}, {1, 2'000'000, 640, 30, {{0, 10}}}}));
  serve(e);
  EXPECT_LT(e.records()[1].admitted, e.records()[0].finished);
  EXPECT_EQ(e.records()[1].cached, 639u);
}

TEST(engine_prefixes, idle_blocks_make_room) {
  constexpr std::int64_t later = 1'000'000'000;
  serving_engine e(config(640), list({{0, 0, 320, 10, {{0, 5}}},
                                      {1, later, 320, 10, {{100, 5}}}, // 336 tokens: one idle block must go
                                      {2, 2 * later, 320, 10, {{0, 5}}}}));
  serve(e);
  EXPECT_EQ(e.records()[1].cached, 0u);
  EXPECT_EQ(e.records()[2].cached, 256u) << "the beginning outlives the end";
  EXPECT_GE(e.prefixes().evicted, 2u);
}

/// Whatever comes: every token that is not cached is computed once, and no block is lost.
TEST(engine_prefixes, tokens_and_blocks_are_conserved_under_pressure) {
  for (const std::vector<std::uint64_t>& kv : {std::vector<std::uint64_t>{1500}, {700, 900}, {6000}}) {
    std::mt19937_64 random(9);
    std::vector<request> requests;
    for (std::uint64_t id = 0; id < 500; ++id) {
      const auto blocks = static_cast<std::uint32_t>(1 + random() % 8), common = static_cast<std::uint32_t>(random() % (blocks + 1));
      const auto tail = static_cast<std::uint32_t>(random() % 64);
      requests.push_back({id, static_cast<std::int64_t>(id) * 3'000'000, blocks * 64 + tail,
                          static_cast<std::uint32_t>(1 + random() % 40),
                          {{random() % 5 * 1000, common}, {1'000'000 + id * 100, blocks - common + (tail > 0)}}});
    }
    auto c = config(0);
    c.kv_capacity_tokens = kv;
    serving_engine e(c, list(requests));
    const std::uint64_t computed = serve(e);
    std::uint64_t expected = 0, cached = 0;
    for (std::uint32_t i = 0; i < e.records().size(); ++i) {
      const request_record& r = e.records()[i];
      EXPECT_EQ(r.rejected, false);
      expected += r.prompt - r.cached;
      cached += r.cached;
    }
    EXPECT_EQ(computed, expected);
    EXPECT_GT(cached, 0u);
    for (std::size_t t = 0; t < kv.size(); ++t)
      EXPECT_EQ(e.kv_blocks_used(t), 0u);
  }
}

TEST(engine_prefixes, nothing_is_kept_where_the_cache_is_off) {
  auto c = config(100000);
  c.prefix_cache = false;
  serving_engine e(c, list({{0, 0, 128, 1, {{0, 2}}}, {1, 1'000'000'000, 128, 1, {{0, 2}}}}));
  EXPECT_EQ(serve(e), 256u);
  EXPECT_EQ(e.prefixes().asked, 0u);
  EXPECT_EQ(e.prefixes().block_tokens, 0u);
}

} // namespace
} // namespace strata::traffic
