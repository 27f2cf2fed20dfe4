// SPDX-License-Identifier: Apache-2.0
// From a netlist to a simulated platform: check() validates everything without a SystemC kernel, elaborate()
// constructs, binds, maps and routes what it was given.
#pragma once

#include "models/probe/monitor.hpp"
#include "platforms/checked_platform.hpp"
#include "platforms/overrides.hpp"

#include <memory>
#include <vector>

namespace strata::platforms {

struct check_options {
  bool symmetry = true; ///< false: simulate every element of every array
};

/// Checks `source` with `overrides` applied. Throws base::input_error with every problem found.
checked_platform check(const netlist& source, const std::vector<parameter_override>& overrides = {},
                       const check_options& options = {});

struct elaboration_options {
  bool check_protocol = false; ///< a protocol checker on every binding
  bool monitor = false;        ///< a monitor on every binding
};

/// The modules of a platform, constructed and bound. One per process and simulation.
class platform {
public:
  struct element {
    const instance* checked; ///< path, type, effective parameters
    base::component* component;
  };
  /// Simulated components in the order of the netlist.
  const std::vector<element>& elements() const { return m_elements; }
  struct watched_binding {
    std::string from, to; ///< paths of the components
    probe::monitor* monitor;
  };
  /// In the order of binding; none unless asked for.
  const std::vector<watched_binding>& monitors() const { return m_monitors; }
  const checked_platform& checked() const { return m_checked; }
  const traffic::platform_view& view() const { return m_checked.view; }

  /// Binds the software's initiator sockets to the driver sockets, one for each pool, and a driver, where it is duplex, to
  /// the software's target socket of the same place (its mailbox). Throws std::logic_error for a platform without a serving section.
  void bind_driver(base::component& software);

  ~platform();
  platform(const platform&) = delete;
  platform& operator=(const platform&) = delete;

private:
  friend std::unique_ptr<platform> elaborate(checked_platform checked, const elaboration_options& options);
  platform(checked_platform checked, const elaboration_options& options);
  struct scope;
  base::component* of(std::size_t instance) const;
  void bind(base::component& from, const std::string& out, unsigned out_index, base::component& to, const std::string& in,
            unsigned in_index);
  void connect();
  void map_and_route();

  checked_platform m_checked;
  elaboration_options m_options;
  std::unique_ptr<scope> m_root;
  std::vector<base::component*> m_by_instance; ///< null where symmetry left it out
  std::vector<element> m_elements;
  std::vector<std::unique_ptr<base::component>> m_probes;
  std::vector<watched_binding> m_monitors;
};

/// Constructs `checked` in the current simulation context.
std::unique_ptr<platform> elaborate(checked_platform checked, const elaboration_options& options = {});

} // namespace strata::platforms
