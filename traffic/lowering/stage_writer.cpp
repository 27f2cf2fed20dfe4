// SPDX-License-Identifier: Apache-2.0
#include "traffic/lowering/stage_writer.hpp"

#include "traffic/lowering/collective_group.hpp"
#include "traffic/lowering/decode_path.hpp"
#include "traffic/lowering/rank_share.hpp"
#include "traffic/lowering/vector_work.hpp"

#include <algorithm>
#include <cmath>

namespace strata::traffic {

using core::data_type;
using core::opcode;
using core::operand_use;

namespace {

constexpr std::uint64_t most_pieces = 1 << 16; ///< of streamed weights in a step
/// Semaphores that order a streaming device's two lanes; those below belong to lanes.
constexpr unsigned piece_there = core::registers::semaphore_count - 1, half_free = core::registers::semaphore_count - 2;

void put(core::command& c, operand_use use, std::uint64_t address, std::uint64_t size) {
  if (size == 0 || c.operand_count == core::max_operands)
    return;
  c.use[c.operand_count] = use;
  c.operands[c.operand_count++] = {address, size};
}

/// Activations live at the top of the first memory, outside the share given to weights and KV.
std::uint64_t scratch(const device_view& device) {
  const memory_view& m = device.memories.front();
  return m.bases.front() + (m.capacity / m.ways) / 16 * 15 / 64 * 64;
}

} // namespace

stage_writer::stage_writer(const serving_plan& plan, const pipeline_stage& stage, const device_view& device,
                           const step_shape& shape, std::vector<command>& out, std::uint64_t sequence)
    : m_plan(plan), m_model(*plan.model), m_stage(stage), m_device(device), m_place(plan.devices[stage.device]),
      m_step(shape), m_shape(fullest_share(shape, plan.groups() * plan.sets)), m_out(out), m_tokens(m_shape.tokens()),
      m_sequence(sequence) {}

void stage_writer::write_layers(const layer_range& range) {
  const unsigned head = std::min(range.head, m_stage.layers);
  for (unsigned i = 0; i < head; ++i)
    layer(m_stage.first_layer + i);
  for (unsigned i = 0; i < range.count; ++i)
    layer(m_stage.first_layer + head + (range.from + i) % range.round);
}

void stage_writer::embed() {
  command& c = add(opcode::elementwise);
  c.work = std::uint64_t{m_tokens} * m_model.hidden;
  const double rows = double(m_tokens) * m_model.hidden * activation_bytes / m_plan.split();
  if (m_place.streams())
    stored_weights(c, 0, rows);
  else
    weights(c, 0, rows);
  put_activation(c, operand_use::write_activation, double(m_tokens) * m_model.hidden * activation_bytes);
  all_reduce(m_tokens);
}

void stage_writer::sample(std::uint32_t tokens) {
  if (tokens == 0)
    return;
  const unsigned dealt_to = m_plan.groups() * m_plan.sets;
  tokens = (tokens + dealt_to - 1) / dealt_to;
  norm(tokens);
  const bool streamed = m_place.streams();
  const double head = m_place.layer_offset.back();
  if (streamed)
    begin_streamed(head, m_model.embedding_bytes() / m_plan.split());
  gemm(tokens, m_model.vocab / m_plan.split(), m_model.hidden, {}, head);
  if (streamed)
    end_streamed();
  command& c = add(opcode::elementwise);
  c.m = 1;
  const double vector_rate = m_device.flop_rate[static_cast<unsigned>(data_type::fp32)];
  c.work = static_cast<std::uint64_t>(sample_ops * tokens * m_model.vocab / m_plan.split() +
                                      m_plan.platform->sampling_s * vector_rate * tokens);
  if (m_plan.split() > 1)
    reduce_bytes(std::uint64_t{tokens} * m_plan.split() * 8); // each rank's best candidate: value and index
}

void stage_writer::wait_for(unsigned semaphore, std::uint64_t value) {
  command& c = add(opcode::wait);
  c.m = semaphore;
  c.work = value;
}

void stage_writer::signal(std::uint64_t address, std::uint64_t value) {
  command& c = add(opcode::signal);
  c.work = value;
  put(c, operand_use::write, address, 8);
}

void stage_writer::hand_over(const pipeline_stage& next) {
  const auto& devices = m_plan.platform->devices;
  const device_view& to = devices[next.device][static_cast<std::size_t>(&m_device - devices[m_stage.device].data())];
  const std::uint64_t size = std::uint64_t{m_tokens} * m_model.hidden * activation_bytes / m_plan.split();
  command& c = add(opcode::copy);
  put(c, operand_use::read, scratch(m_device), size);
  put(c, operand_use::write, scratch(to), size);
  if (m_stage.region.width && next.region.width) {
    const floor_way way = way_between(m_stage.region, next.region, m_stage.device == next.device, m_device.mesh.columns);
    c.hops = static_cast<std::uint16_t>(way.hops);
    c.n = way.links;
  }
}

void stage_writer::place_commands() {
  for (command& c : m_out)
    place(c, m_stage.region);
}

void stage_writer::layer(unsigned number) {
  const layer_shape& l = m_model.layer(number);
  m_layer = number - m_stage.first_layer;
  const unsigned own = number - m_place.first_layer;
  double at = m_place.layer_offset[own];
  const bool streamed = m_place.streams() && own >= m_place.resident_layers;
  if (streamed)
    begin_streamed(at, m_place.layer_offset[own + 1] - at);
  norm(m_tokens);
  at = l.attention.latent ? latent_attention(l.attention, at) : grouped_attention(l.attention, at);
  all_reduce(m_tokens);
  norm(m_tokens);
  if (l.ffn.width)
    at = dense_ffn(l.ffn.width / m_plan.split(), at);
  if (l.ffn.experts)
    experts(l.ffn, at);
  all_reduce(m_tokens);
  if (streamed)
    end_streamed();
}

/// Weights come in pieces into the halves of a buffer in turn: the fetching lane waits until a half is free again, the
/// computing one until its piece is there. Semaphores count the pieces of all steps.
void stage_writer::begin_streamed(double offset, double size) {
  const std::uint64_t piece = m_sequence * most_pieces + ++m_streamed;
  const auto fetch = [this](opcode op) -> command& {
    command& c = m_loads.emplace_back();
    c.op = op;
    c.flags = core::captured | core::background;
    return c;
  };
  if (m_streamed > 2) {
    command& c = fetch(opcode::wait);
    c.m = half_free;
    c.work = piece - 2;
  }
  command& c = fetch(opcode::copy);
  place(c, m_stage.region);
  c.hops = static_cast<std::uint16_t>(m_device.mesh.columns / 2); // from the edge to the middle
  m_piece = offset;
  stored_weights(c, offset, size);
  in_memory(c, operand_use::write, 0, buffer(), size);
  command& there = fetch(opcode::signal);
  there.work = piece;
  put(there, operand_use::write, m_device.control + core::registers::semaphores + 8 * piece_there, 8);
  wait_for(piece_there, piece);
}

void stage_writer::end_streamed() {
  signal(m_device.control + core::registers::semaphores + 8 * half_free, m_sequence * most_pieces + m_streamed);
  m_piece = -1;
}

/// Of the half that the piece now streamed is in.
double stage_writer::buffer() const { return m_place.weights_in.front() + (m_streamed % 2) * m_place.buffer_bytes; }

double stage_writer::dense_ffn(std::uint32_t width, double at) {
  const number_format& format = m_plan.formats.weights.ffn;
  at = gemm(m_tokens, 2 * width, m_model.hidden, format, at);
  vector_work(silu_ops * m_tokens * width, 2.0 * m_tokens * width, double(m_tokens) * width);
  return gemm(m_tokens, m_model.hidden, width, format, at);
}

/// The sum with the residual stream comes in the same kernel: two rows in, the new residual and its norm out.
void stage_writer::norm(std::uint32_t tokens) {
  const double rows = double(m_tokens) * m_model.hidden;
  vector_work(norm_ops * tokens * m_model.hidden, rows, rows);
  command& c = m_out.back();
  put_activation(c, operand_use::read, rows * activation_bytes);
  put_activation(c, operand_use::write_activation, rows * activation_bytes);
  c.m = 1;
}

void stage_writer::vector_work(double operations, double read_elements, double written_elements) {
  command& c = add(opcode::elementwise);
  c.work = static_cast<std::uint64_t>(operations);
  put_activation(c, operand_use::read, read_elements * activation_bytes);
  put_activation(c, operand_use::write_activation, written_elements * activation_bytes);
}

/// Activations meet narrow weights as narrow values where the device multiplies such: their largest value per token is
/// found, then they are scaled. Frameworks do that within the element-wise kernel that made them (norm, gate), and in a
/// kernel of its own elsewhere, and where 8-bit values are scaled by blocks (vLLM, SGLang and TensorRT-LLM alike).
void stage_writer::quantise(std::uint32_t tokens, std::uint32_t width, const number_format& format) {
  if (!format.quantises_activations() || m_device.flop_rate[static_cast<unsigned>(format.product)] <= 0)
    return;
  if (!by_blocks(format) && !m_out.empty() && m_out.back().op == opcode::elementwise) {
    m_out.back().work += static_cast<std::uint64_t>(quantise_ops * tokens * width);
    return;
  }
  command& c = add(opcode::elementwise);
  c.m = 1;
  c.work = static_cast<std::uint64_t>(quantise_ops * tokens * width);
  put_activation(c, operand_use::read, double(tokens) * width * activation_bytes);
  put_activation(c, operand_use::write_activation, double(tokens) * width * format.bytes());
}

/// `batch` products of [m,k] with weights [n,k].
double stage_writer::gemm(std::uint32_t m, std::uint32_t n, std::uint32_t k, const number_format& format, double at,
                          std::uint32_t batch) {
  quantise(m, k * batch, format);
  command& c = add(opcode::gemm);
  c.m = m;
  c.n = n;
  c.k = k;
  c.batch = batch;
  c.compute = format.product;
  c.flags |= format.block_scaled ? core::block_scaled : 0;
  const double size = double(n) * k * batch * format.bytes();
  weights(c, at, size);
  put_activation(c, operand_use::read, double(m) * k * batch * activation_bytes);
  put_activation(c, operand_use::write_activation, double(m) * n * batch * activation_bytes);
  m_flop += core::useful_flop(c);
  return at + size;
}

void stage_writer::exchange(opcode op, double bytes, collective_group among) {
  command& c = m_out.emplace_back();
  c.op = op;
  c.compute = data_type::bf16;
  c.flags = core::captured;
  c.group = among;
  c.work = static_cast<std::uint64_t>(std::ceil(bytes));
}

void stage_writer::all_reduce(std::uint32_t tokens) {
  reduce_bytes(std::uint64_t{tokens} * m_model.hidden * activation_bytes);
}

void stage_writer::reduce_bytes(std::uint64_t message) {
  if (m_plan.split() == 1)
    return;
  command like{};
  like.compute = data_type::bf16;
  like.flags = core::captured;
  for (const command& c : traffic::all_reduce(like, message, m_plan.division()))
    m_out.push_back(c);
}

stage_writer::command& stage_writer::add(opcode op) {
  command& c = m_out.emplace_back();
  c.op = op;
  c.compute = data_type::bf16;
  c.flags = core::captured | core::dependent;
  return c;
}

void stage_writer::put_activation(command& c, operand_use use, double bytes) {
  put(c, use, scratch(m_device), static_cast<std::uint64_t>(bytes));
}

/// `size` bytes at `offset` of memory `tier`, over its ways; `offset` wraps so that any access stays inside.
void stage_writer::in_memory(command& c, operand_use use, unsigned tier, double offset, double size) {
  if (size <= 0)
    return;
  const memory_view& m = m_device.memories[tier];
  m_bytes[tier] += size;
  const auto per_way = static_cast<std::uint64_t>(std::ceil(size / m.ways));
  const std::uint64_t room = m.capacity / m.ways;
  auto at = static_cast<std::uint64_t>(offset / m.ways);
  if (at + per_way > room)
    at = room > per_way ? (room - per_way) : 0;
  for (const std::uint64_t base : m.bases)
    put(c, use, base + at / 64 * 64, per_way);
}

void stage_writer::weights(command& c, double offset, double size) {
  if (m_piece >= 0)
    return in_memory(c, operand_use::read, 0, buffer() + offset - m_piece, size);
  if (m_place.streams() && offset + size <= m_place.weights_in.front())
    return in_memory(c, operand_use::read, 0, offset, size);
  for (unsigned t = 0; t < m_place.weights_in.size(); ++t) {
    const double share = m_place.weights_in[t] / m_place.weight_bytes;
    in_memory(c, operand_use::read, t, offset * share, size * share);
  }
}

/// Of a mesh that streams: from the memories behind it, over which weights are spread evenly.
void stage_writer::stored_weights(command& c, double offset, double size) {
  for (unsigned t = m_device.weights_from; t < m_place.weights_in.size(); ++t)
    in_memory(c, operand_use::read, t, offset, size * m_place.weights_in[t] / (m_place.weight_bytes - m_place.weights_in.front()));
}

/// Layers hold their KV apart: what a cache keeps of one layer's is of no use to the next.
void stage_writer::kv(command& c, operand_use use, unsigned tier, double size) {
  const double before = m_place.kv_offset(tier), room = static_cast<double>(m_device.memories[tier].capacity) - before;
  in_memory(c, use, tier, before + room * m_layer / std::max(1u, m_stage.layers), size);
}

unsigned stage_writer::tiers() const {
  return std::min<unsigned>(max_tiers, static_cast<unsigned>(m_device.memories.size()));
}

/// Share of this step's KV that tier `t` holds: new tokens go where their sequences are.
double stage_writer::tier_share(unsigned t) const {
  double all = 0;
  for (unsigned i = 0; i < tiers(); ++i)
    all += double(m_shape.decode_kv[i]) + double(m_shape.prefill_kv[i]);
  if (all == 0)
    return t == 0 ? 1 : 0;
  return (double(m_shape.decode_kv[t]) + double(m_shape.prefill_kv[t])) / all;
}

} // namespace strata::traffic
