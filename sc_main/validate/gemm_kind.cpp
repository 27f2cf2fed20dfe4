// SPDX-License-Identifier: Apache-2.0
// GEMMs as the published tables were taken (ai-dynamo/aiconfigurator, collector/trtllm/collect_gemm.py): one linear
// layer after another in a CUDA graph, each with weights of its own, all on the same activations.
#include "sc_main/validate/kernel_kind.hpp"
#include "sc_main/validate/tensor_space.hpp"

#include <algorithm>
#include <cmath>

namespace strata::cli {
namespace {

using core::command;
using core::data_type;
using core::operand_use;

enum class gemm_format { bfloat16, fp16, fp8, fp8_block, nvfp4, int8 };

/// How a format stores its operands.
struct storage {
  data_type type;      ///< in which products are formed
  double weight_bits;  ///< per weight, scale factors included
  double activation_bits;
};
storage storage_of(gemm_format f) {
  switch (f) {
  case gemm_format::bfloat16: return {data_type::bf16, 16, 16};
  case gemm_format::fp16: return {data_type::fp16, 16, 16};
  case gemm_format::fp8: return {data_type::fp8, 8, 8};
  case gemm_format::fp8_block: return {data_type::fp8, 8 + 32.0 / (128 * 128), 8 + 32.0 / 128}; // fp32 per block
  case gemm_format::nvfp4: return {data_type::fp4, 4 + 8.0 / 16, 4 + 8.0 / 16};                 // fp8 per 16 values
  case gemm_format::int8: return {data_type::int8, 8, 8};
  }
  return {data_type::bf16, 16, 16};
}

constexpr double activation_bits = 16;  ///< in which a layer's input and output are held
constexpr double quantise_ops = 2;      ///< per element: largest value, scaling

class gemm_kind : public kernel_kind {
public:
  gemm_kind() {
    using base::between;
    m_shape.add_choice("dtype", m_format,
                       {{"bfloat16", gemm_format::bfloat16}, {"bf16", gemm_format::bfloat16}, {"fp16", gemm_format::fp16}, {"fp8", gemm_format::fp8},
                        {"fp8_block", gemm_format::fp8_block}, {"nvfp4", gemm_format::nvfp4}, {"int8", gemm_format::int8}},
                       "weights; the input is quantised to the same format first where it is not 16 bit");
    m_shape.add("m", m_m, between(1, 1e9), "tokens");
    m_shape.add("n", m_n, between(1, 1e9), "outputs");
    m_shape.add("k", m_k, between(1, 1e9), "inputs");
    m_shape.add("weight_sets", m_weight_sets, between(0, 64),
                "copies of the weights that calls take in turn, so that they do not all come from the cache; 0 = as "
                "many as exceed the last-level cache, at most 5, as the published tables were taken");
  }

  std::vector<std::string> columns() const override { return {"dtype", "m", "n", "k"}; }

  kernel_trial trial(const traffic::platform_view& platform) const override {
    const traffic::device_view& device = platform.devices.front().front();
    const storage s = storage_of(m_format);
    tensor_space space(device);
    const double weight_bytes = double(m_n) * m_k * s.weight_bits / 8;
    const auto x = space.allocate(double(m_m) * m_k * activation_bits / 8);
    const auto y = space.allocate(double(m_m) * m_n * activation_bits / 8);
    const auto input = s.activation_bits < activation_bits ? space.allocate(double(m_m) * m_k * s.activation_bits / 8) : x;
    kernel_trial t;
    t.calls = m_weight_sets ? m_weight_sets : weight_sets(device, weight_bytes);
    std::vector<command>& program = t.programs.emplace_back();
    for (unsigned i = 0; i < t.calls; ++i) {
      if (s.activation_bits < activation_bits)
        quantise(program, space, x, input);
      program.push_back(gemm(space, s.type, space.allocate(weight_bytes), input, y));
    }
    return t;
  }

  std::vector<kernel_label> labels() const override {
    return {{"dtype", m_shape.find("dtype")->get(), static_cast<int>(m_format)}, size_class("m", m_m, {16, 256, 4096})};
  }

private:
  static unsigned weight_sets(const traffic::device_view& device, double weight_bytes) {
    return static_cast<unsigned>(std::clamp(std::ceil(device.cache_capacity / weight_bytes), 1.0, 5.0));
  }

  /// Block scales come with the conversion. A scale for the whole tensor takes a chain of kernels: clear it, find the
  /// largest value, derive the scale, convert.
  void quantise(std::vector<command>& program, const tensor_space& space, const tensor_space::tensor& x,
                const tensor_space::tensor& quantised) const {
    if (m_format == gemm_format::fp8) {
      program.push_back(elementwise(0));
      program.push_back(elementwise(1));
      space.put(program.back(), operand_use::read, x);
      program.push_back(elementwise(0));
    }
    program.push_back(elementwise(quantise_ops));
    space.put(program.back(), operand_use::read, x);
    space.put(program.back(), operand_use::write_activation, quantised);
  }

  command elementwise(double ops) const {
    command c{};
    c.op = core::opcode::elementwise;
    c.compute = data_type::bf16;
    c.flags = core::captured;
    c.m = 1;
    c.work = static_cast<std::uint64_t>(ops * m_m * m_k);
    return c;
  }

  command gemm(const tensor_space& space, data_type type, const tensor_space::tensor& w, const tensor_space::tensor& x,
               const tensor_space::tensor& y) const {
    command c{};
    c.op = core::opcode::gemm;
    c.compute = type;
    c.flags = core::captured | (m_format == gemm_format::fp8_block || m_format == gemm_format::nvfp4 ? core::block_scaled : 0);
    c.m = m_m;
    c.n = m_n;
    c.k = m_k;
    space.put(c, operand_use::read, w);
    space.put(c, operand_use::read, x);
    space.put(c, operand_use::write_activation, y);
    return c;
  }

  gemm_format m_format = gemm_format::bfloat16;
  std::uint32_t m_m = 1, m_n = 4096, m_k = 4096;
  unsigned m_weight_sets = 0;
};

} // namespace

std::unique_ptr<kernel_kind> make_gemm_kind() { return std::make_unique<gemm_kind>(); }

} // namespace strata::cli
