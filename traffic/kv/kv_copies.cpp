// SPDX-License-Identifier: Apache-2.0
#include "traffic/kv/kv_copies.hpp"

#include <stdexcept>
#include <string>

namespace strata::traffic {

unsigned kv_copies::join() {
  m_ready.emplace_back();
  return static_cast<unsigned>(m_ready.size() - 1);
}

std::uint64_t kv_copies::open(unsigned engine, unsigned from, unsigned to, std::uint64_t tokens,
                              const std::set<std::uint64_t>& after) {
  const std::uint64_t id = m_next_id++;
  open_copy& c = m_open[id];
  c.copy = {id, from, to, tokens};
  c.engine = engine;
  for (const std::uint64_t before : after)
    if (const auto it = m_open.find(before); it != m_open.end()) {
      ++c.waits;
      it->second.followers.push_back(id);
    }
  if (c.waits == 0)
    m_ready[engine].push_back(id);
  return id;
}

std::optional<kv_copy> kv_copies::next(unsigned engine) {
  std::deque<std::uint64_t>& ready = m_ready[engine];
  if (ready.empty())
    return std::nullopt;
  const std::uint64_t id = ready.front();
  ready.pop_front();
  return m_open.at(id).copy;
}

void kv_copies::done(std::uint64_t id) {
  const auto it = m_open.find(id);
  if (it == m_open.end())
    throw std::invalid_argument("no copy " + std::to_string(id) + " of KV blocks is under way");
  for (const std::uint64_t follower : it->second.followers)
    if (open_copy& c = m_open.at(follower); --c.waits == 0) {
      m_ready[c.engine].push_back(follower);
      if (c.engine != it->second.engine)
        m_woken.push_back(c.engine);
    }
  m_open.erase(it);
}

std::optional<unsigned> kv_copies::next_woken() {
  if (m_woken.empty())
    return std::nullopt;
  const unsigned engine = m_woken.back();
  m_woken.pop_back();
  return engine;
}

} // namespace strata::traffic
