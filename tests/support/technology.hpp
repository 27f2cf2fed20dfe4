// SPDX-License-Identifier: Apache-2.0
// Shipped technology files as configs, read without the netlist code.
#pragma once

#include "models/base/parameter.hpp"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace strata::tests {

inline YAML::Node technology(const std::string& name) {
  return YAML::LoadFile(std::string(STRATA_SOURCE_DIR "/platforms/technology/") + name + ".yaml");
}

/// Names of the shipped technologies of a component type, sorted.
inline std::vector<std::string> technologies_of(const std::string& type) {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(STRATA_SOURCE_DIR "/platforms/technology")) {
    YAML::Node node = YAML::LoadFile(file.path().string());
    while (node["extends"] && !node["type"])
      node = technology(node["extends"].as<std::string>());
    if (node["type"].as<std::string>() == type)
      names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
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

} // namespace strata::tests
