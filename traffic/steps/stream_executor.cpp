// SPDX-License-Identifier: Apache-2.0
#include "traffic/steps/stream_executor.hpp"

#include <algorithm>

namespace strata::traffic {

stream_executor::stream_executor(issuer& out, meter_reader read_meters, phase_account& account, roofline_check& roofline)
    : m_out(out), m_read_meters(std::move(read_meters)), m_account(account), m_roofline(roofline) {
  m_read_meters(m_last);
  m_skipped = -engine_time();
}

void stream_executor::begin(std::int64_t now) {
  if (m_in_flight.empty())
    m_taken = now;
}

void stream_executor::start(unsigned engine, const step& s, std::int64_t now) {
  begin(now);
  m_in_flight.push_back({m_out.submit(m_account.pool_of(engine), s.shape), {0, engine, work::step, s.id}, phase_of(s.shape)});
  ++m_steps;
}

void stream_executor::start(unsigned engine, const kv_copy& c, phase, std::int64_t now) {
  begin(now);
  m_in_flight.push_back({m_out.submit(m_account.pool_of(engine), c), {0, engine, work::copy, c.id}, phase::idle});
}

void stream_executor::hand_over(unsigned from, unsigned, const kv_copy& c, phase, std::int64_t now) {
  begin(now);
  m_in_flight.push_back({m_out.submit(m_account.pool_of(from), c), {0, from, work::hand_over, c.id}, phase::idle});
}

/// What the meters counted since they were last taken.
void stream_executor::take_meters(unsigned engine, phase p, std::int64_t now) {
  m_read_meters(m_current);
  m_change.resize(m_current.size());
  for (std::size_t i = 0; i < m_current.size(); ++i)
    m_change[i] = m_current[i] - m_last[i];
  m_account.worked(m_account.pool_of(engine), p, m_taken, now, m_change);
  m_taken = now;
  std::swap(m_last, m_current);
}

std::optional<ended_work> stream_executor::next(std::int64_t now, std::int64_t until) {
  if (m_in_flight.empty()) {
    m_skipped += until - now;
    return std::nullopt;
  }
  const auto limit = until == endless ? sc_core::sc_max_time()
                                      : base::to_sc_time(static_cast<base::femtoseconds>(std::max<std::int64_t>(until - now, 1)) * 1000);
  issuer::completion done;
  if (!m_out.wait_for_completion(done, limit))
    return std::nullopt;
  const auto it = std::find_if(m_in_flight.begin(), m_in_flight.end(),
                               [&done](const running& r) { return r.sequence == done.sequence; });
  running r = *it;
  m_in_flight.erase(it);
  r.work.at = engine_time();
  if (r.work.kind == work::step) {
    --m_steps;
    m_roofline.add(done.latency_s, done.bound_s);
  }
  if (r.work.kind == work::step || m_steps == 0) // copies beside steps: their phases have it
    take_meters(r.work.engine, r.p, r.work.at);
  return r.work;
}

} // namespace strata::traffic
