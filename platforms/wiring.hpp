// SPDX-License-Identifier: Apache-2.0
// Bindings of a netlist as socket-to-socket connections, checked: kinds, counts, double and missing ones. Kernel-free.
#pragma once

#include "platforms/expansion.hpp"

namespace strata::platforms {

/// Connections in the order of the netlist, devices' inner ones after the platform's. `driver` holds sockets bound to
/// the software outside.
std::vector<connection> connect(expansion& e, const std::vector<socket_reference>& driver, base::diagnostics& problems);

} // namespace strata::platforms
