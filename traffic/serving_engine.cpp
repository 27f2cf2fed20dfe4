// SPDX-License-Identifier: Apache-2.0
#include "traffic/serving_engine.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

namespace strata::traffic {

namespace {
constexpr std::uint32_t least_chunk = 32; ///< tokens; smaller prompt chunks would pay a pipeline's latencies for little

std::size_t share(std::size_t ready, unsigned steps) { return (ready + steps - 1) / steps; }
} // namespace

serving_engine::serving_engine(engine_config config, std::unique_ptr<request_source> source)
    : m_config(std::move(config)), m_tiers(m_config.kv_capacity_tokens.size()), m_source(std::move(source)),
      m_sequences(m_config.max_sequences), m_decodes(m_config.max_sequences), m_prefills(m_config.max_sequences),
      m_flights(m_config.steps_in_flight), m_idle_flights(m_config.steps_in_flight) {
  if (m_config.max_sequences == 0 || m_config.max_step_tokens == 0 || m_config.steps_in_flight == 0 ||
      m_config.block_tokens == 0 || m_tiers == 0 || m_tiers > max_tiers)
    throw std::invalid_argument("a serving engine needs sequences, tokens, steps, and KV cache in one to four tiers");
  for (std::size_t t = 0; t < m_tiers; ++t)
    m_total_blocks[t] = m_free_blocks[t] = m_config.kv_capacity_tokens[t] / m_config.block_tokens;
  for (std::uint32_t slot = m_config.max_sequences; slot-- > 0;)
    m_free_slots.push_back(slot);
  m_records.reserve(m_source->total());
  if (m_config.prefix_cache) {
    m_hash_tokens = m_source->block_tokens();
    m_blocks_per_hash = blocks_for(m_hash_tokens);
  }
}

const step* serving_engine::next_step(std::int64_t now) {
  receive(now);
  if (m_idle_flights == 0)
    return nullptr;
  admit(now);
  const std::size_t decodes = std::min<std::size_t>(share(m_decodes.size(), m_idle_flights), m_config.max_step_tokens);
  const std::size_t prompts = share(m_prefills.size(), m_idle_flights);
  if (decodes + prompts == 0)
    return nullptr;
  flight& f = *std::find_if(m_flights.begin(), m_flights.end(), [](const flight& i) { return !i.busy; });
  f.busy = true;
  --m_idle_flights;
  f.step.id = m_next_id++;
  f.step.entries.clear();
  f.step.shape = {};
  f.slots.clear();
  for (std::size_t i = 0; i < decodes; ++i)
    add(f, m_decodes.pop(), 1);
  std::uint32_t budget = prompt_budget(static_cast<std::uint32_t>(decodes));
  for (std::size_t i = 0; i < prompts && budget > 0; ++i) {
    const std::uint32_t slot = m_prefills.front();
    const sequence& s = m_sequences[slot];
    const std::uint32_t left = m_records[s.request].prompt - s.context;
    if (left <= budget)
      m_prefills.pop();
    add(f, slot, std::min(budget, left));
    budget -= std::min(budget, left);
  }
  return &f.step;
}

/// Prompt tokens of a step that also decodes `decodes` sequences. The steps of a pipeline share the budget, since all
/// of them are in flight together; some prompt tokens always go along, lest decoding starve them.
std::uint32_t serving_engine::prompt_budget(std::uint32_t decodes) const {
  const std::uint32_t room = m_config.max_step_tokens - decodes;
  const std::uint32_t fair = std::max(least_chunk, m_config.max_step_tokens / m_config.steps_in_flight);
  return std::min(room, std::max(fair > decodes ? fair - decodes : 0, m_config.block_tokens));
}

void serving_engine::add(flight& f, std::uint32_t slot, std::uint32_t new_tokens) {
  sequence& s = m_sequences[slot];
  const request_record& r = m_records[s.request];
  const bool decode = s.context >= r.prompt;
  const std::uint32_t held = s.context + new_tokens;
  step_entry e{s.request, new_tokens, s.context, held >= r.prompt, {}};
  step_shape& shape = f.step.shape;
  std::uint32_t left = held;
  auto& kv = decode ? shape.decode_kv : shape.prefill_kv;
  for (std::size_t t = 0; t < m_tiers; ++t) {
    const std::uint64_t shared = t == 0 ? s.shared.size() * m_hash_tokens : 0;
    e.kv_tokens[t] = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(left, shared + std::uint64_t{s.blocks[t]} * m_config.block_tokens));
    left -= e.kv_tokens[t];
    kv[t] += e.kv_tokens[t];
  }
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
  shape.sampled_tokens += e.samples;
  f.step.entries.push_back(e);
  f.slots.push_back(slot);
  s.context = held; // the next chunk may follow through the pipeline before this one is done
}

void serving_engine::complete_step(std::uint64_t id, std::int64_t now) {
  receive(now);
  const auto f = std::find_if(m_flights.begin(), m_flights.end(),
                              [id](const flight& i) { return i.busy && i.step.id == id; });
  if (f == m_flights.end())
    throw std::invalid_argument("no step " + std::to_string(id) + " is in flight");
  for (std::size_t i = 0; i < f->slots.size(); ++i)
    advance(f->slots[i], f->step.entries[i], now);
  f->busy = false;
  ++m_idle_flights;
}

/// Credits a sequence with its part of a completed step and queues it for the next, or lets it go.
void serving_engine::advance(std::uint32_t slot, const step_entry& e, std::int64_t now) {
  if (!e.samples)
    return; // a chunk; the rest of its prompt is queued or in flight
  sequence& s = m_sequences[slot];
  request_record& r = m_records[s.request];
  if (s.remaining == r.output)
    share_prompt(s);
  if (r.output - s.remaining + 1 == std::min(r.output, m_config.stream_interval))
    r.first_token = now;
  if (--s.remaining > 0)
    return m_decodes.push(slot);
  r.finished = now;
  ++m_gone;
  for (std::size_t t = 0; t < m_tiers; ++t)
    m_free_blocks[t] += s.blocks[t];
  m_prefixes.release(s.shared);
  m_full = false;
  m_free_slots.push_back(slot);
  count_in_system(now, -1);
  m_source->ended(r.id, now);
}

/// Takes notice of the requests that have arrived by `now`.
void serving_engine::receive(std::int64_t now) {
  for (auto at = next_arrival(); at && *at <= now; at = next_arrival()) {
    request q = m_source->take();
    if (m_hash_tokens == 0)
      q.blocks.clear();
    request_record& r = m_records.emplace_back();
    r.id = q.id;
    r.arrival = q.arrival_ps;
    r.prompt = q.prompt_tokens;
    r.output = q.output_tokens;
    const std::uint64_t needed = blocks_for(r, count_of(q.blocks));
    m_waiting_hashes.push_back(std::move(q.blocks));
    const std::uint64_t all = std::accumulate(m_total_blocks.begin(), m_total_blocks.end(), std::uint64_t{0});
    if (needed > all) {
      r.rejected = true;
      r.shortfall_tokens = (needed - all) * m_config.block_tokens;
      ++m_gone;
      m_source->ended(r.id, now);
    } else {
      count_in_system(*at, +1);
      m_in_system_ps += static_cast<double>(m_config.request_latency_ps); // on its way to the queue
    }
  }
}

void serving_engine::admit(std::int64_t now) {
  for (; m_waiting < m_records.size(); ++m_waiting, m_waiting_hashes.pop_front()) {
    request_record& r = m_records[m_waiting];
    if (r.rejected)
      continue;
    if (m_full || m_free_slots.empty())
      return;
    const std::uint32_t slot = m_free_slots.back();
    sequence& s = m_sequences[slot];
    s.hashes = std::move(m_waiting_hashes.front());
    if (!reserve(s, r)) {
      m_waiting_hashes.front() = std::move(s.hashes);
      m_full = true;
      return;
    }
    m_free_slots.pop_back();
    r.cached = std::min(r.prompt - 1, static_cast<std::uint32_t>(s.shared.size()) * m_hash_tokens);
    r.admitted = now;
    s.request = static_cast<std::uint32_t>(m_waiting);
    s.context = r.cached;
    s.remaining = r.output;
    m_prefills.push(slot);
  }
}

/// Takes the blocks that the prefix cache has of its prompt, and KV blocks for all else from the tiers in order; none
/// where they do not suffice.
bool serving_engine::reserve(sequence& s, const request_record& r) {
  const std::uint32_t hashed = count_of(s.hashes);
  s.shared = m_prefixes.acquire(s.hashes, hashed);
  const auto found = static_cast<std::uint32_t>(s.shared.size());
  std::uint64_t needed = blocks_for(r, hashed) - std::uint64_t{found} * m_blocks_per_hash;
  if (needed > std::accumulate(m_free_blocks.begin(), m_free_blocks.end(), m_prefixes.idle() * m_blocks_per_hash)) {
    m_prefixes.release(s.shared);
    return false;
  }
  for (; m_free_blocks[0] < needed && m_prefixes.idle() > 0; m_free_blocks[0] += m_blocks_per_hash)
    m_prefixes.evict();
  for (std::size_t t = 0; t < m_tiers; ++t) {
    s.blocks[t] = static_cast<std::uint32_t>(std::min(needed, m_free_blocks[t]));
    m_free_blocks[t] -= s.blocks[t];
    needed -= s.blocks[t];
  }
  m_hashes_asked += hashed;
  m_hashes_found += found;
  return true;
}

/// A computed prompt joins the prefix cache as far as it lies in the fastest tier. Blocks that another sequence has
/// brought there meanwhile are given back.
void serving_engine::share_prompt(sequence& s) {
  if (s.hashes.empty())
    return;
  const auto before = static_cast<std::uint32_t>(s.shared.size());
  const std::uint32_t fresh = m_prefixes.extend(s.shared, s.hashes, before + s.blocks[0] / m_blocks_per_hash);
  const std::uint32_t added = static_cast<std::uint32_t>(s.shared.size()) - before;
  s.blocks[0] -= added * m_blocks_per_hash;
  m_free_blocks[0] += std::uint64_t{added - fresh} * m_blocks_per_hash;
  s.hashes.clear();
  m_full = false;
}

prefix_statistics serving_engine::prefixes() const {
  return {m_hashes_asked, m_hashes_found, m_prefixes.evicted(), m_hash_tokens};
}

bool serving_engine::accepts_step() const {
  return m_idle_flights > 0 && m_waiting == m_records.size() && !m_free_slots.empty();
}

double serving_engine::progress() const {
  return m_source->total() == 0 ? 1 : static_cast<double>(m_gone) / static_cast<double>(m_source->total());
}

void serving_engine::count_in_system(std::int64_t now, int change) {
  m_in_system_ps += static_cast<double>(m_in_system) * static_cast<double>(now - m_last_change);
  m_last_change = now;
  m_in_system += static_cast<std::uint64_t>(change);
}

/// For the whole of a request, of whose prompt `hashed` blocks may be shared.
std::uint32_t serving_engine::blocks_for(const request_record& r, std::uint32_t hashed) const {
  const std::uint64_t own = std::uint64_t{r.prompt} + r.output -
                            std::min<std::uint64_t>(r.prompt, std::uint64_t{hashed} * m_hash_tokens);
  return hashed * m_blocks_per_hash + blocks_for(own);
}

std::uint32_t serving_engine::blocks_for(std::uint64_t tokens) const {
  return static_cast<std::uint32_t>((tokens + m_config.block_tokens - 1) / m_config.block_tokens);
}

} // namespace strata::traffic
