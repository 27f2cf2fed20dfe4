// SPDX-License-Identifier: Apache-2.0
// What attention kernels of an architecture generation are like: latencies of a work item, and how the libraries of
// that generation divide the work. Kernel-free.
#pragma once

#include "models/base/parameter.hpp"

namespace strata::core {

struct attention_config {
  using duration = base::duration;

  duration item_latency = duration::of(3e-6);
  duration item_latency_8bit = duration::of(3e-6);
  duration item_latency_per_dim = duration::of(5e-9);
  unsigned packed_from = 1;
  unsigned packed_residency = 2;
  unsigned vector_residency = 2;
  unsigned split_waves = 0;
  bool folds_rotary = false;
  unsigned setup_kernels = 0;
  unsigned prompt_setup_kernels = 0;
  unsigned exponentials = 16;

  void parameters(base::parameter_list& p);
};

} // namespace strata::core
