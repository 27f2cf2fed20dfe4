// SPDX-License-Identifier: Apache-2.0
#include "platforms/mesh_facts.hpp"

#include "models/core/core_config.hpp"
#include "models/core/wafer_policy.hpp"

namespace strata::platforms {

namespace {

/// What dead cores cost a wafer's mesh, beside one of the same size without any.
traffic::defect_view defects_of(const core::core_config& core, const base::defect_map& map) {
  traffic::defect_view d;
  d.dead_share = core.defects.dead_share;
  d.physical_columns = map.width();
  d.physical_rows = map.height();
  core::core_config perfect = core;
  perfect.defects.dead_share = 0;
  const core::core_mesh full(perfect);
  d.full_columns = full.columns();
  d.full_rows = full.rows();
  d.across = map.horizontal().mean;
  d.down = map.vertical().mean;
  d.perfect = std::make_shared<core::wafer_policy>(perfect);
  return d;
}

} // namespace

traffic::mesh_view mesh_of(const instance& i) {
  traffic::mesh_view mesh;
  const core::core_config& core = *i.config->as<core::core_config>();
  if (core.kind != core::architecture::wafer)
    return mesh;
  const auto policy = std::make_shared<core::wafer_policy>(core);
  mesh.columns = policy->mesh().columns();
  mesh.rows = policy->mesh().rows();
  mesh.code_bytes = core.core_code.value();
  mesh.policy = policy;
  if (const base::defect_map* map = policy->mesh().defects())
    mesh.defects = defects_of(core, *map);
  const auto with = [&core](const std::string& name, const std::string& value) {
    core::core_config changed = core;
    base::parameter_list parameters;
    changed.parameters(parameters);
    parameters.find(name)->set(value);
    return std::make_shared<const core::wafer_policy>(changed);
  };
  for (const effective_parameter& p : i.parameters)
    if (!p.low.empty())
      mesh.estimates.push_back({p.name, p.low, p.high, with(p.name, p.low), with(p.name, p.high)});
  return mesh;
}

} // namespace strata::platforms
