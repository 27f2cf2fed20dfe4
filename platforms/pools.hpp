// SPDX-License-Identifier: Apache-2.0
// Which of two pools a component belongs to, so that pools may have unequal numbers of replicas. Kernel-free.
#pragma once

#include "platforms/checked_platform.hpp"

namespace strata::platforms {

/// Sets `pool` of every instance: 1 where fewer bindings lead to an instance of `decode` than to one of `prefill`, else 0.
void assign_pools(checked_platform& p, const std::vector<std::size_t>& prefill, const std::vector<std::size_t>& decode);

} // namespace strata::platforms
