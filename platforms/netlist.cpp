// SPDX-License-Identifier: Apache-2.0
// From documents to netlists.
#include "platforms/document_reader.hpp"

#include <algorithm>

namespace strata::platforms {
namespace {

bool is_name(const std::string& s) {
  return !s.empty() && s.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos &&
         (s[0] < '0' || s[0] > '9');
}

class netlist_reader : document_reader {
public:
  netlist platform(document_node node, const std::string& file, const std::vector<parameter_override>& overrides) {
    node = extended(std::move(node), "platform");
    netlist result;
    result.file = file;
    if (keys(node, "a platform",
             {"platform", "summary", "extends", "sizes", "modules", "bindings", "address_map", "process", "serving", "supply", "site", "costs"})) {
      if (const auto* costs = node.find("costs"))
        read_entries(*costs, "costs", "cost", result.costs);
      if (const auto* site = node.find("site"))
        read_entries(*site, "site", "value", result.site);
      read_sizes(node, overrides, result.sizes);
      for (auto& e : node.entries)
        if (e.key != "sizes")
          substitute(e.value, result.sizes);
      read_assembly(node, "platform", result);
      for_each_item(node, "process", [&](const document_node& item) { read_process(item, result); });
      if (const auto* s = node.find("serving"))
        read_pools(*s, result);
      if (const auto* s = node.find("supply"))
        read_supply(*s, result);
    }
    throw_problems();
    return result;
  }

private:
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

  /// Parameters of platform_supply, most of them usually those of a template.
  void read_supply(const document_node& node, netlist& result) {
    const document_node whole = extended(node, "supply");
    if (keys(whole, "the supply section", {"supply", "summary", "extends", "parameters"}))
      read_parameters(whole, result.supply);
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
    if (!keys(node, "the serving section", {"driver", "scheduler", "devices", "tensor", "node", "pipeline", "memories", "stores", "copier", "weights_in", "shared", "pooled", "tools"}))
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
    read("tools", s.tools);
    for_each_item(node, "stores", [&](const document_node& item) { s.stores.push_back({scalar(item, "a store"), item.where}); });
    for_each_item(node, "shared", [&](const document_node& item) { s.shared.push_back({scalar(item, "a component"), item.where}); });
    for_each_item(node, "pooled", [&](const document_node& item) { s.pooled.push_back({scalar(item, "a component"), item.where}); });
    for_each_item(node, "memories", [&](const document_node& item) { s.memories.push_back({scalar(item, "a memory"), item.where}); });
    return s;
  }
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
  return netlist_reader().platform(read_document(file), file, overrides);
}

netlist parse_netlist(const std::string& text, const std::string& file,
                      const std::vector<parameter_override>& overrides) {
  return netlist_reader().platform(parse_document(text, file), file, overrides);
}

} // namespace strata::platforms
