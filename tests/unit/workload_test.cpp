// SPDX-License-Identifier: Apache-2.0
// Clients against the distributions that describe them: gaps, profiles over a day, shares of a rate, lengths, conversations.
#include "traffic/kv/block_runs.hpp"
#include "traffic/requests/workload.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace strata::traffic {
namespace {

struct moments {
  double mean, cv;
};
moments moments_of(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double v : values) {
    sum += v;
    squares += v * v;
  }
  const double n = static_cast<double>(values.size()), mean = sum / n;
  return {mean, std::sqrt(std::max(0.0, squares / n - mean * mean)) / mean};
}

std::vector<double> gaps_of(const gap_shape& shape, double rate, unsigned count) {
  arrival_process arrivals(rate, shape, {}, sampler(7));
  std::vector<double> gaps;
  double last = 0;
  for (unsigned i = 0; i < count; ++i) {
    const double at = arrivals.next();
    gaps.push_back(at - last);
    last = at;
  }
  return gaps;
}

TEST(arrival_process, gaps_have_their_mean_and_their_burstiness) {
  for (const gap_family family : {gap_family::gamma, gap_family::weibull})
    for (const double cv : {0.0, 0.5, 1.0, 2.5}) {
      const moments m = moments_of(gaps_of({family, cv}, 4, 200000));
      EXPECT_NEAR(m.mean * 4, 1, 0.005 + 0.01 * cv) << cv;
      EXPECT_NEAR(m.cv, cv, 0.01 + 0.04 * cv) << cv;
    }
}

TEST(arrival_process, at_a_variation_of_one_both_families_are_poisson) {
  for (const gap_family family : {gap_family::gamma, gap_family::weibull}) {
    std::vector<double> gaps = gaps_of({family, 1}, 1, 100000);
    std::sort(gaps.begin(), gaps.end());
    for (const double p : {0.1, 0.5, 0.9, 0.99})
      EXPECT_NEAR(gaps[static_cast<std::size_t>(p * 1e5)] / -std::log(1 - p), 1, 0.03) << p;
  }
}

TEST(arrival_process, a_profile_moves_arrivals_and_keeps_their_number) {
  arrival_process arrivals(10, {}, {100, {1, 0, 3, 4}}, sampler(3));
  std::array<unsigned, 4> by_slot{};
  unsigned count = 0;
  for (double at = arrivals.next(); at < 100'000; at = arrivals.next(), ++count)
    ++by_slot[static_cast<std::size_t>(std::fmod(at, 100) / 25)];
  EXPECT_NEAR(count / 1e6, 1, 0.01);
  EXPECT_EQ(by_slot[1], 0u);
  EXPECT_NEAR(by_slot[0] / 125e3, 1, 0.02);
  EXPECT_NEAR(by_slot[2] / 375e3, 1, 0.02);
  EXPECT_NEAR(by_slot[3] / 500e3, 1, 0.02);
}

TEST(mixture, families_have_their_quantiles_and_means) {
  const auto values = [](const mixture::part& p) {
    sampler random(11);
    mixture m{{p}, 0, 1e9};
    std::vector<double> v;
    for (int i = 0; i < 100000; ++i)
      v.push_back(sample(random, m));
    std::sort(v.begin(), v.end());
    return v;
  };
  EXPECT_NEAR(values({1, 100, 0.5, family::log_normal})[50000] / 100, 1, 0.02);
  EXPECT_NEAR(moments_of(values({1, 250, 0, family::exponential})).mean / 250, 1, 0.02);
  const auto tail = values({1, 1000, 1.5, family::pareto});
  EXPECT_GE(tail.front(), 1000);
  EXPECT_NEAR(tail[90000] / (1000 * std::pow(0.1, -1 / 1.5)), 1, 0.03);
  const auto even = values({1, 5, 25, family::uniform});
  EXPECT_NEAR(even[25000], 10, 0.3);
  EXPECT_EQ(values({1, 42, 0, family::constant}).front(), 42);
}

mixture constant(double value) { return {{{1, value, 0, family::constant}}}; }

client_group asking(double rate) {
  client_group g;
  g.rate = rate;
  g.prompt = constant(1000);
  g.output = constant(100);
  return g;
}

TEST(workload, few_clients_ask_most_where_shares_are_skewed) {
  const auto shares = [](double skew) {
    workload w{1000, 0, {}, {asking(20)}};
    w.groups[0].clients = 10;
    w.groups[0].skew = skew;
    w.groups[0].spread = 1; // tells clients apart by the lengths that are theirs
    std::map<std::uint32_t, double> by_length;
    const request_trace t = generate(w, 1, {});
    for (const request& q : t.requests)
      by_length[q.prompt_tokens] += 1.0 / static_cast<double>(t.requests.size());
    EXPECT_EQ(by_length.size(), 10u);
    double most = 0;
    for (const auto& [length, share] : by_length)
      most = std::max(most, share);
    return most;
  };
  EXPECT_NEAR(shares(0), 0.1, 0.01);
  EXPECT_NEAR(shares(2), 1 / 1.5498, 0.02) << "the first of ten, 1 / (1 + 1/4 + ... + 1/100)";
}

TEST(workload, conversations_grow_and_share_what_they_held) {
  workload w{100, 64, {{"chat"}}, {asking(1)}};
  w.groups[0].talk = conversation{constant(3), constant(200), constant(10), false};
  const request_trace t = generate(w, 1, {});
  ASSERT_GT(t.requests.size(), 200u);
  ASSERT_EQ(t.requests.size(), t.links.size());
  EXPECT_EQ(t.requests[1].prompt_tokens, 1300u);
  EXPECT_EQ(t.requests[2].prompt_tokens, 1600u);
  EXPECT_EQ(t.links[2].after, std::vector<std::uint32_t>{1});
  EXPECT_EQ(t.links[2].gap_ps, 10'000'000'000'000);
  EXPECT_FALSE(t.links[2].tools);
  EXPECT_EQ(t.requests[3].arrival_ps > t.requests[0].arrival_ps, true) << "the next session";
  EXPECT_EQ(t.links[3].session, 1u);
  EXPECT_EQ(count_of(t.requests[0].blocks), 1000u / 64);
  EXPECT_EQ(count_of(t.requests[1].blocks), 1300u / 64);
  EXPECT_EQ(t.requests[1].blocks[0].first, t.requests[0].blocks[0].first);
  EXPECT_NE(t.requests[3].blocks[0].first, t.requests[0].blocks[0].first);
  w.groups[0].most_context = 1500;
  EXPECT_EQ(generate(w, 1, {}).links[2].session, 1u) << "a third turn would not fit";
}

TEST(workload, a_further_client_or_kind_leaves_the_others_as_they_are) {
  workload w{200, 0, {}, {asking(1)}};
  w.groups[0].prompt = {{{1, 500, 1}}};
  const request_trace alone = generate(w, 5, {});
  w.groups.push_back(asking(1));
  w.groups.back().service = 1;
  const request_trace both = generate(w, 5, {});
  std::vector<std::uint32_t> first, kept;
  for (const request& q : alone.requests)
    first.push_back(q.prompt_tokens);
  for (const request& q : both.requests)
    if (q.service == 0)
      kept.push_back(q.prompt_tokens);
  EXPECT_EQ(first, kept);
  EXPECT_GT(both.requests.size(), alone.requests.size() + 100);
  EXPECT_NE(generate(w, 6, {}).requests[0].arrival_ps, both.requests[0].arrival_ps);
}

TEST(workload, options_act_as_on_traces) {
  workload w{100, 0, {}, {asking(2)}};
  const request_trace t = generate(w, 1, {}), fast = generate(w, 1, {10, 4});
  EXPECT_EQ(fast.requests.size(), 10u);
  EXPECT_NEAR(static_cast<double>(fast.requests[9].arrival_ps) * 4 / static_cast<double>(t.requests[9].arrival_ps), 1, 1e-9);
  w.duration_s = 1e-6;
  EXPECT_THROW(generate(w, 1, {}), base::input_error);
}

} // namespace
} // namespace strata::traffic
