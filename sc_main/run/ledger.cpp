// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/ledger.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace strata::cli {

namespace {

constexpr const char* memory_bandwidth = "memory bandwidth";

/// What sets the pace where lanes spend their time in `part`, the rest of a meter's name "time.<part>".
std::string limit_of(const std::string& part) {
  static const std::map<std::string, const char*> limits{
      {"launch", "launch latency"},   {"memory", memory_bandwidth},    {"l2", "last-level cache"},
      {"power", "power limit"},
      {"link", "links"},              {"local", "collectives' own work"}, {"broadcast", "on-chip fabric"},
      {"reduce", "on-chip fabric"},   {"attention", "attention"},      {"hand_over", "hand-over between regions"},
  };
  const auto it = limits.find(part);
  return it == limits.end() ? "compute engines" : it->second;
}

bool starts_with(const std::string& text, const std::string& prefix) { return text.compare(0, prefix.size(), prefix) == 0; }

} // namespace

std::string resource_name(const std::string& path) {
  std::string name;
  bool inside = false;
  for (const char c : path.substr(path.find('.') == std::string::npos ? 0 : path.find('.') + 1)) {
    if (c == '[') {
      name += "[*";
      inside = true;
    }
    if (c == ']')
      inside = false;
    if (!inside)
      name += c;
  }
  return name;
}

ledger::ledger(std::vector<entry> components) : m_components(std::move(components)) {
  for (std::size_t i = 0; i < m_components.size(); ++i)
    for (const base::meter& m : m_components[i].component->meters())
      m_columns.push_back({i, &m});
}

std::vector<unsigned> ledger::replicas() const {
  std::vector<unsigned> all;
  for (const column& c : m_columns)
    all.insert(all.end(), 2, m_components[c.component].replicas);
  return all;
}

std::size_t ledger::place_of(const std::string& path, const std::string& meter) const {
  for (std::size_t i = 0; i < m_columns.size(); ++i)
    if (m_columns[i].meter->name == meter && m_components[m_columns[i].component].path == path)
      return 2 * i;
  throw std::out_of_range(path + " has no meter " + meter);
}

void ledger::read(std::vector<double>& flat) const {
  flat.resize(2 * m_columns.size());
  for (std::size_t i = 0; i < m_columns.size(); ++i) {
    flat[2 * i] = m_columns[i].meter->amount;
    flat[2 * i + 1] = m_columns[i].meter->busy_s;
  }
}

/// Neighbours that are folded add to what is counted, but not to what time adds.
double ledger::joules(const column& c, double counted, double elapsed_s) const {
  const base::component& owner = *m_components[c.component].component;
  return (counted * owner.port_represents + c.meter->per_s * elapsed_s) * c.meter->joules_per_unit * units(c.component);
}

double ledger::use(const column& c, double amount, double busy_s, double elapsed_s) const {
  if (elapsed_s <= 0)
    return 0;
  const double by_rate = c.meter->peak_per_s > 0 ? amount / (c.meter->peak_per_s * elapsed_s) : 0;
  return std::max(by_rate, c.meter->peak_per_s > 0 && by_rate == 0 ? busy_s / elapsed_s : by_rate);
}

double ledger::dynamic_joules(const std::vector<double>& flat, double elapsed_s) const {
  double total = 0;
  for (std::size_t i = 0; i < m_columns.size(); ++i)
    total += joules(m_columns[i], flat[2 * i], elapsed_s);
  return total;
}

double ledger::static_power_W() const {
  double total = 0;
  for (std::size_t i = 0; i < m_components.size(); ++i)
    total += m_components[i].component->static_power().value() * units(i);
  return total;
}

std::vector<component_result> ledger::components(const std::vector<double>& flat, double elapsed_s) const {
  std::vector<component_result> result;
  for (const entry& e : m_components) {
    component_result r;
    r.path = e.path;
    r.type = e.type;
    r.represents = units(result.size());
    r.port_represents = e.component->port_represents;
    r.static_power_W = e.component->static_power().value();
    result.push_back(std::move(r));
  }
  for (std::size_t i = 0; i < m_columns.size(); ++i) {
    const column& c = m_columns[i];
    const base::meter& m = *c.meter;
    // A folded neighbour's share of what time adds: results are multiplied by port_represents.
    const double amount = flat[2 * i] + m.per_s * elapsed_s / m_components[c.component].component->port_represents;
    result[c.component].meters.push_back({m.name, m.unit, m.level, m.description, amount, amount * m.joules_per_unit,
                                          flat[2 * i + 1], m.peak_per_s,
                                          use(c, flat[2 * i], flat[2 * i + 1], elapsed_s)});
  }
  return result;
}

std::vector<resource_use> ledger::utilisation(const std::vector<double>& flat, double elapsed_s) const {
  std::vector<resource_use> result;
  for (std::size_t i = 0; i < m_columns.size(); ++i) {
    const column& c = m_columns[i];
    if (c.meter->peak_per_s <= 0)
      continue;
    const std::string name = resource_name(m_components[c.component].path) + "." + c.meter->name;
    const double u = use(c, flat[2 * i], flat[2 * i + 1], elapsed_s);
    const auto it = std::find_if(result.begin(), result.end(), [&name](const resource_use& r) { return r.resource == name; });
    if (it == result.end())
      result.push_back({name, u});
    else
      it->utilisation = std::max(it->utilisation, u);
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const resource_use& a, const resource_use& b) { return a.utilisation > b.utilisation; });
  return result;
}

std::vector<lane_time> ledger::lane_times(const std::vector<double>& flat) const {
  std::map<std::string, double> seconds;
  for (std::size_t i = 0; i < m_columns.size(); ++i)
    if (starts_with(m_columns[i].meter->name, "time.") && flat[2 * i] > 0)
      seconds[m_columns[i].meter->name.substr(5)] += flat[2 * i] * units(m_columns[i].component);
  std::vector<lane_time> result;
  for (const auto& [cause, time] : seconds)
    result.push_back({cause, time});
  std::stable_sort(result.begin(), result.end(), [](const lane_time& a, const lane_time& b) { return a.time_s > b.time_s; });
  return result;
}

std::string ledger::bound_by(const std::vector<double>& flat, double elapsed_s) const {
  if (elapsed_s <= 0)
    return "";
  std::map<std::string, double> seconds;
  for (std::size_t i = 0; i < m_columns.size(); ++i) {
    const base::meter& m = *m_columns[i].meter;
    if (starts_with(m.name, "time."))
      seconds[limit_of(m.name.substr(5))] += flat[2 * i];
    else if (m_components[m_columns[i].component].type == "host_cpu" && m.unit == "s")
      seconds["host"] += flat[2 * i];
  }
  const auto longest = std::max_element(seconds.begin(), seconds.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
  if (longest == seconds.end() || longest->second <= 0)
    return "";
  if (longest->first == memory_bandwidth)
    for (const resource_use& r : utilisation(flat, elapsed_s))
      if (r.resource.find(".read") != std::string::npos)
        return longest->first + " (" + r.resource.substr(0, r.resource.rfind('.')) + ")";
  return longest->first;
}

std::vector<level_result> ledger::levels(const std::vector<double>& flat, double elapsed_s) const {
  std::vector<level_result> result;
  const auto level = [&result](const std::string& name) -> level_result& {
    for (level_result& l : result)
      if (l.level == name)
        return l;
    result.push_back({name, 0, 0});
    return result.back();
  };
  // A memory's read, write and controller meters count the same bytes: its "served" meter says how many moved.
  std::vector<double> served(m_components.size(), 0.0);
  for (std::size_t i = 0; i < m_columns.size(); ++i)
    if (m_columns[i].meter->name == "served")
      served[m_columns[i].component] = flat[2 * i];
  std::vector<char> counted(m_components.size(), 0);
  for (std::size_t i = 0; i < m_columns.size(); ++i) {
    const column& c = m_columns[i];
    const base::component& owner = *m_components[c.component].component;
    const double times = double(units(c.component)) * owner.port_represents;
    if (c.meter->joules_per_unit <= 0)
      continue;
    level_result& l = level(c.meter->level);
    l.energy_J += joules(c, flat[2 * i], elapsed_s);
    if (served[c.component] > 0) {
      if (!counted[c.component])
        l.bits += 8 * served[c.component] * times;
      counted[c.component] = 1;
    } else if (c.meter->unit == "B") {
      l.bits += 8 * flat[2 * i] * times;
    }
  }
  level("static").energy_J = static_power_W() * elapsed_s;
  std::stable_sort(result.begin(), result.end(),
                   [](const level_result& a, const level_result& b) { return a.energy_J > b.energy_J; });
  return result;
}

/// Sums what `name_of` names, in the order of the meters; "" is left out.
template <class Name>
std::vector<work_amount> ledger::amounts(const std::vector<double>& flat, const Name& name_of) const {
  std::vector<work_amount> result;
  for (std::size_t i = 0; i < m_columns.size(); ++i) {
    const column& c = m_columns[i];
    const std::string name = flat[2 * i] > 0 ? name_of(m_components[c.component], *c.meter) : "";
    if (name.empty())
      continue;
    const base::component& owner = *m_components[c.component].component;
    const double amount = flat[2 * i] * units(c.component) * owner.port_represents;
    const auto it = std::find_if(result.begin(), result.end(), [&name](const work_amount& w) { return w.resource == name; });
    if (it == result.end())
      result.push_back({name, amount});
    else
      it->amount += amount;
  }
  return result;
}

std::vector<work_amount> ledger::operations(const std::vector<double>& flat) const {
  return amounts(flat, [](const entry&, const base::meter& m) { return m.unit == "FLOP" ? m.name : std::string(); });
}

std::vector<work_amount> ledger::memory_traffic(const std::vector<double>& flat) const {
  return amounts(flat, [](const entry& e, const base::meter& m) {
    return m.name == "served" ? resource_name(e.path) : std::string();
  });
}

double ledger::sum(const std::vector<double>& flat, const std::string& prefix) const {
  double total = 0;
  for (std::size_t i = 0; i < m_columns.size(); ++i)
    if (starts_with(m_columns[i].meter->name, prefix))
      total += flat[2 * i] * m_components[m_columns[i].component].replicas;
  return total;
}

} // namespace strata::cli
