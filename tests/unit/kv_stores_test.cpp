// SPDX-License-Identifier: Apache-2.0
// Stores behind the devices' memory: what they keep, and copies that never outrun each other.
#include "traffic/kv/eviction_list.hpp"
#include "traffic/kv/kv_stores.hpp"

#include "models/base/quantity.hpp"

#include <gtest/gtest.h>

#include <random>

namespace strata::traffic {
namespace {

constexpr std::uint32_t block = 64;

kv_store_config store(std::uint64_t blocks, eviction_policy eviction = {}) { return {blocks * block, eviction}; }

/// All copies that may start, one after another.
std::vector<kv_copy> run(kv_stores& stores, std::int64_t now = 0) {
  std::vector<kv_copy> copies;
  while (const auto c = stores.next()) {
    copies.push_back(*c);
    stores.done(c->id, now);
  }
  return copies;
}

void put(kv_stores& stores, std::initializer_list<std::uint64_t> hashes, std::int64_t now = 0) {
  for (const std::uint64_t h : hashes)
    stores.put(h, now);
}

TEST(kv_stores, what_leaves_the_devices_is_found_in_the_first_store) {
  kv_stores stores({store(10)}, block);
  put(stores, {3, 2, 1});
  EXPECT_EQ(stores.issue({}).size(), 1u) << "the devices' memory must wait for it";
  const auto out = run(stores);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].from, 0u);
  EXPECT_EQ(out[0].to, 1u);
  EXPECT_EQ(out[0].tokens, 3u * block);
  auto found = stores.find({{1, 5}}, 0);
  EXPECT_EQ(found.blocks(), 3u);
  EXPECT_EQ(stores.issue(std::move(found)).size(), 1u);
  const auto in = run(stores);
  ASSERT_EQ(in.size(), 1u);
  EXPECT_EQ(in[0].from, 1u);
  EXPECT_EQ(in[0].to, 0u);
  put(stores, {3, 2, 1});
  EXPECT_TRUE(stores.issue({}).empty()) << "they are still there";
}

TEST(kv_stores, a_full_store_hands_its_oldest_down) {
  kv_stores stores({store(2), store(2)}, block);
  put(stores, {1, 2});
  stores.issue({});
  run(stores);
  put(stores, {3});
  stores.issue({});
  const auto moves = run(stores);
  ASSERT_EQ(moves.size(), 2u);
  EXPECT_EQ(moves[0].from, 1u) << "the place must be free before the new block comes";
  EXPECT_EQ(moves[0].to, 2u);
  EXPECT_EQ(moves[1].from, 0u);
  EXPECT_EQ(stores.find({{1, 1}}, 0).held[1].size(), 1u);
  EXPECT_EQ(stores.find({{2, 2}}, 0).held[0].size(), 2u);
}

TEST(kv_stores, a_block_is_not_read_before_it_has_come) {
  kv_stores stores({store(4)}, block);
  put(stores, {1});
  stores.issue({});
  const auto out = stores.next();
  stores.issue(stores.find({{1, 1}}, 0));
  EXPECT_FALSE(stores.next()) << "its only source is still being written";
  stores.done(out->id, 0);
  const auto in = stores.next();
  ASSERT_TRUE(in);
  EXPECT_EQ(in->to, 0u);
  EXPECT_THROW(stores.done(out->id, 0), std::invalid_argument);
}

TEST(kv_stores, blocks_that_are_being_read_stay) {
  kv_stores stores({store(1)}, block);
  put(stores, {1});
  stores.issue({});
  run(stores);
  stores.issue(stores.find({{1, 1}}, 0));
  put(stores, {2});
  EXPECT_TRUE(stores.issue({}).empty()) << "no room while block 1 is read";
  EXPECT_EQ(stores.held(0), 1u);
  run(stores);
  put(stores, {2});
  stores.issue({});
  EXPECT_EQ(stores.find({{2, 1}}, 0).blocks(), 1u);
}

TEST(kv_stores, frequency_and_lifetime_decide_where_asked) {
  constexpr std::int64_t s = 1'000'000'000'000;
  kv_stores lfu({store(2, {eviction_order::lfu, 0})}, block);
  put(lfu, {1, 2});
  put(lfu, {1}); // once more
  put(lfu, {3});
  EXPECT_EQ(lfu.find({{1, 1}}, 0).blocks(), 1u);
  EXPECT_EQ(lfu.find({{2, 1}}, 0).blocks(), 0u);
  kv_stores ttl({store(9, {eviction_order::lru, 10 * s}), store(9)}, block);
  put(ttl, {1}, 0);
  put(ttl, {2}, 5 * s);
  ttl.issue({});
  run(ttl, 5 * s);
  ttl.expire(12 * s);
  ttl.issue({});
  EXPECT_EQ(run(ttl, 12 * s).size(), 1u);
  EXPECT_EQ(ttl.held(0), 1u);
  EXPECT_EQ(ttl.find({{1, 1}}, 0).held[1].size(), 1u);
}

TEST(kv_stores, policies_as_text) {
  const eviction_list list = eviction_list::parse("lru,lfu:10 min");
  EXPECT_EQ(list.of(0).order, eviction_order::lru);
  EXPECT_EQ(list.of(0).lifetime_ps, 0);
  EXPECT_EQ(list.of(1).order, eviction_order::lfu);
  EXPECT_EQ(list.of(3).lifetime_ps, 600'000'000'000'000);
  EXPECT_EQ(to_text(eviction_list::parse(to_text(list))), to_text(list));
  for (const char* wrong : {"", "fifo", "lru,", "lru:5", "lru:-1 s", "lru:5 GB"})
    EXPECT_THROW(eviction_list::parse(wrong), base::unit_error) << wrong;
}

kv_store_config pooled(std::uint64_t blocks) { return {blocks * block, {}, true}; }

TEST(pooled_store, what_one_engine_wrote_another_finds_when_it_has_come) {
  kv_stores a({store(1), pooled(3)}, block), b({store(1), pooled(3)}, block, &a);
  put(a, {1, 2}); // 1 goes on to the pool
  a.issue({});
  const auto found = [](kv_stores& s, std::uint64_t hash) {
    auto f = s.find({{hash, 1}}, 0);
    const auto blocks = f.blocks();
    s.give_up(f, 0);
    return blocks;
  };
  EXPECT_EQ(found(b, 1), 1u);
  EXPECT_EQ(found(b, 2), 0u) << "in the other's own store";
  b.issue(b.find({{1, 1}}, 0));
  EXPECT_FALSE(b.next()) << "it is still on its way";
  EXPECT_FALSE(a.next_woken());
  for (const kv_copy& c : run(a))
    EXPECT_TRUE(c.from == 0 || c.to == 2);
  EXPECT_EQ(a.next_woken(), std::optional<unsigned>(b.engine()));
  EXPECT_FALSE(a.next_woken());
  const auto in = b.next();
  ASSERT_TRUE(in);
  EXPECT_EQ(in->from, 2u);
  EXPECT_EQ(in->to, 0u);
  b.done(in->id, 0);
  EXPECT_EQ(a.open_copies(), 0u);
}

TEST(pooled_store, has_its_room_once_and_each_engine_counts_what_it_did) {
  kv_stores a({pooled(3)}, block), b({pooled(3)}, block, &a);
  put(a, {1, 2});
  a.issue({});
  put(b, {11, 12});
  b.issue({});
  run(a);
  run(b);
  EXPECT_EQ(a.held(0), 3u);
  EXPECT_EQ(b.held(0), 3u);
  EXPECT_EQ(a.evicted(0), 0u);
  EXPECT_EQ(b.evicted(0), 1u);
  EXPECT_EQ(a.copied_tokens(0, 1) + b.copied_tokens(0, 1), 4u * block);
  put(b, {2}); // there already
  EXPECT_TRUE(b.issue({}).empty());
  EXPECT_TRUE(a.tells(0));
  EXPECT_FALSE(b.tells(0));
  constexpr std::int64_t s = 1'000'000'000'000;
  a.pass(s);
  b.pass(3 * s);
  EXPECT_DOUBLE_EQ(a.resident(0), 9) << "block-seconds, whoever lets time pass";
}

/// Random traffic of three engines with a pool, copies that end in any order: the pool does not overflow, no copy waits for ever.
TEST(pooled_store, random_traffic_ends) {
  std::vector<std::unique_ptr<kv_stores>> engines;
  for (int e = 0; e < 3; ++e)
    engines.push_back(std::make_unique<kv_stores>(std::vector{store(5), pooled(20), store(9)}, block, e ? engines[0].get() : nullptr));
  std::mt19937_64 random(5);
  std::vector<std::pair<unsigned, kv_copy>> under_way;
  std::uint64_t fetched = 0, woken = 0;
  const auto start = [&] {
    for (unsigned e = 0; e < engines.size(); ++e)
      while (const auto c = engines[e]->next())
        under_way.emplace_back(e, *c);
  };
  const auto end = [&](std::size_t at, std::int64_t now) {
    const auto [e, c] = under_way[at];
    under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(at));
    engines[e]->done(c.id, now);
    while (engines[e]->next_woken())
      ++woken;
  };
  for (int i = 0; i < 20000; ++i) {
    kv_stores& own = *engines[random() % engines.size()];
    for (std::uint64_t n = random() % 5; n > 0; --n)
      own.put(random() % 40, i);
    auto f = own.find({{random() % 40, static_cast<std::uint32_t>(1 + random() % 6)}}, 0);
    fetched += f.blocks();
    own.issue(std::move(f));
    start();
    while (under_way.size() > random() % 8)
      end(random() % under_way.size(), i);
    ASSERT_LE(own.held(1), 20u);
  }
  for (start(); !under_way.empty(); start())
    end(0, 20000);
  EXPECT_EQ(engines[0]->open_copies(), 0u);
  EXPECT_GT(fetched, 5000u);
  EXPECT_GT(woken, 100u);
}

/// Random traffic with copies that end in any order: no store overflows, and no copy waits for ever.
TEST(kv_stores, random_traffic_ends) {
  for (const eviction_order order : {eviction_order::lru, eviction_order::lfu}) {
    kv_stores stores({store(7, {order, 0}), store(20, {order, 0})}, block);
    std::mt19937_64 random(3);
    std::vector<kv_copy> under_way;
    std::uint64_t fetched = 0, copies = 0;
    for (int i = 0; i < 20000; ++i) {
      if (random() % 2 == 0)
        for (std::uint64_t n = random() % 5; n > 0; --n)
          stores.put(random() % 40, i);
      const std::uint64_t first = random() % 40;
      auto f = stores.find({{first, static_cast<std::uint32_t>(1 + random() % 6)}}, 0);
      fetched += f.blocks();
      if (random() % 4 == 0)
        stores.give_up(f, i);
      if (random() % 3 == 0)
        stores.raise(std::exchange(f, {}), i);
      stores.issue(std::move(f));
      while (const auto c = stores.next())
        under_way.push_back(*c);
      copies += under_way.size();
      while (under_way.size() > random() % 6) {
        const std::size_t at = random() % under_way.size();
        stores.done(under_way[at].id, i);
        under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(at));
      }
      ASSERT_LE(stores.held(0), 7u);
      ASSERT_LE(stores.held(1), 20u);
    }
    for (bool any = true; any;) { // whatever waits can be done: no copy waits for itself in a circle
      any = !under_way.empty();
      for (const kv_copy& c : std::exchange(under_way, {}))
        stores.done(c.id, 1);
      while (const auto c = stores.next())
        under_way.push_back(*c);
      any = any || !under_way.empty();
    }
    EXPECT_EQ(stores.open_copies(), 0u);
    EXPECT_GT(fetched, 5000u);
    EXPECT_GT(copies, 5000u);
  }
}

} // namespace
} // namespace strata::traffic
