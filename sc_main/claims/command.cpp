// SPDX-License-Identifier: Apache-2.0
// `strata claims`: settles the claims book.
#include "models/base/diagnostic.hpp"
#include "platforms/path.hpp"
#include "platforms/search_path.hpp"
#include "sc_main/claims/book_report.hpp"
#include "sc_main/claims/many_runs.hpp"
#include "sc_main/command/command_line.hpp"
#include "sc_main/command/log.hpp"
#include "sc_main/command/output_directory.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

namespace strata::cli {
namespace {

using json = nlohmann::ordered_json;

struct claims_options {
  std::string only, out, json_file, against;
  std::string book;
  many_runs runs;
};

base::parameter_list parameters(claims_options& o) {
  base::parameter_list p;
  p.add("only", o.only, "these claims only: names between commas, '*' stands for anything");
  p.add("out", o.out, "Markdown file for the book");
  p.add("json", o.json_file, "JSON file for the book");
  p.add("against", o.against, "JSON file of an earlier book: says what moved since, and ends with 3 where something did");
  p.add("book", o.book, "file or folder of claims, in place of the shipped ones");
  o.runs.add_to(p);
  return p;
}

void print_help() {
  claims_options defaults;
  std::cout << "strata claims [options]\n\n"
               "Makes the runs of the claims book, and prints for every claim the verdict that its figures give.\n\n"
            << options_help(parameters(defaults), "")
            << "\nExamples:\n"
               "  strata claims --out docs/claims.md --json docs/claims.json\n"
               "  strata claims --only 'wafer_*,optics' --against docs/claims.json\n";
}

/// The first folder `claims` among those of the platforms.
std::string shipped_book() {
  for (const std::string& folder : platforms::platform_directories())
    if (const auto claims = std::filesystem::path(folder) / "claims"; std::filesystem::is_directory(claims))
      return claims.string();
  reject_option("no folder 'claims' beside the platforms, expected --book");
}

std::vector<claim> chosen(const std::vector<claim>& claims, const std::string& only) {
  if (only.empty())
    return claims;
  std::vector<claim> result;
  std::vector<std::string> names;
  for (const claim& c : claims)
    names.push_back(c.id);
  std::vector<std::string> patterns;
  std::istringstream list(only);
  for (std::string pattern; std::getline(list, pattern, ',');) {
    if (std::none_of(names.begin(), names.end(), [&pattern](const std::string& n) { return platforms::matches(pattern, n); }))
      reject_option("--only: there is no claim '" + pattern + "'" + base::did_you_mean(pattern, names));
    patterns.push_back(pattern);
  }
  for (const claim& c : claims)
    if (std::any_of(patterns.begin(), patterns.end(), [&c](const std::string& p) { return platforms::matches(p, c.id); }))
      result.push_back(c);
  return result;
}

json recorded_book(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    throw base::input_error({file, 0}, "cannot be read, expected a file that `strata claims --json` wrote");
  try {
    return json::parse(in);
  } catch (const json::parse_error& e) {
    throw base::input_error({file, 0}, std::string("is no JSON (") + e.what() + "), expected a file that `strata claims --json` wrote");
  }
}

} // namespace

int claims_command(const std::vector<std::string>& arguments, const simulator& simulate_one) {
  claims_options o;
  const base::parameter_list options = parameters(o);
  const parsed_options parsed = parse_options(arguments, options);
  if (parsed.help) {
    print_help();
    return success;
  }
  reject_settings(parsed, "the book");
  const std::string place = o.book.empty() ? shipped_book() : o.book;
  const claims_book book = read_claims(place);
  const std::vector<claim> claims = chosen(book.claims, o.only);
  const json recorded = o.against.empty() ? json() : recorded_book(o.against);

  std::optional<output_file> out, json_file; // before the runs: they take minutes
  if (!o.out.empty())
    out.emplace(o.out);
  if (!o.json_file.empty())
    json_file.emplace(o.json_file);
  const std::vector<settled_claim> settled = settle(claims, o.runs.jobs, simulate_one);
  std::cout << book_text(settled) << std::flush;
  if (out)
    out->commit(book_markdown(settled, o.only.empty() ? book.out_of_scope : std::vector<unsettled_claim>()));
  if (json_file)
    json_file->commit(book_document(settled).dump(1) + "\n");
  if (o.against.empty())
    return success;
  const std::vector<std::string> moved = what_moved(settled, recorded, o.against, o.only.empty());
  for (const std::string& line : moved)
    log_error(line);
  return moved.empty() ? success : audit_failure;
}

} // namespace strata::cli
