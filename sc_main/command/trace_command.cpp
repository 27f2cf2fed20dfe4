// SPDX-License-Identifier: Apache-2.0
// `strata trace`: what a trace of requests holds before anything serves it.
#include "sc_main/command/command_line.hpp"
#include "sc_main/command/commands.hpp"
#include "sc_main/command/number_text.hpp"
#include "sc_main/command/option_parser.hpp"
#include "sc_main/command/output_directory.hpp"
#include "sc_main/command/text_table.hpp"
#include "sc_main/run/workload_file.hpp"
#include "traffic/requests/request_lines.hpp"
#include "traffic/requests/trace_file.hpp"
#include "traffic/requests/trace_summary.hpp"

#include <filesystem>
#include <iostream>
#include <sstream>

namespace strata::cli {
namespace {

struct trace_arguments {
  traffic::trace_options options;
  std::uint64_t seed = 1; ///< of a workload
  std::string write;      ///< file, empty = none
};

/// Of a trace, or of a workload, whose file is YAML.
traffic::request_trace requests_in(const std::string& file, const trace_arguments& a) {
  const std::string form = std::filesystem::path(file).extension();
  return form == ".yaml" || form == ".yml" ? traffic::generate(read_workload(file), a.seed, a.options) : traffic::read_trace(file, a.options);
}

base::parameter_list parameters(trace_arguments& a) {
  base::parameter_list p;
  p.add("requests", a.options.requests, base::between(0, 1e9), "the first N requests, 0 = all of them");
  p.add("seed", a.seed, base::non_negative(), "of a workload (FILE.yaml): seed of the random numbers");
  p.add("write", a.write, "file for the same requests in the project's own format (docs/requests.md); written whole or not at all");
  return p;
}

void print(const traffic::trace_summary& s) {
  text_table facts({{"", text_table::align::left}, {"", text_table::align::left}});
  const auto number = [](std::uint64_t n) { return with_prefix(static_cast<double>(n), ""); };
  facts.add({"requests", std::to_string(s.requests) + ", " + std::to_string(s.skipped) + " failed ones left out"});
  facts.add({"span", with_prefix(s.span_s, "s") + " where each is answered at once"});
  if (s.block_tokens > 0) {
    facts.add({"prompt blocks", number(s.blocks) + " of " + std::to_string(s.block_tokens) + " tokens"});
    facts.add({"found again", percent(s.hit_rate()) + " of all blocks in an unbounded prefix cache"});
    facts.add({"", percent(s.mean_found_share) + " of a prompt's, in the mean over those that find any"});
  }
  text_table lengths({{"tokens", text_table::align::left}, {"mean"}, {"p50"}, {"p90"}, {"p99"}});
  const auto row = [&lengths](const char* name, const traffic::distribution& d) {
    lengths.add({name, plain(d.mean), plain(d.p50), plain(d.p90), plain(d.p99)});
  };
  row("prompt", s.prompt_tokens);
  row("output", s.output_tokens);
  std::cout << facts.text() << "\n" << lengths.text();
}

} // namespace

int trace_command(const std::vector<std::string>& arguments) {
  trace_arguments a;
  const parsed_options parsed = parse_options(arguments, parameters(a));
  if (parsed.help) {
    std::cout << "strata trace FILE [options]\n\n"
                 "Reads a trace as `strata run --trace` does, or a workload (FILE.yaml) as with --workload, and prints its requests, lengths and shared prefixes.\n\n"
              << options_help(parameters(a), "");
    return success;
  }
  if (parsed.positional.size() != 1)
    throw base::input_error(command_line_location(), std::to_string(parsed.positional.size()) + " files given, expected one");
  traffic::request_trace trace = requests_in(parsed.positional.front(), a);
  if (!a.write.empty()) {
    std::ostringstream text;
    traffic::write_request_lines(text, trace);
    replace_file(a.write, text.str());
  }
  print(traffic::summarise(*traffic::source_of(std::move(trace), a.options.sessions)));
  return success;
}

} // namespace strata::cli
