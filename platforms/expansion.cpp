// SPDX-License-Identifier: Apache-2.0
// Expansion of arrays and templates, parameters, and path look-up.
#include "platforms/expansion.hpp"

#include "models/base/quantity.hpp"

#include <algorithm>

namespace strata::platforms {

using base::did_you_mean;

namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& n : names)
    text += (text.empty() ? "" : ", ") + n;
  return text.empty() ? "nothing" : text;
}

[[noreturn]] void unknown(const std::string& what, const std::string& name, const std::vector<std::string>& known) {
  throw path_error(what + " '" + name + "'" + did_you_mean(name, known) + ", expected one of " + listed(known));
}

} // namespace

unsigned socket_count(const base::socket_description& s, const component_config& config) {
  const base::parameter* p = config.parameters().find(s.count);
  return static_cast<unsigned>(std::stoul(p ? p->get() : s.count));
}

expansion::expansion(const netlist& source, base::diagnostics& problems) : m_problems(problems) {
  add_scope(root_path, source, nullptr, {});
}

std::size_t expansion::add_scope(std::string path, const assembly& content, const device* structure,
                                 std::vector<array_position> positions) {
  const std::size_t id = m_scopes.size();
  m_scopes.push_back({path, &content, structure, positions, {}});
  std::vector<scope::member> members;
  for (const module_entry& m : content.modules) {
    scope::member added{&m, m.structure != nullptr, {}};
    const component_type* type = m.structure ? nullptr : find_component_type(m.type);
    if (!m.structure && !m.type.empty() && !type)
      m_problems.add(m.where, "unknown component type '" + m.type + "' of module '" + m.name + "'" +
                                  did_you_mean(m.type, component_type_names()) + ", expected one of " +
                                  listed(component_type_names()));
    if (m.structure || type)
      for (unsigned i = 0; i < m.count.value_or(1); ++i) {
        const std::string name = path + "." + m.name + (m.count ? "[" + std::to_string(i) + "]" : "");
        std::vector<array_position> at = positions;
        if (m.count)
          at.push_back({path + "." + m.name, i, *m.count});
        added.elements.push_back(m.structure ? add_scope(name, *m.structure, m.structure.get(), std::move(at))
                                             : add_instance(name, m, *type, std::move(at)));
      }
    if (m.structure)
      for (const parameter_entry& p : m.parameters)
        m_from_netlist.push_back({path + "." + m.name + (m.count ? "[*]" : "") + "." + p.name, p.value, p.source,
                                  p.confidence, p.where, p.low, p.high});
    members.push_back(std::move(added));
  }
  m_scopes[id].members = std::move(members);
  return id;
}

std::size_t expansion::add_instance(std::string path, const module_entry& m, const component_type& type,
                                    std::vector<array_position> positions) {
  instance i;
  i.path = std::move(path);
  i.type = &type;
  i.config = type.make_config();
  i.positions = std::move(positions);
  i.where = m.where;
  for (const base::parameter& p : i.config->parameters().all())
    i.parameters.push_back({p.name, p.get(), p.unit, "model default", "", {}});
  m_instances.push_back(std::move(i));
  m_entries.push_back(&m);
  return m_instances.size() - 1;
}

void expansion::set(instance& i, const std::string& name, const parameter_override& from) {
  const std::string type = i.type->description->type;
  const base::parameter* p = i.config->parameters().find(name);
  if (!p) {
    m_problems.add(from.where, type + " has no parameter '" + name + "'" +
                                   did_you_mean(name, i.config->parameters().names()) + "; 'strata describe " + type +
                                   "' lists them");
    return;
  }
  try {
    for (const std::string* bound : {&from.low, &from.high})
      if (!bound->empty())
        p->set(*bound); // to be in range like the value that follows
    p->set(from.value);
  } catch (const base::unit_error& e) {
    m_problems.add(from.where, "parameter '" + name + "' of " + type + ": " + e.what());
    return;
  }
  auto& shown = i.parameters[static_cast<std::size_t>(p - i.config->parameters().all().data())];
  shown.value = p->get();
  shown.source = from.source;
  shown.confidence = from.confidence;
  shown.where = from.where;
  shown.low = from.low;
  shown.high = from.high;
}

void expansion::set_parameters(const std::vector<parameter_override>& overrides) {
  for (std::size_t i = 0; i < m_instances.size(); ++i)
    for (const parameter_entry& p : m_entries[i]->parameters)
      set(m_instances[i], p.name, {"", p.value, p.source, p.confidence, p.where, p.low, p.high});
  std::vector<parameter_override> all = m_from_netlist;
  all.insert(all.end(), overrides.begin(), overrides.end());
  for (const parameter_override& o : all) {
    bool matched = false;
    std::vector<std::string> known;
    for (instance& i : m_instances)
      for (const base::parameter& p : i.config->parameters().all()) {
        const std::string full = i.path + "." + p.name, without_root = full.substr(root_path.size() + 1);
        if (matches(o.path, full) || matches(o.path, without_root)) {
          set(i, p.name, o);
          matched = true;
        } else if (!matched) {
          known.push_back(without_root);
        }
      }
    if (!matched)
      m_problems.add(o.where, "'" + o.path + "' matches no parameter" + did_you_mean(o.path, known) +
                                  ", expected a path such as gpu[*].hbm.capacity");
  }
  for (const instance& i : m_instances)
    try {
      i.config->validate();
    } catch (const base::input_error& e) {
      for (const base::diagnostic& d : e.problems())
        m_problems.add(i.where, d.message);
    }
}

const expansion::scope::member& expansion::member(const scope& s, const path_step& step) const {
  for (const scope::member& m : s.members)
    if (m.entry->name == step.name) {
      if (m.elements.empty())
        throw path_error(""); // its own problem has been reported
      return m;
    }
  unknown("no module", step.name, s.content->module_names());
}

std::vector<std::size_t> expansion::elements(const scope& s, const path_step& step) const {
  const scope::member& m = member(s, step);
  if (!m.entry->count && step.kind != path_step::index_kind::none)
    throw path_error("'" + step.name + "' is not an array, expected it without an index");
  std::vector<std::size_t> result;
  for (const unsigned i : chosen_indices(step, m.entry->count.value_or(1), m.entry->count.has_value(), "'" + step.name + "'"))
    result.push_back(m.elements[i]);
  return result;
}

std::vector<expansion::target> expansion::find(std::size_t from, const std::string& path) const {
  steps parsed = parse_path(path);
  if (parsed.size() > 1 && parsed.front().name == root_path)
    parsed.erase(parsed.begin());
  return find(from, parsed, 0);
}

std::vector<expansion::target> expansion::find(std::size_t from, const steps& path, std::size_t at) const {
  const bool is_device = member(m_scopes[from], path[at]).is_device;
  std::vector<target> result;
  for (const std::size_t e : elements(m_scopes[from], path[at])) {
    if (at + 1 == path.size()) {
      result.push_back({is_device, e, ""});
    } else if (is_device) {
      const auto inner = find(e, path, at + 1);
      result.insert(result.end(), inner.begin(), inner.end());
    } else {
      if (at + 2 != path.size())
        throw path_error("'" + path[at].name + "' is a component, expected at most a socket after it");
      component_sockets(e, path[at + 1]); // for its checks
      result.push_back({false, e, path[at + 1].name});
    }
  }
  return result;
}

std::vector<socket_reference> expansion::sockets(std::size_t from, const std::string& endpoint) const {
  return sockets(from, parse_path(endpoint), 0);
}

std::vector<socket_reference> expansion::sockets(std::size_t from, const steps& path, std::size_t at) const {
  const bool is_device = member(m_scopes[from], path[at]).is_device;
  if (path.size() != at + 2)
    throw path_error("expected module.socket with one socket after '" + path[at].name + "'");
  const path_step& last = path[at + 1];
  std::vector<socket_reference> result;
  for (const std::size_t e : elements(m_scopes[from], path[at])) {
    std::vector<socket_reference> found;
    if (is_device) {
      const device& d = *m_scopes[e].structure;
      const auto port = std::find_if(d.ports.begin(), d.ports.end(), [&](const auto& p) { return p.name == last.name; });
      if (port == d.ports.end()) {
        std::vector<std::string> names;
        for (const auto& p : d.ports)
          names.push_back(p.name);
        unknown("device '" + path[at].name + "' has no port", last.name, names);
      }
      steps inner = parse_path(port->inner);
      if (inner.back().kind == path_step::index_kind::none) {
        const std::string name = inner.back().name;
        inner.back() = last; // an index given outside reaches the inner socket
        inner.back().name = name;
      }
      found = sockets(e, inner, 0);
    } else {
      found = component_sockets(e, last);
    }
    result.insert(result.end(), found.begin(), found.end());
  }
  return result;
}

std::vector<socket_reference> expansion::component_sockets(std::size_t id, const path_step& step) const {
  const instance& i = m_instances[id];
  std::vector<std::string> names;
  for (const base::socket_description& s : i.type->description->sockets) {
    names.push_back(s.name);
    if (s.name != step.name)
      continue;
    const unsigned count = socket_count(s, *i.config);
    const std::string what = "socket '" + s.name + "' of " + i.type->description->type;
    if (count == 0)
      throw path_error(what + " is absent: parameter '" + s.count + "' is 0");
    std::vector<socket_reference> result;
    for (const unsigned index : chosen_indices(step, count, count > 1, what))
      result.push_back({id, &s, index});
    return result;
  }
  unknown(i.type->description->type + " has no socket", step.name, names);
}

} // namespace strata::platforms
