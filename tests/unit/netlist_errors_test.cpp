// SPDX-License-Identifier: Apache-2.0
// Deliberately broken netlists: each must be refused with one message that names the line and what was expected.
#include "platforms/elaborator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace strata::platforms {
namespace {

/// A sound platform whose lines the cases replace. Line numbers count from the first line below.
const char* const sound = R"(platform: small
summary: a core, a memory, a host
modules:
  host: {type: host_cpu, parameters: {ports: 1}}
  wire: {type: serial_link}
  core: {type: compute_core, parameters: {bf16_rate: 10 TFLOPS, fabric_ports: 0}}
  ram: {type: sram_tile, parameters: {capacity: 1 MiB}}
bindings:
  - [host.port, wire.a]
  - [wire.b, core.host]
  - [core.memory, ram.port]
address_map:
  - {target: host.driver, base: 0x1000}
  - {target: core.host, base: 0x1000_0000}
  - {target: ram, base: 0x2000_0000_0000}
serving:
  driver: host.driver
  scheduler: host
  devices: core
  memories: [ram]
)";

struct broken {
  const char* name;
  std::string from, to;  ///< text replaced in the sound netlist
  std::string message;   ///< the whole message, or its beginning where it ends in "..."
};

std::string replaced(const broken& b) {
  std::string text = sound;
  const auto at = text.find(b.from);
  EXPECT_NE(at, std::string::npos) << b.from;
  return text.replace(at, b.from.size(), b.to);
}

class broken_netlist : public testing::TestWithParam<broken> {};

TEST_P(broken_netlist, is_refused_with_its_line) {
  const broken& b = GetParam();
  try {
    check(parse_netlist(replaced(b), "small.yaml"));
    FAIL() << "accepted";
  } catch (const base::input_error& e) {
    std::string all = e.what();
    std::string expected = b.message;
    if (expected.size() > 3 && expected.substr(expected.size() - 3) == "...") {
      expected.erase(expected.size() - 3);
      all = all.substr(0, expected.size());
    } else {
      EXPECT_EQ(e.problems().size(), 1u);
    }
    EXPECT_EQ(all, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(
    table, broken_netlist,
    testing::Values(
        broken{"syntax", "summary: a", "summary: [a", "small.yaml:3: not readable as YAML: ..."},
        broken{"repeated_key", "  wire: {", "  host: {type: host_cpu}\n  wire: {", "small.yaml:5: key 'host' is given twice"},
        broken{"unknown_top_key", "summary:", "sumary:",
               "small.yaml:2: unknown key 'sumary' in a platform (did you mean 'summary'?), expected one of platform, "
               "summary, extends, sizes, modules, bindings, address_map, process, serving, supply, site, costs"},
        broken{"unknown_size", "{type: sram_tile,", "{type: sram_tile, count: $rams,",
               "small.yaml:7: '$rams' is not a size of the platform, expected one that its 'sizes' section names"},
        broken{"unknown_module_key", "ram: {type: sram_tile,", "ram: {type: sram_tile, cuont: 2,",
               "small.yaml:7: unknown key 'cuont' in module 'ram' (did you mean 'count'?), expected one of type, extends, "
               "count, parameters"},
        broken{"no_platform_name", "platform: small\n", "",
               "small.yaml:1: key 'platform' is missing, expected the name of the platform"},
        broken{"neither_type_nor_extends", "wire: {type: serial_link}", "wire: {count: 1}",
               "small.yaml:5: module 'wire' has neither 'type' nor 'extends', expected one of them"},
        broken{"unknown_type", "serial_link", "serial_lnk",
               "small.yaml:5: unknown component type 'serial_lnk' of module 'wire' (did you mean 'serial_link'?), "
               "expected one of compute_core, dram_controller, sram_tile, flash_drive, copy_engine, serial_link, crossbar_switch, wafer_mesh, host_cpu, monitor"},
        broken{"unknown_technology", "{type: serial_link}", "{extends: technology/nvlink99}",
               "small.yaml:5: nothing to extend by the name 'technology/nvlink99', expected a file below ..."},
        broken{"zero_count", "ram: {type: sram_tile,", "ram: {type: sram_tile, count: 0,",
               "small.yaml:7: 'count' is 0, expected 1 .. 65536"},
        broken{"module_name", "  wire: {", "  Wire-1: {",
               "small.yaml:5: 'Wire-1' is not a module name, expected lower-case letters, digits and '_'"},
        broken{"unknown_parameter", "capacity:", "capcity:",
               "small.yaml:7: sram_tile has no parameter 'capcity' (did you mean 'capacity'?); 'strata describe sram_tile' "
               "lists them"},
        broken{"no_unit", "1 MiB", "1048576", "small.yaml:7: parameter 'capacity' of sram_tile: ..."},
        broken{"wrong_dimension", "1 MiB", "1 MB/s", "small.yaml:7: parameter 'capacity' of sram_tile: ..."},
        broken{"out_of_range", "fabric_ports: 0", "fabric_ports: 2", "small.yaml:6: parameter 'fabric_ports' of compute_core: ..."},
        broken{"parameters_disagree", "capacity: 1 MiB", "capacity: 1 MiB, banks: 2, read_words: 4",
               "small.yaml:7: read_words: more than the 2 banks can deliver in a cycle"},
        broken{"confidence", "capacity: 1 MiB", "capacity: {value: 1 MiB, confidence: sure}",
               "small.yaml:7: confidence of 'capacity' is 'sure', expected published, derived, calibrated on FILE or estimate"},
        broken{"range_without_end", "capacity: 1 MiB", "capacity: {value: 1 MiB, low: 1 KiB, confidence: estimate}",
               "small.yaml:7: 'capacity' has 'low', expected both ends of the range, and confidence estimate"},
        broken{"range_of_a_fact", "capacity: 1 MiB", "capacity: {value: 1 MiB, low: 1 KiB, high: 1 GiB, confidence: published}",
               "small.yaml:7: 'capacity' has 'low' and 'high', expected both ends of the range, and confidence estimate"},
        broken{"range_out_of_range", "capacity: 1 MiB", "capacity: {value: 1 MiB, low: 1 s, high: 1 GiB, confidence: estimate}",
               "small.yaml:7: parameter 'capacity' of sram_tile: ..."},
        broken{"parameter_without_value", "capacity: 1 MiB", "capacity: {source: me}",
               "small.yaml:7: parameter 'capacity' has no 'value'"},
        broken{"binding_of_three", "[host.port, wire.a]", "[host.port, wire.a, wire.b]",
               "small.yaml:9: a binding is a list, expected two sockets: [module.socket, module.socket]"},
        broken{"unknown_module_bound", "[host.port, wire.a]", "[hots.port, wire.a]",
               "small.yaml:9: no module 'hots' (did you mean 'host'?), expected one of host, wire, core, ram"},
        broken{"unknown_socket", "core.memory,", "core.memry,",
               "small.yaml:11: compute_core has no socket 'memry' (did you mean 'memory'?), expected one of host, memory, fabric"},
        broken{"absent_socket", "[core.memory, ram.port]", "[core.fabric, ram.port]",
               "small.yaml:11: socket 'fabric' of compute_core is absent: parameter 'fabric_ports' is 0"},
        broken{"socket_index", "core.memory,", "\"core.memory[1]\",",
               "small.yaml:11: index 1 of socket 'memory' of compute_core is out of range, expected 0 .. 0"},
        broken{"index_without_array", "[core.memory, ram.port]", "[core.memory, \"ram[0].port\"]",
               "small.yaml:11: 'ram' is not an array, expected it without an index"},
        broken{"array_without_index", "{type: serial_link}", "{type: serial_link, count: 2}",
               "small.yaml:9: 'wire' is an array of 2, expected an index such as wire[0] or wire[*]..."},
        broken{"socket_array_without_index", "ports: 1}}\n  wire: {type: serial_link}\n", "ports: 2}}\n  wire: {type: serial_link}\n",
               "small.yaml:9: socket 'port' of host_cpu is an array of 2, expected an index such as port[0] or port[*]"},
        broken{"two_targets", "[core.memory, ram.port]", "[ram.port, ram.port]",
               "small.yaml:11: 'ram.port' and 'ram.port' are both target sockets, expected an initiator and a target..."},
        broken{"bound_twice", "  - [core.memory, ram.port]", "  - [core.memory, ram.port]\n  - [core.memory, ram.port]",
               "small.yaml:12: 'platform.core.memory' is bound twice, first at small.yaml:11..."},
        broken{"driver_bound", "  - [core.memory, ram.port]", "  - [core.memory, ram.port]\n  - [host.driver, core.host]",
               "small.yaml:12: 'platform.host.driver' is bound twice, first at the serving section's driver..."},
        broken{"dangling", "  - [core.memory, ram.port]\n", "",
               "small.yaml:6: 'platform.core.memory' is bound to nothing, expected a binding (initiator socket: operand "
               "streams)..."},
        broken{"overlap", "0x2000_0000_0000", "0x1000_0000",
               "small.yaml:15: 'platform.ram' at 0x10000000 + 0x100000 overlaps 'platform.core.host' at 0x10000000 + "
               "0x8100000 (small.yaml:14), expected disjoint address ranges"},
        broken{"mailbox_overlap", "0x2000_0000_0000", "0xFFFF_0000_0000_8000",
               "small.yaml:15: 'platform.ram' at 0xffff000000008000 + 0x100000 overlaps the mailbox, which every platform "
               "has at 0xffff000000000000"},
        broken{"beyond_64_bits", "0x2000_0000_0000", "0xFFFF_FFFF_FFFF_0000",
               "small.yaml:15: 'ram' at 0xffffffffffff0000 ends beyond 64-bit addresses"},
        broken{"mapped_short", "ram, base", "ram, size: 64 KiB, base",
               "small.yaml:15: 'ram' is mapped with 65536 B but serves 1048576 B, expected the same or no 'size'"},
        broken{"not_addressable", "target: ram,", "target: wire,",
               "small.yaml:15: 'wire' has no addresses (serial_link as a whole), expected a memory or a socket with registers..."},
        broken{"core_as_a_whole", "target: core.host,", "target: core,",
               "small.yaml:14: 'core' has no addresses (compute_core as a whole), expected a memory or a socket with "
               "registers: host, fabric"},
        broken{"base_text", "0x2000_0000_0000", "high",
               "small.yaml:15: 'base' is 'high', expected bytes such as 0x1000, 4096 or 64 GiB"},
        broken{"interleave_of_one", "ram, base", "ram, interleave: true, base",
               "small.yaml:15: 'ram' is interleaved, expected an array such as ram[*]"},
        broken{"no_driver", "  driver: host.driver\n", "", "small.yaml:16: the serving section has no 'driver'"},
        broken{"driver_initiator", "driver: host.driver\n", "driver: core.memory\n",
               "small.yaml:17: 'driver' is 'core.memory', expected one duplex or target socket"},
        broken{"device_type", "devices: core", "devices: ram",
               "small.yaml:19: 'devices': 'ram' does not name components that execute commands, expected compute_core"},
        broken{"tensor_count", "devices: core", "devices: core\n  tensor: 2",
               "small.yaml:20: tensor 2 x pipeline 1 does not use the 1 devices of 'core', expected their number"},
        broken{"pipeline_text", "devices: core", "devices: core\n  pipeline: many",
               "small.yaml:20: 'pipeline' is 'many', expected a whole number from 1"},
        broken{"unmapped_memory", "  - {target: ram, base: 0x2000_0000_0000}\n", "",
               "small.yaml:19: 'memories': 'ram' is no addressed memory, expected one that the address map names"},
        broken{"unmapped_control", "  - {target: core.host, base: 0x1000_0000}\n", "",
               "small.yaml:18: 'platform.core' has no control window in the address map, expected a target "
               "'platform.core.host'"},
        broken{"no_memories", "  memories: [ram]\n", "",
               "small.yaml:16: the serving section has no 'memories', expected the memories that hold weights and KV cache"}),
    [](const auto& param) { return param.param.name; });

TEST(netlist_errors, the_sound_one_is_accepted) {
  const checked_platform p = check(parse_netlist(sound, "small.yaml"));
  EXPECT_EQ(p.instances.size(), 4u);
  EXPECT_EQ(p.view.devices.at(0).at(0).memories.at(0).capacity, 1u << 20);
}

TEST(netlist_errors, all_problems_are_reported_at_once) {
  std::string text = sound;
  text.replace(text.find("1 MiB"), 5, "1 s");
  text.replace(text.find("[host.port"), 10, "[host.prot");
  text.replace(text.find("0x1000_0000}"), 12, "0x1000}");
  try {
    check(parse_netlist(text, "small.yaml"));
    FAIL() << "accepted";
  } catch (const base::input_error& e) {
    std::vector<int> lines;
    for (const auto& p : e.problems())
      lines.push_back(p.where.line);
    EXPECT_EQ(lines, (std::vector<int>{7, 9, 14})) << e.what();
  }
}

TEST(netlist_errors, an_array_says_a_problem_once) {
  std::string text = sound;
  text.replace(text.find("{type: sram_tile, parameters: {capacity: 1 MiB}}"), 48,
               "{type: sram_tile, count: 4, parameters: {capacity: 1 m}}");
  try {
    check(parse_netlist(text, "small.yaml"));
    FAIL() << "accepted";
  } catch (const base::input_error& e) {
    EXPECT_EQ(std::count_if(e.problems().begin(), e.problems().end(), [](const auto& p) { return p.where.line == 7; }), 1)
        << e.what();
  }
}

TEST(netlist_errors, unequal_numbers_of_sockets) {
  std::string text = sound;
  text.replace(text.find("host.port,"), 10, "\"host.port[*]\",");
  const netlist n = parse_netlist(text, "small.yaml");
  EXPECT_NO_THROW(check(n));
  try {
    check(n, {parse_override("host.ports=2")});
    FAIL() << "accepted";
  } catch (const base::input_error& e) {
    EXPECT_STREQ(e.what(), "small.yaml:9: 'host.port[*]' names 2 sockets and 'wire.a' 1, expected equal numbers");
  }
}

TEST(netlist_errors, what_nothing_leads_to_is_unreachable) {
  std::string text = sound; // a memory that only a link without a far side would reach
  text.replace(text.find("  ram: {"), 8, "  far: {type: sram_tile, parameters: {capacity: 1 MiB, ports: 1}}\n"
                                         "  tap: {type: dram_controller}\n  hub: {type: crossbar_switch}\n  ram: {");
  text.replace(text.find("  - [core.memory, ram.port]"), 27, "  - [core.memory, ram.port]\n  - [\"hub.port[0]\", far.port]\n"
                                                               "  - [\"hub.port[1]\", tap.port]");
  text.replace(text.find("  - {target: ram,"), 17, "  - {target: far, base: 0x3000_0000_0000}\n  - {target: ram,");
  text.replace(text.find("[ram]"), 5, "[ram, far]");
  try {
    check(parse_netlist(text, "small.yaml"));
    FAIL() << "accepted";
  } catch (const base::input_error& e) {
    EXPECT_STREQ(e.what(), "small.yaml:26: 'memories': 'platform.core' cannot reach 'platform.far', expected bindings that "
                           "lead there");
  }
}

TEST(netlist_errors, unreadable_overrides) {
  EXPECT_THROW(parse_override("ram.capacity"), base::input_error);
  EXPECT_THROW(parse_override("=1"), base::input_error);
  const netlist n = parse_netlist(sound, "small.yaml");
  const auto message = [&](const std::string& set) -> std::string {
    try {
      check(n, {parse_override(set)});
      return "accepted";
    } catch (const base::input_error& e) {
      return e.what();
    }
  };
  EXPECT_EQ(message("ram.capcity=2 MiB"), "--set ram.capcity=2 MiB: 'ram.capcity' matches no parameter (did you mean "
                                          "'ram.capacity'?), expected a path such as gpu[*].hbm.capacity");
  EXPECT_EQ(message("serving.tensr=2"), "--set serving.tensr=2: the serving section has no 'tensr' (did you mean 'tensor'?)");
  EXPECT_NE(message("ram.capacity=2 s").find("--set ram.capacity=2 s: parameter 'capacity' of sram_tile: "), std::string::npos);
  EXPECT_EQ(message("platform.*.capacity=2 MiB"), "accepted");
}

TEST(sizes, stand_wherever_a_number_does_and_can_be_overridden) {
  const std::string text = "sizes:\n  rams: {value: 2, source: s, confidence: estimate}\n" + replaced({"", "{type: sram_tile,", "{type: sram_tile, count: $rams,", ""});
  const auto count = [&](const std::vector<parameter_override>& overrides) {
    return *parse_netlist(text, "small.yaml", overrides).find("ram")->count;
  };
  EXPECT_EQ(count({}), 2u);
  EXPECT_EQ(count({parse_override("sizes.rams=3")}), 3u);
  EXPECT_EQ(count({parse_override("platform.sizes.rams=1")}), 1u);
  try {
    count({parse_override("sizes.ram=3")});
    FAIL() << "accepted";
  } catch (const base::input_error& e) {
    EXPECT_STREQ(e.what(), "--set sizes.ram=3: the platform has no size 'ram' (did you mean 'rams'?), expected one of rams");
  }
}

} // namespace
} // namespace strata::platforms
