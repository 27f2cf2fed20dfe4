// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/workload_file.hpp"

#include "sc_main/claims/document_reader.hpp"

#include <algorithm>
#include <cmath>

namespace strata::cli {
namespace {

using traffic::family;
constexpr base::dimension plain_number{};

/// A value's dimension and bounds.
struct due {
  base::dimension dim;
  double least, most;
  const char* what;
};
constexpr due tokens{plain_number, 1, 1 << 24, "a number of tokens"}, seconds{base::duration::dim, 0, 7e6, "a time"},
    factor{plain_number, 0, 1e6, "a number"}, whole{plain_number, 0, 1e6, "a whole number"}, rate{base::frequency::dim, 1e-9, 1e9, "a rate in Hz"};

class workload_reader : private document_reader {
public:
  using document_reader::throw_if_any;

  traffic::workload read(const document_node& node) {
    traffic::workload w;
    if (!keys(node, "a workload", {"duration", "block_tokens", "classes", "clients"}))
      return w;
    w.duration_s = number(node, "duration", seconds, {});
    w.block_tokens = static_cast<std::uint32_t>(number(node, "block_tokens", whole, 0));
    for (const document_node::entry& e : entries(node, "classes", false))
      read_class(e, w);
    if (w.classes.size() > traffic::most_classes)
      problem(node.where, std::to_string(w.classes.size()) + " classes, expected " + std::to_string(traffic::most_classes) + " at most");
    for (const document_node::entry& e : entries(node, "clients", true))
      read_group(e.value, w);
    return w;
  }

private:
  /// `missing` where the key is not there; without such it is due.
  double number(const document_node& node, const std::string& key, const due& d, std::optional<double> missing) {
    const document_node* value = node.find(key);
    if (value)
      return number(*value, key, d);
    if (!missing)
      problem(node.where, "'" + key + "' is missing, expected " + d.what);
    return missing.value_or(d.least);
  }

  double number(const document_node& value, const std::string& key, const due& d) {
    const auto f = figure(value);
    if (f && f->unit == figure_unit{d.dim, 0} && f->value >= d.least && f->value <= d.most)
      return f->value;
    if (f)
      problem(value.where, "'" + key + "' is '" + value.text + "', expected " + d.what + " from " + base::to_text(d.least, d.dim) + " to " +
                               base::to_text(d.most, d.dim));
    return d.least;
  }

  void read_class(const document_node::entry& e, traffic::workload& w) {
    traffic::service_class c{e.key};
    if (keys(e.value, "a class", {"ttft", "tpot"}))
      for (const auto& [key, objective] : {std::pair{"ttft", &c.ttft_s}, {"tpot", &c.tpot_s}})
        if (const document_node* value = e.value.find(key))
          *objective = number(*value, key, seconds);
    w.classes.push_back(std::move(c));
  }

  void read_group(const document_node& node, traffic::workload& w) {
    static const std::vector<std::string> known{"class", "priority", "number", "rate", "skew", "arrivals", "profile", "prompt", "output",
                                                "spread", "context", "turns", "append", "gap", "gap_of"};
    if (!keys(node, "a kind of clients", known))
      return;
    traffic::client_group g;
    g.service = class_of(node, w);
    g.priority = static_cast<std::uint32_t>(number(node, "priority", {plain_number, 0, traffic::highest_priority, "a priority"}, traffic::highest_priority));
    g.clients = static_cast<std::uint32_t>(number(node, "number", {plain_number, 1, 1e6, "a number of clients"}, 1));
    g.rate = number(node, "rate", rate, {});
    g.skew = number(node, "skew", factor, 0);
    g.spread = number(node, "spread", {plain_number, 0, 4, "a number"}, 0);
    g.most_context = static_cast<std::uint32_t>(number(node, "context", {plain_number, 2, 1 << 24, "a number of tokens"}, g.most_context));
    if (const document_node* a = node.find("arrivals"))
      read_gaps(*a, g.gaps);
    if (const document_node* p = node.find("profile"))
      read_profile(*p, g.profile);
    g.prompt = distribution(node, "prompt", tokens);
    g.output = distribution(node, "output", tokens);
    read_talk(node, g);
    w.groups.push_back(std::move(g));
  }

  std::uint8_t class_of(const document_node& node, const traffic::workload& w) {
    const std::string name = text(node, "class", !w.classes.empty());
    for (std::size_t i = 0; i < w.classes.size(); ++i)
      if (w.classes[i].name == name)
        return static_cast<std::uint8_t>(i);
    if (!name.empty())
      problem(node.where, "class '" + name + "' is unknown, expected one of 'classes'");
    return 0;
  }

  void read_gaps(const document_node& node, traffic::gap_shape& gaps) {
    if (!keys(node, "arrivals", {"gamma", "weibull"}))
      return;
    if (node.entries.size() != 1)
      return problem(node.where, "arrivals have " + std::to_string(node.entries.size()) + " distributions, expected one");
    gaps.family = node.entries.front().key == "gamma" ? traffic::gap_family::gamma : traffic::gap_family::weibull;
    if (const document_node& shape = node.entries.front().value; keys(shape, "a distribution of gaps", {"cv"}))
      gaps.cv = number(shape, "cv", {plain_number, 0, 10, "a coefficient of variation"}, {});
  }

  void read_profile(const document_node& node, traffic::rate_profile& profile) {
    if (!keys(node, "a profile", {"period", "factors"}))
      return;
    profile.period_s = number(node, "period", {base::duration::dim, 1e-3, 7e6, "a time"}, {});
    if (const document_node* list = items(node, "factors", true)) {
      double sum = 0;
      for (const document_node& item : list->items) {
        profile.factors.push_back(number(item, "factors", factor));
        sum += profile.factors.back();
      }
      if (sum <= 0)
        problem(list->where, "'factors' are all 0, expected some above");
    }
  }

  void read_talk(const document_node& node, traffic::client_group& g) {
    if (!node.find("turns")) {
      for (const char* key : {"append", "gap", "gap_of"})
        if (const document_node* value = node.find(key))
          problem(value->where, std::string("'") + key + "' without 'turns', expected how many steps a session has");
      return;
    }
    traffic::conversation talk;
    talk.turns = distribution(node, "turns", tokens);
    talk.append = distribution(node, "append", tokens);
    talk.gap = distribution(node, "gap", seconds);
    talk.gap.least = 0;
    const std::string cause = text(node, "gap_of", false);
    if (!cause.empty() && cause != "people" && cause != "tools")
      problem(node.where, "'gap_of' is '" + cause + "', expected people or tools");
    talk.tools = cause == "tools";
    g.talk = std::move(talk);
  }

  traffic::mixture distribution(const document_node& node, const std::string& key, const due& d) {
    traffic::mixture m;
    m.least = d.least;
    m.most = d.most;
    const document_node* value = node.find(key);
    if (!value)
      problem(node.where, "'" + key + "' is missing, expected a distribution of " + d.what);
    else if (value->type == platforms::document_node::kind::list)
      read_parts(*value, key, d, m);
    else if (value->type == platforms::document_node::kind::scalar)
      m.parts.push_back({1, number(*value, key, d), 0, family::constant});
    else
      read_part(*value, key, d, false, m);
    return m;
  }

  void read_parts(const document_node& list, const std::string& key, const due& d, traffic::mixture& m) {
    double weights = 0;
    for (const document_node& item : list.items) {
      read_part(item, key, d, true, m);
      weights += m.parts.empty() ? 0 : m.parts.back().weight;
    }
    if (std::abs(weights - 1) > 1e-6)
      problem(list.where, "the weights of '" + key + "' sum to " + base::to_text(weights, plain_number) + ", expected 1");
  }

  /// One family with its parameters, {log_normal: {median: 400, sigma: 1}}.
  void read_part(const document_node& node, const std::string& key, const due& d, bool weighted, traffic::mixture& m) {
    std::vector<std::string> known{"log_normal", "exponential", "pareto", "uniform", "constant"};
    if (weighted)
      known.push_back("weight");
    if (!keys(node, "a distribution", known))
      return;
    if (node.entries.size() != (weighted ? 2u : 1u))
      return problem(node.where, "'" + key + "' has no single distribution, expected one" + (weighted ? " and its weight" : ""));
    traffic::mixture::part p{weighted ? number(node, "weight", {plain_number, 0, 1, "a share"}, {}) : 1, 1};
    for (const document_node::entry& e : node.entries)
      if (e.key != "weight")
        read_family(e, key, d, p);
    m.parts.push_back(p);
  }

  void read_family(const document_node::entry& e, const std::string& key, const due& d, traffic::mixture::part& p) {
    const auto parameters = [&](family of, const char* scale, const char* shape, const due& of_shape) {
      p.kind = of;
      if (!keys(e.value, e.key, shape ? std::vector<std::string>{scale, shape} : std::vector<std::string>{scale}))
        return;
      p.scale = number(e.value, scale, {d.dim, d.least > 0 ? d.least : 1e-12, d.most, d.what}, {});
      if (shape)
        p.shape = number(e.value, shape, of_shape, {});
    };
    if (e.key == "log_normal")
      parameters(family::log_normal, "median", "sigma", {plain_number, 0, 4, "a number"});
    else if (e.key == "exponential")
      parameters(family::exponential, "mean", nullptr, {});
    else if (e.key == "pareto")
      parameters(family::pareto, "least", "exponent", {plain_number, 0.1, 100, "a number"});
    else if (e.key == "uniform")
      parameters(family::uniform, "least", "most", d);
    else {
      p.kind = family::constant;
      p.scale = number(e.value, key, d);
    }
  }
};

} // namespace

traffic::workload read_workload(const std::string& file) {
  workload_reader reader;
  traffic::workload w = reader.read(platforms::read_document(file));
  reader.throw_if_any();
  return w;
}

} // namespace strata::cli
