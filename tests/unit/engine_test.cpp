// SPDX-License-Identifier: Apache-2.0
// Continuous batching: small schedules worked out by hand.
#include "traffic/requests/generator.hpp"
#include "traffic/serving/serving_engine.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace strata::traffic {
namespace {

engine_config config(std::uint64_t kv_tokens = 1024) {
  engine_config c;
  c.max_sequences = 8;
  c.max_step_tokens = 100;
  c.kv_capacity_tokens = {kv_tokens};
  return c;
}

void expect_entry(const step_entry& e, std::uint32_t request, std::uint32_t new_tokens, std::uint32_t context,
                  bool samples) {
  EXPECT_EQ(e.request, request);
  EXPECT_EQ(e.new_tokens, new_tokens);
  EXPECT_EQ(e.context_before, context);
  EXPECT_EQ(e.outputs, samples ? 1u : 0u);
}

TEST(engine, gaps_are_between_a_sequences_tokens) {
  serving_engine e(config(), {{0, 0, 10, 3}, {1, 0, 10, 2}});
  std::int64_t now = 0;
  for (const std::int64_t took : {5'000'000, 7'000'000, 9'000'000}) {
    const step* s = e.next_step(now);
    ASSERT_TRUE(s);
    now += took;
    e.complete_step(s->id, now);
    EXPECT_EQ(e.answered(), 2u) << "both prompts fit the first step";
  }
  EXPECT_TRUE(e.finished());
  const quantile_sketch gaps = e.gaps().all(); // 7 us twice, 9 us once
  EXPECT_EQ(gaps.count(), 3u);
  EXPECT_DOUBLE_EQ(gaps.sum(), 23e-6);
  EXPECT_DOUBLE_EQ(gaps.greatest(), 9e-6);
}

TEST(engine, one_request_prefills_then_decodes) {
  serving_engine e(config(), {{7, 100, 10, 3}});
  EXPECT_EQ(e.next_step(0), nullptr);
  EXPECT_EQ(e.next_arrival(), 100);
  const step* s = e.next_step(100);
  ASSERT_TRUE(s);
  ASSERT_EQ(s->entries.size(), 1u);
  expect_entry(s->entries[0], 0, 10, 0, true);
  EXPECT_EQ(s->shape.prefill_sequences, 1u);
  EXPECT_EQ(s->shape.prefill_tokens, 10u);
  EXPECT_EQ(s->shape.prefill_pairs, 55u);
  EXPECT_EQ(s->shape.prefill_context, 10u);
  EXPECT_EQ(s->shape.prefill_kv[0], 10u);
  EXPECT_EQ(s->shape.sampled_tokens, 1u);
  EXPECT_EQ(s->shape.decode_sequences, 0u);
  EXPECT_FALSE(e.next_arrival());
  EXPECT_EQ(e.next_step(150), nullptr) << "the only step is in flight";
  e.complete_step(s->id, 200);
  for (std::uint32_t token = 2; token <= 3; ++token) {
    s = e.next_step(100 * token);
    ASSERT_TRUE(s);
    expect_entry(s->entries.at(0), 0, 1, 8 + token, true);
    EXPECT_EQ(s->shape.decode_sequences, 1u);
    EXPECT_EQ(s->shape.decode_context, 8u + token);
    EXPECT_EQ(s->shape.decode_kv[0], 9u + token);
    EXPECT_EQ(s->shape.prefill_tokens, 0u);
    EXPECT_EQ(s->shape.sampled_tokens, 1u);
    EXPECT_FALSE(e.finished());
    e.complete_step(s->id, 100 * token + 100);
  }
  EXPECT_TRUE(e.finished());
  EXPECT_EQ(e.next_step(400), nullptr);
  const request_record& r = e.records()[0];
  EXPECT_EQ(r.id, 7u);
  EXPECT_EQ(r.arrival, 100);
  EXPECT_EQ(r.admitted, 100);
  EXPECT_EQ(r.first_token, 200);
  EXPECT_EQ(r.finished, 400);
  EXPECT_NEAR(e.requests_in_system_s(), 300e-12, 1e-24);
}

TEST(engine, a_single_output_token_ends_with_the_prefill) {
  serving_engine e(config(), {{0, 0, 10, 1}});
  e.complete_step(e.next_step(0)->id, 50);
  EXPECT_TRUE(e.finished());
  EXPECT_EQ(e.records()[0].first_token, 50);
  EXPECT_EQ(e.records()[0].finished, 50);
}

TEST(engine, prompts_of_their_own_steps_go_first) {
  engine_config c = config();
  c.prompts_apart = true;
  serving_engine e(c, {{0, 0, 60, 2}, {1, 0, 60, 2}});
  const step* s = e.next_step(0);
  ASSERT_EQ(s->entries.size(), 2u);
  expect_entry(s->entries[0], 0, 60, 0, true);
  expect_entry(s->entries[1], 1, 40, 0, false); // the budget is 100 tokens
  e.complete_step(s->id, 1);
  s = e.next_step(1);
  ASSERT_EQ(s->entries.size(), 1u) << "the first sequence waits until no prompt is left";
  expect_entry(s->entries[0], 1, 20, 40, true);
  e.complete_step(s->id, 2);
  s = e.next_step(2);
  EXPECT_EQ(s->shape.decode_sequences, 2u);
  EXPECT_EQ(s->shape.prefill_sequences, 0u);
  e.complete_step(s->id, 3);
  EXPECT_TRUE(e.finished());
}

TEST(engine, a_step_put_together_ahead_misses_prompts_that_come_meanwhile) {
  for (const bool ahead : {false, true}) {
    engine_config c = config();
    c.steps_ahead = ahead;
    serving_engine e(c, {{0, 0, 10, 3}, {1, 5, 20, 1}, {2, 35, 20, 1}});
    e.complete_step(e.next_step(0)->id, 10);
    const step* s = e.next_step(10);
    EXPECT_EQ(s->shape.prefill_sequences, ahead ? 0u : 1u) << "the second request came at 5, when the first step ran";
    e.complete_step(s->id, 20);
    s = e.next_step(20);
    EXPECT_EQ(s->shape.prefill_sequences, ahead ? 1u : 0u);
    e.complete_step(s->id, 30);
    EXPECT_EQ(e.next_step(30), nullptr);
    EXPECT_EQ(e.next_step(35)->shape.prefill_sequences, 1u) << "nothing ran when the third one came";
  }
}

TEST(engine, with_nothing_else_to_do_prompts_need_not_be_foreseen) {
  engine_config c = config();
  c.steps_ahead = true;
  serving_engine e(c, {{0, 0, 10, 1}, {1, 5, 20, 1}});
  e.complete_step(e.next_step(0)->id, 10);
  EXPECT_EQ(e.next_step(10)->shape.prefill_sequences, 1u);
}

TEST(engine, prompts_wait_some_steps_for_more_of_them) {
  engine_config c = config();
  c.batch_wait_steps = 2;
  c.batch_wait_fill = 0.5; // of 100 tokens
  const auto waited = [&c](std::vector<request> later) {
    std::vector<request> all{{0, 0, 10, 9}};
    all.insert(all.end(), later.begin(), later.end());
    serving_engine e(c, all);
    e.complete_step(e.next_step(0)->id, 1); // with nothing to decode prompts do not wait
    unsigned steps = 0;
    for (std::int64_t now = 1;; ++now, ++steps) {
      const step* s = e.next_step(now);
      if (s->shape.prefill_sequences > 0)
        return steps;
      e.complete_step(s->id, now + 1);
    }
  };
  EXPECT_EQ(waited({{1, 1, 20, 1}}), 2u);
  EXPECT_EQ(waited({{1, 1, 49, 1}}), 0u) << "with the sequence that decodes, half a step";
  EXPECT_EQ(waited({{1, 1, 20, 1}, {2, 2, 40, 1}}), 1u);
}

TEST(engine, prompts_that_are_not_chunked_wait_for_a_step_with_room) {
  engine_config c = config();
  c.chunked_prefill = false;
  serving_engine e(c, {{0, 0, 60, 2}, {1, 0, 60, 1}, {2, 0, 150, 1}});
  const step* s = e.next_step(0);
  ASSERT_EQ(s->entries.size(), 1u);
  expect_entry(s->entries[0], 0, 60, 0, true);
  e.complete_step(s->id, 1);
  s = e.next_step(1);
  ASSERT_EQ(s->entries.size(), 3u);
  expect_entry(s->entries[1], 1, 60, 0, true);
  expect_entry(s->entries[2], 2, 39, 0, false); // no step has room for all of it
}

TEST(engine, long_prompts_are_chunked_to_the_token_budget) {
  serving_engine e(config(), {{0, 0, 250, 2}});
  const std::uint64_t pairs[] = {5050, 100 * 100 + 5050, 50 * 200 + 1275};
  const std::uint32_t tokens[] = {100, 100, 50};
  for (std::uint32_t chunk = 0; chunk < 3; ++chunk) {
    const step* s = e.next_step(chunk);
    expect_entry(s->entries.at(0), 0, tokens[chunk], 100 * chunk, chunk == 2);
    EXPECT_EQ(s->shape.prefill_pairs, pairs[chunk]);
    EXPECT_EQ(s->shape.prefill_context, 100 * chunk + tokens[chunk]);
    EXPECT_EQ(s->shape.sampled_tokens, chunk == 2 ? 1u : 0u);
    e.complete_step(s->id, chunk + 1);
  }
  EXPECT_EQ(e.records()[0].first_token, 3);
  EXPECT_EQ(e.next_step(3)->shape.decode_sequences, 1u);
}

TEST(engine, decodes_come_first_and_prompts_fill_the_budget_in_order_of_arrival) {
  serving_engine e(config(), {{0, 0, 40, 5}, {1, 10, 80, 5}, {2, 10, 70, 5}});
  e.complete_step(e.next_step(0)->id, 10);
  const step* s = e.next_step(10);
  ASSERT_EQ(s->entries.size(), 3u);
  expect_entry(s->entries[0], 0, 1, 40, true);
  expect_entry(s->entries[1], 1, 80, 0, true);
  expect_entry(s->entries[2], 2, 19, 0, false);
  EXPECT_EQ(s->shape.decode_sequences, 1u);
  EXPECT_EQ(s->shape.prefill_sequences, 2u);
  EXPECT_EQ(s->shape.prefill_tokens, 99u);
  EXPECT_EQ(s->shape.prefill_pairs, 80u * 81 / 2 + 19u * 20 / 2);
  EXPECT_EQ(s->shape.sampled_tokens, 2u);
  e.complete_step(s->id, 20);
  s = e.next_step(20);
  ASSERT_EQ(s->entries.size(), 3u);
  expect_entry(s->entries[0], 0, 1, 41, true);
  expect_entry(s->entries[1], 1, 1, 80, true);
  expect_entry(s->entries[2], 2, 51, 19, true);
}

TEST(engine, a_prompt_that_finds_no_budget_waits_whole) {
  serving_engine e(config(), {{0, 0, 100, 2}, {1, 0, 30, 2}});
  const step* s = e.next_step(0);
  ASSERT_EQ(s->entries.size(), 1u);
  e.complete_step(s->id, 1);
  s = e.next_step(1);
  ASSERT_EQ(s->entries.size(), 2u);
  expect_entry(s->entries[0], 0, 1, 100, true);
  expect_entry(s->entries[1], 1, 30, 0, true);
}

TEST(engine, no_step_has_more_decodes_than_tokens) {
  engine_config c = config();
  c.max_step_tokens = 2;
  serving_engine e(c, {{0, 0, 1, 3}, {1, 0, 1, 3}, {2, 0, 1, 3}});
  std::uint32_t decodes = 0;
  for (std::int64_t now = 0; !e.finished(); ++now) {
    const step* s = e.next_step(now);
    EXPECT_LE(s->shape.decode_sequences + s->shape.prefill_tokens, 2u);
    decodes += s->shape.decode_sequences;
    e.complete_step(s->id, now + 1);
  }
  EXPECT_EQ(decodes, 6u);
}

TEST(engine, admission_waits_for_kv_blocks_in_order_of_arrival) {
  // Blocks of 16: the requests need 3, 2 and 1 of the 4 there are. The third would fit beside the first, but the
  // second is before it.
  serving_engine e(config(64), {{0, 0, 46, 2}, {1, 0, 30, 2}, {2, 0, 10, 2}});
  const step* s = e.next_step(0);
  ASSERT_EQ(s->entries.size(), 1u);
  EXPECT_EQ(e.kv_blocks_used(0), 3u);
  e.complete_step(s->id, 10);
  s = e.next_step(10);
  EXPECT_EQ(s->entries.size(), 1u);
  e.complete_step(s->id, 20);
  EXPECT_EQ(e.kv_blocks_used(0), 0u);
  s = e.next_step(20);
  EXPECT_EQ(s->entries.size(), 2u);
  EXPECT_EQ(e.kv_blocks_used(0), 3u);
  EXPECT_EQ(e.records()[1].admitted, 20);
  EXPECT_EQ(e.records()[2].admitted, 20);
}

TEST(engine, admission_waits_for_a_sequence_slot) {
  engine_config c = config();
  c.max_sequences = 1;
  serving_engine e(c, {{0, 0, 10, 1}, {1, 0, 10, 1}});
  EXPECT_EQ(e.next_step(0)->entries.size(), 1u);
  e.complete_step(1, 5);
  EXPECT_EQ(e.next_step(6)->entries.at(0).request, 1u);
  EXPECT_EQ(e.records()[1].admitted, 6);
}

TEST(engine, kv_fills_the_fastest_tier_first_and_spills) {
  engine_config c = config();
  c.kv_capacity_tokens = {39, 1000}; // 2 whole blocks, then 62
  serving_engine e(c, {{0, 0, 40, 2}, {1, 0, 5, 1}});
  const step* s = e.next_step(0);
  EXPECT_EQ(e.kv_blocks_used(0), 2u);
  EXPECT_EQ(e.kv_blocks_used(1), 2u);
  const auto& first = s->entries.at(0).kv_tokens;
  EXPECT_EQ(first[0], 32u);
  EXPECT_EQ(first[1], 8u);
  EXPECT_EQ(s->entries.at(1).kv_tokens[0], 0u);
  EXPECT_EQ(s->entries.at(1).kv_tokens[1], 5u);
  EXPECT_EQ(s->shape.prefill_kv[0], 32u);
  EXPECT_EQ(s->shape.prefill_kv[1], 13u);
  e.complete_step(s->id, 1);
  s = e.next_step(1);
  EXPECT_EQ(s->shape.decode_kv[0], 32u);
  EXPECT_EQ(s->shape.decode_kv[1], 9u);
}

TEST(engine, what_can_never_fit_is_rejected_with_its_shortfall) {
  serving_engine e(config(64), {{0, 0, 60, 30}, {1, 3, 40, 1}});
  const step* s = e.next_step(3);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->entries.at(0).request, 1u);
  EXPECT_TRUE(e.records()[0].rejected);
  EXPECT_EQ(e.records()[0].shortfall_tokens, 32u); // 90 tokens are 6 blocks, there are 4
  EXPECT_FALSE(e.records()[1].rejected);
  e.complete_step(s->id, 10);
  EXPECT_TRUE(e.finished());
  EXPECT_NEAR(e.requests_in_system_s(), 7e-12, 1e-24) << "rejected requests never are in the system";
}

TEST(engine, steps_in_flight_share_the_sequences_evenly) {
  engine_config c = config();
  c.steps_in_flight = 3;
  serving_engine e(c, fixed_batch(7, 4, 3));
  std::vector<std::uint64_t> ids;
  for (const std::size_t size : {3u, 2u, 2u}) {
    const step* s = e.next_step(0);
    ASSERT_TRUE(s);
    EXPECT_EQ(s->entries.size(), size);
    ids.push_back(s->id);
  }
  EXPECT_EQ(e.next_step(0), nullptr);
  EXPECT_FALSE(e.accepts_step());
  e.complete_step(ids[1], 5); // out of order
  const step* again = e.next_step(5);
  ASSERT_EQ(again->entries.size(), 2u);
  expect_entry(again->entries[0], 3, 1, 4, true);
  expect_entry(again->entries[1], 4, 1, 4, true);
}

TEST(engine, an_idle_step_takes_half_of_what_becomes_ready) {
  engine_config c = config();
  c.steps_in_flight = 2;
  serving_engine e(c, {{0, 0, 4, 3}, {1, 1, 4, 3}, {2, 1, 4, 3}, {3, 1, 4, 1}});
  const std::uint64_t first = e.next_step(0)->id;  // request 0 alone
  const std::uint64_t second = e.next_step(1)->id; // requests 1, 2, 3
  e.complete_step(second, 2);
  EXPECT_EQ(e.next_step(2)->entries.size(), 2u); // request 3 is done
  e.complete_step(first, 3);
  EXPECT_EQ(e.next_step(3)->entries.size(), 1u);
}

TEST(engine, arrivals_matter_only_while_a_step_could_take_them) {
  engine_config c = config(64);
  c.steps_in_flight = 2;
  serving_engine e(c, {{0, 0, 40, 9}, {1, 5, 40, 9}, {2, 9, 1, 1}});
  EXPECT_TRUE(e.next_step(0));
  EXPECT_TRUE(e.accepts_step()) << "the second step is idle and nobody waits";
  EXPECT_EQ(e.next_arrival(), 5);
  EXPECT_FALSE(e.next_step(5)) << "no KV cache is left";
  EXPECT_FALSE(e.accepts_step()) << "what comes later waits behind request 1";
}

TEST(engine, misuse_is_refused) {
  EXPECT_THROW(serving_engine(config(), {{0, 5, 1, 1}, {1, 4, 1, 1}}), std::invalid_argument);
  EXPECT_THROW(serving_engine(config(), {{0, 5, 0, 1}}), std::invalid_argument);
  EXPECT_THROW(serving_engine(config(), {{0, 5, 1, 0}}), std::invalid_argument);
  engine_config c = config();
  c.kv_capacity_tokens.clear();
  EXPECT_THROW(serving_engine(c, std::vector<request>{}), std::invalid_argument);
  c.kv_capacity_tokens.assign(max_tiers + 1, 100);
  EXPECT_THROW(serving_engine(c, std::vector<request>{}), std::invalid_argument);
  c = config();
  c.steps_in_flight = 0;
  EXPECT_THROW(serving_engine(c, std::vector<request>{}), std::invalid_argument);
  serving_engine e(config(), fixed_batch(1, 4, 4));
  EXPECT_THROW(e.complete_step(1, 0), std::invalid_argument);
  const std::uint64_t id = e.next_step(0)->id;
  e.complete_step(id, 1);
  EXPECT_THROW(e.complete_step(id, 1), std::invalid_argument);
}

TEST(engine, without_requests_there_is_nothing_to_do) {
  serving_engine e(config(), std::vector<request>{});
  EXPECT_TRUE(e.finished());
  EXPECT_EQ(e.next_step(0), nullptr);
  EXPECT_FALSE(e.next_arrival());
}

} // namespace
} // namespace strata::traffic
