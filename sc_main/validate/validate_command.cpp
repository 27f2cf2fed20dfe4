// SPDX-License-Identifier: Apache-2.0
// `strata validate`: kernels of a platform against measured ones.
#include "sc_main/command/command_line.hpp"
#include "sc_main/command/commands.hpp"
#include "sc_main/command/option_parser.hpp"
#include "sc_main/command/output_directory.hpp"
#include "sc_main/validate/ablation.hpp"
#include "sc_main/validate/serving_kind.hpp"
#include "sc_main/validate/validation_report.hpp"

#include <algorithm>
#include <iostream>

namespace strata::cli {
namespace {

/// Throws base::input_error where neither a kind of kernel nor one of serving has that name.
void check_kind(const std::string& kind) {
  std::vector<std::string> names;
  for (const kernel_kind_entry& e : kernel_kinds())
    names.push_back(e.name);
  for (const serving_kind& k : serving_kinds())
    names.push_back(k.name);
  if (std::find(names.begin(), names.end(), kind) != names.end())
    return;
  std::string list;
  for (const std::string& n : names)
    list += (list.empty() ? "" : ", ") + n;
  throw base::input_error(command_line_location(),
                          "--kind: there is no kind '" + kind + "'" + base::did_you_mean(kind, names) + ", expected one of " + list);
}

template <class Result>
int report(const validation_options& o, const Result& result) {
  if (!o.out.empty())
    replace_file(o.out, o.as_json ? predictions_document(result).dump(1) + "\n" : predictions_csv(result));
  std::cout << (o.as_json ? validation_document(result).dump(2) + "\n" : validation_text(result));
  return success;
}

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
  std::cout << "\nKinds of serving, every row a run of its own at step fidelity, in parallel processes:\n";
  for (const serving_kind& k : serving_kinds()) {
    std::cout << "  " << k.name << ": " << k.summary << "\n   ";
    for (const char* column : k.columns)
      std::cout << " " << column;
    std::cout << "\n";
  }
}

} // namespace

base::parameter_list validation_options::parameters() {
  base::parameter_list p;
  p.add("kind", kind, "of what the file measured");
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
    check_kind(o.kind); // its name is checked before what else is missing
  for (const auto& [value, name] : {std::pair<std::string, const char*>{o.kind, "--kind, expected a kind of measurement"},
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

int validate_command(const std::vector<std::string>& arguments, const std::string& default_platform,
                     const simulator& simulate_one) {
  const validation_options o = parse_validation_options(arguments, default_platform);
  if (o.help) {
    print_help();
    return success;
  }
  if (o.ablate) {
    find_kernel_kind("--ablate", o.kind);
    const auto variants = ablate(o);
    std::cout << (o.as_json ? ablation_document(variants).dump(2) + "\n" : ablation_text(variants));
    return success;
  }
  return find_serving_kind(o.kind) ? report(o, validate_serving(o, simulate_one)) : report(o, validate(o));
}

} // namespace strata::cli
