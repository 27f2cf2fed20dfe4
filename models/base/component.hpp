// SPDX-License-Identifier: Apache-2.0
// What every Strata model is besides an sc_module: something with sockets that a netlist can bind, meters that a
// report can read, and a static description from which validation, `strata describe` and datasheets are made.
#pragma once

#include "models/base/systemc.hpp"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace strata::base {

/// Counts what a component did. Energy is amount * joules_per_unit; utilisation is busy_s over elapsed time, or
/// amount over peak_per_s * elapsed where busy time is not tracked. Amounts are doubles because step fidelity
/// replays fractions of simulated steps.
struct meter {
  std::string name;        ///< e.g. "read", unique in the component
  std::string unit;        ///< "B", "FLOP", "1"
  std::string level;       ///< energy level it reports under, e.g. "hbm", "sram", "nvlink", "compute"
  std::string description;
  double joules_per_unit = 0;
  double peak_per_s = 0;   ///< 0 = no limit of its own
  double amount = 0;
  double busy_s = 0;
  double per_s = 0;        ///< what time alone adds to the amount; reports add it, whatever part of the time is simulated
};

enum class socket_kind { initiator, target, duplex };

/// A socket as a netlist sees it. A duplex port is a target and an initiator socket bound together.
struct socket_description {
  std::string name;
  socket_kind kind;
  std::string count;   ///< "1", or the name of the integer parameter that sets how many there are
  bool required;       ///< an unbound one is an error
  std::string description;
};

struct meter_description {
  std::string name;
  std::string unit;
  std::string description;
};

/// Static facts of a model class; the source of its datasheet.
struct component_description {
  std::string type;                          ///< name in netlists
  std::string summary;                       ///< one sentence
  std::vector<socket_description> sockets;
  std::vector<meter_description> meters;
  bool forwards = false;                     ///< passes requests from any socket on to any other by address
  std::string timing;                        ///< how latency and bandwidth come about, in prose
  std::vector<std::string> not_modelled;
  std::string accuracy;                      ///< against what data, how close
};

using target_socket_base = tlm::tlm_base_target_socket_b<64, tlm::tlm_fw_transport_if<>, tlm::tlm_bw_transport_if<>>;

/// Half-open range of the platform's address map.
struct address_range {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
  bool contains(std::uint64_t address) const { return address - base < size; }
};

/// Base of every model. Construction: T(sc_module_name, const T::config&).
class component {
public:
  virtual ~component() = default;
  component() = default;
  component(const component&) = delete;
  component& operator=(const component&) = delete;

  /// Hierarchical name, the same in netlist, logs, statistics and traces.
  virtual std::string path() const = 0;

  /// Sockets by name and index; a duplex port appears in both.
  struct initiator_entry {
    std::string name;
    unsigned index;
    std::function<void(target_socket_base&)> bind;
  };
  struct target_entry {
    std::string name;
    unsigned index;
    target_socket_base* socket;
  };
  const std::vector<initiator_entry>& initiators() const { return m_initiators; }
  const std::vector<target_entry>& targets() const { return m_targets; }

  /// Sends requests to `range` out of initiator socket `name[index]`. Only for components that decode addresses.
  virtual void add_route(const address_range& range, const std::string& name, unsigned index);
  /// First address of what target socket `name` serves. Only for components that are themselves addressed.
  virtual void set_base(const std::string& name, std::uint64_t address);

  const std::deque<meter>& meters() const { return m_meters; }
  std::deque<meter>& meters() { return m_meters; }
  /// Power drawn whether or not anything happens.
  power static_power() const { return m_static_power; }

  /// Physical units that this instance stands for (symmetry); reports multiply by it.
  unsigned represents = 1;
  /// Equal neighbours that the traffic seen here stands for, where symmetry folds all neighbours of a component that is
  /// itself single (a switch): reports multiply its meters, but not its static power, by it as well.
  unsigned port_represents = 1;

protected:
  meter& add_meter(meter m);
  void set_static_power(power p) { m_static_power = p; }
  template <class Socket>
  void expose_initiator(std::string name, unsigned index, Socket& socket) {
    m_initiators.push_back({std::move(name), index, [&socket](target_socket_base& t) { socket.bind(t); }});
  }
  void expose_target(std::string name, unsigned index, target_socket_base& socket) {
    m_targets.push_back({std::move(name), index, &socket});
  }

private:
  std::vector<initiator_entry> m_initiators;
  std::vector<target_entry> m_targets;
  std::deque<meter> m_meters; ///< deque: models keep references
  power m_static_power;
};

} // namespace strata::base
