// SPDX-License-Identifier: Apache-2.0
// The shipped link and switch technologies: every parameter exists, is in range and says where it comes from, and
// the bandwidth that results is the published one less packet overhead.
#include "models/link/serial_link.hpp"
#include "models/switch/crossbar_switch.hpp"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <map>

namespace {

using namespace strata;

YAML::Node technology(const std::string& name) {
  return YAML::LoadFile(std::string(STRATA_SOURCE_DIR "/platforms/technology/") + name + ".yaml");
}

/// Sets `config` from the technology and those it extends.
template <class Config>
void overlay(const std::string& name, Config& config) {
  const YAML::Node file = technology(name);
  EXPECT_EQ(file["technology"].as<std::string>(), name);
  if (file["extends"])
    overlay(file["extends"].as<std::string>(), config);
  base::parameter_list list;
  config.parameters(list);
  for (const auto& entry : file["parameters"]) {
    const auto key = entry.first.as<std::string>();
    const base::parameter* p = list.find(key);
    ASSERT_NE(p, nullptr) << name << ": " << key;
    if (entry.second.IsMap()) {
      EXPECT_FALSE(entry.second["source"].as<std::string>().empty()) << name << ": " << key;
      EXPECT_FALSE(entry.second["confidence"].as<std::string>().empty()) << name << ": " << key;
      EXPECT_NO_THROW(p->set(entry.second["value"].as<std::string>())) << name << ": " << key;
    } else {
      EXPECT_EQ(key, "level") << name << ": a figure without a source";
      p->set(entry.second.as<std::string>());
    }
  }
}

// Raw rates per direction in B/s, as published.
TEST(link_technology, bandwidths_are_the_published_ones_less_packet_overhead) {
  const std::map<std::string, double> published{
      {"nvlink4_x18", 450e9}, {"nvlink5_x18", 900e9}, {"nvlink_c2c", 450e9}, {"pcie4_x16", 32e9},
      {"pcie5_x16", 64e9},    {"cxl2_x8", 32e9},      {"cxl3_x16", 128e9},   {"ethernet_12x100g", 150e9},
      {"swarmx", 150e9},      {"infiniband_ndr", 50e9}};
  for (const auto& [name, raw] : published) {
    link::serial_link::config c;
    c.level.clear();
    overlay(name, c);
    EXPECT_NEAR(base::to_bytes(c.lane_rate).value() * c.lanes, raw, raw * 1e-9) << name;
    const double payload = base::flow_channel(link::serial_link::direction(c)).payload_bandwidth();
    EXPECT_LT(payload, raw) << name;
    EXPECT_GT(payload, 0.7 * raw) << name;
    EXPECT_FALSE(c.level.empty()) << name;
  }
}

TEST(link_technology, switch_ports_are_as_wide_as_their_links) {
  for (const auto& [name, rate] : std::map<std::string, double>{{"nvlink4_switch", 450e9}, {"nvlink5_switch", 900e9}}) {
    switching::crossbar_switch::config c;
    overlay(name, c);
    EXPECT_DOUBLE_EQ(c.port_bandwidth.value(), rate);
  }
}

TEST(link_technology, the_default_link_is_pcie5_x16) {
  link::serial_link::config shipped;
  const double before = base::flow_channel(link::serial_link::direction(shipped)).payload_bandwidth();
  overlay("pcie5_x16", shipped);
  EXPECT_NEAR(base::flow_channel(link::serial_link::direction(shipped)).payload_bandwidth(), before, before * 1e-9);
  EXPECT_DOUBLE_EQ(shipped.latency.value(), link::serial_link::config().latency.value());
}

} // namespace
