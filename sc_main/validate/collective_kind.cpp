// SPDX-License-Identifier: Apache-2.0
// Collectives as the published tables were taken (ai-dynamo/aiconfigurator, collector): the same operation again and
// again on all devices; `bytes` is the size that nccl-tests prints, the larger of what a rank brings and ends with.
#include "models/base/diagnostic.hpp"
#include "sc_main/validate/kernel_kind.hpp"
#include "traffic/lowering/collective_group.hpp"

namespace strata::cli {
namespace {

using core::collective_algorithm;
using core::data_type;
using core::opcode;

class collective_kind : public kernel_kind {
public:
  collective_kind() {
    m_shape.add("impl", m_implementation, "whose kernels: nccl (with or without a version) or a framework's own");
    m_shape.add_choice("op", m_op,
                       {{"all_reduce", opcode::all_reduce}, {"all_gather", opcode::all_gather},
                        {"reduce_scatter", opcode::reduce_scatter}, {"alltoall", opcode::all_to_all}},
                       "operation");
    m_shape.add_choice("dtype", m_type,
                       {{"bfloat16", data_type::bf16}, {"bf16", data_type::bf16}, {"half", data_type::fp16}, {"float", data_type::fp32}, {"int8", data_type::int8}},
                       "of the elements: switches add floating-point numbers only");
    m_shape.add("num_gpus", m_ranks, base::between(2, 65536), "devices");
    m_shape.add("bytes", m_bytes, base::between(1, 1e15), "message");
    m_shape.add_choice("algorithm", m_algorithm,
                       {{"fastest", collective_algorithm::fastest}, {"one_shot", collective_algorithm::one_shot},
                        {"two_shot", collective_algorithm::two_shot}, {"ring", collective_algorithm::ring},
                        {"in_switch", collective_algorithm::in_switch}, {"direct", collective_algorithm::direct}},
                       "how it is carried out, where the operation has that way");
  }

  std::vector<std::string> columns() const override { return {"impl", "op", "dtype", "num_gpus", "bytes"}; }

  kernel_trial trial(const traffic::platform_view& platform) const override {
    const auto& devices = platform.devices.front();
    kernel_trial t;
    t.ranks = m_ranks;
    core::command c{};
    c.op = m_op;
    c.compute = m_type;
    c.flags = static_cast<std::uint8_t>(core::captured | (m_implementation.rfind("nccl", 0) == 0 ? core::library : 0));
    c.n = static_cast<std::uint32_t>(m_algorithm);
    c.work = m_bytes;
    std::vector<core::command> program{c};
    if (m_op == opcode::all_reduce)
      program = traffic::all_reduce(c, m_bytes, {m_ranks, platform.node_ranks});
    unsigned found = 0;
    for (std::size_t d = 0; d < devices.size() && found < m_ranks; ++d) {
      t.programs.push_back(program);
      found += devices[d].represents;
    }
    if (found < m_ranks)
      throw base::input_error({}, "num_gpus is " + std::to_string(m_ranks) + ", expected at most the " + std::to_string(found) +
                                      " devices of a pipeline stage of " + platform.name);
    return t;
  }

  std::vector<kernel_label> labels() const override {
    const std::string family = m_implementation.substr(0, m_implementation.find(' '));
    return {{"impl", family, family == "nccl"},
            {"op", m_shape.find("op")->get(), static_cast<int>(m_op)},
            {"num_gpus", std::to_string(m_ranks), static_cast<int>(m_ranks)},
            size_class("bytes", static_cast<double>(m_bytes), {65536, 1048576, 16777216})};
  }

private:
  std::string m_implementation = "framework";
  opcode m_op = opcode::all_reduce;
  data_type m_type = data_type::bf16;
  collective_algorithm m_algorithm = collective_algorithm::fastest;
  unsigned m_ranks = 8;
  std::uint64_t m_bytes = 1048576;
};

} // namespace

std::unique_ptr<kernel_kind> make_collective_kind() { return std::make_unique<collective_kind>(); }

} // namespace strata::cli
