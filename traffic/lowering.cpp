// SPDX-License-Identifier: Apache-2.0
#include "traffic/lowering.hpp"

#include "traffic/collective_group.hpp"
#include "traffic/vector_work.hpp"

#include <algorithm>
#include <cmath>

namespace strata::traffic {

using core::command;
using core::data_type;
using core::opcode;
using core::operand_use;

namespace {

constexpr unsigned activation_bytes = 2; ///< activations are 16 bit

/// Writes the commands of one stage on one tensor rank.
class stage_writer {
public:
  stage_writer(const serving_plan& plan, const pipeline_stage& stage, const device_view& device,
               const step_shape& shape, std::vector<command>& out)
      : m_plan(plan), m_model(*plan.model), m_stage(stage), m_device(device), m_place(plan.devices[stage.device]),
        m_shape(shape), m_out(out), m_tokens(shape.decode_sequences + shape.prefill_tokens) {}

  void write_layers() {
    for (unsigned i = 0; i < m_stage.layers; ++i)
      layer(m_stage.first_layer + i);
  }

  void embed() {
    command& c = add(opcode::elementwise);
    c.work = m_tokens * m_model.hidden;
    weights(c, 0, double(m_tokens) * m_model.hidden * activation_bytes / m_plan.ranks);
    activation(c, operand_use::write_activation, m_model.hidden);
    all_reduce(m_tokens);
  }

  /// Final norm, LM head on the tokens that are sampled, sampling.
  void sample() {
    const std::uint32_t tokens = m_shape.sampled_tokens;
    if (tokens == 0)
      return;
    norm(tokens);
    gemm(tokens, m_model.vocab / m_plan.ranks, m_model.hidden, {}, m_place.weight_bytes);
    command& c = add(opcode::elementwise);
    c.m = 1;
    c.work = static_cast<std::uint64_t>(sample_ops * tokens * m_model.vocab / m_plan.ranks);
    if (m_plan.ranks > 1)
      reduce_bytes(std::uint64_t{tokens} * m_plan.ranks * 8); // each rank's best candidate: value and index
  }

  void wait_for(unsigned semaphore, std::uint64_t value) {
    command& c = add(opcode::wait);
    c.m = semaphore;
    c.work = value;
  }
  void signal(std::uint64_t address, std::uint64_t value) {
    command& c = add(opcode::signal);
    c.work = value;
    put(c, operand_use::write, address, 8);
  }
  /// Hands the activations over to the device and lane that compute the next layers.
  void hand_over(const device_view& next) {
    const std::uint64_t size = std::uint64_t{m_tokens} * m_model.hidden * activation_bytes / m_plan.ranks;
    command& c = add(opcode::copy);
    put(c, operand_use::read, scratch(m_device), size);
    put(c, operand_use::write, scratch(next), size);
  }

  double flop = 0;
  std::vector<double> bytes = std::vector<double>(max_tiers, 0.0);

private:
  void layer(unsigned number) {
    const layer_shape& l = m_model.layer(number);
    m_layer = number - m_stage.first_layer;
    double at = m_place.layer_offset[number - m_place.first_layer];
    norm(m_tokens);
    at = attention_block(l.attention, at);
    all_reduce(m_tokens);
    norm(m_tokens);
    dense_ffn(l.ffn.width / m_plan.ranks, at);
    all_reduce(m_tokens);
  }

  /// Each returns the weight offset behind what it used.
  double attention_block(const attention_shape& a, double at) {
    const std::uint32_t heads = a.heads / m_plan.ranks;
    const std::uint32_t qkv = heads * a.head_dim + m_plan.kv_heads_on_rank(a) * (a.head_dim + a.value_dim);
    const number_format& format = m_plan.formats.weights.attention;
    at = gemm(m_tokens, qkv, m_model.hidden, format, at);
    rope(a, qkv);
    attention(a, heads);
    return gemm(m_tokens, m_model.hidden, heads * a.value_dim, format, at);
  }
  double dense_ffn(std::uint32_t width, double at) {
    const number_format& format = m_plan.formats.weights.ffn;
    at = gemm(m_tokens, 2 * width, m_model.hidden, format, at);
    command& gate = add(opcode::elementwise);
    gate.work = static_cast<std::uint64_t>(silu_ops * m_tokens * width);
    activation(gate, operand_use::read, 2 * width);
    activation(gate, operand_use::write_activation, width);
    return gemm(m_tokens, m_model.hidden, width, format, at);
  }

  void norm(std::uint32_t tokens) {
    command& c = add(opcode::elementwise);
    c.m = 1;
    c.work = static_cast<std::uint64_t>(norm_ops * tokens * m_model.hidden);
    activation(c, operand_use::read, m_model.hidden);
    activation(c, operand_use::write_activation, m_model.hidden);
  }

  /// Rotary embedding of queries and keys, which also writes the new keys and values to the cache.
  void rope(const attention_shape& a, std::uint32_t qkv) {
    command& c = add(opcode::elementwise);
    c.compute = m_plan.formats.kv.product;
    if (m_shape.prefill_tokens == 0)
      c.flags |= core::foldable;
    c.work = static_cast<std::uint64_t>(rope_ops * m_tokens * qkv);
    activation(c, operand_use::read, qkv);
    activation(c, operand_use::write_activation, qkv);
    const double written = double(m_tokens) * m_plan.kv_bytes(a);
    for (unsigned t = 0; t < tiers(); ++t)
      kv(c, operand_use::write, t, written * tier_share(t));
  }

  void attention(const attention_shape& a, std::uint32_t heads) {
    const bool windowed = a.window.tokens > 0;
    if (m_shape.prefill_tokens > 0)
      attention_over(a, heads, m_shape.prefill_tokens, m_shape.prefill_sequences, m_shape.prefill_context,
                     windowed ? m_shape.prefill_window_pairs : m_shape.prefill_pairs, m_shape.prefill_kv.data(),
                     windowed ? share(m_shape.prefill_window_keys, m_shape.prefill_context) : 1);
    if (m_shape.decode_sequences > 0) {
      const std::uint64_t keys = m_shape.decode_context + m_shape.decode_sequences;
      attention_over(a, heads, m_shape.decode_sequences, m_shape.decode_sequences, keys,
                     windowed ? m_shape.decode_window_keys : keys, m_shape.decode_kv.data(),
                     windowed ? share(m_shape.decode_window_keys, keys) : 1);
    }
  }
  static double share(std::uint64_t part, std::uint64_t whole) { return whole ? double(part) / double(whole) : 0; }
  /// `context` is summed over sequences; how it is spread over them is not known here, so they count as alike. `seen` is
  /// the share of the sequences' KV that the layer's window leaves; tiers are taken to hold it evenly.
  void attention_over(const attention_shape& a, std::uint32_t heads, std::uint32_t tokens, std::uint32_t sequences,
                      std::uint64_t context, std::uint64_t pairs, const std::uint64_t* kv_tokens, double seen) {
    command& c = add(opcode::attention);
    c.m = tokens;
    c.n = heads;
    c.k = a.head_dim;
    c.kv_heads = static_cast<std::uint16_t>(m_plan.kv_heads_on_rank(a));
    c.value_dim = static_cast<std::uint16_t>(a.value_dim);
    c.batch = sequences;
    c.context = static_cast<std::uint32_t>((context + sequences - 1) / sequences);
    c.window = a.window.tokens;
    c.work = pairs;
    c.compute = m_plan.formats.kv.product;
    for (unsigned t = 0; t < tiers(); ++t)
      kv(c, operand_use::read, t, double(kv_tokens[t]) * seen * m_plan.kv_bytes(a));
    put_activation(c, operand_use::read, std::uint64_t{tokens} * heads * a.head_dim * activation_bytes);
    put_activation(c, operand_use::write_activation, std::uint64_t{tokens} * heads * a.value_dim * activation_bytes);
    flop += core::useful_flop(c);
  }

  /// Activations meet 8-bit weights as 8-bit values where the device multiplies such: their largest value per token
  /// is found, then they are scaled (dynamic quantisation, as serving frameworks do).
  void quantise(std::uint32_t tokens, std::uint32_t width, const number_format& format) {
    if (!format.quantises_activations() || m_device.flop_rate[static_cast<unsigned>(format.product)] <= 0)
      return;
    command& c = add(opcode::elementwise);
    c.m = 1;
    c.work = static_cast<std::uint64_t>(quantise_ops * tokens * width);
    activation(c, operand_use::read, width);
    put_activation(c, operand_use::write_activation, static_cast<std::uint64_t>(tokens * format.bytes() * width));
  }

  /// Returns the weight offset behind this matrix.
  double gemm(std::uint32_t m, std::uint32_t n, std::uint32_t k, const number_format& format, double offset) {
    quantise(m, k, format);
    command& c = add(opcode::gemm);
    c.m = m;
    c.n = n;
    c.k = k;
    c.compute = format.product;
    const double size = double(n) * k * format.bytes();
    weights(c, offset, size);
    put_activation(c, operand_use::read, std::uint64_t{m} * k * activation_bytes);
    put_activation(c, operand_use::write_activation, std::uint64_t{m} * n * activation_bytes);
    flop += core::useful_flop(c);
    return offset + size;
  }

  void all_reduce(std::uint32_t tokens) { reduce_bytes(std::uint64_t{tokens} * m_model.hidden * activation_bytes); }
  void reduce_bytes(std::uint64_t message) {
    if (m_plan.ranks == 1)
      return;
    command like{};
    like.compute = data_type::bf16;
    like.flags = core::captured;
    for (const command& c : traffic::all_reduce(like, message, m_plan.ranks, m_plan.platform->node_ranks))
      m_out.push_back(c);
  }

  command& add(opcode op) {
    command& c = m_out.emplace_back();
    c.op = op;
    c.compute = data_type::bf16;
    c.flags = core::captured;
    return c;
  }

  static void put(command& c, operand_use use, std::uint64_t address, std::uint64_t size) {
    if (size == 0 || c.operand_count == core::max_operands)
      return;
    c.use[c.operand_count] = use;
    c.operands[c.operand_count++] = {address, size};
  }
  void put_activation(command& c, operand_use use, std::uint64_t size) { put(c, use, scratch(m_device), size); }
  void activation(command& c, operand_use use, std::uint32_t width) {
    put_activation(c, use, std::uint64_t{m_tokens} * width * activation_bytes);
  }

  /// `size` bytes at `offset` of memory `tier`, over its ways; `offset` wraps so that any access stays inside.
  void in_memory(command& c, operand_use use, unsigned tier, double offset, double size) {
    if (size <= 0)
      return;
    const memory_view& m = m_device.memories[tier];
    bytes[tier] += size;
    const auto per_way = static_cast<std::uint64_t>(std::ceil(size / m.ways));
    const std::uint64_t room = m.capacity / m.ways;
    auto at = static_cast<std::uint64_t>(offset / m.ways);
    if (at + per_way > room)
      at = room > per_way ? (room - per_way) : 0;
    for (const std::uint64_t base : m.bases)
      put(c, use, base + at / 64 * 64, per_way);
  }
  void weights(command& c, double offset, double size) {
    for (unsigned t = 0; t < m_place.weights_in.size(); ++t)
      in_memory(c, operand_use::read, t, offset, size * m_place.weights_in[t] / m_place.weight_bytes);
  }
  /// Layers hold their KV apart: what a cache keeps of one layer's is of no use to the next.
  void kv(command& c, operand_use use, unsigned tier, double size) {
    const double room = static_cast<double>(m_device.memories[tier].capacity) - m_place.weights_in[tier];
    in_memory(c, use, tier, m_place.weights_in[tier] + room * m_layer / std::max(1u, m_stage.layers), size);
  }

  unsigned tiers() const {
    return std::min<unsigned>(max_tiers, static_cast<unsigned>(m_device.memories.size()));
  }
  /// Share of this step's KV that tier `t` holds: new tokens go where their sequences are.
  double tier_share(unsigned t) const {
    double all = 0;
    for (unsigned i = 0; i < tiers(); ++i)
      all += double(m_shape.decode_kv[i]) + double(m_shape.prefill_kv[i]);
    if (all == 0)
      return t == 0 ? 1 : 0;
    return (double(m_shape.decode_kv[t]) + double(m_shape.prefill_kv[t])) / all;
  }
  /// Activations live at the top of the first memory, outside the share given to weights and KV.
  static std::uint64_t scratch(const device_view& device) {
    const memory_view& m = device.memories.front();
    return m.bases.front() + (m.capacity / m.ways) / 16 * 15 / 64 * 64;
  }

  const serving_plan& m_plan;
  const llm_architecture& m_model;
  const pipeline_stage& m_stage;
  const device_view& m_device;
  const device_placement& m_place;
  const step_shape& m_shape;
  std::vector<command>& m_out;
  std::uint32_t m_tokens;
  unsigned m_layer = 0; ///< being written, from the stage's first one
};

/// Fastest rate at which the device could form any product: keeps the bound a bound.
double peak_flop_rate(const device_view& d) { return *std::max_element(d.flop_rate.begin(), d.flop_rate.end()); }

} // namespace

unsigned lowering::completions_per_step() const {
  return static_cast<unsigned>(m_plan.platform->devices[m_plan.stages.back().device].size());
}

void lowering::lower(const step_shape& shape, std::uint64_t sequence, std::uint64_t done_address,
                     lowered_step& out) const {
  out.used = 0;
  out.bound_s = out.flop = out.bytes = 0;
  std::vector<double> device_flop(m_plan.devices.size(), 0.0);
  std::vector<std::array<double, max_tiers>> device_bytes(m_plan.devices.size(), std::array<double, max_tiers>{});
  for (std::size_t s = 0; s < m_plan.stages.size(); ++s) {
    const pipeline_stage& stage = m_plan.stages[s];
    const bool first = s == 0, last = s + 1 == m_plan.stages.size();
    const auto& ranks = m_plan.platform->devices[stage.device];
    for (std::size_t r = 0; r < ranks.size(); ++r) {
      if (out.used == out.programs.size())
        out.programs.emplace_back();
      lane_program& program = out.programs[out.used++];
      program.device = &ranks[r];
      program.lane = stage.lane;
      program.commands.clear();
      stage_writer w(m_plan, stage, ranks[r], shape, program.commands);
      if (first)
        w.embed();
      else
        w.wait_for(stage.lane, sequence);
      w.write_layers();
      if (last) {
        w.sample();
        w.signal(done_address, sequence);
      } else {
        const pipeline_stage& next = m_plan.stages[s + 1];
        const device_view& to = m_plan.platform->devices[next.device][r];
        w.hand_over(to);
        w.signal((&to == &ranks[r] ? to.control + core::registers::semaphores : to.inbox + core::inbox::semaphores) +
                     8 * next.lane,
                 sequence);
      }
      if (r == 0) {
        device_flop[stage.device] += w.flop;
        for (unsigned t = 0; t < max_tiers; ++t)
          device_bytes[stage.device][t] += w.bytes[t];
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
