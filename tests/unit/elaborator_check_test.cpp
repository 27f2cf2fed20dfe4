// SPDX-License-Identifier: Apache-2.0
// What check() makes of sound netlists: overrides, `extends`, folding decisions, routes, traffic's view, descriptions.
#include "platforms/describe.hpp"
#include "platforms/document.hpp"
#include "platforms/elaborator.hpp"
#include "platforms/path.hpp"
#include "platforms/search_path.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace strata::platforms {
namespace {

using testing::HasSubstr;

netlist shipped(const std::string& name) { return load_netlist(find_platform(name)); }

checked_platform dgx(const std::vector<std::string>& sets = {}, bool symmetry = true) {
  std::vector<parameter_override> overrides;
  for (const auto& s : sets)
    overrides.push_back(parse_override(s));
  check_options options;
  options.symmetry = symmetry;
  return check(shipped("dgx_h100"), overrides, options);
}

const instance& at(const checked_platform& p, const std::string& path) {
  for (const instance& i : p.instances)
    if (i.path == path)
      return i;
  throw std::out_of_range(path);
}

std::string value(const checked_platform& p, const std::string& path, const std::string& parameter) {
  for (const effective_parameter& e : at(p, path).parameters)
    if (e.name == parameter)
      return e.value;
  throw std::out_of_range(path + "." + parameter);
}

/// "socket[index]" by which `from` sends to `address`, "" where it has no route.
std::string way(const checked_platform& p, const std::string& from, std::uint64_t address) {
  for (const route& r : p.routes)
    if (p.instances[r.instance].path == from && r.range.contains(address))
      return r.socket + "[" + std::to_string(r.index) + "]";
  return "";
}

std::size_t simulated(const checked_platform& p) {
  return static_cast<std::size_t>(
      std::count_if(p.instances.begin(), p.instances.end(), [](const instance& i) { return i.simulated; }));
}

TEST(paths, globs_stay_within_a_level) {
  EXPECT_TRUE(matches("gpu[*].hbm.capacity", "gpu[3].hbm.capacity"));
  EXPECT_TRUE(matches("*.core.launch_latency", "gpu[3].core.launch_latency"));
  EXPECT_TRUE(matches("gpu[1*].*.*_rate", "gpu[12].core.bf16_rate"));
  EXPECT_FALSE(matches("*.launch_latency", "gpu[3].core.launch_latency"));
  EXPECT_FALSE(matches("gpu[3].hbm", "gpu[3].hbm.capacity"));
  EXPECT_FALSE(matches("gpu[*", "gpu.x"));
  EXPECT_TRUE(matches("*", ""));
}

TEST(paths, parts_and_their_errors) {
  const auto steps = parse_path("gpu[*].core.memory[1..4]");
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(chosen_indices(steps[0], 3, true, ""), (std::vector<unsigned>{0, 1, 2}));
  EXPECT_EQ(chosen_indices(steps[2], 5, true, ""), (std::vector<unsigned>{1, 2, 3, 4}));
  EXPECT_THROW(chosen_indices(steps[2], 4, true, ""), path_error);
  for (const char* wrong : {"", "a..b", "a[", "a[x]", "a[3..1]", "a[1]b", "a[1.b"})
    EXPECT_THROW(parse_path(wrong), path_error) << wrong;
}

TEST(documents, maps_merge_and_parameter_values_replace) {
  const document_node under = parse_document("{a: {x: 1, y: {value: 2, source: s}}, l: [1, 2]}", "under");
  const document_node over = parse_document("{a: {y: {value: 3}, z: 4}, l: [5]}", "over");
  const document_node result = merged(under, over);
  EXPECT_EQ(result.find("a")->find("x")->text, "1");
  EXPECT_EQ(result.find("a")->find("y")->find("value")->text, "3");
  EXPECT_EQ(result.find("a")->find("y")->find("source"), nullptr);
  EXPECT_EQ(result.find("a")->find("z")->where.file, "over");
  EXPECT_EQ(result.find("l")->items.size(), 1u);
}

TEST(check, json_is_a_netlist_too) {
  const netlist n = parse_netlist(R"({"platform": "j", "modules": {"m": {"type": "sram_tile",
    "parameters": {"capacity": "1 MiB"}}}, "bindings": []})", "j.json");
  EXPECT_EQ(n.modules.at(0).parameters.at(0).where.line, 2);
}

TEST(check, a_platform_extends_another) {
  const netlist n = parse_netlist("platform: mine\nextends: dgx_h100\nmodules:\n"
                                  "  gpu: {parameters: {hbm.capacity: {value: 96 GB, source: a wish, confidence: estimate}}}\n",
                                  "mine.yaml");
  const checked_platform p = check(n);
  EXPECT_EQ(p.name, "mine");
  for (int k = 0; k < 8; ++k)
    EXPECT_EQ(value(p, "platform.gpu[" + std::to_string(k) + "].hbm", "capacity"), "96 GB");
  EXPECT_EQ(p.view.devices.at(0).at(0).memories.at(0).capacity, 96'000'000'000u);
}

TEST(check, overrides_reach_one_element_or_all_and_later_ones_win) {
  const checked_platform p = dgx({"gpu[*].hbm.capacity=96 GB", "platform.gpu[3].hbm.capacity=64 GB",
                                  "*.core.launch_latency=1 us"});
  EXPECT_EQ(value(p, "platform.gpu[2].hbm", "capacity"), "96 GB");
  EXPECT_EQ(value(p, "platform.gpu[3].hbm", "capacity"), "64 GB");
  EXPECT_EQ(value(p, "platform.gpu[7].core", "launch_latency"), "1 us");
  for (const auto& e : at(p, "platform.gpu[3].hbm").parameters) {
    if (e.name == "capacity") {
      EXPECT_EQ(e.source, "--set");
    }
  }
}

TEST(check, every_shipped_number_has_a_source) {
  for (const std::string& name : shipped_platforms()) {
    const checked_platform p = check(shipped(name));
    for (const instance& i : p.instances)
      for (const effective_parameter& e : i.parameters) {
        if (e.unit != "text") { // names need none
          EXPECT_FALSE(e.source.empty()) << name << ": " << i.path << "." << e.name;
        }
      }
  }
}

TEST(folding, equal_tensor_ranks_are_one_and_the_switch_counts_all_ports) {
  const checked_platform p = dgx();
  EXPECT_EQ(p.instances.size(), 8u * 4 + 2);
  EXPECT_EQ(simulated(p), 6u);
  for (const char* kept : {"platform.gpu[0].core", "platform.gpu[0].hbm", "platform.pcie[0]", "platform.nvlink[0]"}) {
    EXPECT_TRUE(at(p, kept).simulated) << kept;
    EXPECT_EQ(at(p, kept).represents, 8u) << kept;
    EXPECT_EQ(at(p, kept).port_represents, 1u) << kept;
  }
  EXPECT_EQ(at(p, "platform.nvswitch").represents, 1u);
  EXPECT_EQ(at(p, "platform.nvswitch").port_represents, 8u);
  EXPECT_EQ(at(p, "platform.host").port_represents, 1u);
  const traffic::device_view& d = p.view.devices.at(0).at(0);
  EXPECT_EQ(p.view.devices.at(0).size(), 1u);
  EXPECT_EQ(p.view.tensor_ranks, 8u);
  EXPECT_EQ(d.represents, 8u);
  EXPECT_DOUBLE_EQ(d.memories.at(0).bandwidth, 3.35e12);
}

TEST(folding, no_symmetry_simulates_all) {
  const checked_platform p = dgx({}, false);
  EXPECT_EQ(simulated(p), p.instances.size());
  EXPECT_EQ(p.view.devices.at(0).size(), 8u);
  EXPECT_EQ(p.view.devices[0][5].represents, 1u);
}

TEST(folding, one_different_element_unfolds_all_and_says_why) {
  for (const char* difference : {"gpu[3].hbm.capacity=64 GB", "nvlink[5].latency=1 us", "pcie[7].lanes=8"}) {
    const checked_platform p = dgx({difference});
    EXPECT_EQ(simulated(p), p.instances.size()) << difference;
    ASSERT_EQ(p.folding_notes.size(), 1u);
    EXPECT_THAT(p.folding_notes[0], HasSubstr("is simulated in full"));
    EXPECT_THAT(p.folding_notes[0], HasSubstr("differs from [0]"));
  }
}

TEST(folding, pipeline_stages_stay_apart) {
  const checked_platform p = dgx({"serving.tensor=4", "serving.pipeline=2"});
  ASSERT_EQ(p.view.devices.size(), 2u);
  EXPECT_EQ(p.view.devices[0].at(0).name, "platform.gpu[0].core");
  EXPECT_EQ(p.view.devices[1].at(0).name, "platform.gpu[4].core");
  EXPECT_EQ(at(p, "platform.nvlink[4]").represents, 4u);
  EXPECT_FALSE(at(p, "platform.nvlink[5]").simulated);
  EXPECT_EQ(at(p, "platform.nvswitch").port_represents, 4u);
  // A difference between stages is none within a block.
  EXPECT_EQ(dgx({"serving.tensor=4", "serving.pipeline=2", "gpu[4].hbm.capacity=64 GB"}).folded.size(), 0u);
  EXPECT_EQ(dgx({"serving.tensor=4", "serving.pipeline=2", "gpu[4].hbm.capacity=64 GB", "gpu[5].hbm.capacity=64 GB",
                 "gpu[6].hbm.capacity=64 GB", "gpu[7].hbm.capacity=64 GB"}).folded.size(), 3u);
}

TEST(folding, crossed_links_are_not_symmetric) {
  netlist n = shipped("dgx_h100");
  for (binding_entry& b : n.bindings)
    if (b.a == "gpu[*].fabric") {
      b.a = "gpu[0].fabric";
      b.b = "nvlink[1].a";
    }
  n.bindings.push_back({"gpu[1].fabric", "nvlink[0].a", {}});
  n.bindings.push_back({"gpu[2..7].fabric", "nvlink[2..7].a", {}});
  const checked_platform p = check(n);
  EXPECT_EQ(simulated(p), p.instances.size());
}

TEST(folding, interleaved_memories_are_one_with_the_bandwidth_of_all) {
  const checked_platform p = check(shipped("agentic_dram"));
  EXPECT_EQ(at(p, "platform.expander[0]").represents, 4u);
  EXPECT_EQ(at(p, "platform.cxl[0]").represents, 4u);
  EXPECT_FALSE(at(p, "platform.expander[1]").simulated);
  EXPECT_EQ(at(p, "platform.core").represents, 1u);
  const traffic::memory_view& m = p.view.devices.at(0).at(0).memories.at(1);
  EXPECT_EQ(m.ways, 4u);
  EXPECT_EQ(m.bases, (std::vector<std::uint64_t>{0x200'0000'0000}));
  EXPECT_EQ(m.capacity, 4 * 256'000'000'000u);
  check_options all;
  all.symmetry = false;
  const checked_platform q = check(shipped("agentic_dram"), {}, all);
  const traffic::memory_view& unfolded = q.view.devices.at(0).at(0).memories.at(1);
  EXPECT_EQ(unfolded.bases.size(), 4u);
  EXPECT_DOUBLE_EQ(unfolded.bandwidth, m.bandwidth);
  EXPECT_EQ(way(q, "platform.core", unfolded.bases[2]), "memory[3]");
}

TEST(routing, shortest_then_widest) {
  const checked_platform p = dgx({}, false);
  const auto& devices = p.view.devices.at(0);
  EXPECT_EQ(way(p, "platform.gpu[2].core", devices[2].memories[0].bases[0]), "memory[0]");
  EXPECT_EQ(way(p, "platform.gpu[2].core", devices[5].inbox), "fabric[0]");
  EXPECT_EQ(way(p, "platform.gpu[2].core", devices[5].memories[0].bases[0]), "fabric[0]"); // as far over PCIe, but wider
  EXPECT_EQ(way(p, "platform.gpu[2].core", mailbox.base), "host[0]");
  EXPECT_EQ(way(p, "platform.gpu[2].core", p.view.host_control), "host[0]");
  EXPECT_EQ(way(p, "platform.gpu[2].core", devices[2].inbox), ""); // its own
  EXPECT_EQ(way(p, "platform.host", devices[5].control), "port[5]");
  EXPECT_EQ(way(p, "platform.host", mailbox.base), "driver[0]");
  EXPECT_EQ(way(p, "platform.nvswitch", devices[5].inbox), "port[5]");
}

TEST(routing, a_folded_device_reaches_its_peers_at_its_own_addresses) {
  const checked_platform p = dgx();
  const traffic::device_view& d = p.view.devices.at(0).at(0);
  EXPECT_EQ(way(p, "platform.gpu[0].core", d.inbox), "fabric[0]");
  EXPECT_EQ(way(p, "platform.nvswitch", d.inbox), "port[0]");
  EXPECT_EQ(way(p, "platform.gpu[0].core", d.memories[0].bases[0]), "memory[0]");
}

TEST(describe, a_platform_prints_values_sources_and_what_symmetry_did) {
  const checked_platform p = dgx({"gpu[3].hbm.capacity=64 GB"});
  const std::string text = platform_text(p);
  EXPECT_THAT(text, HasSubstr("platform.gpu[*].core: compute_core, 8 alike"));
  EXPECT_THAT(text, HasSubstr("platform.gpu[3].hbm: dram_controller\n"));
  EXPECT_THAT(text, HasSubstr("NVIDIA H100 L2"));
  EXPECT_THAT(text, HasSubstr("is simulated in full"));
  EXPECT_THAT(text, HasSubstr("platform.gpu[6].hbm, platform.gpu[7].hbm: dram_controller, 7 alike"));
  EXPECT_THAT(platform_markdown(p), HasSubstr("| 0x10000000 | 4.096 kB"));
}

TEST(describe, a_datasheet_names_every_socket_parameter_and_meter) {
  for (const component_type& t : component_table()) {
    const std::string sheet = datasheet_markdown(t);
    EXPECT_EQ(sheet.substr(0, 2), "# ");
    const auto config = t.make_config();
    std::string plain;
    for (const char c : sheet)
      if (c != '\\')
        plain += c;
    for (const auto& p : config->parameters().all())
      EXPECT_THAT(plain, HasSubstr("| " + p.name + " |"));
    for (const auto& s : t.description->sockets)
      EXPECT_THAT(plain, HasSubstr("| " + s.name + " |"));
    for (const auto& m : t.description->meters)
      EXPECT_THAT(sheet, HasSubstr(m.unit));
    EXPECT_THAT(plain, HasSubstr("## Accuracy"));
  }
}

TEST(search_path, environment_first_and_unknown_names_list_what_is_shipped) {
  EXPECT_THAT(shipped_platforms(), testing::IsSupersetOf({"agentic_dram", "cs3_llama70b", "dgx_h100", "h100"}));
  try {
    find_platform("dgx_h10");
    FAIL();
  } catch (const base::input_error& e) {
    EXPECT_THAT(e.what(), HasSubstr("did you mean 'dgx_h100'?"));
  }
}

} // namespace
} // namespace strata::platforms
