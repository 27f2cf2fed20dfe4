// SPDX-License-Identifier: Apache-2.0
#include "traffic/cluster.hpp"

namespace strata::traffic {

cluster::cluster(const engine_config& config, unsigned replicas, routing policy, std::unique_ptr<request_source> source)
    : m_source(std::move(source)), m_router(policy, replicas) {
  for (unsigned e = 0; e < replicas; ++e) {
    auto inbox = std::make_unique<request_inbox>(m_source->block_tokens(), [this](std::uint64_t id, std::int64_t now) {
      ++m_gone;
      m_source->ended(id, now);
    });
    seat s;
    s.inbox = inbox.get();
    s.engine = std::make_unique<serving_engine>(config, std::move(inbox));
    m_seats.push_back(std::move(s));
  }
}

void cluster::run(executor& out, phase_account& account) {
  for (;;) {
    route();
    while (!m_wakes.empty() && m_wakes.top().first <= m_now) {
      const unsigned e = m_wakes.top().second;
      m_wakes.pop();
      const seat& s = m_seats[e];
      if (s.engine->accepts_step() || (s.steps.empty() && s.copies == 0)) // else it looks when something ends
        m_touched.push_back(e);
    }
    while (!m_touched.empty()) {
      const unsigned e = m_touched.back();
      m_touched.pop_back();
      start(e, out, account);
    }
    const std::int64_t until = next_instant();
    if (m_in_flight == 0 && (until == endless || m_gone == m_source->total()))
      break;
    if (const auto w = out.next(m_now, until)) {
      m_now = w->at;
      route(); // what arrives now is there before what ends now
      end(*w, account);
    } else {
      m_now = until;
    }
  }
  for (unsigned e = 0; e < engines(); ++e)
    account.passed(e, phase::idle, m_now);
}

/// Until then nothing happens that does not end first.
std::int64_t cluster::next_instant() {
  std::int64_t at = m_source->next_arrival().value_or(endless);
  if (!m_wakes.empty())
    at = std::min(at, m_wakes.top().first);
  return at;
}

/// Requests that arrive until now each go to an engine.
void cluster::route() {
  for (auto at = m_source->next_arrival(); at && *at <= m_now; at = m_source->next_arrival()) {
    request q = m_source->take();
    const unsigned e = m_router.pick(
        [this](unsigned i) { return m_seats[i].engine->outstanding_tokens() + m_seats[i].inbox->tokens(); },
        [&](unsigned i) { return q.prompt_tokens - m_seats[i].engine->kv().held_tokens(q.blocks, q.prompt_tokens); });
    m_route.push_back(e);
    m_seats[e].inbox->put(std::move(q));
    m_wakes.emplace(*m_seats[e].engine->next_arrival(), e);
  }
}

void cluster::start(unsigned e, executor& out, phase_account& account) {
  seat& s = m_seats[e];
  if (s.steps.empty())
    account.passed(e, phase::idle, m_now);
  for (; const step* next = s.engine->next_step(m_now); ++m_in_flight) {
    s.steps.push_back({next->id, next->shape, next->outputs});
    out.start(e, *next, m_now);
  }
  for (; const auto copy = s.engine->next_copy(); ++m_in_flight) {
    ++s.copies;
    out.start(e, *copy, s.steps.empty() ? phase::idle : phase_of(s.steps.front().shape), m_now);
  }
}

void cluster::end(const ended_work& w, phase_account& account) {
  seat& s = m_seats[w.engine];
  --m_in_flight;
  if (w.copy) {
    if (s.steps.empty())
      account.passed(w.engine, phase::idle, m_now);
    --s.copies;
    s.engine->complete_copy(w.id, m_now);
  } else {
    const running done = s.steps.front();
    s.steps.pop_front();
    account.passed(w.engine, phase_of(done.shape), m_now, done.outputs);
    s.engine->complete_step(w.id, m_now);
    if (on_progress)
      on_progress(m_source->total() == 0 ? 1 : static_cast<double>(m_gone) / static_cast<double>(m_source->total()));
  }
  m_touched.push_back(w.engine);
}

std::vector<request_record> cluster::records() const {
  std::vector<request_record> all;
  all.reserve(m_route.size());
  std::vector<std::size_t> next(m_seats.size(), 0);
  for (const unsigned e : m_route)
    if (const auto& own = m_seats[e].engine->records(); next[e] < own.size())
      all.push_back(own[next[e]++]);
  return all;
}

double cluster::requests_in_system_s() const {
  double sum = 0;
  for (const seat& s : m_seats)
    sum += s.engine->requests_in_system_s();
  return sum;
}

std::uint64_t cluster::recomputed_tokens() const {
  std::uint64_t sum = 0;
  for (const seat& s : m_seats)
    sum += s.engine->recomputed_tokens();
  return sum;
}

speculation_statistics cluster::speculated() const {
  speculation_statistics sum;
  for (const seat& s : m_seats) {
    sum.verifications += s.engine->speculated().verifications;
    sum.outputs += s.engine->speculated().outputs;
  }
  return sum;
}

prefix_statistics cluster::prefixes() const {
  prefix_statistics sum = engine(0).prefixes();
  for (unsigned e = 1; e < engines(); ++e)
    sum += engine(e).prefixes();
  return sum;
}

kv_memory::residency cluster::resident() const {
  kv_memory::residency sum;
  for (const seat& s : m_seats)
    sum += s.engine->kv().resident();
  return sum;
}

} // namespace strata::traffic
