// SPDX-License-Identifier: Apache-2.0
// The readable report of one run, made from its result document.
#include "sc_main/command/number_text.hpp"
#include "sc_main/command/text_table.hpp"
#include "sc_main/report/report.hpp"

#include <algorithm>
#include <cmath>

namespace strata::cli {
namespace {

constexpr std::size_t components_shown = 24;
using column = text_table::column;
constexpr auto left = text_table::align::left;
constexpr auto right = text_table::align::right;

/// A figure as people read it; "-" where there is none.
std::string shown(const json& figure) {
  const double value = value_of(figure);
  const std::string unit = figure.at("unit");
  if (std::isnan(value))
    return "-";
  if (unit == "s" || unit == "J" || unit == "W" || unit == "B" || unit == "bit")
    return with_prefix(value, unit);
  return unit == "1" ? plain(value) : plain(value) + " " + (unit == "token/s" ? "tok/s" : unit);
}
std::string share(const json& figure) { return std::isnan(value_of(figure)) ? "-" : percent(value_of(figure)); }

std::string phase_name(const json& phase) {
  const std::string pool = phase.at("pool"), name = phase.at("name");
  return pool.empty() ? name : pool + " pool: " + name;
}

class writer {
public:
  explicit writer(text_form form) : m_form(form) {}
  void heading(const std::string& title) {
    m_text += m_form == text_form::markdown ? "\n### " + title + "\n\n" : "\n" + title + "\n";
  }
  void table(const text_table& t) { m_text += m_form == text_form::markdown ? t.markdown() : t.text(); }
  void line(const std::string& text) {
    m_text += m_form == text_form::markdown ? text + "\n" : "  " + text + "\n";
  }
  std::string take() { return std::move(m_text); }

private:
  text_form m_form;
  std::string m_text;
};

/// "2 x ", or of pools of unequal numbers "3 prefill and 1 decode x "; nothing of one.
std::string replicas_text(const json& platform) {
  const double replicas = value_of(platform.at("replicas"));
  const double decode = platform.contains("decode_replicas") ? value_of(platform.at("decode_replicas")) : replicas;
  if (decode != replicas)
    return plain(replicas) + " prefill and " + plain(decode) + " decode x ";
  return replicas > 1 ? plain(replicas) + " x " : "";
}

void add_facts(writer& out, const json& r) {
  text_table table({{"", left}, {"", left}});
  const auto& model = r.at("model");
  table.add({"platform", replicas_text(r.at("platform")) + r.at("platform").at("name").get<std::string>() + " (" +
                             r.at("platform").at("file").get<std::string>() + ")"});
  table.add({"model", model.at("name").get<std::string>() + ", " + with_prefix(value_of(model.at("parameters")), "") +
                          " parameters, weights " + model.at("weights_type").get<std::string>() + " " +
                          shown(model.at("weights")) + ", KV " + model.at("kv_type").get<std::string>() + " " +
                          with_prefix(value_of(model.at("kv_per_token")), "B") + "/token"});
  for (const auto& tier : r.at("kv_cache"))
    table.add({tier.at("store").get<bool>() ? "KV store" : "KV cache", shown(tier.at("capacity")) + " = " + with_prefix(value_of(tier.at("capacity_tokens")), "") +
                               " tokens in " + tier.at("memory").get<std::string>()});
  if (r.contains("mesh")) {
    const auto& core = r.at("mesh").at("tightest_core");
    table.add({"tightest core", shown(core.at("weights")) + " weights, " + shown(core.at("activations")) + " activations, " +
                                   shown(core.at("code")) + " code, " + shown(core.at("left_for_kv")) + " for KV of " +
                                   shown(core.at("memory")) + " (" + core.at("stage").get<std::string>() + ")"});
    if (r.at("mesh").contains("defects"))
      for (const auto& text : r.at("mesh").at("defects").at("text"))
        table.add({text == r.at("mesh").at("defects").at("text").front() ? "dead cores" : "", text.get<std::string>()});
  }
  table.add({"traffic", r.at("traffic").get<std::string>()});
  const auto& requests = r.at("requests");
  table.add({"requests", shown(requests.at("completed")) + " completed, " + shown(requests.at("rejected")) +
                             " rejected, " + shown(requests.at("prompt_tokens")) + "s in, " +
                             shown(requests.at("output_tokens")) + "s out, " + shown(r.at("simulated_time")) +
                             " simulated"});
  if (requests.contains("rejection")) {
    const auto& longest = requests.at("rejection");
    table.add({"rejected", "the longest, " + shown(longest.at("longest")) + "s, lacks " + shown(longest.at("shortfall_tokens")) + "s = " +
                               shown(longest.at("shortfall")) + " of KV cache"});
    for (const auto& remedy : longest.at("expected"))
      table.add({"", "expected " + remedy.get<std::string>()});
  }
  if (value_of(requests.at("preemptions")) > 0)
    table.add({"", shown(requests.at("preemptions")) + " times preempted, " + shown(requests.at("recomputed_tokens")) +
                       "s computed again"});
  if (value_of(requests.at("skipped")) > 0)
    table.add({"", shown(requests.at("skipped")) + " more had failed when the trace was taken and are left out"});
  if (r.contains("tasks")) {
    const auto& t = r.at("tasks");
    const auto per_task = [&t](const char* name) { return t.at(name).at("value").is_null() ? "-" : shown(t.at(name)); };
    table.add({"tasks", shown(t.at("completed")) + " sessions, " + shown(t.at("per_hour")) + ", mean " +
                            with_prefix(t.at("duration").at("mean").get<double>(), "s") + ": " + share(t.at("served")) +
                            " served, " + share(t.at("tools")) + " tools, " + share(t.at("people")) + " people; " +
                            per_task("energy") + " and " + per_task("cost") + " each"});
    if (t.contains("on_hosts")) {
      const auto& h = t.at("on_hosts");
      table.add({"tools", shown(h.at("calls")) + " calls worked " + shown(h.at("core_time")) + " on " + shown(h.at("cores")) +
                              " cores, " + share(h.at("utilisation")) + " busy; each waited " + shown(h.at("queued")) + "; " +
                              shown(h.at("energy"))});
    }
  }
  if (r.contains("speculation")) {
    const auto& s = r.at("speculation");
    table.add({"speculation", shown(s.at("drafted")) + "s drafted by " + s.at("drafter").get<std::string>() + ", " +
                                  share(s.at("acceptance")) + " accepted, " + shown(s.at("output_per_step")) +
                                  "s per sequence and step"});
  }
  if (const auto& prefixes = r.at("prefix_cache"); !prefixes.is_null())
    table.add({"prefix cache", share(prefixes.at("hit_rate")) + " of " + with_prefix(value_of(prefixes.at("blocks_asked")), "") +
                                   " blocks found, " + with_prefix(value_of(prefixes.at("cached_tokens")), "") +
                                   " prompt tokens cached, " + with_prefix(value_of(prefixes.at("computed_tokens")), "") +
                                   " computed, " + with_prefix(value_of(prefixes.at("blocks_lost")), "") + " blocks computed again"});
  if (value_of(r.at("handed_over")) > 0)
    table.add({"handed over", shown(r.at("handed_over")) + " of KV from the prefill pool to the decode pool"});
  const auto& fidelity = r.at("fidelity");
  std::string how = fidelity.at("level").get<std::string>() + ", " + shown(fidelity.at("steps_simulated")) +
                    " steps simulated";
  if (value_of(fidelity.at("steps_reused")) > 0)
    how += ", " + shown(fidelity.at("steps_reused")) + " reused; " + shown(fidelity.at("spot_checks")) +
           " spot checks, error mean " + share(fidelity.at("mean_error")) + ", max " + share(fidelity.at("max_error"));
  table.add({"fidelity", how});
  out.table(table);
}

/// Where the blocks of prompts lay that earlier prompts had computed.
void add_tiers(writer& out, const json& r) {
  if (r.at("prefix_cache").is_null())
    return;
  out.heading("KV kept for later prompts");
  text_table table({{"memory", left}, {"found"}, {"of all blocks"}, {"evicted"}, {"read"}, {"written"}, {"mean use"}});
  for (const auto& t : r.at("kv_cache"))
    table.add({t.at("memory"), with_prefix(value_of(t.at("blocks_found")), ""), share(t.at("hit_rate")),
               with_prefix(value_of(t.at("blocks_evicted")), ""), shown(t.at("read")), shown(t.at("written")), share(t.at("used"))});
  out.table(table);
}

void add_latency(writer& out, const json& r) {
  out.heading("Latency");
  text_table table({{"", left}, {"mean"}, {"p50"}, {"p90"}, {"p99"}});
  const auto row = [&](const std::string& label, const json& d) {
    std::vector<std::string> cells{label};
    for (const char* key : {"mean", "p50", "p90", "p99"})
      cells.push_back(d.at(key).is_null() ? "-" : with_prefix(d.at(key).get<double>(), d.at("unit")));
    table.add(cells);
  };
  const auto& l = r.at("latency");
  row("time to first token (TTFT)", l.at("ttft"));
  row("time per output token (TPOT)", l.at("tpot"));
  row("end to end", l.at("end_to_end"));
  row("waiting for admission", l.at("queueing"));
  out.table(table);
}

void add_totals(writer& out, const json& r) {
  out.heading("Throughput and energy");
  text_table table({{"", left}, {"", right}});
  const auto& t = r.at("throughput");
  const auto& e = r.at("energy");
  table.add({"output, all users", shown(t.at("output_total"))});
  table.add({"output, per user", shown(t.at("output_per_user"))});
  table.add({"output, per device", shown(t.at("output_per_device"))});
  table.add({"output, per MW", shown(t.at("output_per_MW"))});
  table.add({"prompt", shown(t.at("prompt_total"))});
  table.add({"energy", shown(e.at("total"))});
  table.add({"energy per output token", shown(e.at("per_output_token"))});
  if (const auto& wall = e.at("wall"); !wall.is_null())
    table.add({"energy per output token, at the wall", shown(wall.at("per_output_token"))});
  table.add({"mean power", shown(e.at("mean_power"))});
  if (const auto& c = r.at("cost"); !c.is_null())
    table.add({"cost per million output tokens", shown(c.at("per_million_output_tokens"))});
  out.table(table);
}

/// A mean with its confidence interval, where there is one.
std::string estimated(const json& e) {
  const std::string unit = e.at("unit");
  const std::string mean = with_prefix(e.at("mean"), unit);
  return e.at("half_width_95").is_null() ? mean : mean + " +- " + with_prefix(e.at("half_width_95"), unit);
}

void add_service(writer& out, const json& r) {
  const auto& s = r.at("service");
  out.heading("Service");
  text_table table({{"", left}, {"", left}});
  table.add({"requests", shown(s.at("counted_requests")) + (s.at("steady").get<bool>()
                             ? " after " + shown(s.at("warm_up_requests")) + " of warm-up"
                             : ", which have not reached a steady state")});
  table.add({"objectives kept", share(s.at("met_both")) + " both, " + share(s.at("met_ttft")) + " first token in " +
                                    shown(s.at("objective_ttft")) + ", " + share(s.at("met_tpot")) + " further tokens in " +
                                    shown(s.at("objective_tpot"))});
  table.add({"goodput", plain(value_of(s.at("goodput"))) + " requests/s, " + shown(s.at("good_output"))});
  table.add({"TTFT", estimated(s.at("ttft"))});
  table.add({"latency per output token", estimated(s.at("normalised_latency"))});
  out.table(table);
}

void add_classes(writer& out, const json& r) {
  if (!r.contains("classes"))
    return;
  out.heading("Service classes");
  text_table table({{"class", left}, {"requests"}, {"TTFT p50"}, {"p99"}, {"TPOT p50"}, {"p99"}, {"objectives", left}, {"both kept"}, {"requests/s good"}, {"output good"}});
  for (const auto& c : r.at("classes")) {
    std::vector<std::string> cells{c.at("name"), shown(c.at("completed"))};
    for (const char* latency : {"ttft", "tpot"})
      for (const char* p : {"p50", "p99"})
        cells.push_back(with_prefix(c.at(latency).at(p).get<double>(), "s"));
    cells.insert(cells.end(), {shown(c.at("objective_ttft")) + ", " + shown(c.at("objective_tpot")), share(c.at("met_both")),
                               plain(value_of(c.at("goodput"))), shown(c.at("good_output"))});
    table.add(cells);
  }
  out.table(table);
}

void add_levels(writer& out, const json& r) {
  out.heading("Energy by level");
  text_table table({{"level", left}, {"energy"}, {"share"}, {"moved"}, {"per bit"}});
  for (const auto& l : r.at("energy").at("levels")) {
    const double bits = value_of(l.at("moved"));
    table.add({l.at("level"), shown(l.at("energy")), share(l.at("share")),
               bits > 0 ? with_prefix(bits / 8, "B") : "-", shown(l.at("energy_per_bit"))});
  }
  out.table(table);
}

/// What the platform draws where it is plugged in, beyond what its components do.
void add_wall(writer& out, const json& r) {
  const auto& wall = r.at("energy").at("wall");
  if (wall.is_null())
    return;
  out.heading("Power at the wall");
  text_table table({{"", left}, {"power"}, {"share"}});
  for (const auto& p : wall.at("parts"))
    table.add({p.at("part"), shown(p.at("power")), share(p.at("share"))});
  table.add({"all", shown(wall.at("mean_power")), percent(1)});
  out.table(table);
}

/// All of a site's systems, of which the run simulated a few.
void add_site(writer& out, const json& r) {
  const auto& s = r.at("site");
  if (s.is_null())
    return;
  out.heading("Site");
  text_table table({{"", left}, {"", right}});
  table.add({"systems", shown(s.at("systems"))});
  if (!s.at("limit").is_null())
    table.add({"may run at once under " + shown(s.at("limit")), shown(s.at("running"))});
  table.add({"output", with_prefix(value_of(s.at("output")), "tok/s")});
  table.add({"power at the meter", shown(s.at("power"))});
  table.add({"cost", shown(s.at("cost"))});
  out.table(table);
}

void add_phases(writer& out, const json& r) {
  out.heading("Phases");
  text_table table({{"phase", left}, {"time"}, {"share"}, {"steps"}, {"tokens"}, {"energy"}, {"idle compute"}, {"bandwidth"}, {"bound by", left}});
  for (const auto& p : r.at("phases"))
    table.add({phase_name(p), shown(p.at("time")), share(p.at("time_share")), shown(p.at("steps")),
               plain(value_of(p.at("tokens"))), shown(p.at("energy")), share(p.at("stranded_compute")),
               share(p.at("stranded_bandwidth")), p.at("bound_by")});
  out.table(table);
}

/// What the ranges of estimates take off a decode step's seconds for one cause, and add to them.
struct path_range {
  double low = 0, high = 0;
};
path_range range_of(const json& r, const std::string& cause) {
  if (r.contains("mesh"))
    for (const auto& p : r.at("mesh").at("decode_path"))
      if (p.at("cause") == cause)
        return {value_of(p.at("low")) - value_of(p.at("time")), value_of(p.at("high")) - value_of(p.at("time"))};
  return {};
}

/// A decode step goes from lane to lane: what they do adds up to its path, host and waiting apart.
void add_decode_path(writer& out, const json& r) {
  for (const auto& p : r.at("phases")) {
    if (p.at("name") != "decode" || p.at("lane_time").empty())
      continue;
    const double steps = value_of(p.at("steps")), layers = value_of(r.at("model").at("layers"));
    double all = 0;
    for (const auto& l : p.at("lane_time"))
      all += value_of(l.at("time"));
    out.heading("Path of a decode step through its lanes");
    const bool ranged = r.contains("mesh");
    text_table table({{"cause", left}, {"per step"}, {"per layer"}, {"share"}});
    text_table with_range({{"cause", left}, {"per step"}, {"per layer"}, {"low"}, {"high"}, {"share"}});
    path_range sum;
    const auto row = [&](const std::string& name, double time, const path_range& add) {
      std::vector<std::string> cells{name};
      for (const double t : {time / steps, time / steps / layers})
        cells.push_back(with_prefix(t, "s"));
      if (ranged)
        for (const double more : {add.low, add.high})
          cells.push_back(with_prefix((time / steps + more) / layers, "s"));
      cells.push_back(percent(time / all));
      (ranged ? with_range : table).add(cells);
      sum.low += add.low;
      sum.high += add.high;
    };
    for (const auto& l : p.at("lane_time"))
      row(l.at("cause"), value_of(l.at("time")), range_of(r, l.at("cause")));
    row("all", all, sum);
    out.table(ranged ? with_range : table);
  }
}

void add_components(writer& out, const json& r) {
  out.heading("Components, by energy");
  std::vector<const json*> order;
  for (const auto& c : r.at("components"))
    order.push_back(&c);
  std::stable_sort(order.begin(), order.end(), [](const json* a, const json* b) {
    return value_of(a->at("energy")) > value_of(b->at("energy"));
  });
  text_table table({{"component", left}, {"type", left}, {"units"}, {"energy"}, {"static"}, {"busiest meter", left}, {"used"}});
  for (std::size_t i = 0; i < std::min(order.size(), components_shown); ++i) {
    const json& c = *order[i];
    const json* busiest = nullptr;
    for (const auto& m : c.at("meters"))
      if (!busiest || value_of(m.at("utilisation")) > value_of(busiest->at("utilisation")))
        busiest = &m;
    table.add({c.at("path"), c.at("type"), std::to_string(c.at("represents").get<unsigned>()), shown(c.at("energy")),
               shown(c.at("static_power")), busiest ? busiest->at("name").get<std::string>() : "",
               busiest ? share(busiest->at("utilisation")) : ""});
  }
  out.table(table);
  if (order.size() > components_shown)
    out.line("and " + std::to_string(order.size() - components_shown) + " more, all in components.csv with --out");
}

void add_audits(writer& out, const json& r) {
  out.heading("Audits");
  text_table table({{"", left}, {"", left}});
  for (const auto& a : r.at("audits")) {
    table.add({a.at("passed").get<bool>() ? "passed" : "FAILED", a.at("name")});
    table.add({"", a.at("detail")}); // below the name, where it has the width it needs
  }
  out.table(table);
}

} // namespace

std::vector<std::pair<std::string, std::string>> headline(const json& r) {
  std::vector<std::pair<std::string, std::string>> rows;
  const auto percentiles = [&](const std::string& label, const json& d) {
    for (const char* key : {"p50", "p90", "p99"})
      rows.emplace_back(label + " " + key, d.at(key).is_null() ? "-" : with_prefix(d.at(key).get<double>(), "s"));
  };
  percentiles("TTFT", r.at("latency").at("ttft"));
  percentiles("TPOT", r.at("latency").at("tpot"));
  percentiles("end to end", r.at("latency").at("end_to_end"));
  rows.emplace_back("output per user", shown(r.at("throughput").at("output_per_user")));
  rows.emplace_back("output, all users", shown(r.at("throughput").at("output_total")));
  rows.emplace_back("energy per output token", shown(r.at("energy").at("per_output_token")));
  rows.emplace_back("mean power", shown(r.at("energy").at("mean_power")));
  const auto& wall = r.at("energy").at("wall");
  rows.emplace_back("mean power at the wall", wall.is_null() ? "-" : shown(wall.at("mean_power")));
  rows.emplace_back("requests completed", shown(r.at("requests").at("completed")));
  rows.emplace_back("requests rejected", shown(r.at("requests").at("rejected")));
  for (const auto& phase : r.at("phases"))
    rows.emplace_back("time in " + phase_name(phase), share(phase.at("time_share")));
  for (const auto& level : r.at("energy").at("levels"))
    rows.emplace_back("energy in " + level.at("level").get<std::string>(), share(level.at("share")));
  const auto failed = failed_audits(r);
  rows.emplace_back("audits", failed.empty() ? "passed" : std::to_string(failed.size()) + " FAILED");
  return rows;
}

std::string report_text(const json& result, text_form form) {
  writer out(form);
  add_facts(out, result);
  add_tiers(out, result);
  add_latency(out, result);
  add_totals(out, result);
  add_service(out, result);
  add_classes(out, result);
  add_levels(out, result);
  add_wall(out, result);
  add_site(out, result);
  add_phases(out, result);
  add_decode_path(out, result);
  add_components(out, result);
  add_audits(out, result);
  return out.take();
}

} // namespace strata::cli
