// SPDX-License-Identifier: Apache-2.0
// Declaration and reading of the options of `strata microbench`.
#include "sc_main/microbench/microbench_options.hpp"

#include "sc_main/command/command_line.hpp"
#include "sc_main/command/option_parser.hpp"

namespace strata::cli {
namespace {

[[noreturn]] void reject(const std::string& message) { throw base::input_error(command_line_location(), message); }

void set_memory(microbench_options& o, const std::vector<std::string>& names) {
  if (names.size() != 1)
    reject(std::to_string(names.size()) + " memories given, expected one of dram and sram");
  if (names.front() != "dram" && names.front() != "sram")
    reject("unknown memory '" + names.front() + "'" + base::did_you_mean(names.front(), {"dram", "sram"}) +
           ", expected dram or sram");
  o.memory = names.front() == "dram" ? bench_memory::dram : bench_memory::sram;
}

void check(microbench_options& o, const std::set<std::string>& given) {
  const auto only = [&](const char* name, bool allowed, const char* with) {
    if (given.count(name) && !allowed)
      reject(std::string("--") + name + " has no meaning here, expected it only with " + with);
  };
  if (o.standard.empty())
    reject("no --standard given, expected a technology such as hbm3-6400 or sram_wse3, or its file");
  only("trace", o.by_burst(), "dram at --fidelity burst");
  only("access", !o.by_burst(), "sram or --fidelity stream");
  only("stride", o.pattern == bench_pattern::stride, "--pattern stride");
  if (o.memory == bench_memory::sram && (o.pattern == bench_pattern::seq_columns || o.pattern == bench_pattern::row_miss))
    reject("--pattern: sram has no rows and columns, expected seq, random, stride, mix or two-stream");
  if (given.count("trace")) {
    if (o.trace.empty())
      reject("--trace: the name is empty, expected a file");
    for (const char* other : {"pattern", "reads", "seed", "plot"})
      only(other, false, "a pattern instead of --trace");
  }
  if (given.count("plot") && o.plot.empty())
    reject("--plot: the name is empty, expected an SVG file to write");
  if (o.pattern == bench_pattern::mix && !given.count("reads"))
    o.reads = 2.0 / 3;
}

} // namespace

microbench_options::microbench_options() : access(base::parse<base::bytes>("1 MB")) {}

base::parameter_list microbench_options::parameters() {
  using base::between;
  base::parameter_list p;
  p.add("standard", standard, "technology, '-' and '_' alike, or the path of its file");
  p.add_choice("pattern", pattern,
               {{"seq", bench_pattern::seq}, {"seq-columns", bench_pattern::seq_columns},
                {"random", bench_pattern::random}, {"stride", bench_pattern::stride}, {"mix", bench_pattern::mix},
                {"two-stream", bench_pattern::two_stream}, {"row-miss", bench_pattern::row_miss}},
               "addresses; seq-columns: a row of one bank is read out before the next; mix: sequential, two reads to "
               "a write; two-stream: two sequential ones in turn; row-miss: another row of one bank each time");
  p.add("trace", trace, "file with one access a line, [TIME_NS] R|W 0xADDRESS, instead of a pattern");
  p.add("requests", requests, between(0, 1e8), "how many; 0 = 200000 of a pattern, all of a trace");
  p.add("outstanding", outstanding, between(0, 1e6), "at a time; 0 = as fast as the queues take them, of streams one");
  p.add("reads", reads, base::fraction(), "share of reads");
  p.add("stride", stride, between(1, 1e12), "bytes between accesses");
  p.add("access", access, between(1, 1e12), "bytes of each access; DRAM at burst fidelity: always one burst");
  p.add("seed", seed, base::non_negative(), "of random addresses");
  p.add_choice("fidelity", fidelity, {{"burst", bench_fidelity::burst}, {"stream", bench_fidelity::stream}},
               "burst: every burst or bank access timed; stream: transfers of the size of a tensor");
  p.add("json", as_json, "print JSON");
  p.add("plot", plot, "SVG file to write: read latency over bandwidth as more is outstanding (needs gnuplot)");
  return p;
}

microbench_options parse_microbench_options(const std::vector<std::string>& arguments) {
  microbench_options o;
  const auto parsed = parse_options(arguments, o.parameters());
  o.help = parsed.help;
  if (o.help)
    return o;
  o.set = parsed.set;
  set_memory(o, parsed.positional);
  check(o, parsed.given);
  return o;
}

std::string microbench_help() {
  microbench_options defaults;
  return options_help(defaults.parameters(), "override a parameter of the memory, e.g. read_queue=64; may be repeated");
}

} // namespace strata::cli
