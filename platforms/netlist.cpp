// SPDX-License-Identifier: Apache-2.0
// From documents to netlists: known keys, kinds of values, `extends`.
#include "platforms/netlist.hpp"

#include "models/base/quantity.hpp"
#include "platforms/document.hpp"
#include "platforms/search_path.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

namespace strata::platforms {
namespace {

using kind = document_node::kind;
using base::source_location;

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& n : names)
    text += (text.empty() ? "" : ", ") + n;
  return text;
}

bool is_name(const std::string& s) {
  return !s.empty() && s.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos &&
         (s[0] < '0' || s[0] > '9');
}

class reader {
public:
  netlist platform(document_node node, const std::string& file, const std::vector<parameter_override>& overrides) {
    node = extended(std::move(node), "platform");
    netlist result;
    result.file = file;
    if (keys(node, "a platform",
             {"platform", "summary", "extends", "sizes", "modules", "bindings", "address_map", "process", "serving", "costs"})) {
      if (const auto* costs = node.find("costs"))
        read_entries(*costs, "costs", "cost", result.costs);
      read_sizes(node, overrides, result.sizes);
      for (auto& e : node.entries)
        if (e.key != "sizes")
          substitute(e.value, result.sizes);
      read_assembly(node, "platform", result);
      for_each_item(node, "process", [&](const document_node& item) { read_process(item, result); });
      if (const auto* s = node.find("serving"))
        read_pools(*s, result);
    }
    m_problems.throw_if_any();
    return result;
  }

private:
  void problem(const source_location& where, std::string message) { m_problems.add(where, std::move(message)); }

  /// True where `node` is a map; reports keys that are not among `known`.
  bool keys(const document_node& node, const std::string& what, const std::vector<std::string>& known) {
    if (node.type != kind::map) {
      problem(node.where, what + " is " + node.kind_name() + ", expected a map with " + joined(known));
      return false;
    }
    for (const auto& e : node.entries)
      if (std::find(known.begin(), known.end(), e.key) == known.end())
        problem(e.value.where, "unknown key '" + e.key + "' in " + what + base::did_you_mean(e.key, known) +
                                   ", expected one of " + joined(known));
    return true;
  }

  std::string scalar(const document_node& node, const std::string& what) {
    if (node.type != kind::scalar)
      problem(node.where, what + " is " + node.kind_name() + ", expected a single value");
    return node.text;
  }

  std::string optional_scalar(const document_node& node, const std::string& key) {
    const auto* n = node.find(key);
    return n ? scalar(*n, "'" + key + "'") : "";
  }

  std::optional<std::uint64_t> unsigned_number(const document_node& node, const std::string& what) {
    const std::string text = scalar(node, what);
    if (node.type != kind::scalar)
      return std::nullopt;
    const bool hex = text.rfind("0x", 0) == 0;
    std::string digits = hex ? text.substr(2) : text;
    digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
    if (error == std::errc() && end == digits.data() + digits.size())
      return value;
    try {
      const double bytes = base::parse<base::bytes>(text).value();
      if (bytes >= 0 && bytes < 0x1p63 && bytes == std::floor(bytes))
        return static_cast<std::uint64_t>(bytes);
    } catch (const base::unit_error&) {
    }
    problem(node.where, what + " is '" + text + "', expected bytes such as 0x1000, 4096 or 64 GiB");
    return std::nullopt;
  }

  /// The document that `name` means, itself extended; nullopt (and a problem) where there is none.
  std::optional<document_node> referenced(const std::string& name, const source_location& where) {
    const auto file = find_document(name, std::filesystem::path(where.file).parent_path().string());
    if (!file) {
      problem(where, "nothing to extend by the name '" + name + "', expected a file below " +
                         joined(platform_directories()));
      return std::nullopt;
    }
    if (std::find(m_open.begin(), m_open.end(), *file) != m_open.end()) {
      problem(where, "'" + name + "' extends itself");
      return std::nullopt;
    }
    m_open.push_back(*file);
    document_node node = extended(read_document(*file), "");
    m_open.pop_back();
    return node;
  }

  /// `node` laid on the document that its `extends` names. A file's own name and summary are not inherited.
  document_node extended(document_node node, const std::string& own_kind) {
    const auto* name = node.find("extends");
    if (node.type != kind::map || !name)
      return node;
    auto under = referenced(scalar(*name, "'extends'"), name->where);
    if (!under)
      return node;
    if (!own_kind.empty() && !under->find(own_kind)) {
      problem(name->where, "'" + name->text + "' is not a " + own_kind + ", expected a file with the key '" + own_kind + "'");
      return node;
    }
    return merged(std::move(*under), std::move(node));
  }

  void read_assembly(const document_node& node, const std::string& name_key, assembly& result) {
    const auto* name = node.find(name_key);
    if (!name)
      problem(node.where, "key '" + name_key + "' is missing, expected the name of the " + name_key);
    else
      result.name = scalar(*name, "'" + name_key + "'");
    result.summary = optional_scalar(node, "summary");
    const auto* modules = node.find("modules");
    if (!modules || modules->type != kind::map || modules->entries.empty())
      problem(modules ? modules->where : node.where,
              modules ? "'modules' is " + modules->kind_name() + ", expected a map from name to module"
                      : "key 'modules' is missing, expected a map from name to module");
    else
      for (const auto& e : modules->entries)
        read_module(e.key, e.value, result);
    for_each_item(node, "bindings", [&](const document_node& item) { read_binding(item, result); });
    for_each_item(node, "address_map", [&](const document_node& item) { read_address(item, name_key == "device", result); });
  }

  /// The platform's own sizes with `overrides` applied.
  void read_sizes(const document_node& node, const std::vector<parameter_override>& overrides,
                  std::vector<parameter_entry>& sizes) {
    if (const auto* n = node.find("sizes"))
      read_entries(*n, "sizes", "size", sizes);
    std::vector<std::string> names;
    for (const auto& s : sizes)
      names.push_back(s.name);
    for (const parameter_override& o : overrides) {
      const std::string name = size_name(o);
      const auto size = std::find_if(sizes.begin(), sizes.end(), [&](const parameter_entry& s) { return s.name == name; });
      if (size != sizes.end())
        *size = {name, o.value, o.source, o.confidence, o.where};
      else if (!name.empty())
        problem(o.where, "the platform has no size '" + name + "'" + base::did_you_mean(name, names) + ", expected " +
                             (names.empty() ? "none: it has no sizes" : "one of " + joined(names)));
    }
  }

  /// Texts `$name` below `node` become the size of that name.
  void substitute(document_node& node, const std::vector<parameter_entry>& sizes) {
    for (auto& e : node.entries)
      substitute(e.value, sizes);
    for (auto& i : node.items)
      substitute(i, sizes);
    if (node.type != kind::scalar || node.text.empty() || node.text[0] != '$')
      return;
    std::vector<std::string> names;
    for (const auto& s : sizes) {
      if (node.text == "$" + s.name) {
        node.text = s.value;
        return;
      }
      names.push_back("$" + s.name);
    }
    problem(node.where, "'" + node.text + "' is not a size of the platform" + base::did_you_mean(node.text, names) +
                            ", expected one that its 'sizes' section names");
    node.text = "1"; // so that it is said once
  }

  template <class F>
  void for_each_item(const document_node& node, const std::string& key, F read) {
    const auto* list = node.find(key);
    if (!list || list->type == kind::null)
      return;
    if (list->type != kind::list)
      problem(list->where, "'" + key + "' is " + list->kind_name() + ", expected a list");
    for (const auto& item : list->items)
      read(item);
  }

  void read_module(const std::string& name, const document_node& node, assembly& result) {
    module_entry m;
    m.name = name;
    m.where = node.where;
    if (!is_name(name))
      problem(node.where, "'" + name + "' is not a module name, expected lower-case letters, digits and '_'");
    if (!keys(node, "module '" + name + "'", {"type", "extends", "count", "parameters"}))
      return;
    const auto *type = node.find("type"), *extends = node.find("extends");
    if (!type == !extends)
      problem(node.where, "module '" + name + "' has " + (type ? "both 'type' and" : "neither 'type' nor") +
                              " 'extends', expected one of them");
    else if (type)
      m.type = scalar(*type, "'type'");
    else
      read_extends(*extends, m);
    if (const auto* count = node.find("count"))
      if (const auto n = unsigned_number(*count, "'count'")) {
        if (*n < 1 || *n > 65536)
          problem(count->where, "'count' is " + count->text + ", expected 1 .. 65536");
        else
          m.count = static_cast<unsigned>(*n);
      }
    read_parameters(node, m.parameters);
    result.modules.push_back(std::move(m));
  }

  void read_extends(const document_node& extends, module_entry& m) {
    const std::string name = scalar(extends, "'extends'");
    const auto target = referenced(name, extends.where);
    if (!target)
      return;
    if (target->find("device")) {
      m.structure = read_device(*target);
    } else if (target->find("technology")) {
      keys(*target, "a technology", {"technology", "extends", "type", "summary", "parameters"});
      m.type = optional_scalar(*target, "type");
      if (m.type.empty())
        problem(target->where, "technology '" + name + "' has no 'type', expected a component type");
      read_parameters(*target, m.parameters);
    } else {
      problem(extends.where, "'" + name + "' is neither a device nor a technology, expected a file with the key "
                                          "'device' or 'technology'");
    }
  }

  std::shared_ptr<const device> read_device(const document_node& node) {
    auto result = std::make_shared<device>();
    keys(node, "a device", {"device", "summary", "extends", "modules", "bindings", "ports", "address_map"});
    read_assembly(node, "device", *result);
    if (const auto* ports = node.find("ports")) {
      if (ports->type != kind::map)
        problem(ports->where, "'ports' is " + ports->kind_name() + ", expected a map from exported name to inner socket");
      for (const auto& e : ports->entries)
        result->ports.push_back({e.key, scalar(e.value, "port '" + e.key + "'"), e.value.where});
    }
    return result;
  }

  void read_parameters(const document_node& node, std::vector<parameter_entry>& result) {
    if (const auto* list = node.find("parameters"))
      read_entries(*list, "parameters", "parameter", result);
  }

  /// A map from names to values with their sources.
  void read_entries(const document_node& list, const std::string& section, const std::string& what,
                    std::vector<parameter_entry>& result) {
    if (list.type == kind::null)
      return;
    if (list.type != kind::map)
      problem(list.where, "'" + section + "' is " + list.kind_name() + ", expected a map from name to value");
    for (const auto& e : list.entries) {
      parameter_entry p;
      p.name = e.key;
      p.where = e.value.where;
      const std::string named = what + " '" + e.key + "'";
      if (e.value.type == kind::map) {
        keys(e.value, named, {"value", "source", "confidence", "low", "high"});
        if (!e.value.find("value"))
          problem(p.where, named + " has no 'value'");
        p.value = optional_scalar(e.value, "value");
        p.source = optional_scalar(e.value, "source");
        p.confidence = optional_scalar(e.value, "confidence");
        p.low = optional_scalar(e.value, "low");
        p.high = optional_scalar(e.value, "high");
        check_confidence(p);
      } else {
        p.value = scalar(e.value, named);
      }
      result.push_back(std::move(p));
    }
  }

  void check_confidence(const parameter_entry& p) {
    const std::string& c = p.confidence;
    if (!c.empty() && c != "published" && c != "derived" && c != "estimate" && c.rfind("calibrated on ", 0) != 0)
      problem(p.where, "confidence of '" + p.name + "' is '" + c +
                           "', expected published, derived, calibrated on FILE or estimate");
    if (p.low.empty() != p.high.empty() || (!p.low.empty() && c != "estimate"))
      problem(p.where, "'" + p.name + "' has " + (p.low.empty() ? "" : "'low'") + (p.low.empty() || p.high.empty() ? "" : " and ") +
                           (p.high.empty() ? "" : "'high'") + ", expected both ends of the range, and confidence estimate");
  }

  void read_binding(const document_node& node, assembly& result) {
    if (node.type != kind::list || node.items.size() != 2)
      problem(node.where, "a binding is " + node.kind_name() + ", expected two sockets: [module.socket, module.socket]");
    else
      result.bindings.push_back({scalar(node.items[0], "a socket"), scalar(node.items[1], "a socket"), node.where});
  }

  void read_address(const document_node& node, bool in_device, assembly& result) {
    const std::string base_key = in_device ? "offset" : "base";
    if (!keys(node, "an address map entry", {"target", base_key, "stride", "size", "interleave"}))
      return;
    address_entry a;
    a.where = node.where;
    a.target = optional_scalar(node, "target");
    if (a.target.empty())
      problem(node.where, "an address map entry has no 'target', expected a module or module.socket");
    const auto *base = node.find(base_key), *stride = node.find("stride"), *size = node.find("size");
    if (!base)
      problem(node.where, "address map entry '" + a.target + "' has no '" + base_key + "', expected an address");
    else
      a.base = unsigned_number(*base, "'" + base_key + "'").value_or(0);
    if (stride)
      a.stride = unsigned_number(*stride, "'stride'");
    if (size)
      a.size = unsigned_number(*size, "'size'");
    const std::string interleave = optional_scalar(node, "interleave");
    if (!interleave.empty() && interleave != "true" && interleave != "false")
      problem(node.find("interleave")->where, "'interleave' is '" + interleave + "', expected true or false");
    a.interleave = interleave == "true";
    result.address_map.push_back(std::move(a));
  }

  void read_process(const document_node& node, netlist& result) {
    process_entry p;
    p.where = node.where;
    if (!keys(node, "an entry of 'process'", {"target", "of", "in", "area", "clock"}))
      return;
    for (const auto& [key, field] : {std::pair{"target", &p.target}, {"of", &p.of}, {"in", &p.in}, {"area", &p.area}, {"clock", &p.clock}}) {
      const auto* n = node.find(key);
      *field = n ? located{scalar(*n, std::string("'") + key + "'"), n->where} : located{"", node.where};
    }
    for (const auto& [key, field] : {std::pair{"target", &p.target}, {"of", &p.of}, {"in", &p.in}})
      if (field->text.empty())
        problem(node.where, std::string("an entry of 'process' has no '") + key + "'");
    result.processes.push_back(std::move(p));
  }

  /// One pool of devices that does all, or `prefill` and `decode`.
  void read_pools(const document_node& node, netlist& result) {
    const auto *prefill = node.find("prefill"), *decode = node.find("decode");
    if (!prefill && !decode) {
      result.serving = read_serving(node);
    } else if (keys(node, "a serving section of pools", {"prefill", "decode"})) {
      if (prefill)
        result.serving = read_serving(*prefill);
      if (decode)
        result.decode = read_serving(*decode);
      if (!prefill || !decode)
        problem(node.where, std::string("the serving section has a pool '") + (prefill ? "prefill" : "decode") + "' alone, expected '" +
                                (prefill ? "decode" : "prefill") + "' too");
    }
  }

  serving_entry read_serving(const document_node& node) {
    serving_entry s;
    s.where = node.where;
    if (!keys(node, "the serving section", {"driver", "scheduler", "devices", "tensor", "node", "pipeline", "memories", "stores", "copier", "weights_in", "shared"}))
      return s;
    const auto read = [&](const char* key, located& field) {
      field.where = node.where;
      if (const auto* n = node.find(key))
        field = {scalar(*n, std::string("'") + key + "'"), n->where};
    };
    read("driver", s.driver);
    read("scheduler", s.scheduler);
    read("devices", s.devices);
    read("tensor", s.tensor);
    read("node", s.node);
    read("pipeline", s.pipeline);
    read("weights_in", s.weights_in);
    read("copier", s.copier);
    for_each_item(node, "stores", [&](const document_node& item) { s.stores.push_back({scalar(item, "a store"), item.where}); });
    for_each_item(node, "shared", [&](const document_node& item) { s.shared.push_back({scalar(item, "a component"), item.where}); });
    for_each_item(node, "memories", [&](const document_node& item) { s.memories.push_back({scalar(item, "a memory"), item.where}); });
    return s;
  }

  base::diagnostics m_problems;
  std::vector<std::string> m_open; ///< files being read, to find circles
};

} // namespace

const module_entry* assembly::find(const std::string& module) const {
  for (const auto& m : modules)
    if (m.name == module)
      return &m;
  return nullptr;
}

std::vector<std::string> assembly::module_names() const {
  std::vector<std::string> names;
  for (const auto& m : modules)
    names.push_back(m.name);
  return names;
}

netlist load_netlist(const std::string& file, const std::vector<parameter_override>& overrides) {
  return reader().platform(read_document(file), file, overrides);
}

netlist parse_netlist(const std::string& text, const std::string& file,
                      const std::vector<parameter_override>& overrides) {
  return reader().platform(parse_document(text, file), file, overrides);
}

} // namespace strata::platforms
