// SPDX-License-Identifier: Apache-2.0
// MLPerf's benchmarks as requests: means and limits of their data sets, arrivals and objectives of the scenarios.
#include "traffic/requests/benchmark.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace strata::traffic {
namespace {

TEST(benchmark, lengths_have_the_data_sets_means_and_limits) {
  struct expected {
    const char* model;
    double prompt, output;
    std::uint32_t most_prompt, most_output;
  };
  for (const expected& e : {expected{"llama-2-70b", 294, 294, 1024, 1024}, {"llama-3.1-405b", 9400, 680, 20000, 2000}, {"llama-3.1-8b", 870, 128, 2540, 128}}) {
    const request_trace t = requests_of(*find_benchmark(e.model), scenario::offline, 40000, 1, 1);
    double prompts = 0, outputs = 0;
    std::uint32_t most_prompt = 0, most_output = 0;
    for (const request& q : t.requests) {
      prompts += q.prompt_tokens;
      outputs += q.output_tokens;
      most_prompt = std::max(most_prompt, q.prompt_tokens);
      most_output = std::max(most_output, q.output_tokens);
      EXPECT_EQ(q.arrival_ps, 0);
    }
    EXPECT_NEAR(prompts / 40000 / e.prompt, 1, 0.02) << e.model;
    EXPECT_NEAR(outputs / 40000 / e.output, 1, 0.02) << e.model;
    EXPECT_LE(most_prompt, e.most_prompt);
    EXPECT_LE(most_output, e.most_output);
    EXPECT_TRUE(t.classes.empty()) << "offline has no objectives";
  }
  EXPECT_EQ(find_benchmark("qwen3-8b"), nullptr);
}

TEST(benchmark, server_arrives_at_its_rate_and_has_its_objectives) {
  const benchmark& b = *find_benchmark("llama-2-70b");
  const request_trace server = requests_of(b, scenario::server, 20000, 50, 1), interactive = requests_of(b, scenario::interactive, 10, 1, 1);
  EXPECT_NEAR(static_cast<double>(server.requests.back().arrival_ps) * 1e-12 * 50 / 20000, 1, 0.03);
  EXPECT_EQ(server.classes.at(0).ttft_s, 2);
  EXPECT_EQ(server.classes.at(0).tpot_s, 0.2);
  EXPECT_EQ(interactive.classes.at(0).ttft_s, 0.45);
  EXPECT_EQ(interactive.classes.at(0).tpot_s, 0.04);
}

} // namespace
} // namespace strata::traffic
