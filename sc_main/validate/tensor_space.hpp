// SPDX-License-Identifier: Apache-2.0
// Lays tensors side by side in a device's first memory and names them as operands of commands. Kernel-free.
#pragma once

#include "models/core/command.hpp"
#include "traffic/lowering/platform_view.hpp"

namespace strata::cli {

class tensor_space {
public:
  struct tensor {
    double offset = 0, bytes = 0;
  };

  explicit tensor_space(const traffic::device_view& device) : m_memory(device.memories.front()) {}

  /// Throws base::input_error (without a place) where the memory is full.
  tensor allocate(double bytes);
  /// Appends `t` to the operands of `c`, one for each way of an interleaved memory.
  void put(core::command& c, core::operand_use use, const tensor& t) const;

private:
  const traffic::memory_view& m_memory;
  double m_used = 0;
};

} // namespace strata::cli
