// SPDX-License-Identifier: Apache-2.0
// The order of all checks.
#include "platforms/address_map.hpp"
#include "platforms/elaborator.hpp"
#include "platforms/expansion.hpp"
#include "platforms/folding.hpp"
#include "platforms/pools.hpp"
#include "platforms/process.hpp"
#include "platforms/routing.hpp"
#include "platforms/serving.hpp"
#include "platforms/serving_overrides.hpp"
#include "platforms/wiring.hpp"

#include <optional>
#include <set>

namespace strata::platforms {
namespace {

/// Elements of an array share their entry's problems: each is said once.
void throw_once(const base::diagnostics& problems) {
  base::diagnostics once;
  std::set<std::string> said;
  for (const base::diagnostic& d : problems.problems())
    if (said.insert(to_text(d)).second)
      once.add(d.where, d.message);
  once.throw_if_any();
}

} // namespace

std::vector<const traffic::platform_view*> checked_platform::pools() const {
  return decode_view ? std::vector{&view, &*decode_view} : std::vector{&view};
}

const region* checked_platform::find_region(std::size_t instance, const std::string& socket) const {
  for (const region& r : regions)
    if (r.instance == instance && r.socket == socket)
      return &r;
  return nullptr;
}

std::string name_of(const std::vector<instance>& instances, const socket_reference& s) {
  const instance& i = instances[s.instance];
  return i.path + "." + s.socket->name +
         (socket_count(*s.socket, *i.config) > 1 ? "[" + std::to_string(s.index) + "]" : "");
}

namespace {

/// Sets what a section of the netlist says, then what those of `overrides` of the form "SECTION.NAME" do, which are taken out.
std::vector<effective_parameter> set_section(const std::string& section, const base::parameter_list& list, std::vector<parameter_entry> entries,
                                             std::vector<parameter_override>& overrides, base::diagnostics& problems) {
  std::vector<parameter_override> others;
  for (const parameter_override& o : overrides) {
    const std::string path = o.path.rfind(root_path + ".", 0) == 0 ? o.path.substr(root_path.size() + 1) : o.path;
    if (path.rfind(section + ".", 0) == 0)
      entries.push_back({path.substr(section.size() + 1), o.value, "", "", o.where});
    else
      others.push_back(o);
  }
  overrides = std::move(others);
  std::vector<effective_parameter> effective;
  for (const base::parameter& known : list.all())
    effective.push_back({known.name, known.get(), known.unit, "model default", "", {}});
  for (const parameter_entry& entry : entries) {
    const base::parameter* known = list.find(entry.name);
    if (!known) {
      problems.add(entry.where, "'" + section + "' has no '" + entry.name + "'" + base::did_you_mean(entry.name, list.names()));
      continue;
    }
    try {
      known->set(entry.value);
      effective[static_cast<std::size_t>(known - list.all().data())] = {
          known->name, known->get(), known->unit, entry.source, entry.confidence, entry.where};
    } catch (const base::unit_error& error) {
      problems.add(entry.where, "'" + entry.name + "': " + error.what());
    }
  }
  return effective;
}

void set_sections(const netlist& source, std::vector<parameter_override>& overrides, checked_platform& p, base::diagnostics& problems) {
  base::parameter_list costs, supply, site;
  p.costs.parameters(costs);
  p.supply.parameters(supply);
  p.site.parameters(site);
  p.cost_parameters = set_section("costs", costs, source.costs, overrides, problems);
  p.supply_parameters = set_section("supply", supply, source.supply, overrides, problems);
  p.site_parameters = set_section("site", site, source.site, overrides, problems);
  try {
    p.supply.validate();
  } catch (const base::unit_error& error) {
    problems.add({source.file, 0}, std::string("'supply': ") + error.what());
  }
}

} // namespace

checked_platform check(const netlist& source, const std::vector<parameter_override>& overrides,
                       const check_options& options) {
  base::diagnostics problems;
  std::optional<serving_entry> entry = source.serving, decode_entry = source.decode;
  checked_platform p;
  std::vector<parameter_override> others = overrides;
  set_sections(source, others, p, problems);
  const auto of_parameters = override_serving(entry ? &*entry : nullptr, decode_entry ? &*decode_entry : nullptr, others);
  expansion e(source, problems);
  e.set_parameters(of_parameters);
  apply_processes(source.processes, e, problems);
  std::optional<serving_section> serving, decode;
  if (entry)
    serving.emplace(*entry, e, problems);
  if (decode_entry)
    decode.emplace(*decode_entry, e, problems);

  p.name = source.name;
  p.summary = source.summary;
  p.file = source.file;
  if (serving)
    p.driver = serving->driver();
  if (decode)
    p.driver.insert(p.driver.end(), decode->driver().begin(), decode->driver().end());
  p.connections = connect(e, p.driver, problems);
  p.regions = map_addresses(e, problems);
  throw_once(problems); // what follows needs a sound structure

  p.instances = std::move(e.instances());
  if (options.symmetry && serving)
    fold(p, decode ? serving->seeds_with(*decode, p) : serving->seeds(p));
  const route_finder finder(p);
  p.routes = find_routes(p, finder);
  if (serving) {
    serving->mark_shared(p, problems);
    p.view = serving->view(p, finder, problems);
  }
  if (decode) {
    decode->mark_shared(p, problems);
    assign_pools(p, serving->core(), decode->core());
    p.decode_view = decode->view(p, finder, problems);
    serving->check_hand_over(p, finder, problems);
  }
  throw_once(problems);
  return p;
}

} // namespace strata::platforms
