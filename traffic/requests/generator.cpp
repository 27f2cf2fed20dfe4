// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/generator.hpp"

#include <cmath>

namespace strata::traffic {

std::vector<request> fixed_batch(std::uint64_t batch, std::uint32_t prompt_tokens, std::uint32_t output_tokens) {
  std::vector<request> requests;
  for (std::uint64_t id = 0; id < batch; ++id)
    requests.push_back({id, 0, prompt_tokens, output_tokens});
  return requests;
}

generated_requests::generated_requests(const generator_config& config) : m_config(config), m_random(config.seed) { draw(); }

void generated_requests::draw() {
  if (m_drawn > 0)
    m_next.arrival_ps += std::llround(m_random.exponential(m_config.rate) * 1e12);
  m_next.id = m_drawn++;
  m_next.prompt_tokens = sample_tokens(m_random, m_config.prompt);
  m_next.output_tokens = sample_tokens(m_random, m_config.output);
}

std::optional<std::int64_t> generated_requests::next_arrival() const {
  return m_next.id < m_config.requests ? std::optional(m_next.arrival_ps) : std::nullopt;
}

request generated_requests::take() {
  const request q = m_next;
  draw();
  return q;
}

std::vector<request> generate(const generator_config& config) {
  generated_requests source(config);
  std::vector<request> requests;
  requests.reserve(config.requests);
  while (source.next_arrival())
    requests.push_back(source.take());
  return requests;
}

mixture conversation_prompt() {
  return {{{0.241, 398.8, 0.040},
           {0.362, 1081.6, 0.086},
           {0.094, 200.3, 0.088},
           {0.076, 4088.1, 0.020},
           {0.147, 1755.9, 0.462},
           {0.080, 223.3, 1.520}},
          1, 14050}; // the longest prompt of the trace
}

mixture conversation_output() {
  return {{{0.425, 96.8, 0.357}, {0.296, 113.2, 1.010}, {0.279, 405.9, 0.049}}, 1, 1000}; // likewise
}

} // namespace strata::traffic
