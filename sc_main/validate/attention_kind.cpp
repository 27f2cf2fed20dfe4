// SPDX-License-Identifier: Apache-2.0
// Attention kernels as the published tables were taken (ai-dynamo/aiconfigurator, collector/trtllm/collect_attn.py):
// one layer replayed on the same tensors, so that what fits into the last-level cache stays there.
#include "models/base/diagnostic.hpp"
#include "sc_main/validate/kernel_kind.hpp"
#include "sc_main/validate/tensor_space.hpp"
#include "traffic/lowering/vector_work.hpp"

#include <algorithm>

namespace strata::cli {
namespace {

using core::command;
using core::data_type;
using core::operand_use;

class attention_kind : public kernel_kind {
public:
  explicit attention_kind(bool decode) : m_decode(decode) {
    using base::between;
    const std::vector<std::pair<std::string, data_type>> types{
        {"bfloat16", data_type::bf16}, {"bf16", data_type::bf16}, {"fp16", data_type::fp16}, {"fp8", data_type::fp8}};
    m_shape.add_choice("attn_dtype", m_compute, types, "in which scores and sums are formed");
    m_shape.add_choice("kv_dtype", m_kv, types, "in which keys and values are kept");
    m_shape.add("batch", m_batch, between(1, 1e9), "sequences");
    m_shape.add("isl", m_isl, between(1, 1e9), "prompt tokens of a sequence; decode: counted to the context");
    m_shape.add("step", m_step, between(0, 1e9), "tokens already in the cache");
    m_shape.add("heads", m_heads, between(1, 1e6), "query heads");
    m_shape.add("kv_heads", m_kv_heads, between(1, 1e6), "key and value heads");
    m_shape.add("head_dim", m_head_dim, between(1, 1e6), "elements of a head");
    m_shape.add("window", m_window, between(0, 1e9), "newest tokens that a query attends to; 0 = all");
  }

  std::vector<std::string> columns() const override {
    return {"attn_dtype", "kv_dtype", "batch", "isl", "step", "heads", "kv_heads", "head_dim", "window"};
  }

  kernel_trial trial(const traffic::platform_view& platform) const override {
    if (m_heads % m_kv_heads)
      throw base::input_error({}, std::to_string(m_heads) + " heads over " + std::to_string(m_kv_heads) +
                                      " kv_heads, expected a multiple");
    const std::uint64_t queries = m_decode ? m_batch : std::uint64_t{m_batch} * m_isl;
    tensor_space space(platform.devices.front().front());
    const auto bytes = [](double elements, data_type type) { return elements * core::bits_of(type) / 8; };
    const double query_elements = double(queries) * m_heads * m_head_dim;
    const double new_elements = 2.0 * double(queries) * m_kv_heads * m_head_dim;
    const auto projected = space.allocate(bytes(query_elements + new_elements, data_type::bf16));
    const auto rotated = space.allocate(bytes(query_elements, m_decode ? data_type::bf16 : m_kv));
    const auto cache = space.allocate(bytes(2.0 * m_batch * keys() * m_kv_heads * m_head_dim, m_kv));
    const auto output = space.allocate(bytes(query_elements, data_type::bf16));

    // Ahead of the attention, queries and keys are rotated and the new keys and values written to the cache.
    command rotary{};
    rotary.op = core::opcode::elementwise;
    rotary.compute = m_kv;
    rotary.flags = core::captured;
    // The collector gives heads of dimension 64 attention sinks, with which no library folds the rotation.
    if (m_decode && m_head_dim != 64)
      rotary.flags |= core::foldable;
    rotary.work = static_cast<std::uint64_t>(traffic::rope_ops * (query_elements + new_elements));
    space.put(rotary, operand_use::read, projected);
    space.put(rotary, operand_use::write_activation, rotated);
    space.put(rotary, operand_use::write_activation, {cache.offset, bytes(new_elements, m_kv)});

    command c{};
    c.op = core::opcode::attention;
    c.compute = m_kv; // libraries form products in the type of the cache, whatever attn_dtype says
    c.flags = core::captured;
    c.m = static_cast<std::uint32_t>(queries);
    c.n = m_heads;
    c.k = m_head_dim;
    c.kv_heads = static_cast<std::uint16_t>(m_kv_heads);
    c.batch = m_batch;
    c.context = m_isl + m_step;
    c.window = m_window;
    c.work = m_batch * (m_decode ? std::uint64_t{keys()} : prompt_pairs());
    space.put(c, operand_use::read, cache);
    space.put(c, operand_use::read, rotated);
    space.put(c, operand_use::write_activation, output);
    kernel_trial t;
    t.programs.push_back({rotary, c});
    return t;
  }

  std::vector<kernel_label> labels() const override {
    return {{"dtype", m_shape.find("attn_dtype")->get() + " on " + m_shape.find("kv_dtype")->get(),
             static_cast<int>(m_compute) * 16 + static_cast<int>(m_kv)},
            {"window", m_window ? "yes" : "no", m_window > 0},
            size_class(m_decode ? "context" : "isl", m_isl + m_step, {128, 1024, 8192}),
            size_class("batch", m_batch, {1, 16, 128})};
  }

private:
  /// Keys of a sequence that are read at all.
  std::uint32_t keys() const {
    const std::uint32_t all = m_isl + m_step;
    return m_decode && m_window ? std::min(all, m_window) : all;
  }
  /// Query-key pairs of one causal prompt.
  std::uint64_t prompt_pairs() const {
    const std::uint64_t n = m_isl, w = m_window ? std::min<std::uint64_t>(m_window, n) : n;
    return w * (w + 1) / 2 + (n - w) * w;
  }

  bool m_decode;
  data_type m_compute = data_type::bf16, m_kv = data_type::bf16;
  std::uint32_t m_batch = 1, m_isl = 1024, m_step = 0, m_heads = 32, m_kv_heads = 8, m_head_dim = 128, m_window = 0;
};

} // namespace

std::unique_ptr<kernel_kind> make_attention_decode_kind() { return std::make_unique<attention_kind>(true); }
std::unique_ptr<kernel_kind> make_attention_prefill_kind() { return std::make_unique<attention_kind>(false); }

} // namespace strata::cli
