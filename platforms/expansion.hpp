// SPDX-License-Identifier: Apache-2.0
// From modules and templates to flat instances with effective parameters, and from path text to instances and
// sockets. Kernel-free.
#pragma once

#include "platforms/checked_platform.hpp"
#include "platforms/overrides.hpp"
#include "platforms/path.hpp"

namespace strata::platforms {

class expansion {
public:
  /// Expands `source` (which must outlive this). Problems go to `problems`, and what can be expanded is.
  expansion(const netlist& source, base::diagnostics& problems);

  /// Sets parameters: those of the netlist, then `overrides`; each must match something.
  void set_parameters(const std::vector<parameter_override>& overrides);
  /// Sets one parameter of one instance; what is wrong with it goes to the problems.
  void set(instance& i, const std::string& name, const parameter_override& from);
  std::vector<instance>& instances() { return m_instances; }

  /// An assembly in place: the platform itself, or one device.
  struct scope {
    std::string path;
    const assembly* content;
    const device* structure; ///< null for the platform
    std::vector<array_position> positions;
    struct member {
      const module_entry* entry;
      bool is_device;
      std::vector<std::size_t> elements; ///< indices of scopes or instances; empty where the entry is in error
    };
    std::vector<member> members;
  };
  const std::vector<scope>& scopes() const { return m_scopes; }

  /// What a path names: a device, a component, or a component's socket.
  struct target {
    bool is_device;
    std::size_t id; ///< index of scope or instance
    std::string socket;
  };
  /// In declaration order. Throws path_error.
  std::vector<target> find(std::size_t from, const std::string& path) const;
  /// Sockets that a binding's endpoint names; into devices only through their ports. Throws path_error.
  std::vector<socket_reference> sockets(std::size_t from, const std::string& endpoint) const;

private:
  using steps = std::vector<path_step>;
  std::size_t add_scope(std::string path, const assembly& content, const device* structure,
                        std::vector<array_position> positions);
  std::size_t add_instance(std::string path, const module_entry& m, const component_type& type,
                           std::vector<array_position> positions);
  const scope::member& member(const scope& s, const path_step& step) const;
  std::vector<std::size_t> elements(const scope& s, const path_step& step) const;
  std::vector<target> find(std::size_t from, const steps& path, std::size_t at) const;
  std::vector<socket_reference> sockets(std::size_t from, const steps& path, std::size_t at) const;
  std::vector<socket_reference> component_sockets(std::size_t instance, const path_step& step) const;

  base::diagnostics& m_problems;
  std::vector<instance> m_instances;
  std::vector<scope> m_scopes;
  std::vector<parameter_override> m_from_netlist; ///< of device modules, innermost first
  std::vector<const module_entry*> m_entries;     ///< by instance
};

} // namespace strata::platforms
