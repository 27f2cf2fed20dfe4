// SPDX-License-Identifier: Apache-2.0
// A netlist after all checks: flat instances with effective parameters, socket-to-socket connections, address
// regions, routes, and what symmetry folds. Everything that elaboration and `strata describe` need; kernel-free.
#pragma once

#include "models/base/component.hpp"
#include "platforms/component_table.hpp"
#include "platforms/costs.hpp"
#include "platforms/netlist.hpp"
#include "platforms/site.hpp"
#include "platforms/supply.hpp"
#include "traffic/lowering/platform_view.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace strata::platforms {

/// Name of the whole in every path.
inline const std::string root_path = "platform";

/// Where the software behind the driver socket is told of completions; part of every platform's address map.
constexpr base::address_range mailbox{0xFFFF'0000'0000'0000, 64 * 1024};

struct effective_parameter {
  std::string name, value, unit;
  std::string source, confidence; ///< as the netlist says; source "model default" where it says nothing
  base::source_location where;    ///< of the value; empty for a default
  std::string low = {}, high = {}; ///< range of an estimate, empty where none is given
};

/// An element's place in an array: "platform.gpu", 3 of 8.
struct array_position {
  std::string array;
  unsigned index, count;
};

struct instance {
  std::string path; ///< "platform.gpu[3].hbm"
  const component_type* type = nullptr;
  std::shared_ptr<component_config> config;
  std::vector<effective_parameter> parameters; ///< as declared by the model
  std::vector<array_position> positions;       ///< outermost first
  base::source_location where;
  bool simulated = true;         ///< false where symmetry lets another one stand for it
  bool shared = false;           ///< one serves all replicas of the platform, with the same data at once
  bool pooled = false;           ///< one serves all replicas of the platform, each with its own data
  unsigned pool = 0;             ///< whose replicas it has as many as: prefill or the only pool, decode
  unsigned represents = 1;       ///< see base::component
  unsigned port_represents = 1;  ///< see base::component
};

struct socket_reference {
  std::size_t instance;
  const base::socket_description* socket;
  unsigned index;
};

struct connection {
  socket_reference a, b;
  base::source_location where;
};

struct region {
  std::size_t instance;
  std::string socket;       ///< "" = the component as a whole
  base::address_range range;
  std::string interleaved;  ///< name of the array that is one memory, "" = alone
  base::source_location where;
};

/// instance sends `range` out of socket[index].
struct route {
  std::size_t instance;
  base::address_range range;
  std::string socket;
  unsigned index;
};

struct checked_platform {
  std::string name, summary, file;
  std::vector<instance> instances;
  std::vector<connection> connections;
  std::vector<region> regions;
  std::vector<route> routes;                ///< of simulated instances
  std::vector<socket_reference> driver;     ///< one for each pool, none without a serving section
  std::map<std::string, unsigned> folded;   ///< array -> elements that one stands for
  std::vector<std::string> folding_notes;   ///< what was folded, or why not
  platform_costs costs;
  std::vector<effective_parameter> cost_parameters; ///< the same with their sources
  platform_supply supply;
  std::vector<effective_parameter> supply_parameters;
  platform_site site;
  std::vector<effective_parameter> site_parameters;
  traffic::platform_view view;              ///< empty without a serving section
  std::optional<traffic::platform_view> decode_view; ///< of the pool that decodes what the other has prefilled

  /// Views of the pools: prefill and decode, or the only one.
  std::vector<const traffic::platform_view*> pools() const;
  const region* find_region(std::size_t instance, const std::string& socket) const;
};

/// "platform.gpu[0].core.memory[1]"; the index is left out where a socket is single.
std::string name_of(const std::vector<instance>& instances, const socket_reference& s);

/// How many sockets `s` stands for in a component of that config.
unsigned socket_count(const base::socket_description& s, const component_config& config);

} // namespace strata::platforms
