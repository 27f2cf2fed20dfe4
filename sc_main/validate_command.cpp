// SPDX-License-Identifier: Apache-2.0
// `strata validate`: kernels of a platform against measured ones.
#include "sc_main/ablation.hpp"
#include "sc_main/command_line.hpp"
#include "sc_main/commands.hpp"
#include "sc_main/option_parser.hpp"
#include "sc_main/output_directory.hpp"
#include "sc_main/validation_report.hpp"

#include <iostream>

namespace strata::cli {
namespace {

[[noreturn]] void reject(const std::string& message) { throw base::input_error(command_line_location(), message); }

void print_help() {
  validation_options defaults;
  std::cout << "strata validate --kind KIND --platform PLATFORM --reference FILE [options]\n\n"
               "Runs every row of a CSV file of measured kernels through the simulator, at stream fidelity unless --set\n"
               "says otherwise, and prints the errors of the predicted times. A row is run as it was measured: back to\n"
               "back in a graph, once to warm up. A file with a column 'device' gives the rows whose device has a word\n"
               "in common with the platform's name (\"NVIDIA H100 80GB HBM3\" and dgx_h100).\n\n"
            << options_help(defaults.parameters(), "override a parameter of the platform, e.g. '*.core.launch_latency=2 us'; may be repeated")
            << "\nKinds, and the columns they read besides latency_us:\n";
  for (const kernel_kind_entry& e : kernel_kinds()) {
    std::cout << "  " << e.name << ": " << e.summary << "\n   ";
    for (const std::string& column : e.make()->columns())
      std::cout << " " << column;
    std::cout << "\n";
  }
}

} // namespace

base::parameter_list validation_options::parameters() {
  base::parameter_list p;
  p.add("kind", kind, "of the kernels in the file");
  p.add("platform", platform, "shipped name or path of a netlist");
  p.add("reference", reference, "CSV file of measurements");
  p.add("rows", rows, base::non_negative(), "how many, evenly spaced over the file; 0 = all");
  p.add("ablate", ablate, "switch the model's mechanisms off one by one and print what each does for the error");
  p.add("json", as_json, "print JSON, and write it to --out");
  p.add("out", out, "file for the prediction of every row, CSV or with --json JSON");
  return p;
}

validation_options parse_validation_options(const std::vector<std::string>& arguments, const std::string& default_platform) {
  validation_options o;
  o.platform = default_platform;
  const parsed_options parsed = parse_options(arguments, o.parameters());
  o.set = parsed.set;
  o.help = parsed.help;
  if (o.help)
    return o;
  if (!parsed.positional.empty())
    reject("'" + parsed.positional.front() + "' is no option, expected those that --help lists");
  if (!o.kind.empty())
    find_kernel_kind("--kind", o.kind); // its name is checked before what else is missing
  for (const auto& [value, name] : {std::pair<std::string, const char*>{o.kind, "--kind, expected a kind of kernel"},
                                    {o.platform, "--platform, expected a name or a netlist"},
                                    {o.reference, "--reference, expected a CSV file of measurements"}})
    if (value.empty())
      reject(std::string("no ") + name);
  if (parsed.given.count("out") && o.out.empty())
    reject("--out: the name is empty, expected a file to write");
  if (o.ablate && !o.out.empty())
    reject("--out has no meaning with --ablate, expected one of them");
  return o;
}

int validate_command(const std::vector<std::string>& arguments, const std::string& default_platform) {
  const validation_options o = parse_validation_options(arguments, default_platform);
  if (o.help) {
    print_help();
    return success;
  }
  if (o.ablate) {
    const auto variants = ablate(o);
    std::cout << (o.as_json ? ablation_document(variants).dump(2) + "\n" : ablation_text(variants));
    return success;
  }
  const validation_result result = validate(o);
  if (!o.out.empty())
    replace_file(o.out, o.as_json ? predictions_document(result).dump(1) + "\n" : predictions_csv(result));
  std::cout << (o.as_json ? validation_document(result).dump(2) + "\n" : validation_text(result));
  return success;
}

} // namespace strata::cli
