// SPDX-License-Identifier: Apache-2.0
// Construction of the module hierarchy, bindings, addresses and routes.
#include "platforms/elaborator.hpp"

#include "models/probe/protocol_checker.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>

namespace strata::platforms {

/// A level of the hierarchy, so that SystemC's names are the netlist's paths.
struct platform::scope : sc_core::sc_module {
  using make = std::function<std::unique_ptr<base::component>(std::size_t instance, const std::string& name)>;
  std::vector<std::unique_ptr<base::component>> components;
  std::vector<std::unique_ptr<scope>> scopes;

  /// Constructs the simulated ones among `ids`, instances below `path` and grouped by their scopes.
  scope(const sc_core::sc_module_name& name, const std::vector<instance>& all, const std::string& path,
        const std::vector<std::size_t>& ids, const make& construct)
      : sc_core::sc_module(name) {
    for (std::size_t k = 0; k < ids.size();) {
      const std::string rest = all[ids[k]].path.substr(path.size() + 1);
      const std::string first = rest.substr(0, rest.find('.'));
      if (first == rest) {
        components.push_back(construct(ids[k++], first));
        continue;
      }
      const std::string inner = path + "." + first;
      std::vector<std::size_t> inside;
      for (; k < ids.size() && all[ids[k]].path.compare(0, inner.size() + 1, inner + ".") == 0; ++k)
        inside.push_back(ids[k]);
      scopes.push_back(std::make_unique<scope>(first.c_str(), all, inner, inside, construct));
    }
  }
};

platform::platform(checked_platform checked, const elaboration_options& options)
    : m_checked(std::move(checked)), m_options(options), m_by_instance(m_checked.instances.size()) {
  std::vector<std::size_t> simulated;
  for (std::size_t id = 0; id < m_checked.instances.size(); ++id)
    if (m_checked.instances[id].simulated)
      simulated.push_back(id);
  m_root = std::make_unique<scope>(root_path.c_str(), m_checked.instances, root_path, simulated,
                                   [this](std::size_t id, const std::string& name) {
                                     const instance& i = m_checked.instances[id];
                                     auto made = i.config->construct(name);
                                     made->represents = i.represents;
                                     made->port_represents = i.port_represents;
                                     m_by_instance[id] = made.get();
                                     m_elements.push_back({&i, made.get()});
                                     return made;
                                   });
  connect();
  map_and_route();
}

platform::~platform() = default;

base::component* platform::of(std::size_t instance) const { return m_by_instance[instance]; }

void platform::bind(base::component& from, const std::string& out, unsigned out_index, base::component& to,
                    const std::string& in, unsigned in_index) {
  const auto initiator = std::find_if(from.initiators().begin(), from.initiators().end(),
                                      [&](const auto& s) { return s.name == out && s.index == out_index; });
  const auto target = std::find_if(to.targets().begin(), to.targets().end(),
                                   [&](const auto& s) { return s.name == in && s.index == in_index; });
  if (initiator == from.initiators().end() || target == to.targets().end())
    throw std::logic_error(from.path() + "." + out + " -> " + to.path() + "." + in +
                           ": a socket that the description names does not exist");
  // Probes sit between the two, in a chain.
  auto bind_from = initiator->bind;
  const auto insert = [&](std::unique_ptr<probe::tap> t) {
    bind_from(t->in);
    bind_from = [tap = t.get()](base::target_socket_base& next) { tap->out.bind(next); };
    m_probes.push_back(std::move(t));
  };
  const std::string number = std::to_string(m_probes.size());
  if (m_options.check_protocol) {
    probe::protocol_checker::config c;
    c.binding = from.path() + "." + out + " -> " + to.path() + "." + in;
    insert(std::make_unique<probe::protocol_checker>(("checker_" + number).c_str(), c));
  }
  if (m_options.monitor) {
    auto m = std::make_unique<probe::monitor>(("monitor_" + number).c_str(), probe::monitor::config{});
    m_monitors.push_back({from.path(), to.path(), m.get()});
    insert(std::move(m));
  }
  bind_from(*target->socket);
}

void platform::connect() {
  const auto one_way = [this](const socket_reference& from, const socket_reference& to) {
    if (from.socket->kind != base::socket_kind::target && to.socket->kind != base::socket_kind::initiator)
      bind(*of(from.instance), from.socket->name, from.index, *of(to.instance), to.socket->name, to.index);
  };
  for (const connection& c : m_checked.connections)
    if (of(c.a.instance) && of(c.b.instance)) {
      one_way(c.a, c.b);
      one_way(c.b, c.a);
    }
}

void platform::map_and_route() {
  for (const region& r : m_checked.regions)
    if (base::component* c = of(r.instance))
      c->set_base(r.socket, r.range.base);
  for (const route& r : m_checked.routes)
    of(r.instance)->add_route(r.range, r.socket, r.index);
}

void platform::bind_driver(base::component& software) {
  if (m_checked.driver.empty())
    throw std::logic_error(m_checked.file + ": no serving section, so no driver socket");
  for (std::size_t pool = 0; pool < m_checked.driver.size(); ++pool) {
    const socket_reference& d = m_checked.driver[pool];
    base::component& driver = *of(d.instance);
    const auto& out = software.initiators().at(pool);
    bind(software, out.name, out.index, driver, d.socket->name, d.index);
    if (d.socket->kind == base::socket_kind::duplex) {
      const auto& in = software.targets().at(pool);
      bind(driver, d.socket->name, d.index, software, in.name, in.index);
    }
  }
}

std::unique_ptr<platform> elaborate(checked_platform checked, const elaboration_options& options) {
  return std::unique_ptr<platform>(new platform(std::move(checked), options));
}

} // namespace strata::platforms
