// SPDX-License-Identifier: Apache-2.0
// Who is in service: arrivals, admission in the schedule's order, what a sequence waits for, and pre-emption.
#include "traffic/serving/serving_engine.hpp"

#include <algorithm>

namespace strata::traffic {

namespace {
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
} // namespace strata::traffic
