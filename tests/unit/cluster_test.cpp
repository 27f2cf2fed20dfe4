// SPDX-License-Identifier: Apache-2.0
// Router and cluster: which engine gets a request, and that engines behind a router do what they do alone.
#include "traffic/requests/generator.hpp"
#include "traffic/serving/cluster.hpp"
#include "traffic/steps/step_executor.hpp"

#include <gtest/gtest.h>

namespace strata::traffic {
namespace {

TEST(router, takes_turns) {
  router r(routing::round_robin, 3);
  const auto same = [](unsigned) { return std::uint64_t{0}; };
  for (unsigned i = 0; i < 7; ++i)
    EXPECT_EQ(r.pick(same, same), i % 3);
}

TEST(router, weighs_load_and_what_is_held) {
  const auto load = [](unsigned e) { return std::uint64_t{e == 0 ? 900u : e == 1 ? 500u : 400u}; };
  const auto missing = [](unsigned e) { return std::uint64_t{e == 1 ? 100u : 1000u}; };
  EXPECT_EQ(router(routing::least_loaded, 3).pick(load, missing), 2u);
  EXPECT_EQ(router(routing::kv_aware, 3).pick(load, missing), 1u) << "600 against 1400";
  const auto busy = [](unsigned e) { return std::uint64_t{e == 1 ? 5000u : 400u}; };
  router r(routing::kv_aware, 3);
  for (const unsigned turn : {0u, 2u, 0u})
    EXPECT_EQ(r.pick(busy, missing), turn) << "the load outweighs it; equal ones: in turn";
}

engine_config config() {
  engine_config c;
  c.max_sequences = 8;
  c.max_step_tokens = 256;
  c.kv_capacity_tokens = {100'000};
  return c;
}

/// A step takes 1 ms and 1 us a token; two meters, of which the second counts tokens.
std::vector<pool_costs> costs(unsigned pools = 1) {
  const auto simulate = [](const step_shape& s) {
    const double tokens = s.decode_sequences + s.prefill_tokens;
    return step_outcome{1e-3 + 1e-6 * tokens, 1e-3 + 1e-6 * tokens, 0, {1, tokens}};
  };
  const auto copy = [](const kv_copy& c) { return step_outcome{1e-9 * double(c.tokens), 1e-9 * double(c.tokens), 0, {0, 0}}; };
  std::vector<pool_costs> all;
  for (unsigned p = 0; p < pools; ++p)
    all.push_back({step_cache(simulate, simulate, 0), copy_costs(copy)});
  return all;
}

std::vector<request> some_requests(std::uint64_t count, double rate) {
  generator_config g;
  g.requests = count;
  g.rate = rate;
  g.prompt.parts = {{1, 300, 0.6}};
  g.output.parts = {{1, 20, 0.6}};
  return generate(g);
}

struct served {
  std::vector<request_record> records;
  double in_system_s = 0, elapsed_s = 0;
  std::uint64_t handed_over = 0;
  pool_phases phases;       ///< of the first pool
};

served serve(const cluster_config& c, std::unique_ptr<request_source> source) {
  const auto pools = static_cast<unsigned>(c.pools.size());
  cluster engines(c, std::move(source));
  phase_account account(engines.pool_sizes());
  account.count_meters({c.pools.front().replicas, c.pools.front().replicas});
  step_executor out(costs(pools), engines.engines(), account);
  served s;
  engines.on_request = [&s](const request_record& r) { s.records.push_back(r); };
  engines.run(out, account);
  s.in_system_s = engines.requests_in_system_s();
  s.elapsed_s = double(engines.now()) * 1e-12;
  s.handed_over = engines.handed_over_tokens();
  s.phases = account.pools().front();
  return s;
}

served serve(const engine_config& c, unsigned replicas, routing policy, std::unique_ptr<request_source> source) {
  return serve({{{c, replicas}}, policy, 1}, std::move(source));
}

served serve(unsigned replicas, routing policy, std::uint64_t count = 200, double rate = 300) {
  return serve(config(), replicas, policy, std::make_unique<request_list>(some_requests(count, rate)));
}

TEST(cluster, every_request_is_served_once_and_in_order_of_arrival) {
  const auto asked = some_requests(200, 300);
  for (const routing policy : {routing::round_robin, routing::least_loaded, routing::kv_aware}) {
    const served s = serve(3, policy);
    ASSERT_EQ(s.records.size(), asked.size());
    std::uint64_t tokens = 0, sampled = 0;
    double residence = 0;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      EXPECT_EQ(s.records[i].id, asked[i].id);
      EXPECT_TRUE(s.records[i].completed());
      tokens += asked[i].output_tokens;
      residence += double(s.records[i].finished - s.records[i].arrival) * 1e-12;
    }
    for (const phase_totals& p : s.phases)
      sampled += p.tokens;
    EXPECT_EQ(sampled, tokens);
    EXPECT_NEAR(s.in_system_s / residence, 1, 1e-9);
  }
}

TEST(cluster, phases_add_up_to_the_time_that_passed) {
  const served s = serve(4, routing::least_loaded);
  double time = 0, steps = 0, computed = 0;
  for (const phase_totals& p : s.phases) {
    time += p.time_s;
    steps += double(p.steps);
    computed += p.meters[0];
  }
  EXPECT_NEAR(time, s.elapsed_s, 1e-9);
  EXPECT_NEAR(computed, steps / 4, 1e-6) << "the first meter counts steps; the mean replica's are a quarter of all";
}

TEST(cluster, replicas_with_a_request_each_are_as_fast_as_one_alone) {
  std::vector<request> four, one;
  for (std::uint64_t i = 0; i < 4; ++i)
    four.push_back({i, 0, 500, 10});
  one.push_back(four.front());
  const served all = serve(config(), 4, routing::least_loaded, std::make_unique<request_list>(four));
  const served alone = serve(config(), 1, routing::round_robin, std::make_unique<request_list>(one));
  for (const request_record& r : all.records)
    EXPECT_EQ(r.finished, alone.records.front().finished);
}

TEST(cluster, load_is_balanced_better_by_looking_at_it) {
  // One request in two is long: in turn, they would all go to the same engine.
  std::vector<request> requests;
  for (std::uint64_t i = 0; i < 64; ++i)
    requests.push_back({i, std::int64_t(i) * 1'000'000, 200, i % 2 ? 4u : 100u});
  engine_config few = config();
  few.max_sequences = 2;
  const auto with = [&](routing policy) {
    return serve(few, 2, policy, std::make_unique<request_list>(requests)).elapsed_s;
  };
  EXPECT_LT(with(routing::least_loaded), 0.7 * with(routing::round_robin));
}

/// Three conversations of ten turns, in blocks of 64 tokens.
std::vector<request> conversations() {
  std::vector<request> requests;
  for (std::uint64_t turn = 0; turn < 10; ++turn)
    for (std::uint64_t talk = 0; talk < 3; ++talk) {
      const auto blocks = static_cast<std::uint32_t>(2 + turn);
      const auto arrival = std::int64_t(turn) * 1'000'000'000'000 + std::int64_t(talk) * 1'000'000;
      requests.push_back({turn * 3 + talk, arrival, blocks * 64 + 1, 5, {{talk * 1000, blocks}}});
    }
  return requests;
}

TEST(cluster, kv_aware_sends_a_conversation_where_its_past_is) {
  engine_config c = config();
  c.prefix_cache = true;
  const auto cached = [&](routing policy) {
    std::uint64_t sum = 0;
    for (const request_record& r : serve(c, 2, policy, std::make_unique<request_list>(conversations(), 64)).records)
      sum += r.cached;
    return sum;
  };
  std::uint64_t all = 0; // each turn finds all of the one before
  for (std::uint64_t turn = 1; turn < 10; ++turn)
    all += 3 * 64 * (1 + turn);
  EXPECT_EQ(cached(routing::kv_aware), all);
  EXPECT_LT(cached(routing::round_robin), all);
}

TEST(cluster, clients_of_a_closed_loop_ask_again_when_they_are_answered) {
  closed_loop_config loop;
  loop.clients = 6;
  loop.requests = 60;
  loop.prompt_least = loop.prompt_most = 100;
  loop.output_least = loop.output_most = 10;
  const served s = serve(config(), 3, routing::least_loaded, std::make_unique<closed_loop>(loop));
  ASSERT_EQ(s.records.size(), 60u);
  for (const request_record& r : s.records)
    EXPECT_TRUE(r.completed());
}

cluster_config two_pools(unsigned prefill = 1, unsigned decode = 1) {
  return {{{config(), prefill}, {config(), decode}}, routing::least_loaded, 10};
}

TEST(pools, prompts_and_outputs_come_from_different_engines) {
  const auto asked = some_requests(200, 100);
  for (const auto& [prefill, decode] : {std::pair(1u, 1u), std::pair(3u, 3u), std::pair(3u, 1u), std::pair(1u, 2u)}) {
    const served s = serve(two_pools(prefill, decode), std::make_unique<request_list>(asked));
    ASSERT_EQ(s.records.size(), asked.size());
    std::uint64_t handed_over = 0, prefilled = 0;
    double residence = 0;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const request_record& r = s.records[i];
      EXPECT_EQ(r.id, asked[i].id);
      ASSERT_TRUE(r.completed());
      EXPECT_GT(r.first_token, r.arrival);
      EXPECT_EQ(r.finished == r.first_token, r.output == 1);
      handed_over += r.output > 1 ? r.prompt : 0;
      residence += double(r.finished - r.arrival) * 1e-12;
    }
    for (const phase_totals& p : s.phases)
      prefilled += p.tokens;
    EXPECT_EQ(s.handed_over, handed_over);
    EXPECT_EQ(prefilled, asked.size()) << "a first token each";
    EXPECT_NEAR(s.in_system_s / residence, 1, 1e-9);
  }
}

TEST(pools, a_request_waits_for_the_last_layer_only) {
  // 200 tokens: 1.2 ms to compute, 200 ns to copy at 1 ns a token; of ten layers one is left when they are computed.
  const served s = serve(two_pools(), std::make_unique<request_list>(std::vector<request>{{1, 0, 200, 2}}));
  const request_record& r = s.records.front();
  EXPECT_EQ(r.first_token, 1'200'000'000);
  EXPECT_EQ(r.finished - r.first_token, 1'001'000'000 + 20'000) << "a step of one token, behind 20 tokens' worth of copying";
}

TEST(pools, decode_without_room_keeps_prompts_waiting_but_loses_none) {
  cluster_config c = two_pools();
  c.pools[1].engine.kv_capacity_tokens = {1000};
  const served s = serve(c, std::make_unique<request_list>(some_requests(100, 1000)));
  std::size_t rejected = 0;
  for (const request_record& r : s.records) {
    EXPECT_EQ(r.rejected, r.prompt + r.output > 992u) << "whole blocks of 16";
    EXPECT_NE(r.rejected, r.completed());
    rejected += r.rejected;
  }
  EXPECT_GT(rejected, 0u);
  EXPECT_LT(rejected, 20u);
}

TEST(pools, a_preempted_output_goes_on_where_it_was) {
  cluster_config c = two_pools();
  c.pools[1].engine.kv_capacity_tokens = {1000};
  c.pools[1].engine.reserve_output = false;
  std::vector<request> requests;
  for (std::uint64_t i = 0; i < 8; ++i)
    requests.push_back({i, 0, 150, 100});
  unsigned preempted = 0;
  for (const request_record& r : serve(c, std::make_unique<request_list>(requests)).records) {
    EXPECT_TRUE(r.completed());
    preempted += r.preempted;
  }
  EXPECT_GT(preempted, 0u);
}

TEST(pools, a_decode_engine_is_handed_only_what_it_has_not_kept) {
  const auto handed_over = [](bool keep, unsigned decode) {
    cluster_config c = two_pools(1, decode);
    c.router = routing::kv_aware;
    for (pool_config& p : c.pools)
      p.engine.prefix_cache = true;
    c.pools[1].engine.prefix_cache = keep;
    const served s = serve(c, std::make_unique<request_list>(conversations(), 64));
    for (const request_record& r : s.records)
      EXPECT_TRUE(r.completed());
    return s.handed_over;
  };
  std::uint64_t prompts = 0, fresh = 0;
  for (std::uint64_t turn = 0; turn < 10; ++turn) {
    prompts += 3 * ((2 + turn) * 64 + 1);
    fresh += 3 * ((turn == 0 ? 2 : 1) * 64 + 1);
  }
  EXPECT_EQ(handed_over(false, 1), prompts);
  EXPECT_EQ(handed_over(true, 1), fresh);
  EXPECT_EQ(handed_over(true, 3), fresh) << "the router finds the engine that has it";
}

TEST(pools, prompts_want_prefill_engines_and_outputs_decode_engines) {
  std::vector<request> prompts, outputs;
  for (std::uint64_t i = 0; i < 60; ++i) {
    prompts.push_back({i, 0, 2000, 2});
    outputs.push_back({i, 0, 20, 400});
  }
  const auto with = [](const std::vector<request>& requests, unsigned prefill, unsigned decode) {
    return serve(two_pools(prefill, decode), std::make_unique<request_list>(requests)).elapsed_s;
  };
  EXPECT_LT(with(prompts, 3, 1), 0.6 * with(prompts, 1, 3));
  EXPECT_LT(with(outputs, 1, 3), 0.6 * with(outputs, 3, 1));
}

} // namespace
} // namespace strata::traffic
