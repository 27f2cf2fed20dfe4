// SPDX-License-Identifier: Apache-2.0
#include "sc_main/validate/tensor_space.hpp"

#include "models/base/diagnostic.hpp"
#include "sc_main/command/number_text.hpp"

#include <cmath>

namespace strata::cli {

tensor_space::tensor tensor_space::allocate(double bytes) {
  constexpr double alignment = 512; ///< what allocators of GPU memory give
  const tensor t{m_used, bytes};
  m_used += std::ceil(bytes / (alignment * m_memory.ways)) * alignment * m_memory.ways;
  if (m_used > static_cast<double>(m_memory.capacity))
    throw base::input_error({}, "the tensors take " + with_prefix(m_used, "B") + ", expected at most the " +
                                    with_prefix(static_cast<double>(m_memory.capacity), "B") + " of " + m_memory.name);
  return t;
}

void tensor_space::put(core::command& c, core::operand_use use, const tensor& t) const {
  const auto offset = static_cast<std::uint64_t>(t.offset / m_memory.ways);
  const auto bytes = static_cast<std::uint64_t>(std::ceil(t.bytes / m_memory.ways));
  for (const std::uint64_t base : m_memory.bases) {
    if (c.operand_count == core::max_operands)
      throw base::input_error({}, m_memory.name + " is interleaved over too many ways for one command, expected symmetry to fold them");
    c.use[c.operand_count] = use;
    c.operands[c.operand_count++] = {base + offset, bytes};
  }
}

} // namespace strata::cli
