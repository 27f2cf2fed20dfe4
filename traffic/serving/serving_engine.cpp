// SPDX-License-Identifier: Apache-2.0
#include "traffic/serving/serving_engine.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace strata::traffic {

namespace {
constexpr std::uint32_t least_chunk = 32; ///< tokens; smaller prompt chunks would pay a pipeline's latencies for little

std::size_t share(std::size_t ready, unsigned steps) { return (ready + steps - 1) / steps; }

/// Blocks are kept under hashes of the source's prompts, or of what is preempted.
kv_config memory_of(const engine_config& c, std::uint32_t hash_tokens) {
  constexpr std::uint32_t own_hash_tokens = 64;
  const std::uint32_t kept = c.prefix_cache && hash_tokens > 0 ? hash_tokens : c.swap ? own_hash_tokens : 0;
  return {c.block_tokens, c.kv_capacity_tokens, kept, c.eviction, c.kv_stores};
}
} // namespace

serving_engine::serving_engine(engine_config config, std::unique_ptr<request_source> source, const serving_engine* others)
    : m_config(std::move(config)), m_source(std::move(source)),
      m_kv(memory_of(m_config, m_source->block_tokens()), others ? &others->m_kv : nullptr),
      m_schedule(make_schedule(m_config.schedule, m_config.ttft_ps)), m_sequences(m_config.max_sequences),
      m_decodes(m_config.max_sequences), m_prefills(m_config.max_sequences), m_flights(m_config.steps_in_flight),
      m_idle_flights(m_config.steps_in_flight) {
  if (m_config.max_sequences == 0 || m_config.max_step_tokens == 0 || m_config.steps_in_flight == 0)
    throw std::invalid_argument("a serving engine needs sequences, tokens and steps");
  for (std::uint32_t slot = m_config.max_sequences; slot-- > 0;)
    m_free_slots.push_back(slot);
}

const step* serving_engine::next_step(std::int64_t now) {
  receive(now);
  admit(now);
  prefetch_waiting(now);
  if (m_idle_flights == 0)
    return nullptr;
  const std::uint32_t queries = 1 + m_config.speculation.tokens;
  const std::size_t ready = std::min<std::size_t>(share(m_decodes.size(), m_idle_flights),
                                                  std::max(1u, m_config.max_step_tokens / queries));
  const std::size_t prompts = prompts_due(ready);
  const std::size_t decodes = m_config.prompts_apart && prompts > 0 ? 0 : ready;
  if (decodes + prompts == 0) {
    m_foreseen = ~std::size_t{0};
    return nullptr;
  }
  flight& f = *std::find_if(m_flights.begin(), m_flights.end(), [](const flight& i) { return !i.busy; });
  f.busy = true;
  --m_idle_flights;
  f.step.id = m_next_id++;
  f.step.entries.clear();
  f.step.shape = {};
  f.step.shape.decode_queries = queries;
  f.step.outputs = 0;
  f.slots.clear();
  for (std::size_t i = 0; i < decodes && m_decodes.size() > 0; ++i)
    if (const std::uint32_t slot = m_decodes.pop(); has_room(slot, now))
      add(f, slot, queries);
  std::uint32_t budget = prompt_budget(static_cast<std::uint32_t>(f.slots.size()) * queries);
  const std::uint32_t most_chunk = m_config.prompt_ranks > 1 ? std::max(least_chunk, budget / m_config.prompt_ranks) : budget;
  std::size_t going_on = 0; // prompts that stay in front, in their order
  for (std::size_t i = 0; i < prompts && budget > 0 && going_on < m_prefills.size(); ++i) {
    const std::uint32_t slot = m_prefills.at(going_on);
    const sequence& s = m_sequences[slot];
    const std::uint32_t left = s.target - s.context, chunk = std::min({budget, left, most_chunk});
    if (chunk < left && !m_config.chunked_prefill && !f.slots.empty() && left <= m_config.max_step_tokens)
      break;
    if (chunk < left)
      ++going_on;
    else if (going_on == 0)
      m_prefills.pop();
    else
      m_prefills.remove(slot);
    add(f, slot, chunk);
    budget -= chunk;
  }
  if (f.slots.empty()) { // those that were ready found no room
    f.busy = false;
    ++m_idle_flights;
    return nullptr;
  }
  m_foreseen = m_prefills.size();
  return &f.step;
}

/// Prompts that may enter a step beside `decodes` sequences: those in line when the step before it started, where steps are
/// put together ahead, and none while they wait for more. With nothing else to do, all.
std::size_t serving_engine::prompts_due(std::size_t decodes) {
  const std::size_t all = share(m_prefills.size(), m_idle_flights);
  if (decodes == 0)
    return all;
  const std::size_t due = m_config.steps_ahead ? std::min(all, m_foreseen) : all;
  return wait_for_more(due, decodes) ? 0 : due;
}

bool serving_engine::wait_for_more(std::size_t prompts, std::size_t decodes) {
  if (prompts == 0)
    return false;
  std::uint64_t tokens = decodes;
  for (std::size_t i = 0; i < prompts; ++i) {
    const sequence& s = m_sequences[m_prefills.at(i)];
    tokens += s.target - s.context;
  }
  const bool wait = m_waited < m_config.batch_wait_steps &&
                    static_cast<double>(tokens) < m_config.batch_wait_fill * m_config.max_step_tokens;
  m_waited = wait ? m_waited + 1 : 0;
  return wait;
}

/// Prompt tokens of a step that also has `decode_tokens`. The steps of a pipeline share the budget, since all
/// of them are in flight together; some prompt tokens always go along, lest decoding starve them.
std::uint32_t serving_engine::prompt_budget(std::uint32_t decode_tokens) const {
  const std::uint32_t room = std::max(m_config.max_step_tokens, decode_tokens) - decode_tokens;
  const std::uint32_t fair = std::max(least_chunk, m_config.max_step_tokens / m_config.steps_in_flight);
  return std::min(room, std::max(fair > decode_tokens ? fair - decode_tokens : 0, m_config.block_tokens));
}

void serving_engine::add(flight& f, std::uint32_t slot, std::uint32_t new_tokens) {
  sequence& s = m_sequences[slot];
  const bool decode = s.context >= s.target;
  const std::uint32_t held = s.context + new_tokens;
  step_entry e{s.request, new_tokens, s.context, held >= s.target, m_kv.tokens_in(s.kv, held)};
  if (decode) {
    const request_record& r = m_records[s.request];
    e.outputs = std::min(s.remaining, 1 + accepted_tokens(m_config.speculation, r.id, r.output - s.remaining));
    ++m_speculated.verifications;
    m_speculated.outputs += e.outputs;
  }
  step_shape& shape = f.step.shape;
  auto& kv = decode ? shape.decode_kv : shape.prefill_kv;
  for (std::size_t t = 0; t < kv.size(); ++t)
    kv[t] += e.kv_tokens[t];
  if (decode) {
    ++shape.decode_sequences;
    shape.decode_context += s.context;
    shape.decode_window_keys += m_config.window.keys(s.context);
  } else {
    const std::uint64_t n = new_tokens;
    ++shape.prefill_sequences;
    shape.prefill_tokens += new_tokens;
    shape.prefill_pairs += n * s.context + n * (n + 1) / 2;
    shape.prefill_context += held;
    shape.prefill_window_pairs += m_config.window.pairs(s.context, n);
    shape.prefill_window_keys += m_config.window.span(s.context, n);
  }
  shape.sampled_tokens += e.outputs > 0;
  f.step.outputs += e.outputs;
  f.step.entries.push_back(e);
  f.slots.push_back(slot);
  // The next chunk may follow through the pipeline before this one is done; what is not accepted leaves no trace.
  s.context = decode ? s.context + e.outputs : held;
}

void serving_engine::complete_step(std::uint64_t id, std::int64_t now) {
  receive(now);
  const auto f = std::find_if(m_flights.begin(), m_flights.end(),
                              [id](const flight& i) { return i.busy && i.step.id == id; });
  if (f == m_flights.end())
    throw std::invalid_argument("no step " + std::to_string(id) + " is in flight");
  for (std::size_t i = 0; i < f->slots.size(); ++i)
    advance(f->slots[i], f->step.entries[i], now);
  m_outstanding -= f->step.shape.prefill_tokens + f->step.outputs;
  f->busy = false;
  ++m_idle_flights;
}

/// Credits a sequence with its part of a completed step and queues it for the next, or lets it go.
void serving_engine::advance(std::uint32_t slot, const step_entry& e, std::int64_t now) {
  if (e.outputs == 0)
    return; // a chunk; the rest of its prompt is queued or in flight
  sequence& s = m_sequences[slot];
  request_record& r = m_records[s.request];
  if (s.fresh) {
    s.fresh = false;
    m_kv.share(s.kv);
    if (m_config.write_through)
      m_kv.publish(s.kv, now);
    m_full = false;
  }
  if (m_config.role == engine_role::prefill && r.output > 1) {
    r.first_token = now;
    ++m_answered;
    m_elsewhere[s.request] = slot;
    return;
  }
  if (s.remaining == r.output) {
    r.first_token = now;
    ++m_answered;
  }
  if (r.latest_token > 0)
    m_gaps.add(now - r.latest_token, e.outputs);
  r.latest_token = now;
  s.remaining -= e.outputs;
  if (s.remaining > 0)
    return m_decodes.push(slot);
  r.finished = now;
  ++m_gone;
  leave(slot, now);
  m_source->ended(r.id, now);
}

/// The sequence gives back all that it has.
void serving_engine::leave(std::uint32_t slot, std::int64_t now) {
  m_kv.release(m_sequences[slot].kv, now);
  m_full = false;
  m_free_slots.push_back(slot);
  count_in_system(now, -1);
}

std::optional<std::uint32_t> serving_engine::next_expected() {
  if (m_expected.empty())
    return std::nullopt;
  const std::uint32_t request = m_expected.front();
  m_expected.pop_front();
  return request;
}

void serving_engine::hand_over(std::uint32_t request, std::int64_t now) {
  receive(now);
  const std::uint32_t slot = m_elsewhere.at(request);
  m_elsewhere.erase(request);
  sequence& s = m_sequences[slot];
  s.context = s.target;
  s.fresh = false;
  m_kv.share(s.kv);
  m_full = false;
  count_in_system(now, +1);
  if (--s.loading == 0)
    ready(slot);
}

void serving_engine::let_go(std::uint32_t request, std::int64_t now) {
  receive(now);
  const auto it = m_elsewhere.find(request);
  ++m_gone;
  leave(it->second, now);
  m_elsewhere.erase(it);
}

void serving_engine::complete_copy(std::uint64_t id, std::int64_t now) {
  receive(now);
  m_kv.copied(id, now);
  m_full = false; // what the copy has read or vacated may make room
  if (const auto it = m_loading.find(id); it != m_loading.end()) {
    const std::uint32_t slot = it->second;
    m_loading.erase(it);
    if (--m_sequences[slot].loading == 0)
      ready(slot);
  }
}

bool serving_engine::accepts_step() const {
  return (m_idle_flights > 0 || !m_config.kv_stores.empty() || m_config.role == engine_role::decode) && m_waiting.empty() && !m_free_slots.empty();
}

void serving_engine::count_in_system(std::int64_t now, int change) {
  m_in_system_ps += static_cast<double>(m_in_system) * static_cast<double>(now - m_last_change);
  m_last_change = now;
  m_in_system += static_cast<std::uint64_t>(change);
}

} // namespace strata::traffic
