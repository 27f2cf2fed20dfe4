// SPDX-License-Identifier: Apache-2.0
// Continuous batching: which sequences run in which step, where their KV cache lies, and when each request was
// admitted, got its first token and ended. Kernel-free; time is given by the caller in picoseconds, never decreasing.
#pragma once

#include "traffic/attention_window.hpp"
#include "traffic/prefix_cache.hpp"
#include "traffic/request_source.hpp"
#include "traffic/step_shape.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace strata::traffic {

struct engine_config {
  std::uint32_t max_sequences = 256;    ///< in service at once, over all steps
  std::uint32_t max_step_tokens = 2048; ///< tokens of a step: decodes come first, prompt chunks take what is left;
                                        ///< prompt tokens are shared by the steps in flight
  unsigned steps_in_flight = 1;         ///< stages of the pipeline: disjoint steps that circulate at once
  std::uint32_t block_tokens = 16;      ///< KV cache is handed out in blocks
  std::vector<std::uint64_t> kv_capacity_tokens; ///< per memory tier, fastest first; at most max_tiers
  attention_window window;              ///< that some of the model's layers have
  std::int64_t request_latency_ps = 0;  ///< from a request's arrival to its place in the queue
  std::uint32_t stream_interval = 1;    ///< tokens that a client gets together: its first token comes with the others
  bool prefix_cache = false;            ///< keep prompts' blocks for later requests, where the source gives hashes
};

/// Instants in ps. Those after `arrival` count only for what was admitted, respectively completed.
struct request_record {
  std::uint64_t id = 0;
  std::int64_t arrival = 0;
  std::int64_t admitted = 0;    ///< KV reserved, ready for its first step
  std::int64_t first_token = 0;
  std::int64_t finished = 0;
  std::uint32_t prompt = 0;     ///< tokens
  std::uint32_t output = 0;     ///< tokens
  std::uint32_t cached = 0;     ///< prompt tokens that the prefix cache held at admission and no step computes
  bool rejected = false;        ///< would not fit an empty KV cache
  std::uint64_t shortfall_tokens = 0; ///< KV capacity that a rejected request lacked, in whole blocks
  bool completed() const { return finished > 0; }
};

/// What the prefix cache was asked for and had, in hashed blocks of the source.
struct prefix_statistics {
  std::uint64_t asked = 0, found = 0, evicted = 0;
  std::uint32_t block_tokens = 0; ///< 0 = there is no such cache
};

/// One sequence's part of a step.
struct step_entry {
  std::uint32_t request;        ///< index into records()
  std::uint32_t new_tokens;
  std::uint32_t context_before; ///< tokens in KV cache before the step
  bool samples;                 ///< yields an output token
  std::array<std::uint32_t, max_tiers> kv_tokens; ///< context and new tokens, by tier; the earliest in the fastest
};

struct step {
  std::uint64_t id = 0;
  std::vector<step_entry> entries; ///< decodes, then prefills
  step_shape shape;
};

/// First come, first served. A request is admitted when a sequence slot and KV blocks for its whole prompt and output
/// are free, so that nothing is ever evicted; blocks come from the fastest tier that has some. With several steps in
/// flight an idle one takes an equal share (rounded up) of the sequences that wait for their next token, so that they
/// spread evenly, and prompts go in small chunks that follow each other through the pipeline; steps complete in the
/// order in which they started.
/// The prefix cache shares the fastest tier with the running sequences: they use the blocks it has in common, their own
/// join it when the prompt is computed, and its idle blocks make room, least recently used first, before anything goes
/// to a slower tier. The last token of a prompt is computed even where it is held, since it yields the first output.
class serving_engine {
public:
  /// Throws std::invalid_argument where the configuration has a zero or too many tiers.
  serving_engine(engine_config config, std::unique_ptr<request_source> source);
  /// Serves a request_list of `requests`.
  serving_engine(engine_config config, std::vector<request> requests)
      : serving_engine(std::move(config), std::make_unique<request_list>(std::move(requests))) {}

  /// The next step to run, or null while all steps are in flight or no sequence is ready. Valid until completed.
  const step* next_step(std::int64_t now);
  /// The step is done: its tokens exist now. Throws std::invalid_argument where no such step is in flight.
  void complete_step(std::uint64_t id, std::int64_t now);

  /// When the next request arrives that the engine has not seen, as far as known.
  std::optional<std::int64_t> next_arrival() const {
    const auto at = m_source->next_arrival();
    return at ? std::optional(*at + m_config.request_latency_ps) : at;
  }
  /// A request that arrives now might start at once: it need not wait for a step to end.
  bool accepts_step() const;
  /// All requests are completed or rejected.
  bool finished() const { return m_gone == m_source->total(); }
  /// Share of the requests completed or rejected.
  double progress() const;

  /// In order of arrival, of the requests that have arrived.
  const std::vector<request_record>& records() const { return m_records; }
  /// Number of accepted requests in the system integrated over time (request-seconds), kept at arrivals and
  /// departures without looking at records: Little's law.
  double requests_in_system_s() const { return m_in_system_ps * 1e-12; }
  /// KV blocks that sequences use, by tier; without those that only the prefix cache keeps.
  std::uint64_t kv_blocks_used(std::size_t tier) const {
    return m_total_blocks[tier] - m_free_blocks[tier] - (tier == 0 ? m_prefixes.idle() * m_blocks_per_hash : 0);
  }
  prefix_statistics prefixes() const;
  std::uint64_t kv_tokens_used(std::size_t tier) const { return kv_blocks_used(tier) * m_config.block_tokens; }

private:
  struct sequence {
    std::uint32_t request;
    std::uint32_t context;   ///< tokens given to steps so far
    std::uint32_t remaining; ///< output tokens to come
    std::array<std::uint32_t, max_tiers> blocks; ///< of its own
    std::vector<block_run> hashes;               ///< of its prompt
    prefix_cache::handles shared;                ///< blocks in the prefix cache, where its context begins
  };
  /// First in, first out, of sequence slots; sized once for all of them.
  class slot_queue {
  public:
    explicit slot_queue(std::size_t capacity) : m_slots(capacity) {}
    std::size_t size() const { return m_size; }
    std::uint32_t front() const { return m_slots[m_head]; }
    void push(std::uint32_t slot) {
      const std::size_t tail = m_head + m_size++;
      m_slots[tail < m_slots.size() ? tail : tail - m_slots.size()] = slot;
    }
    std::uint32_t pop() {
      const std::uint32_t slot = front();
      m_head = m_head + 1 < m_slots.size() ? m_head + 1 : 0;
      --m_size;
      return slot;
    }

  private:
    std::vector<std::uint32_t> m_slots;
    std::size_t m_head = 0, m_size = 0;
  };
  struct flight {
    bool busy = false;
    traffic::step step;
    std::vector<std::uint32_t> slots; ///< of the entries
  };

  void receive(std::int64_t now);
  void admit(std::int64_t now);
  bool reserve(sequence& s, const request_record& r);
  void share_prompt(sequence& s);
  std::uint32_t blocks_for(const request_record& r, std::uint32_t hashed) const;
  std::uint32_t prompt_budget(std::uint32_t decodes) const;
  void add(flight& f, std::uint32_t slot, std::uint32_t new_tokens);
  void advance(std::uint32_t slot, const step_entry& e, std::int64_t now);
  void count_in_system(std::int64_t now, int change);
  std::uint32_t blocks_for(std::uint64_t tokens) const;

  engine_config m_config;
  std::size_t m_tiers;
  std::unique_ptr<request_source> m_source;
  std::vector<request_record> m_records;
  std::size_t m_waiting = 0;     ///< first record that may wait for admission; rejected ones are skipped
  std::deque<std::vector<block_run>> m_waiting_hashes; ///< of the records from m_waiting on
  bool m_full = false;           ///< the first that waits found too little KV cache, and nothing was freed since
  std::size_t m_gone = 0;        ///< requests completed or rejected
  std::array<std::uint64_t, max_tiers> m_total_blocks{}, m_free_blocks{};
  std::uint32_t m_hash_tokens = 0;        ///< tokens of a hashed block, 0 = no prefix cache
  std::uint32_t m_blocks_per_hash = 0;    ///< KV blocks that hold one
  traffic::prefix_cache m_prefixes;
  std::uint64_t m_hashes_asked = 0, m_hashes_found = 0;
  std::vector<sequence> m_sequences;      ///< by slot
  std::vector<std::uint32_t> m_free_slots;
  slot_queue m_decodes, m_prefills;       ///< ready for their next step
  std::vector<flight> m_flights;
  unsigned m_idle_flights;
  std::uint64_t m_next_id = 1;
  std::int64_t m_last_change = 0;
  std::uint64_t m_in_system = 0;
  double m_in_system_ps = 0;
};

} // namespace strata::traffic
