// SPDX-License-Identifier: Apache-2.0
// The netlist's `process` section: compute cores made in another process than their figures are of. Kernel-free.
#pragma once

#include "platforms/expansion.hpp"

namespace strata::platforms {

/// Sets what changes of the parameters of every core that an entry names, later entries on top of earlier ones; sources
/// say by which process. Problems go to `problems`.
void apply_processes(const std::vector<process_entry>& entries, expansion& e, base::diagnostics& problems);

} // namespace strata::platforms
