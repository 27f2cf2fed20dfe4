// SPDX-License-Identifier: Apache-2.0
// Continuous batching: which sequences run in which step, which copies of KV they wait for, and when each request was
// admitted, got its first token and ended. Kernel-free; time is given by the caller in picoseconds, never decreasing.
#pragma once

#include "traffic/kv/kv_memory.hpp"
#include "traffic/llm/attention_window.hpp"
#include "traffic/llm/speculation.hpp"
#include "traffic/requests/request_source.hpp"
#include "traffic/serving/request_record.hpp"
#include "traffic/serving/schedule_policy.hpp"
#include "traffic/serving/token_gaps.hpp"
#include "traffic/serving/window.hpp"

#include <tuple>

namespace strata::traffic {

/// What an engine does of a request: all, its prompt and first token, or what comes after.
enum class engine_role { both, prefill, decode };

struct engine_config {
  engine_role role = engine_role::both;
  std::uint32_t max_sequences = 256;    ///< in service at once, over all steps
  std::uint32_t max_step_tokens = 2048; ///< tokens of a step: decodes come first, prompt chunks take what is left;
                                        ///< prompt tokens are shared by the steps in flight
  unsigned steps_in_flight = 1;         ///< stages of the pipeline: disjoint steps that circulate at once
  std::uint32_t block_tokens = 16;      ///< KV cache is handed out in blocks
  std::vector<std::uint64_t> kv_capacity_tokens; ///< per memory tier, fastest first; at most max_tiers
  bool prefix_cache = false;            ///< keep prompts' blocks for later requests, where the source gives hashes
  eviction_policy eviction;             ///< of such blocks in the fastest memory
  std::vector<kv_store_config> kv_stores; ///< behind the devices' memories, fastest first
  bool write_through = false;           ///< blocks of computed prompts are written to the first pooled store at once
  bool prefetch = false;                ///< what waits for admission has its blocks brought up to the first store
  bool reserve_output = true;           ///< admission takes room for the whole output; else for the prompt, and sequences
                                        ///< that later find no room preempt the one that is admitted last
  bool swap = false;                    ///< what a preempted sequence has computed is kept as long as room lasts
  std::uint16_t prompt_ranks = 1;       ///< ranks that compute prompts of their own side by side: a prompt takes one's share of a step
  traffic::schedule schedule = schedule::fcfs;
  std::vector<std::int64_t> ttft_ps;    ///< by class of requests: deadlines of the schedule of that name
  attention_window window;              ///< that some of the model's layers have
  traffic::speculation speculation;     ///< what decodes verify
  std::int64_t request_latency_ps = 0;  ///< from a request's arrival to its place in the queue
  std::uint64_t most_context = ~std::uint64_t{0}; ///< tokens of prompt and output together; longer ones are rejected
  bool prompts_apart = false;           ///< prompts go before decodes, in steps of their own
  bool steps_ahead = false;             ///< a step is put together when the one before it starts: prompts that come later miss it
  bool chunked_prefill = true;          ///< a prompt may take what is left of a step; else it waits for one that has room for all of it
  std::uint32_t batch_wait_steps = 0;   ///< steps that prompts wait at most, while others decode, for more of them to come
  double batch_wait_fill = 1;           ///< share of a step's tokens that ends this wait
};

/// One sequence's part of a step.
struct step_entry {
  std::uint32_t request;        ///< number in records()
  std::uint32_t new_tokens;
  std::uint32_t context_before; ///< tokens in KV cache before the step
  std::uint32_t outputs;        ///< output tokens that it yields
  std::array<std::uint32_t, max_tiers> kv_tokens; ///< context and new tokens, by tier; the earliest in the fastest
};

struct step {
  std::uint64_t id = 0;
  std::vector<step_entry> entries; ///< decodes, then prefills
  step_shape shape;
  std::uint32_t outputs = 0; ///< of all entries
};

/// How drafted tokens fared.
struct speculation_statistics {
  std::uint64_t verifications = 0; ///< decodes of one sequence in one step
  std::uint64_t outputs = 0;       ///< tokens that these yielded
};

/// Requests are admitted in the order of the schedule, when a sequence slot and KV blocks for prompt and output are
/// free. With several steps in flight an idle one takes an equal share (rounded up) of the sequences that wait for their
/// next token, so that they spread evenly, and prompts go in small chunks that follow each other through the pipeline;
/// steps complete in the order in which they started. A sequence whose blocks lie in a store behind the devices' memory,
/// or takes the place of blocks that go there, waits for these copies. The last token of a prompt is computed even where
/// it is held, since it yields the first output. A preempted sequence waits again, and computes anew what is no more held
/// of its prompt and of the output so far.
///
/// Where prompts are computed by other engines than outputs, a `prefill` engine ends its part of a request with the first
/// token and keeps the KV until it is told that it is handed over; a `decode` engine takes room for a request that it is
/// told of, and goes on with it when the KV is there that it has not kept of earlier ones (`cached` of its record).
class serving_engine {
public:
  /// Throws std::invalid_argument where the configuration has a zero or too many tiers. With `others`, an engine of equal
  /// configuration, it has the pooled stores together.
  serving_engine(engine_config config, std::unique_ptr<request_source> source, const serving_engine* others = nullptr);
  /// Serves a request_list of `requests`.
  serving_engine(engine_config config, std::vector<request> requests)
      : serving_engine(std::move(config), std::make_unique<request_list>(std::move(requests))) {}

  /// The next step to run, or null while all steps are in flight or no sequence is ready. Valid until completed.
  const step* next_step(std::int64_t now);
  /// The step is done: its tokens exist now. Throws std::invalid_argument where no such step is in flight.
  void complete_step(std::uint64_t id, std::int64_t now);
  /// The next copy of KV to start, given out once; they may all be under way at once, in this order between two places.
  std::optional<kv_copy> next_copy() { return m_kv.next_copy(); }
  /// The copy is done. Throws std::invalid_argument where it is not under way.
  void complete_copy(std::uint64_t id, std::int64_t now);
  /// Number of another engine whose next_copy() has waited for a copy of this one: among those that have stores together, in
  /// the order in which they were made.
  std::optional<unsigned> next_woken() { return m_kv.next_woken(); }

  /// Role decode: the next request that has been given room since the last call, by its number in records().
  std::optional<std::uint32_t> next_expected();
  /// Role decode: the KV of its prompt is there.
  void hand_over(std::uint32_t request, std::int64_t now);
  /// Role prefill: the KV of a request that has its first token is needed no more.
  void let_go(std::uint32_t request, std::int64_t now);

  /// A prompt that begins with `blocks` is expected soon.
  void prefetch(const std::vector<block_run>& blocks, std::int64_t now);

  /// When the next request arrives that the engine has not seen, as far as known.
  std::optional<std::int64_t> next_arrival() const {
    const auto at = m_source->next_arrival();
    return at ? std::optional(*at + m_config.request_latency_ps) : at;
  }
  /// A request that arrives now might start at once, or the copies that it needs: it need not wait for a step to end.
  bool accepts_step() const;
  /// All requests are completed or rejected.
  bool finished() const { return m_gone == m_source->total(); }
  /// Prompt tokens to compute and output tokens to produce for the accepted requests that have arrived.
  std::uint64_t outstanding_tokens() const { return m_outstanding; }

  /// By number, in order of arrival, of the requests that have arrived.
  const window<request_record>& records() const { return m_records; }
  /// The record of a request that is gone from here is needed no more.
  void forget(std::uint32_t request) { m_records.drop(request); }
  /// Number of accepted requests in the system integrated over time (request-seconds), kept at arrivals and
  /// departures without looking at records: Little's law.
  double requests_in_system_s() const { return m_in_system_ps * 1e-12; }
  const kv_memory& kv() const { return m_kv; }
  /// KV blocks that sequences use, by tier; without those that are only kept for later prompts.
  std::uint64_t kv_blocks_used(std::size_t tier) const { return m_kv.blocks_used(tier); }
  std::uint64_t kv_tokens_used(std::size_t tier) const { return kv_blocks_used(tier) * m_config.block_tokens; }
  prefix_statistics prefixes() const { return m_kv.statistics(); }
  /// Tokens that preempted sequences had computed and that were computed again.
  std::uint64_t recomputed_tokens() const { return m_recomputed; }
  const speculation_statistics& speculated() const { return m_speculated; }
  /// Between a sequence's tokens, as far as this engine made both.
  const token_gaps& gaps() const { return m_gaps; }
  /// Requests whose first token came from this engine.
  std::uint64_t answered() const { return m_answered; }

private:
  /// Order of admission: expired, rank, number of the record.
  using place_in_line = std::tuple<bool, std::int64_t, std::uint32_t>;
  struct waiting {
    traffic::request query;
    std::uint32_t produced = 0; ///< output tokens that it had when it was preempted
    bool elsewhere = false;     ///< another engine computes its prompt and first token
  };
  struct sequence {
    place_in_line place;
    traffic::request query;
    std::uint32_t request = 0;   ///< number in records()
    std::uint32_t target = 0;    ///< tokens to compute before the next output: prompt, and output before a preemption
    std::uint32_t context = 0;   ///< tokens given to steps so far
    std::uint32_t remaining = 0; ///< output tokens to come
    std::uint32_t loading = 0;   ///< copies that it waits for
    bool fresh = false;          ///< its target is not yet computed
    kv_holding kv;
  };
  /// First in, first out, of sequence slots; sized once for all of them.
  class slot_queue {
  public:
    explicit slot_queue(std::size_t capacity) : m_slots(capacity) {}
    std::size_t size() const { return m_size; }
    std::uint32_t front() const { return m_slots[m_head]; }
    std::uint32_t at(std::size_t i) const { return m_slots[(m_head + i) % m_slots.size()]; }
    void remove(std::uint32_t slot) {
      for (std::size_t left = m_size; left > 0; --left)
        if (const std::uint32_t s = pop(); s != slot)
          push(s);
    }
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
  void enqueue(place_in_line at, waiting w);
  void admit(std::int64_t now);
  void prefetch_waiting(std::int64_t now);
  bool start(waiting& w, const place_in_line& at, std::int64_t now);
  void load(std::uint32_t slot, const std::vector<std::uint64_t>& copies, bool elsewhere);
  void ready(std::uint32_t slot);
  bool has_room(std::uint32_t slot, std::int64_t now);
  void preempt(std::uint32_t slot, std::int64_t now);
  std::uint32_t prompt_budget(std::uint32_t decode_tokens) const;
  std::size_t prompts_due(std::size_t decodes);
  bool wait_for_more(std::size_t prompts, std::size_t decodes);
  void add(flight& f, std::uint32_t slot, std::uint32_t new_tokens);
  void advance(std::uint32_t slot, const step_entry& e, std::int64_t now);
  void leave(std::uint32_t slot, std::int64_t now);
  void count_in_system(std::int64_t now, int change);

  engine_config m_config;
  std::unique_ptr<request_source> m_source;
  kv_memory m_kv;
  std::unique_ptr<schedule_policy> m_schedule;
  window<request_record> m_records;
  std::map<place_in_line, waiting> m_waiting;
  std::vector<place_in_line> m_arrived; ///< since requests that wait were last looked at, where they are prefetched
  std::unordered_map<std::uint64_t, std::uint32_t> m_loading; ///< copy -> slot that waits for it
  std::unordered_map<std::uint32_t, std::uint32_t> m_elsewhere; ///< request that another engine works on, too -> its slot
  std::deque<std::uint32_t> m_expected;
  bool m_full = false;           ///< the first that waits found too little KV cache, and nothing was freed since
  std::uint64_t m_recomputed = 0;
  std::uint64_t m_outstanding = 0;
  speculation_statistics m_speculated;
  token_gaps m_gaps;
  std::uint64_t m_answered = 0;
  std::size_t m_gone = 0;        ///< requests completed or rejected
  std::vector<sequence> m_sequences;      ///< by slot
  std::vector<std::uint32_t> m_free_slots;
  slot_queue m_decodes, m_prefills;       ///< ready for their next step
  std::size_t m_foreseen = ~std::size_t{0}; ///< prompts in line when the latest step was put together, it not counted
  std::uint32_t m_waited = 0;             ///< steps for which prompts were held back
  std::vector<flight> m_flights;
  unsigned m_idle_flights;
  std::uint64_t m_next_id = 1;
  std::int64_t m_last_change = 0;
  std::uint64_t m_in_system = 0;
  double m_in_system_ps = 0;
};

} // namespace strata::traffic
