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

/// `whole` blocks of a context that begins with a prompt of known blocks; the others are its own, a record's of an engine.
std::vector<block_run> blocks_of(const request& q, unsigned engine, std::uint32_t record, std::uint32_t hash_tokens, std::uint32_t whole) {
  std::vector<block_run> blocks;
  append_first(blocks, q.blocks, std::min(whole, q.prompt_tokens / hash_tokens));
  const std::uint32_t own = whole - count_of(blocks);
  constexpr std::uint64_t private_hash = std::uint64_t{1} << 63;
  if (own > 0)
    blocks.push_back({private_hash | std::uint64_t{engine} << 50 | std::uint64_t{record} << 20 | (whole - own), own});
  return blocks;
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
    m_elsewhere[s.request] = slot;
    return;
  }
  if (s.remaining == r.output)
    r.first_token = now;
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

/// Takes notice of the requests that have arrived by `now`.
void serving_engine::receive(std::int64_t now) {
  m_kv.pass(now);
  for (auto at = next_arrival(); at && *at <= now; at = next_arrival()) {
    request q = m_source->take();
    if (!m_config.prefix_cache)
      q.blocks.clear();
    request_record& r = m_records.add();
    r.id = q.id;
    r.arrival = q.arrival_ps;
    r.prompt = q.prompt_tokens;
    r.output = q.output_tokens;
    r.priority = q.priority;
    r.service = q.service;
    const bool prefill = m_config.role == engine_role::prefill, decode = m_config.role == engine_role::decode;
    const std::uint64_t whole = std::uint64_t{r.prompt} + r.output, held = whole + m_config.speculation.tokens;
    r.shortfall_tokens = m_kv.shortfall(r.prompt, prefill ? r.prompt : held, count_of(q.blocks));
    if (held > m_config.most_context)
      r.shortfall_tokens = std::max(r.shortfall_tokens, held - m_config.most_context);
    if (r.shortfall_tokens > 0) {
      r.rejected = true;
      ++m_gone;
      m_source->ended(r.id, now);
    } else {
      m_outstanding += prefill ? std::uint64_t{r.prompt} + 1 : decode ? r.output - 1 : whole;
      if (!decode)
        count_in_system(*at, +1);
      m_in_system_ps += static_cast<double>(m_config.request_latency_ps); // on its way to the queue
      const place_in_line place{false, m_schedule->rank(q), static_cast<std::uint32_t>(m_records.size() - 1)};
      if (m_config.prefetch && !q.blocks.empty())
        m_arrived.push_back(place);
      enqueue(place, {std::move(q), decode ? 1u : 0u, decode});
    }
  }
}

void serving_engine::enqueue(place_in_line at, waiting w) {
  const auto it = m_waiting.emplace(at, std::move(w)).first;
  if (it == m_waiting.begin())
    m_full = false; // this one may need less
}

void serving_engine::admit(std::int64_t now) {
  while (!m_waiting.empty() && !m_full && !m_free_slots.empty()) {
    const auto first = m_waiting.begin();
    place_in_line at = first->first;
    if (bool& expired = std::get<0>(at); !expired && m_schedule->expires(first->second.query) < now) {
      expired = true;
      waiting w = std::move(first->second);
      m_waiting.erase(first);
      m_waiting.emplace(at, std::move(w));
      continue;
    }
    if (start(first->second, at, now))
      m_waiting.erase(first);
    else
      m_full = true;
  }
}

/// Of the requests that have just arrived, those that could not be admitted.
void serving_engine::prefetch_waiting(std::int64_t now) {
  for (const place_in_line& at : m_arrived)
    if (const auto w = m_waiting.find(at); w != m_waiting.end())
      m_kv.prefetch(w->second.query.blocks, now);
  m_arrived.clear();
}

void serving_engine::prefetch(const std::vector<block_run>& blocks, std::int64_t now) {
  receive(now);
  m_kv.prefetch(blocks, now);
}

/// Gives a waiting request a slot and room, if there is any.
bool serving_engine::start(waiting& w, const place_in_line& at, std::int64_t now) {
  const std::uint32_t slot = m_free_slots.back();
  request_record& r = m_records[std::get<2>(at)];
  sequence& s = m_sequences[slot];
  s.target = w.elsewhere ? r.prompt : r.prompt + w.produced;
  s.kv.hashes = w.query.blocks;
  const std::uint32_t output = m_config.reserve_output ? r.prompt + r.output : s.target + 1;
  const std::uint32_t wanted = m_config.role == engine_role::prefill ? s.target : output + m_config.speculation.tokens;
  const auto got = m_kv.reserve(s.kv, s.target, wanted, now);
  if (!got)
    return false;
  m_free_slots.pop_back();
  s.place = at;
  s.query = std::move(w.query);
  s.request = std::get<2>(at);
  s.context = got->cached;
  s.remaining = r.output - w.produced;
  s.fresh = true;
  if (!w.elsewhere)
    m_outstanding -= s.context;
  if (r.preempted == 0) {
    r.cached = got->cached;
    r.fetched = got->fetched;
    r.admitted = now;
  } else {
    m_recomputed += s.target - s.context;
  }
  load(slot, got->copies, w.elsewhere);
  if (w.elsewhere) {
    m_elsewhere[s.request] = slot;
    m_expected.push_back(s.request);
  }
  return true;
}

/// The sequence goes on when `copies` have ended, and what comes from `elsewhere` is there.
void serving_engine::load(std::uint32_t slot, const std::vector<std::uint64_t>& copies, bool elsewhere) {
  m_sequences[slot].loading = static_cast<std::uint32_t>(copies.size()) + elsewhere;
  for (const std::uint64_t id : copies)
    m_loading[id] = slot;
  if (m_sequences[slot].loading == 0)
    ready(slot);
}

void serving_engine::ready(std::uint32_t slot) {
  const sequence& s = m_sequences[slot];
  (s.context >= s.target ? m_decodes : m_prefills).push(slot);
}

/// Whether a sequence that decodes has room for its next token, if need be at the cost of one admitted later.
bool serving_engine::has_room(std::uint32_t slot, std::int64_t now) {
  sequence& s = m_sequences[slot];
  if (m_config.reserve_output)
    return true;
  while (m_kv.room(s.kv, s.target) <= s.context + m_config.speculation.tokens) {
    std::vector<std::uint64_t> copies;
    if (m_kv.grow(s.kv, now, copies)) {
      if (copies.empty())
        continue;
      load(slot, copies, false);
      return false;
    }
    std::uint32_t last = slot;
    for (const slot_queue* queue : {&m_decodes, &m_prefills})
      for (std::size_t i = 0; i < queue->size(); ++i)
        if (m_sequences[queue->at(i)].place > m_sequences[last].place)
          last = queue->at(i);
    preempt(last, now);
    if (last == slot)
      return false;
  }
  return true;
}

/// A sequence that is in no step gives its room back and waits again.
void serving_engine::preempt(std::uint32_t slot, std::int64_t now) {
  m_decodes.remove(slot);
  m_prefills.remove(slot);
  sequence& s = m_sequences[slot];
  request_record& r = m_records[s.request];
  ++r.preempted;
  if (m_config.swap && m_kv.hash_tokens() > 0) {
    s.query.blocks = blocks_of(s.query, m_kv.engine(), s.request, m_kv.hash_tokens(), s.context / m_kv.hash_tokens());
    m_kv.keep(s.kv, s.query.blocks, now);
  } else {
    m_kv.release(s.kv, now);
  }
  m_free_slots.push_back(slot);
  const std::uint32_t produced = r.output - s.remaining;
  m_outstanding += r.prompt + produced - (s.target - std::min(s.context, s.target));
  enqueue(s.place, {std::move(s.query), produced});
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
