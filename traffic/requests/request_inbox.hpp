// SPDX-License-Identifier: Apache-2.0
// The part of a source's requests that one engine of several is given. Kernel-free.
#pragma once

#include "traffic/requests/request_source.hpp"

#include <deque>
#include <functional>

namespace strata::traffic {

class request_inbox : public request_source {
public:
  using end_listener = std::function<void(std::uint64_t id, std::int64_t now)>;
  /// `hash_tokens` as block_tokens() of the source; `on_end` is told of requests that are completed or rejected.
  request_inbox(std::uint32_t hash_tokens, end_listener on_end) : m_hash_tokens(hash_tokens), m_on_end(std::move(on_end)) {}

  void put(request q) {
    m_tokens += std::uint64_t{q.prompt_tokens} + q.output_tokens;
    m_requests.push_back(std::move(q));
    ++m_total;
  }
  /// Of the requests that the engine has not yet taken.
  std::uint64_t tokens() const { return m_tokens; }

  /// Those put so far.
  std::uint64_t total() const override { return m_total; }
  std::optional<std::int64_t> next_arrival() const override {
    return m_requests.empty() ? std::nullopt : std::optional(m_requests.front().arrival_ps);
  }
  request take() override {
    request q = std::move(m_requests.front());
    m_requests.pop_front();
    m_tokens -= std::uint64_t{q.prompt_tokens} + q.output_tokens;
    return q;
  }
  void ended(std::uint64_t id, std::int64_t now) override { m_on_end(id, now); }
  std::uint32_t block_tokens() const override { return m_hash_tokens; }

private:
  std::uint32_t m_hash_tokens;
  end_listener m_on_end;
  std::deque<request> m_requests;
  std::uint64_t m_total = 0, m_tokens = 0;
};

} // namespace strata::traffic
