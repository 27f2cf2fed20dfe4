// SPDX-License-Identifier: Apache-2.0
// Rows and columns of a wafer with dead cores as paths of routers, on which collectives are put word by word.
// Kernel-free.
#pragma once

#include "models/base/defect_map.hpp"
#include "models/fabric/collective_program.hpp"

namespace strata::fabric {

/// Cores of a row, or of a column, of the regular mesh, with the routers on the way; of the physical mesh.
mesh_line row_line(const base::defect_map& map, unsigned row);
mesh_line column_line(const base::defect_map& map, unsigned column);

} // namespace strata::fabric
