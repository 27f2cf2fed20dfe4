// SPDX-License-Identifier: Apache-2.0
// How long a command keeps a device's engines busy and how fast it can take its operands: the part in which
// architectures differ. The compute core asks an execution_policy and never knows which one it has. Kernel-free.
#pragma once

#include "models/core/command.hpp"
#include "models/core/time_part.hpp"

#include <optional>

namespace strata::core {

/// What the engines do for one command.
struct execution_plan {
  base::femtoseconds launch = 0;  ///< from the lane taking the command to its first operand request
  base::femtoseconds fill = 0;    ///< from first request to the engines starting (first operands arrive)
  time_split engine;              ///< engine time with all operands at hand, by what its critical path consists of
  std::optional<time_part> as_whole; ///< counts all behind the launch as this part, whatever it consists of
  base::femtoseconds multiply = 0; ///< in which the matrix engines of a unit are at work, 0 = all of `engine`
  base::femtoseconds drain = 0;   ///< what a command takes beyond its longest memory stream
  base::femtoseconds combine = 0; ///< after engines and operands: adding up partial results
  double stream_rate = 0;         ///< B/s of all operands from memories together that the power limit leaves, 0 = no limit
  double operand_rate = 0;        ///< B/s at which the engines can take each operand, 0 = no limit
  double read_again = 0;          ///< bytes of the largest operand that memory reads again, because the cache could not keep them
  double matrix_flop = 0;         ///< floating-point operations on the matrix engine (useful ones)
  double vector_flop = 0;
  double fabric_byte_hops = 0;    ///< on-chip fabric traffic
  double fabric_bytes = 0;        ///< that cores sent of it, a multicast counted once
  double share = 0;               ///< of the device's engines that the lane owns; 0 = an equal one
};

class execution_policy {
public:
  virtual ~execution_policy() = default;
  /// Plan of `c` on one lane when the device is divided into `lanes`.
  virtual execution_plan plan(const command& c, unsigned lanes) const = 0;
};

} // namespace strata::core
