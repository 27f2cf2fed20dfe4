// SPDX-License-Identifier: Apache-2.0
#include "traffic/kv/kv_hand_over.hpp"

#include <stdexcept>

namespace strata::traffic {

void kv_hand_over::open(const engine_request& from, const engine_request& to, std::uint32_t prompt) {
  m_open[from] = {to, prompt};
  m_senders[to] = from;
}

void kv_hand_over::expect(const engine_request& to, std::uint32_t held) {
  const auto sender = m_senders.find(to);
  const engine_request from = sender->second;
  m_senders.erase(sender);
  passage& p = m_open.at(from);
  p.expected = true;
  p.sent = held;
  send(from, p, p.computed);
  send_ahead(from, p);
}

/// Everything up to `tokens` that has not been sent, where there is room for it.
void kv_hand_over::send(const engine_request& from, passage& p, std::uint32_t tokens) {
  if (!p.expected || tokens <= p.sent)
    return;
  const std::uint64_t id = m_next_id++;
  m_ready.push_back({{id, 0, next_pool, tokens - p.sent}, from.engine, p.to.engine});
  m_copies[id] = from;
  m_tokens += tokens - p.sent;
  ++p.copies;
  p.sent = tokens;
}

/// All layers but the last of what is being computed.
void kv_hand_over::send_ahead(const engine_request& from, passage& p) {
  if (p.computing > p.sent)
    send(from, p, p.sent + static_cast<std::uint32_t>(std::uint64_t{p.computing - p.sent} * (m_layers - 1) / m_layers));
}

void kv_hand_over::computing(const engine_request& from, std::uint32_t tokens) {
  passage& p = m_open.at(from);
  p.computing = tokens;
  send_ahead(from, p);
}

void kv_hand_over::computed(const engine_request& from, std::uint32_t tokens) {
  passage& p = m_open.at(from);
  p.computed = tokens;
  send(from, p, tokens);
}

std::optional<kv_hand_over::transfer> kv_hand_over::next() {
  if (m_ready.empty())
    return std::nullopt;
  const transfer t = m_ready.front();
  m_ready.pop_front();
  return t;
}

std::optional<kv_hand_over::passed_on> kv_hand_over::done(std::uint64_t id) {
  const auto copy = m_copies.find(id);
  if (copy == m_copies.end())
    throw std::invalid_argument("no copy " + std::to_string(id) + " of KV is being handed over");
  const engine_request from = copy->second;
  m_copies.erase(copy);
  const auto it = m_open.find(from);
  if (--it->second.copies > 0 || it->second.sent < it->second.prompt || it->second.computed < it->second.prompt)
    return std::nullopt;
  const passed_on all{from, it->second.to};
  m_open.erase(it);
  return all;
}

} // namespace strata::traffic
