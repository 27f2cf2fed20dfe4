// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/request_source.hpp"

#include "traffic/requests/sampler.hpp"

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

closed_loop::closed_loop(const closed_loop_config& c) {
  sampler random(c.seed);
  m_requests.reserve(c.requests);
  for (std::uint64_t id = 0; id < c.requests; ++id) {
    const std::uint32_t prompt = random.whole(c.prompt_least, c.prompt_most);
    m_requests.push_back({id, 0, prompt, random.whole(c.output_least, c.output_most)});
  }
  m_sent = std::min<std::size_t>(c.clients, m_requests.size());
}

std::optional<std::int64_t> closed_loop::next_arrival() const {
  if (m_taken == m_sent)
    return std::nullopt;
  return m_requests[m_taken].arrival_ps;
}

request closed_loop::take() { return m_requests[m_taken++]; }

void closed_loop::ended(std::uint64_t, std::int64_t now) {
  if (m_sent < m_requests.size())
    m_requests[m_sent++].arrival_ps = now;
}

} // namespace strata::traffic
