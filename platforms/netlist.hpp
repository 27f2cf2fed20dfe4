// SPDX-License-Identifier: Apache-2.0
// A platform as its files say it: modules, bindings, address map and serving section as plain data with file and
// line, `extends` resolved, nothing yet checked against the models. Kernel-free.
#pragma once

#include "models/base/diagnostic.hpp"
#include "platforms/overrides.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace strata::platforms {

/// Text and where it stands.
struct located {
  std::string text;
  base::source_location where;
};

/// `name: "80 GB"` or `name: {value: "80 GB", source: ..., confidence: ...}`; an estimate may have a
/// range, `low` and `high`. In a module that extends a device the
/// name is a path inside it, "hbm.capacity".
struct parameter_entry {
  std::string name, value, source, confidence;
  base::source_location where;
  std::string low = {}, high = {}; ///< range of an estimate, empty where none is given
};

struct device;

/// One component or device, or with `count` an array of them.
struct module_entry {
  std::string name;
  std::string type;                          ///< component type, "" for a device
  std::shared_ptr<const device> structure;   ///< the device's template
  std::optional<unsigned> count;
  std::vector<parameter_entry> parameters;   ///< a technology's first; later ones win
  base::source_location where;
};

/// Two endpoints, each "module.socket", "module[2].socket[*]", "module.socket[1..4]".
struct binding_entry {
  std::string a, b;
  base::source_location where;
};

struct address_entry {
  std::string target;                 ///< component, component.socket or device; array notation allowed
  std::uint64_t base = 0;             ///< in a device: offset from where the device is mapped
  std::optional<std::uint64_t> stride;///< between elements of an array
  std::optional<std::uint64_t> size;  ///< default: all that the target serves
  bool interleave = false;            ///< the array is one memory over which data are spread evenly
  base::source_location where;
};

/// What platforms and devices have in common.
struct assembly {
  std::string name, summary;
  std::vector<module_entry> modules;
  std::vector<binding_entry> bindings;
  std::vector<address_entry> address_map;
  const module_entry* find(const std::string& module) const;
  std::vector<std::string> module_names() const;
};

/// A template: an assembly with exported sockets, mapped as a whole.
struct device : assembly {
  struct port {
    std::string name, inner; ///< `inner` is an endpoint inside the device
    base::source_location where;
  };
  std::vector<port> ports;
};

/// How the platform serves a model. Empty texts where nothing is said.
struct serving_entry {
  located driver;    ///< socket that software drives: where commands enter, and completions leave if it is duplex
  located scheduler; ///< component whose register window takes the host's per-step work; optional
  located tools;     ///< pattern of the hosts that run agents' tools; default: the scheduler
  located devices;   ///< pattern of the components that execute commands
  located tensor;    ///< devices that split every layer; default: all that pipeline leaves
  located node;      ///< of those, how many share a scale-up domain; default: all
  located pipeline;  ///< groups of devices that split the layers in order; default 1
  std::vector<located> memories; ///< in the order in which weights, then KV blocks fill them
  std::vector<located> stores; ///< behind them, for KV that is not in use, fastest first: one memory for each device
  located copier;    ///< copy engines that move KV from and to the stores: one for each device
  located weights_in; ///< of `memories` the first that takes weights; default: the first of all
  std::vector<located> shared; ///< components of which replicas of the platform have one together: what it sends, all get
  std::vector<located> pooled; ///< components of which replicas of the platform have one together, which serves each of them
  base::source_location where;
};

/// Compute cores made in another process than their figures are of. Empty texts where nothing is said.
struct process_entry {
  located target;      ///< pattern of the cores
  located of, in;      ///< process nodes
  located area, clock; ///< silicon and clock, relative to those of the figures; default 1
  base::source_location where;
};

struct netlist : assembly {
  std::string file;
  std::vector<parameter_entry> sizes; ///< numbers that the platform's other texts name as `$name`
  std::vector<process_entry> processes;
  std::optional<serving_entry> serving;
  std::optional<serving_entry> decode; ///< pool that decodes what `serving` has prefilled, where there are two
  std::vector<parameter_entry> costs;  ///< see platform_costs
  std::vector<parameter_entry> supply; ///< see platform_supply
  std::vector<parameter_entry> site;   ///< see platform_site
};

/// Reads a platform. Of `overrides` those of its sizes ("sizes.gpus=4") are used here, as they decide its structure.
/// Throws base::input_error with every problem found in its files.
netlist load_netlist(const std::string& file, const std::vector<parameter_override>& overrides = {});
/// The same from text; `file` is its name in messages, and its folder the first one searched by `extends`.
netlist parse_netlist(const std::string& text, const std::string& file,
                      const std::vector<parameter_override>& overrides = {});

} // namespace strata::platforms
