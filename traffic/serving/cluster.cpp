// SPDX-License-Identifier: Apache-2.0
#include "traffic/serving/cluster.hpp"

#include <algorithm>

namespace strata::traffic {

namespace {
/// Whole blocks of all memories.
std::uint64_t kv_tokens(const engine_config& c) {
  std::uint64_t tokens = 0;
  for (const std::uint64_t memory : c.kv_capacity_tokens)
    tokens += memory / c.block_tokens * c.block_tokens;
  return tokens;
}
} // namespace

cluster::cluster(cluster_config config, std::unique_ptr<request_source> source)
    : m_source(std::move(source)), m_hand_over(config.layers) {
  const auto gone = [this](std::uint64_t id, std::int64_t now) {
    ++m_gone;
    m_source->ended(id, now);
  };
  if (config.pools.size() > 1) {
    engine_config &prefill = config.pools[0].engine, &decode = config.pools[1].engine;
    prefill.role = engine_role::prefill;
    decode.role = engine_role::decode;
    decode.request_latency_ps = 0;
    prefill.most_context = kv_tokens(decode);
  }
  for (const pool_config& pool : config.pools) {
    const std::size_t first = m_seats.size();
    const auto& stores = pool.engine.kv_stores;
    const bool together = std::any_of(stores.begin(), stores.end(), [](const kv_store_config& s) { return s.pooled; });
    m_sizes.push_back(pool.replicas);
    m_routers.emplace_back(config.router, pool.replicas);
    for (unsigned e = 0; e < pool.replicas; ++e) {
      auto inbox = std::make_unique<request_inbox>(m_source->block_tokens(), gone);
      seat s;
      s.inbox = inbox.get();
      s.engine = std::make_unique<serving_engine>(pool.engine, std::move(inbox),
                                                  together && e > 0 ? m_seats[first].engine.get() : nullptr);
      m_seats.push_back(std::move(s));
    }
  }
  m_blocks_go_on = two_pools() && config.pools[1].engine.prefix_cache;
}

void cluster::run(executor& out, phase_account& account) {
  for (;;) {
    tell(false);
    route();
    foresee();
    for (wake_up(); !m_touched.empty(); wake_up()) {
      const unsigned e = m_touched.back();
      m_touched.pop_back();
      start(e, out, account);
      send(out);
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
  tell(true);
}

/// Records of requests that have ended, in order of arrival; or all.
void cluster::tell(bool all) {
  for (; !m_route.empty(); m_route.pop_front()) {
    seat& s = m_seats[m_route.front()];
    const bool seen = s.told < s.engine->records().size();
    const request_record* later = seen && prefills(m_route.front()) ? continued(s.requests[s.told].at) : nullptr;
    if (!all && !(seen && (s.engine->records()[s.told].ended() || (later && later->ended()))))
      return;
    if (!seen)
      continue;
    request_record r = s.engine->records()[s.told];
    if (later) {
      r.finished = later->finished;
      r.preempted += later->preempted;
      const engine_request at = *s.requests[s.told].at;
      m_seats[at.engine].engine->forget(at.request);
    }
    if (prefills(m_route.front()))
      s.requests.drop(s.told);
    s.engine->forget(s.told++);
    if (on_request)
      on_request(r);
  }
}

/// The record at the engine that goes on with a request, once that has seen it.
const request_record* cluster::continued(const std::optional<engine_request>& at) const {
  return at && at->request < engine(at->engine).records().size() ? &engine(at->engine).records()[at->request] : nullptr;
}

/// Engines whose queues requests have reached by now, where they might start something for them.
void cluster::wake_up() {
  for (; !m_wakes.empty() && m_wakes.top().first <= m_now; m_wakes.pop()) {
    const seat& s = m_seats[m_wakes.top().second];
    if (s.engine->accepts_step() || (s.steps.empty() && s.copies == 0)) // else it looks when something ends
      m_touched.push_back(m_wakes.top().second);
  }
}

/// Until then nothing happens that does not end first.
std::int64_t cluster::next_instant() {
  std::int64_t at = std::min(m_source->next_arrival().value_or(endless), m_source->next_forecast().value_or(endless));
  if (!m_wakes.empty())
    at = std::min(at, m_wakes.top().first);
  return at;
}

/// Requests that arrive until now each go to an engine.
void cluster::route() {
  for (auto at = m_source->next_arrival(); at && *at <= m_now; at = m_source->next_arrival()) {
    request q = m_source->take();
    m_route.push_back(pick(0, q));
    put(m_route.back(), std::move(q));
  }
}

/// Prompts that are foreseen until now: where most of one is held, it is made ready.
void cluster::foresee() {
  for (auto at = m_source->next_forecast(); at && *at <= m_now; at = m_source->next_forecast()) {
    const std::vector<block_run> blocks = m_source->forecast();
    const auto held = [&](unsigned e) { return m_seats[e].engine->kv().held_tokens(blocks, ~std::uint32_t{0}); };
    unsigned best = 0;
    for (unsigned e = 1; e < m_sizes.front(); ++e)
      best = held(e) > held(best) ? e : best;
    m_seats[best].engine->prefetch(blocks, m_now);
    m_touched.push_back(best);
  }
}

unsigned cluster::pick(unsigned pool, const request& q) {
  const unsigned first = first_of(pool);
  return first + m_routers[pool].pick(
      [&](unsigned i) { return m_seats[first + i].engine->outstanding_tokens() + m_seats[first + i].inbox->tokens(); },
      [&](unsigned i) { return q.prompt_tokens - m_seats[first + i].engine->kv().held_tokens(q.blocks, q.prompt_tokens); });
}

void cluster::put(unsigned e, request q) {
  if (prefills(e))
    m_seats[e].requests.add().blocks = m_blocks_go_on ? q.blocks : std::vector<block_run>{};
  m_seats[e].inbox->put(std::move(q));
  m_wakes.emplace(*m_seats[e].engine->next_arrival(), e);
}

void cluster::start(unsigned e, executor& out, phase_account& account) {
  seat& s = m_seats[e];
  if (s.steps.empty())
    account.passed(e, phase::idle, m_now);
  for (; const step* next = s.engine->next_step(m_now); ++m_in_flight) {
    s.steps.push_back({next->id, next->shape, next->outputs, {}});
    if (prefills(e))
      compute_prompts(e, *next);
    out.start(e, *next, m_now);
  }
  for (; const auto copy = s.engine->next_copy(); ++m_in_flight) {
    ++s.copies;
    moves(work::copy, e, e, *copy);
    out.start(e, *copy, doing(s), m_now);
  }
  while (const auto expected = s.engine->next_expected())
    m_hand_over.expect({e, *expected}, s.engine->records()[*expected].cached);
}

/// A prefill engine starts a step: prompts that are new to it get an engine that goes on with them.
void cluster::compute_prompts(unsigned e, const step& s) {
  for (const step_entry& part : s.entries) {
    const request_record& r = m_seats[e].engine->records()[part.request];
    if (r.output == 1)
      continue; // ends with its prompt
    const engine_request from{e, part.request};
    if (further& f = m_seats[e].requests[part.request]; !f.at) {
      request q{r.id, m_now, r.prompt, r.output, std::move(f.blocks), r.priority};
      const unsigned to = pick(1, q);
      f.at = {to, static_cast<std::uint32_t>(m_seats[to].inbox->total())};
      m_hand_over.open(from, *f.at, r.prompt);
      put(to, std::move(q));
    }
    const std::uint32_t tokens = part.context_before + part.new_tokens;
    m_seats[e].steps.back().prompts.emplace_back(part.request, tokens);
    m_hand_over.computing(from, tokens);
  }
}

void cluster::send(executor& out) {
  for (; const auto t = m_hand_over.next(); ++m_in_flight) {
    moves(work::hand_over, t->from, t->to, t->copy);
    out.hand_over(t->from, t->to, t->copy, doing(m_seats[t->from]), m_now);
  }
}

void cluster::moves(work kind, unsigned e, unsigned to_engine, const kv_copy& c) {
  if (on_movement)
    m_moving[{kind, e, c.id}] = {e, to_engine, c.from, c.to, c.tokens, m_now, m_now};
}

void cluster::moved(const ended_work& w) {
  const auto it = m_moving.find({w.kind, w.engine, w.id});
  if (it == m_moving.end())
    return;
  it->second.end = w.at;
  on_movement(it->second);
  m_moving.erase(it);
}

void cluster::end(const ended_work& w, phase_account& account) {
  seat& s = m_seats[w.engine];
  --m_in_flight;
  m_touched.push_back(w.engine);
  if (w.kind == work::step)
    return end_step(w.engine, w.id, account);
  moved(w);
  if (s.steps.empty())
    account.passed(w.engine, phase::idle, m_now);
  if (w.kind == work::copy) {
    --s.copies;
    s.engine->complete_copy(w.id, m_now);
    while (const auto other = s.engine->next_woken())
      m_touched.push_back(first_of(pool_of(w.engine)) + *other);
  } else if (const auto all = m_hand_over.done(w.id)) {
    hand_on(*all);
  }
}

void cluster::end_step(unsigned e, std::uint64_t id, phase_account& account) {
  seat& s = m_seats[e];
  const running ended = std::move(s.steps.front());
  s.steps.pop_front();
  account.passed(e, phase_of(ended.shape), m_now, ended.outputs);
  s.engine->complete_step(id, m_now);
  for (const auto& [request, tokens] : ended.prompts)
    m_hand_over.computed({e, request}, tokens);
  if (on_progress)
    on_progress(m_source->total() == 0 ? 1 : static_cast<double>(m_gone) / static_cast<double>(m_source->total()));
}

/// All KV of a prompt has arrived.
void cluster::hand_on(const kv_hand_over::passed_on& p) {
  m_seats[p.to.engine].engine->hand_over(p.to.request, m_now);
  m_seats[p.from.engine].engine->let_go(p.from.request, m_now);
  m_touched.push_back(p.to.engine);
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

quantile_sketch cluster::gaps() const {
  quantile_sketch sum;
  for (const seat& s : m_seats)
    sum += s.engine->gaps().all();
  return sum;
}

std::uint64_t cluster::answered() const {
  std::uint64_t sum = 0;
  for (const seat& s : m_seats)
    sum += s.engine->answered();
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

prefix_statistics cluster::prefixes(unsigned pool) const {
  prefix_statistics sum = engine(first_of(pool)).prefixes();
  for (unsigned e = 1; e < m_sizes[pool]; ++e)
    sum += engine(first_of(pool) + e).prefixes();
  return sum;
}

kv_memory::residency cluster::resident(unsigned pool) const {
  kv_memory::residency sum;
  for (unsigned e = 0; e < m_sizes[pool]; ++e)
    sum += engine(first_of(pool) + e).kv().resident();
  return sum;
}

} // namespace strata::traffic
