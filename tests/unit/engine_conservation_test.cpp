// SPDX-License-Identifier: Apache-2.0
// Continuous batching under random workloads: whatever the configuration, tokens, KV cache and requests are conserved.
#include "traffic/requests/generator.hpp"
#include "traffic/serving/serving_engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace strata::traffic {
namespace {

struct workload {
  const char* name;
  std::uint32_t sequences, step_tokens;
  unsigned steps;
  std::vector<std::uint64_t> kv;
  double rate; ///< requests/s; a step takes some 20 ms
  traffic::speculation speculation{};
};

class engine_conservation : public testing::TestWithParam<workload> {};

/// Drives an engine with random step durations (so steps end out of order) and checks every step it makes.
class checked_run {
public:
  checked_run(const workload& w, std::vector<request> requests)
      : m_workload(w), m_requests(std::move(requests)), m_prompted(m_requests.size()), m_sampled(m_requests.size()),
        m_in_flight(m_requests.size()), m_engine(config(w), m_requests) {}

  void run() {
    while (!m_engine.finished()) {
      while (const step* s = m_engine.next_step(m_now)) {
        check(*s);
        m_running.push_back({m_now + std::int64_t(1e9 + double(m_random() % 40) * 1e9), *s});
      }
      const auto next = std::min_element(m_running.begin(), m_running.end(),
                                         [](const running& a, const running& b) { return a.end < b.end; });
      const auto arrival = m_engine.next_arrival();
      if (next == m_running.end()) {
        ASSERT_TRUE(arrival) << "stuck";
        m_now = *arrival;
      } else if (arrival && *arrival < next->end && m_engine.accepts_step()) {
        m_now = *arrival;
      } else {
        m_now = next->end;
        complete(*next);
        m_running.erase(next);
      }
    }
  }

  void check_end() const {
    double residence = 0;
    std::int64_t admitted = 0;
    ASSERT_EQ(m_engine.records().size(), m_requests.size());
    for (std::size_t i = 0; i < m_requests.size(); ++i) {
      const request_record& r = m_engine.records()[i];
      EXPECT_EQ(r.id, m_requests[i].id);
      const std::uint64_t lacking = shortfall(r.prompt + r.output + m_workload.speculation.tokens);
      EXPECT_EQ(r.rejected, lacking > 0);
      EXPECT_EQ(r.shortfall_tokens, lacking);
      if (r.rejected) {
        EXPECT_EQ(m_prompted[i] + m_sampled[i], 0u);
        continue;
      }
      EXPECT_EQ(m_prompted[i], r.prompt);
      EXPECT_EQ(m_sampled[i], r.output);
      EXPECT_LE(r.arrival, r.admitted);
      EXPECT_LT(r.admitted, r.first_token);
      EXPECT_TRUE(r.output == 1 ? r.first_token == r.finished : r.first_token < r.finished);
      EXPECT_GE(r.admitted, admitted) << "first come, first served";
      admitted = r.admitted;
      residence += static_cast<double>(r.finished - r.arrival) * 1e-12;
    }
    EXPECT_NEAR(m_engine.requests_in_system_s() / residence, 1, 1e-9);
    for (std::size_t t = 0; t < m_workload.kv.size(); ++t)
      EXPECT_EQ(m_engine.kv_blocks_used(t), 0u);
    EXPECT_EQ(m_engine.outstanding_tokens(), 0u);
  }

private:
  struct running {
    std::int64_t end;
    step done;
  };

  static engine_config config(const workload& w) {
    engine_config c;
    c.max_sequences = w.sequences;
    c.max_step_tokens = w.step_tokens;
    c.steps_in_flight = w.steps;
    c.kv_capacity_tokens = w.kv;
    c.speculation = w.speculation;
    return c;
  }

  /// Tokens of whole blocks that `tokens` exceed an empty KV cache by.
  std::uint64_t shortfall(std::uint64_t tokens) const {
    std::uint64_t room = 0;
    for (const std::uint64_t kv : m_workload.kv)
      room += kv / 16 * 16;
    const std::uint64_t needed = (tokens + 15) / 16 * 16;
    return needed > room ? needed - room : 0;
  }

  void check(const step& s) {
    step_shape sum;
    std::array<std::uint64_t, max_tiers> held{};
    ASSERT_FALSE(s.entries.empty());
    for (const step_entry& e : s.entries) {
      const std::uint32_t prompt = m_requests[e.request].prompt_tokens;
      const bool decode = m_prompted[e.request] == prompt;
      // Chunks of a prompt may follow each other through the steps in flight; a token to come needs the one before.
      EXPECT_FALSE(decode && m_in_flight[e.request]) << "decodes while another step holds it";
      EXPECT_EQ(e.context_before, m_prompted[e.request] + (decode ? m_sampled[e.request] - 1 : 0));
      m_prompted[e.request] += decode ? 0 : e.new_tokens;
      m_in_flight[e.request] = e.outputs > 0;
      if (!decode) {
        EXPECT_EQ(e.outputs, e.context_before + e.new_tokens >= prompt ? 1u : 0u);
      }
      EXPECT_EQ(std::accumulate(e.kv_tokens.begin(), e.kv_tokens.end(), 0u), e.context_before + e.new_tokens);
      if (decode) {
        EXPECT_EQ(e.new_tokens, 1 + m_workload.speculation.tokens);
        EXPECT_GE(e.outputs, 1u);
        EXPECT_LE(e.outputs, e.new_tokens);
        ++sum.decode_sequences;
        sum.decode_context += e.context_before;
      } else {
        ++sum.prefill_sequences;
        sum.prefill_tokens += e.new_tokens;
        for (std::uint32_t i = 1; i <= e.new_tokens; ++i)
          sum.prefill_pairs += e.context_before + i;
        sum.prefill_context += e.context_before + e.new_tokens;
      }
      sum.sampled_tokens += e.outputs > 0;
      for (std::size_t t = 0; t < max_tiers; ++t) {
        (decode ? sum.decode_kv : sum.prefill_kv)[t] += e.kv_tokens[t];
        held[t] += e.kv_tokens[t];
      }
    }
    EXPECT_EQ(s.shape.decode_queries, 1 + m_workload.speculation.tokens);
    EXPECT_LE(sum.decode_sequences * s.shape.decode_queries + sum.prefill_tokens, m_workload.step_tokens);
    EXPECT_LE(s.entries.size(), m_workload.sequences);
    for (std::size_t t = 0; t < max_tiers; ++t)
      EXPECT_LE(held[t], t < m_workload.kv.size() ? m_workload.kv[t] : 0);
    for (std::size_t t = 0; t < m_workload.kv.size(); ++t)
      EXPECT_LE(m_engine.kv_blocks_used(t) * 16, m_workload.kv[t]);
    EXPECT_EQ(s.shape.decode_sequences, sum.decode_sequences);
    EXPECT_EQ(s.shape.decode_context, sum.decode_context);
    EXPECT_EQ(s.shape.prefill_sequences, sum.prefill_sequences);
    EXPECT_EQ(s.shape.prefill_tokens, sum.prefill_tokens);
    EXPECT_EQ(s.shape.prefill_pairs, sum.prefill_pairs);
    EXPECT_EQ(s.shape.prefill_context, sum.prefill_context);
    EXPECT_EQ(s.shape.sampled_tokens, sum.sampled_tokens);
    EXPECT_EQ(s.shape.decode_kv, sum.decode_kv);
    EXPECT_EQ(s.shape.prefill_kv, sum.prefill_kv);
  }

  void complete(const running& r) {
    for (const step_entry& e : r.done.entries) {
      m_sampled[e.request] += e.outputs;
      if (e.outputs > 0)
        m_in_flight[e.request] = false;
    }
    m_engine.complete_step(r.done.id, m_now);
  }

  const workload& m_workload;
  std::vector<request> m_requests;
  std::vector<std::uint32_t> m_prompted, m_sampled;
  std::vector<bool> m_in_flight; ///< in the step that yields its next token
  serving_engine m_engine;
  std::vector<running> m_running;
  std::mt19937_64 m_random{11};
  std::int64_t m_now = 0;
};

TEST_P(engine_conservation, every_token_once_and_kv_never_over_capacity) {
  generator_config g;
  g.requests = 400;
  g.rate = GetParam().rate;
  g.prompt = {{{1, 150, 1.2}}, 1, 4000};
  g.output = {{{1, 12, 1}}, 1, 200};
  g.seed = 3;
  checked_run run(GetParam(), generate(g));
  run.run();
  run.check_end();
}

INSTANTIATE_TEST_SUITE_P(engine, engine_conservation,
                         testing::Values(workload{"roomy", 256, 2048, 1, {1000000}, 20},
                                         workload{"little_kv", 256, 512, 1, {1500}, 20},
                                         workload{"rejecting", 16, 256, 2, {600}, 20},
                                         workload{"three_tiers", 64, 512, 1, {1000, 2000, 500}, 50},
                                         workload{"pipeline", 64, 300, 5, {20000}, 50},
                                         workload{"more_stages_than_sequences", 6, 100, 12, {20000}, 50},
                                         workload{"one_token_steps", 8, 1, 3, {5000}, 5},
                                         workload{"all_at_once", 128, 2048, 4, {8000, 8000}, 1e9},
                                         workload{"speculating", 64, 512, 2, {20000}, 50, {3, 0.6, 5}},
                                         workload{"speculating_with_little_kv", 64, 512, 1, {1500}, 20, {7, 0.9, 5}}),
                         [](const auto& p) { return std::string(p.param.name); });

} // namespace
} // namespace strata::traffic
