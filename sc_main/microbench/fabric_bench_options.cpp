// SPDX-License-Identifier: Apache-2.0
// Declaration and reading of the options of `strata microbench fabric`.
#include "sc_main/command/command_line.hpp"
#include "sc_main/command/option_parser.hpp"
#include "sc_main/microbench/fabric_bench.hpp"

namespace strata::cli {
namespace {

[[noreturn]] void reject(const std::string& message) { throw base::input_error(command_line_location(), message); }

} // namespace

fabric_bench_options::fabric_bench_options() : clock(base::parse<base::frequency>("850 MHz")) {}

base::parameter_list fabric_bench_options::parameters() {
  using base::between;
  using base::collective;
  using fabric::traffic_pattern;
  base::parameter_list p;
  p.add_choice("pattern", pattern,
               {{"uniform", pattern_kind{traffic_pattern::uniform, {}}}, {"transpose", pattern_kind{traffic_pattern::transpose, {}}},
                {"neighbour", pattern_kind{traffic_pattern::neighbour, {}}}, {"reduce", pattern_kind{{}, collective::reduce}},
                {"broadcast", pattern_kind{{}, collective::broadcast}}, {"all_reduce", pattern_kind{{}, collective::all_reduce}},
                {"ring_all_reduce", pattern_kind{{}, collective::ring_all_reduce}}, {"all_gather", pattern_kind{{}, collective::all_gather}},
                {"shift", pattern_kind{{}, collective::shift}}},
               "packets between cores, or a collective of all");
  p.add("width", width, between(0, 4096), "cores in a row; 0: 8 for packets, for collectives 750 or, in a table, several up to it");
  p.add("height", height, between(0, 4096), "rows; 0: as wide as high for packets, one row for collectives");
  p.add("vcs", router.vcs, between(1, fabric::packet_mesh_config::most_vcs), "packets: virtual channels of a link");
  p.add("vc-depth", router.vc_depth, between(1, 128), "packets: flits that a virtual channel holds");
  p.add("router-cycles", router.router_cycles, between(2, 64), "packets: pipeline of a router");
  p.add("link-cycles", router.link_cycles, between(0, 64), "packets: router to router");
  p.add("injection", injection, between(0, 64), "packets: flits per core and cycle; 0: a curve up to saturation");
  p.add("flits", flits, between(1, 1000), "packets: flits of each");
  p.add("cycles", cycles, between(100, 1e8), "packets: cycles in which they are measured");
  p.add("warm-up", warm_up, between(0, 1e8), "packets: cycles before that");
  p.add("seed", seed, base::non_negative(), "packets: of arrivals and destinations");
  p.add_choice("algorithm", algorithm,
               {{"star", base::reduce_algorithm::star}, {"chain", base::reduce_algorithm::chain}, {"tree", base::reduce_algorithm::tree},
                {"two_phase", base::reduce_algorithm::two_phase}, {"auto_gen", base::reduce_algorithm::auto_gen},
                {"overlapped", base::reduce_algorithm::overlapped}},
               "tree of a reduction; the last two are planned for cores and words");
  p.add("vector", vector_bytes, between(0, 1e6), "collectives: of each core, words of 4 bytes; 0: a table from 4 B to 16 KiB");
  p.add("hop-cycles", wavelets.timing.hop_cycles, between(1, 16), "collectives: router to router");
  p.add("ramp-cycles", wavelets.timing.ramp_cycles, between(1, 16), "collectives: core to router");
  p.add("queue-depth", wavelets.queue_depth, between(1, 64), "collectives: words of a colour that a router holds");
  p.add("clock", clock, base::positive(), "collectives: cycles as time");
  energy.parameters(p);
  p.add("json", as_json, "print JSON");
  p.add("plot", plot, "SVG file to write: mean latency over accepted load, or cycles over words (needs gnuplot)");
  return p;
}

fabric_bench_options parse_fabric_bench_options(const std::vector<std::string>& arguments) {
  fabric_bench_options o;
  const auto parsed = parse_options(arguments, o.parameters());
  o.help = parsed.help;
  if (o.help)
    return o;
  if (!parsed.positional.empty())
    reject("'" + parsed.positional.front() + "' means nothing here, expected options");
  if (!parsed.set.empty())
    reject("--set has no meaning here, expected options");
  for (const char* name : {"vcs", "vc-depth", "router-cycles", "link-cycles", "injection", "flits", "cycles", "warm-up", "seed"})
    if (parsed.given.count(name) && !o.packets())
      reject(std::string("--") + name + " has no meaning here, expected it only with uniform, transpose or neighbour");
  for (const char* name : {"algorithm", "vector", "hop-cycles", "ramp-cycles", "queue-depth", "clock"})
    if (parsed.given.count(name) && o.packets())
      reject(std::string("--") + name + " has no meaning here, expected it only with collectives");
  if (o.vector_bytes.value() > 0 && static_cast<std::uint64_t>(o.vector_bytes.value()) % 4 != 0)
    reject("--vector: expected whole words of 4 bytes");
  if (parsed.given.count("plot") && o.plot.empty())
    reject("--plot: the name is empty, expected an SVG file to write");
  return o;
}

std::string fabric_bench_help() {
  fabric_bench_options defaults;
  return options_help(defaults.parameters(), "");
}

} // namespace strata::cli
