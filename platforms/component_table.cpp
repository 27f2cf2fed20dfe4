// SPDX-License-Identifier: Apache-2.0
// Binds every model class to its name.
#include "platforms/component_table.hpp"

#include "models/core/compute_core.hpp"
#include "models/dma/copy_engine.hpp"
#include "models/dram/dram_controller.hpp"
#include "models/fabric/wafer_mesh.hpp"
#include "models/flash/flash_drive.hpp"
#include "models/host/host_cpu.hpp"
#include "models/link/serial_link.hpp"
#include "models/probe/monitor.hpp"
#include "models/sram/sram_tile.hpp"
#include "models/switch/crossbar_switch.hpp"

#include <type_traits>

namespace strata::platforms {
namespace {

template <class Config>
class has_validate {
  template <class C>
  static auto test(const C& c) -> decltype(c.validate(), std::true_type());
  static std::false_type test(...);

public:
  static constexpr bool value = decltype(test(std::declval<Config>()))::value;
};

// Address space that a config's component serves. Components without any are covered by the first one.
template <class Config>
std::optional<std::uint64_t> window_of(const Config&, const std::string&) {
  return std::nullopt;
}
std::optional<std::uint64_t> window_of(const dram::dram_config& c, const std::string&) {
  return c.capacity_bytes();
}
std::optional<std::uint64_t> window_of(const sram::sram_config& c, const std::string&) {
  return static_cast<std::uint64_t>(c.capacity.value());
}
std::optional<std::uint64_t> window_of(const flash::flash_config& c, const std::string&) { return c.capacity_bytes(); }
std::optional<std::uint64_t> window_of(const dma::copy_engine::config&, const std::string& socket) {
  if (socket.empty())
    return dma::registers::window_bytes;
  return std::nullopt;
}
std::optional<std::uint64_t> window_of(const core::core_config&, const std::string& socket) {
  if (socket == "host")
    return core::registers::window_bytes;
  if (socket == "fabric")
    return core::inbox_bytes;
  return std::nullopt;
}
std::optional<std::uint64_t> window_of(const host::host_cpu::config&, const std::string& socket) {
  if (socket == "driver")
    return host::registers::window_bytes;
  return std::nullopt;
}

std::optional<std::uint64_t> window_of(const switching::crossbar_switch::config& c, const std::string& socket) {
  if (socket.empty() && c.multicast_share > 0)
    return switching::multicast::window_bytes;
  return std::nullopt;
}

// B/s that can pass; 0 = no limit of its own.
template <class Config>
double bandwidth_of(const Config&) {
  return 0;
}
double bandwidth_of(const dram::dram_config& c) { return c.peak_bandwidth(); }
double bandwidth_of(const sram::sram_config& c) { return c.peak_bandwidth(false); }
double bandwidth_of(const flash::flash_config& c) { return c.bandwidth(false); }
double bandwidth_of(const link::serial_link::config& c) {
  return base::flow_channel(link::serial_link::direction(c)).payload_bandwidth();
}
double bandwidth_of(const switching::crossbar_switch::config& c) { return c.port_bandwidth.value(); }
double bandwidth_of(const fabric::wafer_mesh::config& c) { return fabric::mesh_paths(c.paths).edge_bandwidth().value(); }
double bandwidth_of(const host::host_cpu::config& c) { return c.port_bandwidth.value(); }

// Time to pass through, serialisation excluded.
template <class Config>
base::duration latency_of(const Config&) {
  return {};
}
base::duration latency_of(const link::serial_link::config& c) { return link::serial_link::direction(c).latency; }
base::duration latency_of(const switching::crossbar_switch::config& c) { return c.latency; }

template <class Model>
class typed_config final : public config_holder<typename Model::config> {
public:
  typed_config() { this->value.parameters(this->m_parameters); }
  void validate() const override {
    if constexpr (has_validate<typename Model::config>::value)
      this->value.validate();
  }
  std::optional<std::uint64_t> window(const std::string& socket) const override { return window_of(this->value, socket); }
  double bandwidth() const override { return bandwidth_of(this->value); }
  base::duration latency() const override { return latency_of(this->value); }
  std::unique_ptr<base::component> construct(const std::string& name) const override {
    return std::make_unique<Model>(name.c_str(), this->value);
  }
};

template <class Model>
component_type row() {
  // An inherited add_route is the base's, which refuses.
  constexpr bool decodes = !std::is_same_v<decltype(&Model::add_route), decltype(&base::component::add_route)>;
  return {&Model::describe(), decodes, [] { return std::unique_ptr<component_config>(new typed_config<Model>); }};
}

} // namespace

const std::vector<component_type>& component_table() {
  static const std::vector<component_type> table{
      row<core::compute_core>(),
      row<dram::dram_controller>(),
      row<sram::sram_tile>(),
      row<flash::flash_drive>(),
      row<dma::copy_engine>(),
      row<link::serial_link>(),
      row<switching::crossbar_switch>(),
      row<fabric::wafer_mesh>(),
      row<host::host_cpu>(),
      row<probe::monitor>(),
  };
  return table;
}

const component_type* find_component_type(const std::string& name) {
  for (const component_type& t : component_table())
    if (t.description->type == name)
      return &t;
  return nullptr;
}

std::vector<std::string> component_type_names() {
  std::vector<std::string> names;
  for (const component_type& t : component_table())
    names.push_back(t.description->type);
  return names;
}

} // namespace strata::platforms
