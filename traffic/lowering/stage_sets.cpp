// SPDX-License-Identifier: Apache-2.0
// Attention where tokens and keys are dealt out to several sets of ranks, or keys to the ranks of the same heads (context
// parallelism): what each sees, what goes from one to the other, and the merging of partial outputs.
#include "traffic/lowering/stage_writer.hpp"
#include "traffic/lowering/vector_work.hpp"

#include <algorithm>

namespace strata::traffic {

using core::opcode;

namespace {

constexpr double weight_bytes = 4; ///< of a partial output's row and head: logarithm of its sum of exponentials, fp32
constexpr std::uint64_t pieces = 2; ///< of a prompt on a set, one from either end: so causality leaves all sets the same work

std::uint64_t dealt(std::uint64_t sum, std::uint64_t sets) { return (sum + sets - 1) / sets; }

std::array<std::uint64_t, max_tiers> dealt(std::array<std::uint64_t, max_tiers> sums, std::uint64_t sets) {
  for (std::uint64_t& s : sums)
    s = dealt(s, sets);
  return sums;
}

} // namespace

/// A set's own tokens and the keys of one set. Every set has a part of every prompt.
stage_writer::part stage_writer::prompts_of_a_set(const attention_shape& a) const {
  const std::uint64_t sets = m_plan.sets;
  return {m_shape.prefill_tokens, m_step.prefill_sequences, a.heads / m_plan.split(), dealt(m_step.prefill_context, sets),
          dealt(m_step.prefill_pairs, sets * sets), 1, dealt(m_step.prefill_kv, sets), 0};
}

/// A set's own tokens and all keys in their windows, those of other sets included.
stage_writer::part stage_writer::window_of_a_set(const attention_shape& a) const {
  const std::uint64_t sets = m_plan.sets, context = dealt(m_step.prefill_context, sets), passed = passed_window_keys(a);
  const double read = double(dealt(m_step.prefill_window_keys, sets) + passed);
  return {m_shape.prefill_tokens, m_step.prefill_sequences, a.heads / m_plan.split(), context + passed,
          dealt(m_step.prefill_window_pairs, sets), read / double(std::max<std::uint64_t>(1, context)), dealt(m_step.prefill_kv, sets),
          a.window.tokens};
}

/// All tokens, and the keys of one part.
stage_writer::part stage_writer::decodes_of_a_part(part p) const {
  const std::uint64_t parts = m_plan.kv_parts();
  p.context = dealt(p.context, parts);
  p.pairs = dealt(p.pairs, parts);
  p.kv_tokens = dealt(p.kv_tokens, parts);
  p.window = static_cast<std::uint32_t>(dealt(p.window, parts));
  return p;
}

collective_group stage_writer::sharers_of_keys() const {
  return m_plan.sets > 1 ? same_place_in_all_sets : ranks_of_the_same_keys;
}

/// Ranks of the same heads compute the same keys of a prompt's new tokens; those before lie in parts on all of them.
void stage_writer::gather_keys(const attention_shape& a) {
  const std::uint64_t seen = a.window.tokens ? m_shape.prefill_window_keys : m_shape.prefill_context;
  if (m_plan.key_ranks > 1 && seen > m_shape.prefill_tokens)
    exchange(opcode::all_gather, double(seen - m_shape.prefill_tokens) * m_plan.kv_bytes(a), ranks_of_the_same_keys);
}

/// Keys before the pieces of a set, as far as their windows reach and others have them.
std::uint64_t stage_writer::passed_window_keys(const attention_shape& a) const {
  const std::uint64_t keys = m_step.prefill_window_keys;
  return std::min(pieces * a.window.tokens * m_step.prefill_sequences, keys - keys / m_plan.sets);
}

/// Keys and values go round the sets, or queries where they and the outputs that come back are fewer bytes: each step's
/// beside the attention to what the one before has brought.
void stage_writer::attend_prompts(const attention_shape& a, const row_width& row,
                                  const std::function<void(const part&, bool other_keys)>& attend) {
  const part p = prompts(a);
  const unsigned sets = m_plan.sets;
  if (sets == 1) {
    gather_keys(a);
    return attend(p, true);
  }
  if (a.window.tokens) {
    pass_on(double(passed_window_keys(a)) * m_plan.kv_bytes(a), false);
    return attend(p, true);
  }
  const double keys = double(p.context) * m_plan.kv_bytes(a), queries = p.tokens * row.query * activation_bytes,
               outputs = p.tokens * (row.output * activation_bytes + row.heads * weight_bytes);
  const bool pass_keys = keys <= queries + outputs;
  for (unsigned i = 0; i < sets; ++i) {
    if (i + 1 < sets)
      pass_on(pass_keys ? keys : queries, true);
    else
      wait_for(0, 0); // for what goes beside
    attend(p, pass_keys || i == 0);
  }
  if (!pass_keys)
    exchange(opcode::all_to_all, outputs * sets, same_place_in_all_sets);
  merge(p.tokens, row);
}

/// Who has a part of the keys gets the queries of all, attends to its own, and partial outputs go back to whose queries they
/// are of. Sets with fewer sequences than the fullest send as much as it does.
void stage_writer::attend_decodes(const attention_shape& a, const row_width& row, const std::function<void(const part&)>& attend) {
  const double tokens = m_shape.decode_tokens(), of_all = tokens * m_plan.kv_parts();
  if (m_plan.kv_parts() == 1)
    return attend(decodes(a));
  exchange(opcode::all_gather, of_all * row.query * activation_bytes, sharers_of_keys());
  attend(decodes(a));
  exchange(opcode::all_to_all, of_all * (row.output * activation_bytes + row.heads * weight_bytes), sharers_of_keys());
  merge(tokens, row);
}

/// To the next set, while as much comes from the one before.
void stage_writer::pass_on(double bytes, bool beside) {
  exchange(opcode::send_receive, bytes, same_place_in_all_sets);
  if (beside)
    m_out.back().flags |= core::background;
}

/// A partial output of every part of the keys for each of `tokens`.
void stage_writer::merge(double tokens, const row_width& row) {
  const double elements = tokens * row.output;
  vector_work(merge_ops * m_plan.kv_parts() * elements, m_plan.kv_parts() * elements, elements);
}

} // namespace strata::traffic
