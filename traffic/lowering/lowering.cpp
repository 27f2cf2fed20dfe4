// SPDX-License-Identifier: Apache-2.0
#include "traffic/lowering/lowering.hpp"

#include "traffic/lowering/stage_writer.hpp"

#include <algorithm>

namespace strata::traffic {

namespace {

/// Fastest rate at which the device could form any product: keeps the bound a bound.
double peak_flop_rate(const device_view& d) { return *std::max_element(d.flop_rate.begin(), d.flop_rate.end()); }

/// One token for each sequence that a step of `s` leaves with output.
step_shape next_drafts(const step_shape& s) {
  const std::uint32_t ended = s.sampled_tokens - s.decode_sequences; // prompts
  const double share = s.prefill_sequences ? double(ended) / s.prefill_sequences : 0;
  const auto with = [share](std::uint64_t decodes, std::uint64_t prompts) {
    return decodes + static_cast<std::uint64_t>(share * static_cast<double>(prompts));
  };
  step_shape d;
  d.decode_sequences = d.sampled_tokens = s.sampled_tokens;
  d.decode_context = with(s.decode_context + s.decode_tokens(), s.prefill_context);
  d.decode_window_keys = with(s.decode_window_keys, s.prefill_window_keys);
  for (unsigned t = 0; t < max_tiers; ++t)
    d.decode_kv[t] = with(s.decode_kv[t], s.prefill_kv[t]);
  return d;
}

} // namespace

/// The next step's tokens, one pass each: the first takes in what this step has computed, those behind it the token that
/// the pass before has drafted, for every sequence that goes on.
void lowering::draft(const step_shape& shape, const device_view& device, std::vector<core::command>& out, double& flop,
                     std::array<double, max_tiers>& bytes) const {
  if (!m_plan.draft || shape.sampled_tokens == 0)
    return;
  const step_shape further = next_drafts(shape);
  for (unsigned pass = 1; pass < shape.decode_queries; ++pass) {
    stage_writer w(*m_plan.draft, m_plan.draft->stages.front(), device, pass == 1 ? shape : further, out);
    w.embed();
    w.write_layers({});
    w.sample(shape.sampled_tokens);
    flop += w.flop();
    for (unsigned t = 0; t < max_tiers; ++t)
      bytes[t] += w.bytes()[t];
  }
}

unsigned lowering::completions_per_step() const {
  return static_cast<unsigned>(m_plan.platform->devices[m_plan.stages.back().device].size());
}

lane_program& lowered_step::add(const device_view& device, unsigned lane) {
  if (used == programs.size())
    programs.emplace_back();
  lane_program& p = programs[used++];
  p.device = &device;
  p.lane = lane;
  p.commands.clear();
  return p;
}

void lowering::lower(const step_shape& shape, std::uint64_t sequence, std::uint64_t done_address,
                     lowered_step& out, const layer_range& layers) const {
  out.used = 0;
  out.bound_s = out.flop = out.bytes = 0;
  std::vector<double> device_flop(m_plan.devices.size(), 0.0);
  std::vector<std::array<double, max_tiers>> device_bytes(m_plan.devices.size(), std::array<double, max_tiers>{});
  for (std::size_t s = 0; s < m_plan.stages.size(); ++s) {
    const pipeline_stage& stage = m_plan.stages[s];
    const bool first = s == 0, last = s + 1 == m_plan.stages.size();
    const auto& ranks = m_plan.platform->devices[stage.device];
    for (std::size_t r = 0; r < ranks.size(); ++r) {
      lane_program& program = out.add(ranks[r], stage.lane);
      double flop = 0; // of drafting
      std::array<double, max_tiers> bytes{};
      stage_writer w(m_plan, stage, ranks[r], shape, program.commands, sequence);
      if (first)
        w.embed();
      else
        w.wait_for(stage.lane, sequence);
      w.write_layers(layers);
      if (last) {
        w.sample(shape.chosen_tokens());
        draft(shape, ranks[r], program.commands, flop, bytes);
        w.signal(done_address, sequence);
      } else {
        const pipeline_stage& next = m_plan.stages[s + 1];
        const device_view& to = m_plan.platform->devices[next.device][r];
        w.hand_over(next);
        w.signal((&to == &ranks[r] ? to.control + core::registers::semaphores : to.inbox + core::inbox::semaphores) +
                     8 * next.lane,
                 sequence);
      }
      w.place_commands();
      if (!w.loads().empty())
        out.add(ranks[r], stage.lane + 1).commands = w.loads();
      if (r == 0) {
        device_flop[stage.device] += w.flop() + flop;
        for (unsigned t = 0; t < max_tiers; ++t)
          device_bytes[stage.device][t] += w.bytes()[t] + bytes[t];
      }
    }
  }
  for (std::size_t d = 0; d < m_plan.devices.size(); ++d) {
    const device_view& view = m_plan.platform->devices[d].front();
    double bound = device_flop[d] / peak_flop_rate(view), moved = 0;
    for (unsigned t = 0; t < view.memories.size() && t < max_tiers; ++t) {
      bound = std::max(bound, device_bytes[d][t] / view.memories[t].bandwidth);
      moved += device_bytes[d][t];
    }
    out.bound_s += bound;
    out.flop += device_flop[d] * m_plan.ranks;
    out.bytes += moved * m_plan.ranks;
  }
}

} // namespace strata::traffic
