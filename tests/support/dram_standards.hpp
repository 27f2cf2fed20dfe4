// SPDX-License-Identifier: Apache-2.0
// The shipped DRAM technologies, as their files are read, for tests that hold for every one of them.
#pragma once

#include "models/base/diagnostic.hpp"
#include "models/dram/config.hpp"
#include "platforms/document.hpp"
#include "platforms/expansion.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace strata::test {

struct dram_standard {
  std::string name;
  dram::dram_config config;
};
inline std::ostream& operator<<(std::ostream& o, const dram_standard& s) { return o << s.name; }

/// One (pseudo) channel of `c` by itself: same rows, no controller latency, no hash.
inline dram::dram_config one_channel(dram::dram_config c) {
  const auto rows = static_cast<double>(c.rows());
  c.channels = c.pseudo_channels = 1;
  c.capacity = base::bytes::of(rows * c.banks() * c.row_bytes.value());
  c.controller_latency = {};
  c.bank_hash = false;
  return c;
}

/// Every technology of type dram_controller, sorted by name. Throws base::input_error where one does not fit.
inline std::vector<dram_standard> dram_standards() {
  std::vector<dram_standard> all;
  for (const auto& entry : std::filesystem::directory_iterator(STRATA_SOURCE_DIR "/platforms/technology")) {
    const std::string file = entry.path().string();
    const auto netlist = platforms::parse_netlist("{platform: one, modules: {it: {extends: \"" + file + "\"}}}", file);
    base::diagnostics problems;
    platforms::expansion expanded(netlist, problems);
    expanded.set_parameters({});
    problems.throw_if_any();
    if (const auto* dram = expanded.instances().front().config->as<dram::dram_config>()) {
      dram->validate();
      all.push_back({entry.path().stem().string(), *dram});
    }
  }
  std::sort(all.begin(), all.end(), [](const dram_standard& a, const dram_standard& b) { return a.name < b.name; });
  return all;
}

} // namespace strata::test
