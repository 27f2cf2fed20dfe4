// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/request_source.hpp"

#include <algorithm>
#include <stdexcept>

namespace strata::traffic {

const std::vector<service_class>& request_source::classes() const {
  static const std::vector<service_class> none;
  return none;
}

request_list::request_list(std::vector<request> requests, std::uint32_t block_tokens, std::uint64_t skipped,
                           std::vector<service_class> classes)
    : m_requests(std::move(requests)), m_block_tokens(block_tokens), m_skipped(skipped), m_classes(std::move(classes)) {
  for (std::size_t i = 0; i < m_requests.size(); ++i)
    if (m_requests[i].prompt_tokens == 0 || m_requests[i].output_tokens == 0 ||
        (i > 0 && m_requests[i].arrival_ps < m_requests[i - 1].arrival_ps))
      throw std::invalid_argument("requests must have tokens and be sorted by arrival");
}

std::optional<std::int64_t> request_list::next_arrival() const {
  if (m_next == m_requests.size())
    return std::nullopt;
  return m_requests[m_next].arrival_ps;
}

request request_list::take() { return std::move(m_requests[m_next++]); }

closed_loop::closed_loop(const closed_loop_config& c)
    : m_config(c), m_random(c.seed), m_waiting(std::min<std::uint64_t>(c.clients, c.requests), 0), m_sent(m_waiting.size()) {}

std::optional<std::int64_t> closed_loop::next_arrival() const {
  return m_waiting.empty() ? std::nullopt : std::optional(m_waiting.front());
}

request closed_loop::take() {
  const std::int64_t arrival = m_waiting.front();
  m_waiting.pop_front();
  const std::uint32_t prompt = m_random.whole(m_config.prompt_least, m_config.prompt_most);
  return {m_taken++, arrival, prompt, m_random.whole(m_config.output_least, m_config.output_most)};
}

void closed_loop::ended(std::uint64_t, std::int64_t now) {
  if (m_sent == m_config.requests)
    return;
  ++m_sent;
  m_waiting.push_back(now);
}

} // namespace strata::traffic
