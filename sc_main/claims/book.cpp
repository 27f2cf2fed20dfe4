// SPDX-License-Identifier: Apache-2.0
// From YAML to claims: known keys, units, names that lead somewhere.
#include "sc_main/claims/book.hpp"

#include "sc_main/claims/document_reader.hpp"

#include <algorithm>
#include <filesystem>

namespace strata::cli {
namespace {

using platforms::document_node;
using origin = claim_figure::origin;
namespace fs = std::filesystem;

struct arithmetic {
  const char* key;
  origin from;
};
constexpr arithmetic operations[] = {
    {"sum", origin::sum}, {"difference", origin::difference}, {"product", origin::product}, {"ratio", origin::ratio}};

class reader : private document_reader {
public:
  using document_reader::throw_if_any;
  void read(const document_node& node, claims_book& book) {
    if (!keys(node, "a file of claims", {"claims", "out_of_scope"}))
      return;
    if (const document_node* list = items(node, "claims"))
      for (const document_node& item : list->items)
        if (keys(item, "a claim", {"id", "claim", "articles", "reading", "runs", "figures", "cases", "tolerance"}))
          read_claim(item, book);
    if (const document_node* list = items(node, "out_of_scope"))
      for (const document_node& item : list->items)
        if (keys(item, "a claim out of scope", {"claim", "articles", "reason"}))
          book.out_of_scope.push_back({text(item, "claim"), text(item, "articles"), text(item, "reason")});
  }

private:
  void read_claim(const document_node& node, claims_book& book) {
    claim c;
    c.where = node.where;
    c.id = text(node, "id");
    for (const claim& other : book.claims)
      if (other.id == c.id)
        problem(node.where, "claim '" + c.id + "' is given twice, the first at " + base::to_text(other.where));
    c.text = text(node, "claim");
    c.articles = text(node, "articles");
    c.reading = text(node, "reading");
    if (const auto tolerance = figure(node, "tolerance")) {
      c.tolerance = tolerance->value;
      if (tolerance->unit != figure_unit{} || c.tolerance < 0)
        problem(node.find("tolerance")->where, "'tolerance' is '" + text(node, "tolerance") + "', expected a share such as 5 %");
    }
    for (const auto& e : entries(node, "runs", false))
      try {
        c.runs.push_back({e.key, read_experiment(e.value.text, e.value.where)});
      } catch (const base::input_error& error) {
        for (const auto& d : error.problems())
          problem(d.where, d.message);
      }
    for (const auto& e : entries(node, "figures", true))
      read_figure(e, c);
    const document_node* cases = items(node, "cases");
    if (!cases || cases->items.empty())
      problem(node.where, "claim '" + c.id + "' has no cases, expected one or more that decide its verdict");
    else
      for (const document_node& item : cases->items)
        if (keys(item, "a case", {"when", "figure", "least", "most"}))
          read_case(item, cases->items.size() > 1, c);
    for (const claim_run& r : c.runs)
      if (std::none_of(c.figures.begin(), c.figures.end(), [&r](const claim_figure& f) { return f.run == r.name; }))
        problem(r.run.where, "no figure of claim '" + c.id + "' is taken from run '" + r.name + "'");
    book.claims.push_back(std::move(c));
  }

  std::optional<std::size_t> figure_named(const claim& c, const std::string& name, const base::source_location& where) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < c.figures.size(); ++i) {
      if (c.figures[i].name == name)
        return i;
      names.push_back(c.figures[i].name);
    }
    problem(where, "there is no figure '" + name + "' above this" + base::did_you_mean(name, names));
    return std::nullopt;
  }

  void read_figure(const document_node::entry& entry, claim& c) {
    claim_figure f;
    f.name = entry.key;
    f.where = entry.value.where;
    const document_node& node = entry.value;
    const std::string what = "figure '" + f.name + "'";
    if (!keys(node, what, {"value", "source", "platform", "parameter", "run", "field", "sum", "difference", "product", "ratio"}))
      return;
    std::vector<std::string> given;
    for (const auto& e : node.entries)
      if (e.key != "source" && e.key != "platform" && e.key != "field")
        given.push_back(e.key);
    if (given.size() != 1) {
      problem(node.where, what + " has " + std::to_string(given.size()) + " origins, expected one of value, parameter, run, sum, difference, product, ratio");
      return;
    }
    if (given.front() == "value") {
      f.source = text(node, "source");
      if (const auto value = figure(node, "value"))
        f.value = *value;
    } else if (given.front() == "parameter") {
      f.from = origin::parameter;
      f.platform = text(node, "platform");
      f.path = text(node, "parameter");
    } else if (given.front() == "run") {
      f.from = origin::measured;
      f.run = text(node, "run");
      f.field = text(node, "field");
      if (std::none_of(c.runs.begin(), c.runs.end(), [&f](const claim_run& r) { return r.name == f.run; }))
        problem(node.where, what + ": claim '" + c.id + "' has no run '" + f.run + "'");
    } else {
      read_operands(node, given.front(), f, c);
    }
    c.figures.push_back(std::move(f));
  }

  void read_operands(const document_node& node, const std::string& key, claim_figure& f, const claim& c) {
    for (const arithmetic& a : operations)
      if (key == a.key)
        f.from = a.from;
    const document_node* list = items(node, key);
    const std::size_t count = list ? list->items.size() : 0;
    const bool pair = f.from == origin::difference || f.from == origin::ratio;
    if (list && (pair ? count != 2 : count < 2))
      problem(list->where, "'" + key + "' has " + std::to_string(count) + " operands, expected " + (pair ? "two" : "two or more"));
    if (list)
      for (const document_node& item : list->items)
        if (const auto index = figure_named(c, item.text, node.where))
          f.operands.push_back(*index);
  }

  void read_case(const document_node& node, bool several, claim& c) {
    claim_case k;
    k.where = node.where;
    k.when = text(node, "when", several);
    k.least = figure(node, "least");
    k.most = figure(node, "most");
    if (!node.find("least") && !node.find("most"))
      problem(node.where, "a case has no bounds, expected 'least', 'most' or both");
    if (k.least && k.most && k.least->value > k.most->value)
      problem(node.where, "'least' is more than 'most'");
    if (const auto index = figure_named(c, text(node, "figure"), node.where))
      k.figure = *index;
    c.cases.push_back(std::move(k));
  }
};

} // namespace

claims_book read_claims(const std::string& file_or_folder) {
  std::vector<fs::path> files{file_or_folder};
  if (fs::is_directory(file_or_folder)) {
    files.clear();
    for (const auto& entry : fs::directory_iterator(file_or_folder))
      if (entry.path().extension() == ".yaml")
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    if (files.empty())
      throw base::input_error({file_or_folder, 0}, "holds no *.yaml, expected files of claims");
  }
  claims_book book;
  reader r;
  for (const fs::path& file : files)
    r.read(platforms::read_document(file.string()), book);
  r.throw_if_any();
  return book;
}

} // namespace strata::cli
