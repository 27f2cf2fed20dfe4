// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/simulation.hpp"

#include "platforms/describe.hpp"
#include "platforms/search_path.hpp"
#include "sc_main/command/model_directories.hpp"
#include "sc_main/command/platform_loading.hpp"
#include "sc_main/run/audits.hpp"
#include "sc_main/run/full_load.hpp"
#include "sc_main/run/kv_facts.hpp"
#include "sc_main/run/request_sources.hpp"
#include "sc_main/run/run_timeline.hpp"
#include "sc_main/run/run_trace.hpp"
#include "sc_main/run/service_classes.hpp"
#include "sc_main/run/tool_use.hpp"
#include "traffic/llm/llm_config.hpp"
#include "traffic/lowering/serving_plan.hpp"
#include "traffic/steps/replay.hpp"

#include <algorithm>
#include <ctime>
#include <deque>
#include <numeric>
#include <optional>

namespace strata::cli {

namespace {

/// Debug builds watch every binding; results do not depend on it.
#ifdef NDEBUG
constexpr bool always_check_protocol = false;
#else
constexpr bool always_check_protocol = true;
#endif

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

platforms::checked_platform checked_platform(const run_options& o) {
  const std::vector<platforms::parameter_override> user = overrides_of(o.set);
  const platforms::netlist netlist = platforms::load_netlist(platforms::find_platform(o.platform), user);
  std::vector<platforms::parameter_override> overrides;
  if (!o.framework.empty())
    overrides = framework_overrides(netlist, o.framework);
  overrides.insert(overrides.end(), user.begin(), user.end());
  const platforms::check_options options{!o.no_symmetry};
  platforms::checked_platform checked = platforms::check(netlist, overrides, options);
  if (o.fidelity != fidelity::burst)
    return checked;
  // Burst is a parameter of each component that has such a rung; what the user set himself comes after and wins.
  std::vector<platforms::parameter_override> at_burst;
  for (const platforms::instance& i : checked.instances)
    if (i.config->parameters().find("fidelity"))
      at_burst.push_back(platforms::parse_override(i.path + ".fidelity=burst"));
  at_burst.insert(at_burst.end(), overrides.begin(), overrides.end());
  return platforms::check(netlist, at_burst, options);
}

traffic::engine_config engine_config(const run_options& o, const traffic::serving_plan& plan,
                                     const std::vector<traffic::service_objectives>& objectives) {
  traffic::engine_config c;
  c.max_sequences = o.max_batch;
  c.max_step_tokens = o.step_tokens;
  c.kv_capacity_tokens = plan.kv_capacity_tokens;
  if (plan.groups() > 1) // a sequence lies on the ranks of one group
    c.most_context = std::accumulate(c.kv_capacity_tokens.begin(), c.kv_capacity_tokens.end(), std::uint64_t{0}) / plan.groups();
  c.prompt_ranks = static_cast<std::uint16_t>(plan.groups());
  c.window = plan.model->window();
  c.request_latency_ps = static_cast<std::int64_t>(plan.platform->request_latency_s * 1e12 + 0.5);
  c.prompts_apart = plan.platform->prompts_apart;
  c.steps_ahead = plan.platform->steps_ahead;
  c.chunked_prefill = o.chunked_prefill;
  c.batch_wait_steps = o.batch_wait;
  c.batch_wait_fill = o.batch_wait_fill;
  c.prefix_cache = o.prefix_cache;
  c.eviction = o.eviction.of(0);
  for (std::size_t s = 0; s < plan.store_capacity_tokens.size(); ++s)
    c.kv_stores.push_back({plan.store_capacity_tokens[s], o.eviction.of(s + 1),
                           plan.platform->devices.front().front().stores[s].pooled_bandwidth > 0});
  c.write_through = o.write_through;
  c.prefetch = o.prefetch != prefetching::off;
  c.reserve_output = o.preempt == preemption::off;
  c.swap = o.preempt == preemption::swap;
  c.schedule = o.schedule;
  for (const traffic::service_objectives& due : objectives)
    c.ttft_ps.push_back(static_cast<std::int64_t>(due.ttft_s * 1e12 + 0.5));
  c.steps_in_flight = static_cast<unsigned>(plan.stages.size());
  c.speculation = {o.speculate, o.acceptance, o.seed};
  return c;
}

constexpr const char* own_head = "head";

/// Who drafts, where anybody does.
std::optional<traffic::llm_architecture> drafter_of(const run_options& o, const traffic::llm_architecture& model) {
  if (o.speculate == 0)
    return std::nullopt;
  return o.draft == own_head ? traffic::draft_head(model) : traffic::load_llm(o.draft, model_directories());
}

task_result task_facts(traffic::session_statistics s, std::optional<tool_result> on_hosts) {
  task_result t;
  t.on_hosts = std::move(on_hosts);
  t.completed = s.durations_s.count();
  t.duration = traffic::distribution_of(s.durations_s);
  if (const double all = s.served_s + s.tools_s + s.people_s; all > 0) {
    t.served = s.served_s / all;
    t.tools = s.tools_s / all;
    t.people = s.people_s / all;
  }
  return t;
}

speculation_result speculation_facts(const run_options& o, const traffic::serving_plan& plan, const traffic::speculation_statistics& s) {
  if (!plan.draft)
    return {};
  return {plan.draft->model->name, o.speculate, o.acceptance,
          s.verifications ? static_cast<double>(s.outputs) / static_cast<double>(s.verifications) : 0};
}

model_result model_facts(const run_options& o, const traffic::llm_architecture& model,
                         const std::deque<traffic::serving_plan>& plans) {
  model_result m;
  m.name = model.name;
  m.parameters = model.parameter_count();
  m.layers = model.layers();
  m.weights = to_text(o.weights);
  m.kv_dtype = to_text(o.kv_dtype);
  for (const traffic::serving_plan& plan : plans)
    for (const traffic::device_placement& d : plan.devices)
      m.weights_B += d.weight_bytes * plan.ranks;
  m.kv_B_per_token = static_cast<double>(model.kv_elements_per_token()) * o.kv_dtype.bytes();
  return m;
}

/// Of one pool; the power that a platform draws all the time is shared evenly among pools.
void add_phases(std::vector<phase_result>& results, const ledger& meters, const traffic::pool_phases& phases, const std::string& pool,
                double share, unsigned ranks) {
  static constexpr const char* names[] = {"idle", "prefill", "decode", "mixed"};
  for (std::size_t i = 0; i < traffic::phase_count; ++i) {
    const traffic::phase_totals& p = phases[i];
    if (!pool.empty() && p.steps == 0 && i > 0)
      continue; // what a pool is not for
    phase_result r;
    r.name = names[i];
    r.pool = pool;
    r.time_s = p.time_s;
    r.steps = p.steps;
    r.tokens = p.tokens;
    r.energy_J = meters.joules(p.meters, p.time_s * share);
    if (p.steps > 0) {
      r.bound_by = meters.bound_by(p.meters, p.time_s);
      r.utilisation = meters.utilisation(p.meters, p.time_s);
      r.lanes = meters.lane_times(p.meters);
      r.operations = meters.operations(p.meters);
      r.memory_traffic = meters.memory_traffic(p.meters);
      for (lane_time& l : r.lanes)
        l.time_s /= ranks;
    }
    results.push_back(std::move(r));
  }
}

/// What step fidelity did, over the pools' caches.
fidelity_result fidelity_of(const run_options& o, const traffic::replay& run) {
  fidelity_result f;
  f.fidelity = o.fidelity == fidelity::step ? "step" : o.fidelity == fidelity::burst ? "burst" : "stream";
  f.steps_simulated = run.roofline().simulated;
  for (const traffic::step_cache::statistics& c : run.caches()) {
    f.steps_reused += c.lookups;
    f.spot_checks += c.checked;
    f.mean_error += c.mean_error * static_cast<double>(c.checked);
    f.max_error = std::max(f.max_error, c.max_error);
  }
  if (f.spot_checks > 0)
    f.mean_error /= static_cast<double>(f.spot_checks);
  return f;
}

/// Elements of arrays that symmetry folded count, too.
platform_graph graph_of(const platforms::checked_platform& p) {
  platform_graph g;
  for (const platforms::instance& i : p.instances) {
    const std::string name = resource_name(i.path);
    const auto it = std::find_if(g.nodes.begin(), g.nodes.end(), [&name](const graph_node& n) { return n.name == name; });
    if (it == g.nodes.end())
      g.nodes.push_back({name, i.type->description->type, 1});
    else
      ++it->count;
  }
  for (const platforms::connection& c : p.connections) {
    const std::string a = resource_name(p.instances[c.a.instance].path), b = resource_name(p.instances[c.b.instance].path);
    const auto it = std::find_if(g.edges.begin(), g.edges.end(), [&](const graph_edge& e) { return e.a == a && e.b == b; });
    if (it == g.edges.end())
      g.edges.push_back({a, b, 1});
    else
      ++it->count;
  }
  return g;
}

/// Engines of each pool of the platform.
std::vector<unsigned> replicas_of(const run_options& o, std::size_t pools) {
  const auto number = [&o](unsigned own) { return own > 0 ? own : o.replicas; };
  if (pools > 1)
    return {number(o.prefill_replicas), number(o.decode_replicas)};
  if (o.prefill_replicas > 0 || o.decode_replicas > 0)
    throw base::input_error({}, "--prefill-replicas and --decode-replicas: the platform has one pool, expected --replicas");
  return {o.replicas};
}

} // namespace

run_result simulate(const run_options& o, const progress_callback& progress) {
  const double cpu_start = cpu_seconds();
  const std::unique_ptr<platforms::platform> platform =
      platforms::elaborate(checked_platform(o), {o.check_protocol || always_check_protocol, !o.perfetto.empty()});
  const traffic::llm_architecture model = traffic::load_llm(o.model, model_directories());
  const std::optional<traffic::llm_architecture> draft = drafter_of(o, model);
  const std::vector<const traffic::platform_view*> views = platform->checked().pools();
  const std::vector<unsigned> replicas = replicas_of(o, views.size());
  const auto choices = [&](std::size_t pool) { // of two pools the first shares out prompts' tokens, the second decodes' keys
    const bool prompts = pool == 0, decodes = pool + 1 == views.size();
    return traffic::plan_options{o.expert_parallel, o.placement, o.resident_layers, {draft ? &*draft : nullptr, o.draft == own_head},
                                 replicas[pool], o.data_attention, prompts ? o.context_parallel : 1, decodes ? o.decode_context_parallel : 1};
  };
  std::deque<traffic::serving_plan> plans; // of the pools
  for (std::size_t pool = 0; pool < views.size(); ++pool)
    plans.push_back(traffic::make_plan(*views[pool], model, {o.weights, o.kv_dtype}, choices(pool)));
  tool_use tools(o, views.front()->tools, replicas.front());
  if (o.prefetch != prefetching::off && plans.front().store_capacity_tokens.size() < 2)
    throw base::input_error({}, "--prefetch: the platform has nothing behind its first store, expected two stores or more");
  const auto& stores = views.front()->devices.front().front().stores;
  if (o.write_through && std::none_of(stores.begin(), stores.end(), [](const traffic::memory_view& s) { return s.pooled_bandwidth > 0; }))
    throw base::input_error({}, "--write-through: the platform has no store that replicas have together, expected one among 'pooled'");
  if (o.data_attention && plans.size() > 1)
    throw base::input_error({}, "--attention data on a platform of two pools is not modelled, expected --attention tensor");
  auto source = request_source_of(o, tools.behaviour());
  const std::uint64_t skipped = source->skipped();
  const std::vector<traffic::service_objectives> objectives = objectives_of(source->classes(), o);
  traffic::cluster_config shape;
  std::vector<const traffic::serving_plan*> pools;
  for (const traffic::serving_plan& plan : plans) {
    shape.pools.push_back({engine_config(o, plan, objectives), replicas[pools.size()]});
    pools.push_back(&plan);
  }
  shape.router = o.router;
  shape.layers = model.layers();
  traffic::cluster engines(std::move(shape), std::move(source));
  engines.on_progress = progress;

  const ledger meters = ledger_of(*platform, replicas);

  traffic::replay_options how;
  how.reuse_steps = o.fidelity == fidelity::step;
  how.replicas = meters.replicas();
  traffic::replay run(engines, [&meters](std::vector<double>& flat) { meters.read(flat); }, how);
  const kv_places places(plans, engines);
  std::vector<kv_places::content> kv;
  run_timeline timeline(meters, places, engines.engines());
  std::optional<run_trace> trace;
  if (!o.perfetto.empty())
    trace.emplace(o.perfetto, *platform, meters, places);
  run.account().on_work = [&](auto from, auto to, const auto& change) {
    timeline.worked(from, to, change);
    if (trace)
      trace->worked(from, to, change);
  };
  full_load full(std::uint64_t{o.max_batch} * engines.engines(), engines.source().total());
  run.account().on_phase = [&](unsigned engine, auto from, auto to, traffic::phase p) {
    full.look(engines.answered(), to, run.pools());
    places.read(engine, kv);
    timeline.passed(from, to, p, kv);
    if (trace)
      trace->passed(engine, from, to, p, kv);
  };
  engines.on_movement = [&](const traffic::kv_movement& m) {
    timeline.moved(m);
    if (trace)
      trace->moved(m);
  };
  request_account requests(engines.source().classes(), objectives);
  std::vector<traffic::request_record> records;
  engines.on_request = [&](const traffic::request_record& q) {
    requests.add(q);
    timeline.served(q);
    if (!o.out.empty())
      records.push_back(q);
  };
  tools.count_in(meters, run.account());
  traffic::issuer issuer("issuer", pools, [&run, &trace](traffic::issuer& i) {
    if (trace)
      trace->start(run);
    run.run(i);
  });
  platform->bind_driver(issuer);
  sc_core::sc_start();
  if (trace)
    trace->commit();

  // The phases hold all that counts: at step fidelity the meters themselves saw only the simulated steps.
  std::vector<double> totals;
  meters.read(totals);
  std::fill(totals.begin(), totals.end(), 0.0);
  for (const traffic::pool_phases& pool : run.pools())
    for (const traffic::phase_totals& p : pool)
      for (std::size_t i = 0; i < totals.size(); ++i)
        totals[i] += p.meters[i];
  const double elapsed = run.elapsed_s();

  run_result r;
  r.platform = platform->checked().name;
  r.platform_file = platform->checked().file;
  r.configuration = platforms::platform_text(platform->checked());
  r.model = model_facts(o, model, plans);
  r.kv_cache = kv_tiers(r.model.kv_B_per_token, places, engines);
  for (unsigned pool = 0; pool < plans.size(); ++pool) {
    const traffic::serving_plan& plan = plans[pool];
    if (plan.stages.front().region.width)
      r.mesh = {tightest_stage(plan), bounds_of_path(plan), cost_of_defects(plan)};
    r.devices += replicas[pool] * plan.ranks * static_cast<unsigned>(plan.devices.size());
    static constexpr const char* pool_names[] = {"prefill", "decode"};
    add_phases(r.phases, meters, run.pools()[pool], plans.size() > 1 ? pool_names[pool] : "", 1.0 / static_cast<double>(plans.size()),
               plan.ranks);
  }
  r.handed_over_B = static_cast<double>(engines.handed_over_tokens()) * r.model.kv_B_per_token;
  r.skipped = skipped;
  r.prefixes = engines.prefixes();
  r.recomputed_tokens = engines.recomputed_tokens();
  if (const traffic::session_statistics* s = engines.source().sessions())
    r.tasks = task_facts(*s, tools.result(s->tools, elapsed));
  r.speculation = speculation_facts(o, plans.back(), engines.speculated());
  r.latency = requests.latency(elapsed);
  r.latency.gap = traffic::distribution_of(engines.gaps());
  r.full_load = full.result(meters);
  r.requests = std::move(records);
  if (const auto& largest = requests.largest_rejected())
    r.rejected = rejections(r.latency.rejected, *largest, engines.engine(0).kv().block_tokens(), plans.front(), choices(0));
  r.graph = graph_of(platform->checked());
  r.timeline = timeline.result(totals, elapsed);
  r.objectives = {o.slo_ttft, o.slo_tpot};
  r.levels_of_service = requests.levels();
  r.classes = requests.classes(elapsed);
  r.replicas = replicas;
  r.components = meters.components(totals, elapsed);
  for (std::size_t i = 0; i < r.components.size(); ++i)
    for (const platforms::effective_parameter& p : platform->elements()[i].checked->parameters)
      r.components[i].parameters.push_back({p.name, p.value, p.source, p.confidence});
  r.levels = meters.levels(totals, elapsed);
  r.audits = audit({&meters, &totals, &run, &engines, requests.residence_s(), elapsed});
  r.fidelity = fidelity_of(o, run);
  r.simulated_s = elapsed;
  for (const phase_result& p : r.phases)
    r.energy_J += p.energy_J;
  r.supply = platform->checked().supply;
  r.supply.servers *= std::accumulate(replicas.begin(), replicas.end(), 0u);
  r.supply.servers /= static_cast<unsigned>(replicas.size());
  const platforms::platform_costs& c = platform->checked().costs;
  r.site = platform->checked().site;
  r.site_figures = r.site.figures(r.wall_J() / elapsed / replicas.front(), r.latency.output_tokens_per_s / replicas.front(), c);
  if (const double price = c.price_of(replicas); price > 0)
    r.costs = {price, c.capital_per_s(price) * elapsed, c.energy_usd(r.wall_J())};
  r.host_cpu_s = cpu_seconds() - cpu_start;
  return r;
}

} // namespace strata::cli
