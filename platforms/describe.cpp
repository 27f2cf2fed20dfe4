// SPDX-License-Identifier: Apache-2.0
// One description per subject as titled paragraphs, lists and tables; two ways to print it.
#include "platforms/describe.hpp"

#include "models/base/quantity.hpp"
#include "platforms/address_map.hpp"

#include <algorithm>

namespace strata::platforms {
namespace {

using row = std::vector<std::string>;

struct section {
  std::string title; ///< of the first one: of the whole
  std::string text;
  std::vector<std::string> list;
  std::vector<row> table; ///< first row: headings
};

std::string as_text(const std::vector<section>& sections) {
  std::string out;
  for (const section& s : sections) {
    out += (out.empty() ? "" : "\n") + s.title + "\n";
    if (!s.text.empty())
      out += "  " + s.text + "\n";
    for (const std::string& item : s.list)
      out += "  - " + item + "\n";
    std::vector<std::size_t> widths;
    for (const row& r : s.table)
      for (std::size_t c = 0; c < r.size(); ++c) {
        widths.resize(std::max(widths.size(), c + 1));
        widths[c] = std::max(widths[c], r[c].size());
      }
    for (const row& r : s.table) {
      std::string line = " ";
      for (std::size_t c = 0; c < r.size(); ++c)
        line += " " + r[c] + (c + 1 < r.size() ? std::string(widths[c] - r[c].size() + 1, ' ') : "");
      out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
  }
  return out;
}

/// `text` with what Markdown would read as markup escaped.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<' || c == '_')
      out += '\\';
    out += c;
  }
  return out;
}

std::string as_markdown(const std::vector<section>& sections) {
  std::string out;
  for (const section& s : sections) {
    out += (out.empty() ? "# " : "\n## ") + escaped(s.title) + "\n";
    if (!s.text.empty())
      out += "\n" + escaped(s.text) + "\n";
    if (!s.list.empty())
      out += "\n";
    for (const std::string& item : s.list)
      out += "- " + escaped(item) + "\n";
    for (std::size_t r = 0; r < s.table.size(); ++r) {
      out += r == 0 ? "\n|" : "|";
      for (const std::string& cell : s.table[r])
        out += " " + escaped(cell) + " |";
      out += "\n";
      if (r == 0) {
        out += "|";
        for (std::size_t c = 0; c < s.table[r].size(); ++c)
          out += "---|";
        out += "\n";
      }
    }
  }
  return out;
}

const char* text_of(base::socket_kind k) {
  switch (k) {
  case base::socket_kind::initiator: return "initiator";
  case base::socket_kind::target: return "target";
  case base::socket_kind::duplex: return "duplex";
  }
  return "";
}

std::vector<section> sections_of(const component_type& type) {
  const base::component_description& d = *type.description;
  const auto config = type.make_config();
  section sockets{"Sockets", "", {}, {{"name", "kind", "count", "must be bound", "address window", "description"}}};
  for (const auto& s : d.sockets) {
    const auto window = config->window(s.name);
    sockets.table.push_back({s.name, text_of(s.kind), s.count, s.required ? "yes" : "no",
                             window ? base::to_text(base::bytes::of(static_cast<double>(*window))) : "", s.description});
  }
  section parameters{"Parameters", "", {}, {{"name", "unit", "default", "range", "description"}}};
  for (const auto& p : config->parameters().all())
    parameters.table.push_back({p.name, p.unit, p.get(), p.range, p.description});
  section meters{"Meters", "", {}, {{"name", "unit", "description"}}};
  for (const auto& m : d.meters)
    meters.table.push_back({m.name, m.unit, m.description});
  const std::string routing =
      type.decodes ? "Requests leave by the socket that the platform's routes name for their address."
      : d.forwards ? "Requests are passed on whatever their address."
                   : "Requests end here.";
  return {{d.type, d.summary, {}, {}}, sockets, {"Routing", routing, {}, {}}, parameters, meters,
          {"Timing", d.timing, {}, {}}, {"Not modelled", "", d.not_modelled, {}}, {"Accuracy", d.accuracy, {}, {}}};
}

/// Where a value without a source stands, independent of where the platforms are installed.
std::string file_and_line(const base::source_location& where) {
  return to_text(base::source_location{where.file.substr(where.file.find_last_of('/') + 1), where.line});
}

/// Path with the indices of its arrays left open where all elements are alike.
std::string pattern_of(const instance& i) {
  std::string path = i.path;
  for (auto p = i.positions.rbegin(); p != i.positions.rend(); ++p) {
    const std::string own = "[" + std::to_string(p->index) + "]";
    path = p->array + "[*]" + path.substr(p->array.size() + own.size());
  }
  return path;
}

bool same_parameters(const instance& a, const instance& b) {
  return a.type == b.type && std::equal(a.parameters.begin(), a.parameters.end(), b.parameters.begin(), b.parameters.end(),
                                        [](const auto& x, const auto& y) { return x.value == y.value; });
}

void add_modules(const checked_platform& p, std::vector<section>& sections) {
  std::vector<bool> said(p.instances.size());
  for (std::size_t k = 0; k < p.instances.size(); ++k) {
    if (said[k])
      continue;
    const instance& i = p.instances[k];
    const std::string pattern = pattern_of(i);
    section s;
    std::size_t alike = 0, in_pattern = 0;
    for (std::size_t n = 0; n < p.instances.size(); ++n) {
      if (pattern_of(p.instances[n]) != pattern)
        continue;
      ++in_pattern;
      if (!same_parameters(i, p.instances[n]))
        continue;
      ++alike;
      said[n] = true;
      s.title += (s.title.empty() ? "" : ", ") + p.instances[n].path;
    }
    if (alike > 1 && alike == in_pattern)
      s.title = pattern;
    s.title += ": " + i.type->description->type + (alike > 1 ? ", " + std::to_string(alike) + " alike" : "");
    s.table.push_back({"parameter", "value", "source", "confidence"});
    for (const effective_parameter& e : i.parameters)
      s.table.push_back({e.name, e.value, e.source.empty() ? file_and_line(e.where) : e.source,
                         e.confidence + (e.low.empty() ? "" : ", " + e.low + " to " + e.high)});
    sections.push_back(std::move(s));
  }
}

/// The devices of a pool with their memories.
section serving_of(const checked_platform& p, const traffic::platform_view& view, std::size_t pool, const char* title) {
  section serving{title,
                  std::to_string(view.pipeline_devices) + " pipeline stages of " + std::to_string(view.tensor_ranks) +
                      " tensor-parallel devices, driven by " + name_of(p.instances, p.driver.at(pool)),
                  {},
                  {{"device", "stands for", "lanes", "memory", "capacity", "bandwidth"}}};
  for (const auto& stage : view.devices)
    for (const auto& d : stage) {
      const auto add = [&](const traffic::memory_view& m, const char* what) {
        serving.table.push_back({d.name, std::to_string(d.represents), std::to_string(d.lanes), m.name + what,
                                 base::to_text(base::bytes::of(static_cast<double>(m.capacity))),
                                 base::to_text(base::byte_rate::of(m.bandwidth))});
      };
      for (const auto& m : d.memories)
        add(m, "");
      for (const auto& m : d.stores)
        add(m, " (store)");
    }
  return serving;
}

section values_of(const std::string& title, const std::vector<effective_parameter>& values) {
  section s{title, "", {}, {{"name", "value", "source", "confidence"}}};
  for (const effective_parameter& e : values)
    s.table.push_back({e.name, e.value, e.source.empty() ? file_and_line(e.where) : e.source, e.confidence});
  return s;
}

std::vector<section> sections_of(const checked_platform& p) {
  std::vector<section> sections{{p.name, p.summary, {}, {}}};
  add_modules(p, sections);
  section bindings{"Bindings", "", {}, {}};
  for (const connection& c : p.connections)
    bindings.list.push_back(name_of(p.instances, c.a) + " - " + name_of(p.instances, c.b));
  section map{"Address map", "", {}, {{"base", "size", "target", "one memory with"}}};
  for (const region& r : p.regions)
    map.table.push_back({hexadecimal(r.range.base), base::to_text(base::bytes::of(static_cast<double>(r.range.size))),
                         p.instances[r.instance].path + (r.socket.empty() ? "" : "." + r.socket), r.interleaved});
  map.table.push_back({hexadecimal(mailbox.base), base::to_text(base::bytes::of(static_cast<double>(mailbox.size))),
                       "mailbox of the software at the driver socket", ""});
  sections.push_back(std::move(bindings));
  sections.push_back(std::move(map));
  if (!p.folding_notes.empty())
    sections.push_back({"Symmetry", "", p.folding_notes, {}});
  if (p.view.devices.empty())
    return sections;
  sections.push_back(serving_of(p, p.view, 0, p.decode_view ? "Serving, prefill" : "Serving"));
  if (p.decode_view)
    sections.push_back(serving_of(p, *p.decode_view, 1, "Serving, decode"));
  if (p.supply.known())
    sections.push_back(values_of("Supply", p.supply_parameters));
  if (p.site.known())
    sections.push_back(values_of("Site", p.site_parameters));
  if (p.costs.price.value() > 0)
    sections.push_back(values_of("Costs", p.cost_parameters));
  return sections;
}

} // namespace

std::string platform_text(const checked_platform& p) { return as_text(sections_of(p)); }
std::string platform_markdown(const checked_platform& p) { return as_markdown(sections_of(p)); }
std::string component_text(const component_type& type) { return as_text(sections_of(type)); }
std::string datasheet_markdown(const component_type& type) { return as_markdown(sections_of(type)); }

} // namespace strata::platforms
