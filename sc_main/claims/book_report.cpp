// SPDX-License-Identifier: Apache-2.0
// Layout of the book.
#include "sc_main/claims/book_report.hpp"

#include "sc_main/command/number_text.hpp"
#include "sc_main/command/text_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace strata::cli {
namespace {

using json = nlohmann::ordered_json;
using origin = claim_figure::origin;
constexpr auto left = text_table::align::left;

/// "19.4 (least 1.5, most 5)"
std::string bounds_text(const claim_case& c) {
  std::string text = c.least ? "at least " + to_text(*c.least) : "";
  if (c.most)
    text += (text.empty() ? "at most " : ", at most ") + to_text(*c.most);
  return text;
}

std::string operation_text(const claim_figure& f, const std::vector<claim_figure>& figures) {
  const char* sign = f.from == origin::sum ? " + " : f.from == origin::difference ? " - " : f.from == origin::product ? " x " : " / ";
  std::string text;
  for (const std::size_t i : f.operands)
    text += (text.empty() ? "" : sign) + figures[i].name;
  return text;
}

std::string origin_text(const claim_figure& f, const std::vector<claim_figure>& figures) {
  switch (f.from) {
  case origin::constant: return f.source;
  case origin::parameter: return "`" + f.path + "` of `" + f.platform + "`";
  case origin::measured: return "run " + f.run + ": `" + f.field + "`";
  default: return operation_text(f, figures);
  }
}

std::string deciding_figures(const settled_claim& c) {
  std::string text;
  std::vector<std::size_t> said;
  for (const claim_case& k : c.what.cases) {
    if (std::find(said.begin(), said.end(), k.figure) != said.end())
      continue;
    said.push_back(k.figure);
    text += (text.empty() ? "" : "; ") + c.what.figures[k.figure].name + " " + to_text(c.figures[k.figure]);
  }
  return text;
}

std::vector<std::string> commands_of(const claim& c) {
  std::vector<std::string> commands;
  const auto add = [&commands](const std::string& command) {
    if (std::find(commands.begin(), commands.end(), command) == commands.end())
      commands.push_back(command);
  };
  for (const claim_run& r : c.runs)
    add("strata run " + r.run.command);
  for (const claim_figure& f : c.figures)
    if (f.from == origin::parameter)
      add("strata describe " + f.platform);
  return commands;
}

std::string claim_markdown(const settled_claim& c) {
  std::string text = "### " + c.what.id + "\n\n**" + ruling_text(c) + ".** Claim (" + c.what.articles + "): " + c.what.text +
                     "\n\nReading: " + c.what.reading + "\n\n";
  text_table figures({{"figure", left}, {"value"}, {"from", left}});
  for (std::size_t i = 0; i < c.figures.size(); ++i)
    figures.add({c.what.figures[i].name, to_text(c.figures[i]), origin_text(c.what.figures[i], c.what.figures)});
  text_table cases({{"holds if", left}, {"expected", left}, {"found"}, {"", left}});
  for (std::size_t i = 0; i < c.kept.size(); ++i) {
    const claim_case& k = c.what.cases[i];
    cases.add({k.when, c.what.figures[k.figure].name + " " + bounds_text(k), to_text(c.figures[k.figure]), c.kept[i] ? "yes" : "no"});
  }
  text += figures.markdown() + "\n" + cases.markdown() + "\n";
  text += "    strata claims --only " + c.what.id + "\n";
  for (const std::string& command : commands_of(c.what))
    text += "    " + command + "\n";
  return text;
}

const char* const introduction =
    "# Claims book\n\n"
    "What articles on inference hardware claim, each settled by an experiment on Strata's platforms. A claim is data in\n"
    "`platforms/claims`: its figures come from runs, netlists and cited constants, and the verdict follows from them: a\n"
    "claim holds where all its cases keep their bounds, and only under those that do where others do not.\n\n"
    "    strata claims --out docs/claims.md --json docs/claims.json    # writes this page\n"
    "    strata claims --against docs/claims.json                      # tells what moved\n\n"
    "How far the platforms' timing agrees with measurements is in [accuracy.md](accuracy.md); prices, and what starts an\n"
    "operator on a wafer, are estimates that `strata describe` marks as such.\n\n";

double number(const json& figure) { return figure.at("value").get<double>(); }

void compare(const settled_claim& c, const json& recorded, std::vector<std::string>& lines) {
  const std::string before = recorded.at("ruling"), now = ruling_text(c);
  if (before != now)
    lines.push_back(c.what.id + ": '" + now + "', recorded is '" + before + "'");
  for (std::size_t i = 0; i < c.figures.size(); ++i) {
    const std::string& name = c.what.figures[i].name;
    const auto at = std::find_if(recorded.at("figures").begin(), recorded.at("figures").end(),
                                 [&name](const json& f) { return f.at("name") == name; });
    if (at == recorded.at("figures").end()) {
      lines.push_back(c.what.id + ": figure '" + name + "' is not recorded");
      continue;
    }
    const double was = number(*at), is = c.figures[i].value;
    if (std::fabs(is - was) > c.what.tolerance * std::fabs(was))
      lines.push_back(c.what.id + ": " + name + " moved from " + to_text(figure_value{was, c.figures[i].unit}) + " to " +
                      to_text(c.figures[i]) + " (" + percent(was != 0 ? is / was - 1 : 1) + ", tolerance " + percent(c.what.tolerance) + ")");
  }
}

} // namespace

std::string book_text(const std::vector<settled_claim>& claims) {
  constexpr std::size_t uncut = 1000;
  text_table table({{"claim", left}, {"verdict", left}, {"figures", left}});
  std::array<int, 3> counts{};
  for (const settled_claim& c : claims) {
    ++counts[static_cast<std::size_t>(c.ruling)];
    table.add({c.what.id, ruling_text(c), deciding_figures(c)});
  }
  return table.text(uncut) + "\n" + std::to_string(claims.size()) + " claims: " + std::to_string(counts[0]) + " hold, " +
         std::to_string(counts[1]) + " hold only under conditions, " + std::to_string(counts[2]) + " do not hold\n";
}

std::string book_markdown(const std::vector<settled_claim>& claims, const std::vector<unsettled_claim>& out_of_scope) {
  std::string text = introduction;
  text_table table({{"claim", left}, {"verdict", left}, {"figures", left}});
  for (const settled_claim& c : claims)
    table.add({"[" + c.what.id + "](#" + c.what.id + ")", ruling_text(c), deciding_figures(c)});
  text += table.markdown() + "\n## Claims\n";
  for (const settled_claim& c : claims)
    text += "\n" + claim_markdown(c);
  if (out_of_scope.empty())
    return text;
  text_table others({{"claim", left}, {"articles", left}, {"why no run settles it", left}});
  for (const unsettled_claim& u : out_of_scope)
    others.add({u.text, u.articles, u.reason});
  return text + "\n## Out of scope\n\n" + others.markdown();
}

json book_document(const std::vector<settled_claim>& claims) {
  json document = {{"schema", "strata.claims"}, {"schema_version", claims_schema_version}, {"claims", json::array()}};
  for (const settled_claim& c : claims) {
    json figures = json::array(), cases = json::array();
    for (std::size_t i = 0; i < c.figures.size(); ++i)
      figures.push_back({{"name", c.what.figures[i].name},
                         {"value", c.figures[i].value},
                         {"unit", to_text(c.figures[i].unit)},
                         {"from", origin_text(c.what.figures[i], c.what.figures)}});
    for (std::size_t i = 0; i < c.kept.size(); ++i) {
      const claim_case& k = c.what.cases[i];
      cases.push_back({{"when", k.when},
                       {"figure", c.what.figures[k.figure].name},
                       {"least", k.least ? json(k.least->value) : json()},
                       {"most", k.most ? json(k.most->value) : json()},
                       {"kept", static_cast<bool>(c.kept[i])}});
    }
    document["claims"].push_back({{"id", c.what.id},
                                  {"claim", c.what.text},
                                  {"articles", c.what.articles},
                                  {"reading", c.what.reading},
                                  {"verdict", to_text(c.ruling)},
                                  {"ruling", ruling_text(c)},
                                  {"cases", cases},
                                  {"figures", figures},
                                  {"tolerance", c.what.tolerance},
                                  {"commands", commands_of(c.what)}});
  }
  return document;
}

std::vector<std::string> what_moved(const std::vector<settled_claim>& claims, const json& recorded, const std::string& file, bool whole) {
  if (!recorded.is_object() || recorded.value("schema", json()) != "strata.claims" ||
      recorded.value("schema_version", json()) != claims_schema_version)
    throw base::input_error({file, 0}, "is no document of schema strata.claims, version " + std::to_string(claims_schema_version) +
                                           ", expected one that `strata claims --json` wrote");
  std::vector<std::string> lines;
  try {
    for (const settled_claim& c : claims) {
      const auto at = std::find_if(recorded.at("claims").begin(), recorded.at("claims").end(),
                                   [&c](const json& r) { return r.at("id") == c.what.id; });
      if (at == recorded.at("claims").end())
        lines.push_back(c.what.id + ": is not recorded");
      else
        compare(c, *at, lines);
    }
    for (const json& r : recorded.at("claims"))
      if (whole && std::none_of(claims.begin(), claims.end(), [&r](const settled_claim& c) { return c.what.id == r.at("id"); }))
        lines.push_back(r.at("id").get<std::string>() + ": is recorded, but no more in the book");
  } catch (const json::exception& e) {
    throw base::input_error({file, 0}, std::string("is no whole record (") + e.what() + "), expected one that `strata claims --json` wrote");
  }
  return lines;
}

} // namespace strata::cli
