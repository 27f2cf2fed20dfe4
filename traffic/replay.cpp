// SPDX-License-Identifier: Apache-2.0
#include "traffic/replay.hpp"

#include "traffic/layer_sample.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <set>

namespace strata::traffic {

namespace {
constexpr std::int64_t endless = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t ps_per_s = 1'000'000'000'000;
std::int64_t to_ps(double seconds) { return static_cast<std::int64_t>(seconds * static_cast<double>(ps_per_s) + 0.5); }
std::int64_t kernel_ps() { return static_cast<std::int64_t>(base::now() / 1000); }
} // namespace

void replay::run(issuer& out) {
  m_read_meters(m_last);
  for (phase_totals& p : m_phases)
    p.meters.assign(m_last.size(), 0.0);
  if (m_options.reuse_steps)
    run_reused(out);
  else
    run_simulated(out);
}

phase replay::phase_of(const step_shape& s) {
  if (s.prefill_tokens == 0)
    return phase::decode;
  return s.decode_sequences == 0 ? phase::prefill : phase::mixed;
}

/// Attributes the time since the last call to `p`; `shape` is the step that ended at `until`, if one did.
void replay::account(phase p, std::int64_t until, const step_shape* shape) {
  phase_totals& t = m_phases[static_cast<unsigned>(p)];
  t.time_s += static_cast<double>(until - m_accounted) / static_cast<double>(ps_per_s);
  if (on_phase && until > m_accounted)
    on_phase(m_accounted, until, p);
  m_accounted = until;
  if (shape) {
    ++t.steps;
    t.tokens += shape->sampled_tokens;
    if (on_progress)
      on_progress(m_engine.progress());
  }
}

void replay::add_work(phase_totals& into, std::int64_t from, std::int64_t to, const std::vector<double>& change) {
  for (std::size_t i = 0; i < change.size(); ++i)
    into.meters[i] += change[i];
  if (on_work)
    on_work(from, to, change);
}

/// What the meters counted since they were last taken belongs to the time that is not yet accounted.
void replay::take_meters(phase_totals& into) {
  m_read_meters(m_current);
  m_change.resize(m_current.size());
  for (std::size_t i = 0; i < m_current.size(); ++i)
    m_change[i] = m_current[i] - m_last[i];
  add_work(into, m_accounted, m_now, m_change);
  std::swap(m_last, m_current);
}

void replay::check_bound(double latency_s, double bound_s) {
  ++m_simulated;
  if (bound_s <= 0)
    return;
  const double over = latency_s / bound_s;
  m_bound_violations += over < 1;
  m_least_over_bound = m_least_over_bound == 0 ? over : std::min(m_least_over_bound, over);
}

/// Every step and copy goes through the hardware. Engine time follows kernel time, except that gaps with nothing in
/// flight are skipped: a kernel at 1 fs resolution could not hold a night of waiting.
void replay::run_simulated(issuer& out) {
  struct running {
    std::uint64_t sequence;
    std::uint64_t id;        ///< of step or copy
    bool copy;
    step_shape shape;
  };
  std::vector<running> in_flight;
  std::size_t steps = 0; ///< of them
  m_skipped = m_now - kernel_ps();
  while (!m_engine.finished() || !in_flight.empty()) {
    m_now = m_skipped + kernel_ps();
    for (; const auto next = m_engine.next_step(m_now); ++steps)
      in_flight.push_back({out.submit(next->shape), next->id, false, next->shape});
    while (const auto copy = m_engine.next_copy())
      in_flight.push_back({out.submit(*copy), copy->id, true, {}});
    const auto arrival = m_engine.next_arrival();
    if (in_flight.empty()) {
      if (!arrival)
        break; // nothing runs and nothing will come: what is left has been rejected
      const std::int64_t at = std::max(*arrival, m_now);
      account(phase::idle, at, nullptr);
      m_skipped += at - m_now;
      continue;
    }
    issuer::completion done;
    const bool may_start = arrival && m_engine.accepts_step();
    const auto gap = may_start ? base::to_sc_time(static_cast<base::femtoseconds>(std::max<std::int64_t>(*arrival - m_now, 1)) * 1000)
                               : sc_core::sc_max_time();
    if (!out.wait_for_completion(done, gap))
      continue;
    m_now = m_skipped + kernel_ps();
    const auto it = std::find_if(in_flight.begin(), in_flight.end(),
                                 [&done](const running& r) { return r.sequence == done.sequence; });
    const running ended = *it;
    in_flight.erase(it);
    if (ended.copy) {
      if (steps == 0) { // beside steps, their phases have it
        take_meters(m_phases[static_cast<unsigned>(phase::idle)]);
        account(phase::idle, m_now, nullptr);
      }
      m_engine.complete_copy(ended.id, m_now);
      continue;
    }
    --steps;
    const phase p = phase_of(ended.shape);
    check_bound(done.latency_s, done.bound_s);
    take_meters(m_phases[static_cast<unsigned>(p)]);
    account(p, m_now, &ended.shape);
    m_engine.complete_step(ended.id, m_now);
  }
}

/// One step alone; on a pipeline a second one right behind it, whose delay is how closely such steps can follow.
step_outcome replay::simulate(issuer& out, const step_shape& shape, const layer_range& layers) {
  step_outcome o;
  m_read_meters(m_last);
  const unsigned steps = m_plan.stages.size() > 1 ? 2 : 1;
  for (unsigned i = 0; i < steps; ++i)
    out.submit(shape, layers);
  issuer::completion first, last;
  out.wait_for_completion(first);
  last = first;
  if (steps > 1)
    out.wait_for_completion(last);
  m_read_meters(o.meters);
  for (std::size_t i = 0; i < o.meters.size(); ++i)
    o.meters[i] = (o.meters[i] - m_last[i]) / steps;
  o.latency_s = first.latency_s;
  o.interval_s = steps > 1 ? last.latency_s - first.latency_s : first.latency_s;
  o.bound_s = first.bound_s;
  return o;
}

/// One copy alone.
step_outcome replay::simulate(issuer& out, const kv_copy& copy) {
  step_outcome o;
  m_read_meters(m_last);
  out.submit(copy);
  issuer::completion done;
  out.wait_for_completion(done);
  m_read_meters(o.meters);
  for (std::size_t i = 0; i < o.meters.size(); ++i)
    o.meters[i] -= m_last[i];
  o.latency_s = o.interval_s = done.latency_s;
  return o;
}

/// Steps take their outcome from the cache. They flow through the pipeline in order: a step enters an interval after the
/// one before, and leaves no sooner than an interval of its own behind it. Copies between two places follow each other;
/// that they share links with other copies and with steps is left to `stream`.
void replay::run_reused(issuer& out) {
  struct running {
    std::int64_t end;
    std::uint64_t step;
    step_shape shape;
  };
  layer_sampler layers(m_plan);
  const auto checked = [this](step_outcome o) {
    check_bound(o.latency_s, o.bound_s);
    return o;
  };
  const auto whole = [&](const step_shape& s) { return checked(simulate(out, s, {})); };
  const auto sampled = [&](const step_shape& s) {
    const step_outcome few = simulate(out, s, layers.few());
    return checked(layers.whole(few, simulate(out, s, layers.more())));
  };
  step_cache cache(layers.worthwhile() ? step_cache::simulator(sampled) : whole, whole, m_options.check_every,
                   m_plan.model->window());
  copy_costs costs([&](const kv_copy& c) { return simulate(out, c); });
  std::deque<running> in_flight; // in order of submission, which is the order of completion
  std::set<std::pair<std::int64_t, std::uint64_t>> copies; // end, id
  std::map<std::pair<unsigned, unsigned>, std::int64_t> way_free;
  std::int64_t entrance = 0, last_end = 0;
  while (!m_engine.finished() || !in_flight.empty() || !copies.empty()) {
    while (const auto next = m_engine.next_step(m_now)) {
      const step_outcome& o = cache.lookup(next->shape);
      const std::int64_t start = std::max(m_now, entrance), interval = to_ps(o.interval_s);
      const std::int64_t end = std::max(start + to_ps(o.latency_s), last_end + interval);
      entrance = start + interval;
      last_end = end;
      add_work(m_phases[static_cast<unsigned>(phase_of(next->shape))], start, end, o.meters);
      in_flight.push_back({end, next->id, next->shape});
    }
    while (const auto copy = m_engine.next_copy()) {
      const step_outcome o = costs.of(*copy);
      std::int64_t& free = way_free[{copy->from, copy->to}];
      const std::int64_t start = std::max(free, m_now);
      free = start + to_ps(o.latency_s);
      const phase beside = in_flight.empty() ? phase::idle : phase_of(in_flight.front().shape);
      add_work(m_phases[static_cast<unsigned>(beside)], start, free, o.meters);
      copies.emplace(free, copy->id);
    }
    const auto arrival = m_engine.next_arrival();
    const std::int64_t step_end = in_flight.empty() ? endless : in_flight.front().end;
    const std::int64_t copy_end = copies.empty() ? endless : copies.begin()->first;
    const bool idle = in_flight.empty();
    if (idle && copies.empty() && !arrival)
      break;
    if (arrival && *arrival < std::min(step_end, copy_end) && (m_engine.accepts_step() || (idle && copies.empty()))) {
      const std::int64_t at = std::max(*arrival, m_now);
      if (idle)
        account(phase::idle, at, nullptr);
      m_now = at;
      continue;
    }
    m_now = std::min(step_end, copy_end);
    if (copy_end < step_end) {
      if (idle)
        account(phase::idle, m_now, nullptr);
      const std::uint64_t id = copies.begin()->second;
      copies.erase(copies.begin());
      m_engine.complete_copy(id, m_now);
      continue;
    }
    const running done = in_flight.front();
    in_flight.pop_front();
    account(phase_of(done.shape), m_now, &done.shape);
    m_engine.complete_step(done.step, m_now);
  }
  m_cache = cache.stats();
}

} // namespace strata::traffic
