// SPDX-License-Identifier: Apache-2.0
// Requests from a fixed batch or a seeded generator. Kernel-free.
#pragma once

#include "traffic/requests/mixture.hpp"
#include "traffic/requests/request_source.hpp"

namespace strata::traffic {

/// `batch` equal requests at time 0.
std::vector<request> fixed_batch(std::uint64_t batch, std::uint32_t prompt_tokens, std::uint32_t output_tokens);

struct generator_config {
  std::uint64_t requests = 0;
  double rate = 1; ///< requests per second, Poisson arrivals
  mixture prompt, output;
  std::uint64_t seed = 1;
};

/// Drawn one by one, as they arrive; equal on every C++ library, as sampler and mixture are.
class generated_requests : public request_source {
public:
  explicit generated_requests(const generator_config& config);
  std::uint64_t total() const override { return m_config.requests; }
  std::optional<std::int64_t> next_arrival() const override;
  request take() override;
  void ended(std::uint64_t, std::int64_t) override {}

private:
  void draw();

  generator_config m_config;
  sampler m_random;
  std::uint64_t m_drawn = 0;
  request m_next{};
};

/// All of them.
std::vector<request> generate(const generator_config& config);

/// Lengths as in the conversation service of the Azure LLM inference trace 2023 (19,366 requests; Patel et al.,
/// Splitwise, ISCA 2024, CC-BY-4.0). Fitted by expectation maximisation on ln(tokens), prompts and outputs apart (their
/// logarithms correlate by 0.09 only). Narrow parts are what the service's own templates and limits put there.
/// Trace against fit, prompts: median 1020 / 1013, p90 2734 / 2902, mean 1155 / 1163, largest distance of the
/// cumulative distributions 0.031; outputs: 129 / 129, 424 / 419, 211 / 213, 0.029. Arrivals there have a
/// coefficient of variation of 1.09, so Poisson (1) is close.
mixture conversation_prompt();
mixture conversation_output();

} // namespace strata::traffic
