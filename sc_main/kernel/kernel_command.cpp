// SPDX-License-Identifier: Apache-2.0
// `strata kernel`: one kernel by itself, where its time and its energy go.
#include "sc_main/command/command_line.hpp"
#include "sc_main/command/commands.hpp"
#include "sc_main/command/option_parser.hpp"
#include "sc_main/kernel/kernel_report.hpp"

#include <algorithm>
#include <iostream>

namespace strata::cli {
namespace {

[[noreturn]] void reject(const std::string& message) { throw base::input_error(command_line_location(), message); }

/// Value of --op, which decides what other options there are; empty where it is not given.
std::string op_of(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].rfind("--op=", 0) == 0)
      return arguments[i].substr(5);
    if (arguments[i] == "--op" && i + 1 < arguments.size())
      return arguments[i + 1];
  }
  return "";
}

/// The kind that --op names, or whose operation it names where a kind has several ("all_reduce").
std::unique_ptr<kernel_kind> kind_of(const std::string& op) {
  for (const kernel_kind_entry& e : kernel_kinds()) {
    auto kind = e.make();
    if (const base::parameter* operation = op == e.name ? nullptr : kind->shape().find("op"))
      try {
        operation->set(op);
        return kind;
      } catch (const base::unit_error&) { // not one of its operations
      }
  }
  return find_kernel_kind("--op", op).make();
}

struct kernel_options {
  std::string platform, op;
  bool as_json = false;
};

base::parameter_list parameters(kernel_options& o) {
  base::parameter_list p;
  p.add("op", o.op, "kind of kernel, or an operation of a kind that has several, such as all_reduce");
  p.add("platform", o.platform, "shipped name or path of a netlist");
  p.add("json", o.as_json, "print JSON");
  return p;
}

constexpr const char* set_help = "override a parameter of the platform, e.g. '*.hbm.bandwidth=4.8 TB/s'; may be repeated";

void print_help() {
  kernel_options defaults;
  std::cout << "strata kernel --platform PLATFORM --op KIND [shape] [options]\n\n"
               "Times one kernel as it runs back to back in a graph, after a warm-up, and prints what the time and the\n"
               "energy went into.\n\n"
            << options_help(parameters(defaults), set_help);
  for (const kernel_kind_entry& e : kernel_kinds()) {
    std::cout << "\nShape of --op " << e.name << " (" << e.summary << ")\n" << options_help(e.make()->shape(), "");
  }
}

} // namespace

int kernel_command(const std::vector<std::string>& arguments, const std::string& default_platform) {
  const std::string op = op_of(arguments);
  if (op.empty()) {
    const bool help = std::any_of(arguments.begin(), arguments.end(), [](const auto& a) { return a == "--help" || a == "-h"; });
    if (!help)
      reject("no --op, expected a kind of kernel");
    print_help();
    return success;
  }
  const auto kind = kind_of(op);
  kernel_options o;
  o.platform = default_platform;
  base::parameter_list all = parameters(o);
  all.append(kind->shape());
  const parsed_options parsed = parse_options(arguments, all);
  if (parsed.help) {
    print_help();
    return success;
  }
  if (!parsed.positional.empty())
    reject("'" + parsed.positional.front() + "' is no option, expected those that --help lists");
  if (o.platform.empty())
    reject("no --platform, expected a name or a netlist");
  const kernel_result result = measure_kernel(o.platform, parsed.set, op, *kind);
  std::cout << (o.as_json ? kernel_document(result).dump(2) + "\n" : kernel_text(result));
  return success;
}

} // namespace strata::cli
