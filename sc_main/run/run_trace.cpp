// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/run_trace.hpp"

#include "models/base/stream.hpp"

#include <algorithm>
#include <iterator>

namespace strata::cli {
namespace {

constexpr std::int64_t longest_merged = 50'000'000; // ps

/// Engine time in ps of an instant of the kernel.
std::int64_t engine_time(base::femtoseconds kernel, const traffic::replay& run) {
  return static_cast<std::int64_t>(kernel / 1000) + run.skipped_ps();
}

std::string short_name(const std::string& path) {
  const std::string root = platforms::root_path + ".";
  return path.compare(0, root.size(), root) == 0 ? path.substr(root.size()) : path;
}

std::string power_name() { return "power"; }

const char* name_of(traffic::phase p) {
  static constexpr const char* names[] = {"idle", "prefill", "decode", "prefill and decode"};
  return names[static_cast<unsigned>(p)];
}

} // namespace

run_trace::run_trace(const std::filesystem::path& file, const platforms::platform& platform, const ledger& meters,
                     const kv_places& places)
    : m_platform(platform), m_meters(meters), m_writer(file), m_places(places),
      m_root(m_writer.add_track(platform.checked().name, perfetto_writer::no_parent)) {
  for (const platforms::platform::element& e : platform.elements()) {
    const unsigned alike = e.component->represents;
    m_components[e.checked->path] = m_writer.add_track(
        short_name(e.checked->path) + (alike > 1 ? " (one of " + std::to_string(alike) + " alike)" : ""), m_root);
  }
}

perfetto_writer::track run_trace::component_track(const std::string& path) {
  const auto known = m_components.find(path);
  return known != m_components.end() ? known->second : m_components[path] = m_writer.add_track(short_name(path), m_root);
}

void run_trace::start(const traffic::replay& run) {
  for (const platforms::platform::element& e : m_platform.elements()) {
    auto* source = dynamic_cast<base::activity_source*>(e.component);
    if (!source)
      continue;
    const perfetto_writer::track parent = component_track(e.checked->path);
    auto lanes = std::make_shared<std::vector<perfetto_writer::track>>();
    source->on_activity = [this, &run, parent, lanes](const base::activity& a) {
      while (lanes->size() <= a.lane)
        lanes->push_back(m_writer.add_track("lane " + std::to_string(lanes->size()), parent));
      m_writer.slice((*lanes)[a.lane], a.name, engine_time(a.begin, run), engine_time(a.end, run), a.arguments, a.argument_count);
    };
  }
  for (const platforms::platform::watched_binding& b : m_platform.monitors()) {
    m_bindings.emplace_back();
    m_bindings.back().track = m_writer.add_track("from " + short_name(b.from), component_track(b.to));
    b.monitor->on_answer = [this, &run, at = &m_bindings.back()](const tlm::tlm_generic_payload& trans, base::femtoseconds begin,
                                                                 base::femtoseconds end) {
      transaction(*at, trans, engine_time(begin, run), engine_time(end, run));
    };
  }
}

void run_trace::transaction(binding& b, const tlm::tlm_generic_payload& trans, std::int64_t begin, std::int64_t end) {
  if (begin < 0)
    return; // configures a device before the replay's time begins
  if (b.transactions > 0 && (begin > b.end || (end > b.end && end - b.begin > longest_merged))) {
    write(b);
    b = {b.track, std::max(begin, b.end), std::max(end, b.end), 0, 0, 0};
  } else if (b.transactions == 0) {
    b.begin = std::max(begin, b.end);
  }
  b.end = std::max(b.end, end);
  ++b.transactions;
  (trans.is_write() ? b.written : b.read) += base::transfer_bytes(trans);
}

void run_trace::write(binding& b) {
  const base::activity_argument arguments[] = {{"transactions", b.transactions}, {"bytes read", b.read}, {"bytes written", b.written}};
  m_writer.slice(b.track, !b.written ? "read" : !b.read ? "write" : "read and write", b.begin, b.end, arguments, std::size(arguments));
}

void run_trace::commit() {
  for (binding& b : m_bindings)
    if (b.transactions > 0)
      write(b);
  m_writer.commit();
}

/// `name()` is asked for once.
template <class Name>
void run_trace::count(counter& c, const Name& name, const char* unit, std::int64_t at, double value) {
  if (value == c.last || (c.track == 0 && value == 0))
    return;
  if (c.track == 0)
    c.track = m_writer.add_counter(name(), unit, m_root);
  c.last = value;
  m_writer.count(c.track, at, value);
}

void run_trace::passed(unsigned engine, std::int64_t from, std::int64_t to, traffic::phase p, const std::vector<kv_places::content>& kv) {
  row& steps = m_phases[engine];
  if (steps.track == 0)
    steps.track = m_writer.add_track("steps" + m_places.of_engine(engine), m_root);
  m_writer.slice(steps.track, name_of(p), from, to);
  for (std::size_t t = 0; t < kv.size(); ++t) {
    const kv_places::tier& tier = m_places.tiers()[t];
    const auto named = [&](const char* what) {
      return [&, what] { return what + short_name(tier.memory->name) + m_places.of_engine(engine); };
    };
    count(m_used[{engine, t}], named(tier.store ? "KV stored in " : "KV cache in "), "tokens", from, kv[t].used);
    count(m_kept[{engine, t}], named("KV kept in "), "tokens", from, kv[t].kept);
  }
  if (p == traffic::phase::idle)
    count(m_power, power_name, "W", from, m_meters.static_power_W());
}

/// Copies of one way are done one after the other: what waits for another has not begun.
void run_trace::moved(const traffic::kv_movement& m) {
  const std::size_t way = m_places.way_of(m);
  row& r = m_movements[{m.engine, way}];
  if (r.track == 0) {
    const auto name = [&](std::size_t tier) { return short_name(m_places.tiers()[tier].memory->name); };
    r.track = m_writer.add_track("KV from " + name(m_places.ways()[way].from) + " to " + name(m_places.ways()[way].to) +
                                     m_places.of_engine(m.engine), m_root);
  }
  const std::int64_t begin = std::max(m.begin, r.end), end = std::max(m.end, begin);
  const base::activity_argument tokens[] = {{"tokens", m.tokens}};
  m_writer.slice(r.track, m.engine == m.to_engine ? "copy" : "hand over", begin, end, tokens, std::size(tokens));
  r.end = end;
}

void run_trace::worked(std::int64_t from, std::int64_t to, const std::vector<double>& change) {
  const double seconds = static_cast<double>(to - from) * 1e-12;
  if (seconds > 0)
    count(m_power, power_name, "W", from, m_meters.static_power_W() + m_meters.dynamic_joules(change, seconds) / seconds);
}

} // namespace strata::cli
