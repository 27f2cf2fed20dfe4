// SPDX-License-Identifier: Apache-2.0
// Resolution of the serving section, and the view that traffic gets.
#include "platforms/serving.hpp"

#include "models/core/core_config.hpp"
#include "models/dma/copy_engine.hpp"
#include "models/host/host_cpu.hpp"
#include "models/switch/crossbar_switch.hpp"
#include "platforms/mesh_facts.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace strata::platforms {

namespace {
constexpr std::size_t nothing = ~std::size_t{0};
}

serving_section::serving_section(const serving_entry& entry, expansion& e, base::diagnostics& problems)
    : m_entry(entry), m_expansion(e) {
  const auto resolve = [&](const located& text, const char* what, auto use) {
    if (text.text.empty()) {
      problems.add(entry.where, std::string("the serving section has no '") + what + "'");
      return;
    }
    try {
      use();
    } catch (const path_error& error) {
      if (*error.what())
        problems.add(text.where, std::string("'") + what + "': " + error.what());
    }
  };
  resolve(entry.driver, "driver", [&] {
    m_driver = e.sockets(0, entry.driver.text);
    if (m_driver.size() != 1 || m_driver[0].socket->kind == base::socket_kind::initiator) {
      problems.add(entry.driver.where, "'driver' is '" + entry.driver.text + "', expected one duplex or target socket");
      m_driver.clear();
    }
  });
  resolve(entry.devices, "devices", [&] {
    for (const auto& t : e.find(0, entry.devices.text))
      if (!t.is_device && t.socket.empty() && e.instances()[t.id].config->as<core::core_config>())
        m_devices.push_back(t.id);
      else
        throw path_error("'" + entry.devices.text + "' does not name components that execute commands, expected compute_core");
  });
  if (!entry.scheduler.text.empty())
    resolve(entry.scheduler, "scheduler", [&] {
      const auto found = e.find(0, entry.scheduler.text);
      if (found.size() != 1 || found[0].is_device)
        throw path_error("expected one component");
      m_scheduler = {found[0].id};
    });
  m_pipeline = number(entry.pipeline, "pipeline", problems);
  const auto devices = static_cast<unsigned>(m_devices.size());
  m_tensor = entry.tensor.text.empty() ? std::max(1u, devices / std::max(1u, m_pipeline)) : number(entry.tensor, "tensor", problems);
  if (devices > 0 && m_tensor && m_pipeline && m_tensor * m_pipeline != devices)
    problems.add((entry.tensor.text.empty() ? entry.pipeline : entry.tensor).where,
                 "tensor " + std::to_string(m_tensor) + " x pipeline " + std::to_string(m_pipeline) + " does not use the " +
                     std::to_string(devices) + " devices of '" + entry.devices.text + "', expected their number");
  m_node = entry.node.text.empty() ? m_tensor : number(entry.node, "node", problems);
  if (m_node && m_tensor % m_node)
    problems.add(entry.node.where, "'node' is " + std::to_string(m_node) + ", expected a divisor of tensor, " + std::to_string(m_tensor));
  if (entry.memories.empty())
    problems.add(entry.where, "the serving section has no 'memories', expected the memories that hold weights and KV cache");
  const auto named = [&](const located& m) { return m.text == entry.weights_in.text; };
  if (!entry.weights_in.text.empty() && std::none_of(entry.memories.begin(), entry.memories.end(), named))
    problems.add(entry.weights_in.where, "'weights_in' is '" + entry.weights_in.text + "', expected one of 'memories'");
}

/// 0 where the text is in error, 1 where it is empty.
unsigned serving_section::number(const located& text, const char* what, base::diagnostics& problems) const {
  if (text.text.empty())
    return 1;
  unsigned value = 0;
  const char* end = text.text.data() + text.text.size();
  const auto [stop, error] = std::from_chars(text.text.data(), end, value);
  if (error == std::errc() && stop == end && value >= 1 && value <= 65536)
    return value;
  problems.add(text.where, std::string("'") + what + "' is '" + text.text + "', expected a whole number from 1");
  return 0;
}

std::vector<std::size_t> serving_section::core() const {
  std::vector<std::size_t> ids = m_devices;
  for (const socket_reference& d : m_driver)
    ids.push_back(d.instance);
  return ids;
}

std::vector<fold_seed> serving_section::seeds(checked_platform& p) const {
  std::vector<fold_seed> seeds;
  if (m_tensor > 1) {
    const auto& positions = p.instances[m_devices[0]].positions;
    for (std::size_t k = 0; k < positions.size() && seeds.empty(); ++k) {
      bool in_order = positions[k].count == m_devices.size();
      for (std::size_t d = 0; d < m_devices.size() && in_order; ++d) {
        const auto& at = p.instances[m_devices[d]].positions;
        in_order = at.size() == positions.size() && at[k].array == positions[k].array && at[k].index == d;
      }
      if (in_order)
        seeds.push_back({positions[k].array, m_tensor});
    }
    if (seeds.empty())
      p.folding_notes.push_back("devices are simulated in full: '" + m_entry.devices.text + "' is not one whole array");
  }
  for (const region& r : p.regions)
    if (!r.interleaved.empty()) {
      const array_position& innermost = p.instances[r.instance].positions.back();
      const auto same = [&](const fold_seed& s) { return s.array == innermost.array; };
      if (std::none_of(seeds.begin(), seeds.end(), same))
        seeds.push_back({innermost.array, innermost.count});
    }
  return seeds;
}

std::size_t serving_section::scope_of(std::size_t device) const {
  const auto& scopes = m_expansion.scopes();
  for (std::size_t s = 0; s < scopes.size(); ++s)
    for (const auto& m : scopes[s].members)
      if (!m.is_device && std::find(m.elements.begin(), m.elements.end(), device) != m.elements.end())
        return s;
  return 0;
}

/// Memory names are looked up beside the device first, then in the whole platform.
std::vector<serving_section::memory> serving_section::memories_of(const checked_platform& p, std::size_t device,
                                                            base::diagnostics& problems) const {
  std::vector<memory> result;
  const auto& scopes = m_expansion.scopes();
  for (const located& text : m_entry.memories)
    try {
      std::size_t scope = scope_of(device);
      const std::string first = parse_path(text.text).front().name;
      if (!scopes[scope].content->find(first))
        scope = 0;
      for (const auto& t : m_expansion.find(scope, text.text)) {
        const region* r = t.is_device ? nullptr : p.find_region(t.id, "");
        if (!r)
          throw path_error("'" + text.text + "' is no addressed memory, expected one that the address map names");
        const auto same = [&](const memory& m) { return !r->interleaved.empty() && m.name == r->interleaved; };
        const auto known = std::find_if(result.begin(), result.end(), same);
        if (known != result.end())
          known->ways.push_back(t.id);
        else
          result.push_back({r->interleaved.empty() ? p.instances[t.id].path : r->interleaved, {t.id}, text.text, text.where});
      }
    } catch (const path_error& error) {
      if (*error.what())
        problems.add(text.where, std::string("'memories': ") + error.what());
    }
  return result;
}

void serving_section::add_memory(const checked_platform& p, const memory& m, const std::vector<route_finder::way>& ways,
                              traffic::device_view& view, base::diagnostics& problems) const {
  traffic::memory_view v;
  v.name = m.name;
  v.ways = static_cast<unsigned>(m.ways.size());
  for (const std::size_t way : m.ways) {
    const region& r = *p.find_region(way, "");
    v.capacity += r.range.size;
    v.shared = p.instances[way].shared;
    if (!ways[way].socket) {
      problems.add(m.where, "'memories': '" + view.name + "' cannot reach '" + p.instances[way].path + "', expected bindings that lead there");
      return;
    }
    v.bandwidth += ways[way].bandwidth;
    if (p.instances[way].simulated)
      v.bases.push_back(r.range.base);
  }
  view.memories.push_back(std::move(v));
}

/// The component among those of `pattern` that belongs to the `device`th device.
std::size_t serving_section::partner(const located& pattern, const char* what, std::size_t device,
                                     base::diagnostics& problems) const {
  try {
    const auto found = m_expansion.find(0, pattern.text);
    if (found.size() != m_devices.size() || found[device].is_device)
      throw path_error("'" + pattern.text + "' names " + std::to_string(found.size()) + " components, expected one for each of the " +
                       std::to_string(m_devices.size()) + " devices");
    return found[device].id;
  } catch (const path_error& error) {
    if (device == 0 && *error.what())
      problems.add(pattern.where, std::string("'") + what + "': " + error.what());
    return nothing;
  }
}

/// The stores behind the `device`th device, and the copy engine between.
void serving_section::add_stores(const checked_platform& p, std::size_t device, const route_finder& finder,
                                 traffic::device_view& view, base::diagnostics& problems) const {
  if (m_entry.copier.text.empty()) {
    if (!m_entry.stores.empty())
      problems.add(m_entry.stores.front().where, "'stores' without 'copier', expected the copy engines that move KV there");
    return;
  }
  const std::size_t copier = partner(m_entry.copier, "copier", device, problems);
  if (copier == nothing)
    return;
  const auto* engine = p.instances[copier].config->as<dma::copy_engine::config>();
  const region* window = p.find_region(copier, "");
  if (!engine || !window) {
    problems.add(m_entry.copier.where, "'copier': '" + p.instances[copier].path + "' is no addressed copy engine, expected a "
                                       "copy_engine that the address map names");
    return;
  }
  view.copier = window->range.base;
  view.copy_channels = engine->channels;
  const auto ways = finder.from(copier);
  if (!ways[m_devices[device]].socket || !ways[finder.mailbox_place()].socket)
    problems.add(m_entry.copier.where, "'copier': '" + p.instances[copier].path + "' cannot reach '" + view.name +
                                       "' and the mailbox, expected bindings that lead there");
  for (const located& text : m_entry.stores) {
    const std::size_t store = partner(text, "stores", device, problems);
    const region* r = store == nothing ? nullptr : p.find_region(store, "");
    if (store != nothing && (!r || !ways[store].socket))
      problems.add(text.where, "'stores': '" + p.instances[store].path + "' is no memory that '" + p.instances[copier].path +
                                   "' reaches, expected one that the address map names and bindings lead to");
    else if (store != nothing)
      view.stores.push_back({p.instances[store].path, {r->range.base}, 1, r->range.size, ways[store].bandwidth, false,
                             p.instances[store].pooled ? ways[store].pooled_bandwidth : 0});
  }
}

/// What lies between the `device`th device and the others that split its layers.
void serving_section::add_peers(const checked_platform& p, std::size_t device, const std::vector<route_finder::way>& ways,
                                traffic::device_view& view) const {
  const auto path_to = [&](std::size_t peer) {
    traffic::fabric_view v;
    const route_finder::way& w = ways[m_devices[peer]];
    v.bandwidth = std::isfinite(w.bandwidth) ? w.bandwidth : 0;
    v.latency_s = w.latency.value();
    return v;
  };
  const std::size_t stage = device / m_tensor * m_tensor, node = device / m_node * m_node;
  if (m_node > 1)
    view.fabric = path_to(device == node ? node + 1 : node);
  if (m_tensor > m_node)
    view.network = path_to(stage + (device - stage + m_node) % m_tensor);
  unsigned hops = 0;
  for (const region& r : p.regions) {
    const auto* s = p.instances[r.instance].config->as<switching::crossbar_switch::config>();
    if (m_node < 2 || !s || !ways[r.instance].socket || (hops && ways[r.instance].hops >= hops))
      continue;
    hops = ways[r.instance].hops;
    view.fabric.multicast = r.range.base;
    view.fabric.multicast_share = s->multicast_share;
  }
}

void serving_section::mark_shared(checked_platform& p, base::diagnostics& problems) const {
  const auto mark = [&](const std::vector<located>& patterns, const char* what, bool instance::*flag) {
    for (const located& text : patterns)
      try {
        for (const auto& t : m_expansion.find(0, text.text)) {
          if (t.is_device || !t.socket.empty())
            throw path_error("'" + text.text + "' is no component");
          p.instances[t.id].*flag = true;
        }
      } catch (const path_error& error) {
        if (*error.what())
          problems.add(text.where, std::string("'") + what + "': " + error.what());
      }
  };
  mark(m_entry.shared, "shared", &instance::shared);
  mark(m_entry.pooled, "pooled", &instance::pooled);
}

void serving_section::check_hand_over(const checked_platform& p, const route_finder& finder, base::diagnostics& problems) const {
  if (m_entry.copier.text.empty()) {
    problems.add(m_entry.where, "the pool 'prefill' has no 'copier', expected the copy engines that hand KV to 'decode'");
    return;
  }
  for (const traffic::memory_view& s : p.decode_view->devices.front().front().stores)
    for (const traffic::memory_view& own : p.view.devices.front().front().stores)
      if (s.name == own.name)
        problems.add(m_entry.stores.front().where, "'stores': '" + s.name + "' is a store of both pools, expected one that has it");
  const auto instance_at = [&p](std::uint64_t address) {
    return std::find_if(p.regions.begin(), p.regions.end(), [address](const region& r) { return r.range.base == address; })->instance;
  };
  for (const auto& stage : p.view.devices)
    for (const traffic::device_view& from : stage) {
      if (from.copier == 0)
        continue; // said where it was looked for
      const std::size_t copier = instance_at(from.copier);
      const auto ways = finder.from(copier);
      for (const auto& decoders : p.decode_view->devices)
        for (const traffic::device_view& to : decoders)
          for (const traffic::memory_view& m : to.memories)
            for (const std::uint64_t base : m.bases)
              if (!ways[instance_at(base)].socket)
                problems.add(m_entry.copier.where, "'copier': '" + p.instances[copier].path + "' cannot reach '" + m.name +
                                                       "' of the pool 'decode', expected bindings that lead there");
    }
}

std::vector<fold_seed> serving_section::seeds_with(const serving_section& decode, checked_platform& p) const {
  if (m_tensor != decode.m_tensor) {
    p.folding_notes.push_back("devices are simulated in full: pools of " + std::to_string(m_tensor) + " and " +
                              std::to_string(decode.m_tensor) + " tensor ranks hand KV to each other");
    return {};
  }
  std::vector<fold_seed> all = seeds(p);
  const std::vector<fold_seed> others = decode.seeds(p);
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

traffic::tool_hosts_view serving_section::tool_hosts(const checked_platform& p, base::diagnostics& problems) const {
  std::vector<std::size_t> ids = m_scheduler;
  if (!m_entry.tools.text.empty())
    try {
      ids.clear();
      for (const auto& t : m_expansion.find(0, m_entry.tools.text))
        ids.push_back(t.id);
    } catch (const path_error& error) {
      if (*error.what())
        problems.add(m_entry.tools.where, std::string("'tools': ") + error.what());
    }
  traffic::tool_hosts_view view;
  for (const std::size_t id : ids) {
    const auto* host = p.instances[id].config->as<host::host_cpu::config>();
    if (!host && m_entry.tools.text.empty())
      continue; // a scheduler of another kind
    if (!host || (view.hosts > 0 && (host->cores != view.cores || host->core_speed != view.core_speed))) {
      problems.add(m_entry.tools.where, "'tools': '" + p.instances[id].path + "' is no host like the others, expected components "
                                        "host_cpu of equal cores");
      continue;
    }
    ++view.hosts;
    view.cores = host->cores;
    view.core_speed = host->core_speed;
    if (p.instances[id].simulated)
      view.names.push_back(p.instances[id].path);
  }
  return view;
}

traffic::platform_view serving_section::view(const checked_platform& p, const route_finder& finder,
                                             base::diagnostics& problems) const {
  traffic::platform_view view;
  view.name = p.name;
  view.path = p.file;
  view.tensor_ranks = m_tensor;
  view.node_ranks = m_node;
  view.pipeline_devices = m_pipeline;
  view.mailbox = mailbox.base;
  view.tools = tool_hosts(p, problems);
  for (const std::size_t s : m_scheduler) {
    const region* r = p.find_region(s, "driver");
    if (const auto* software = p.instances[s].config->as<host::host_cpu::config>()) {
      view.sampling_s = software->sampling.value();
      view.request_latency_s = software->request_latency.value();
      view.kernel_launch_s = software->kernel_launch.value();
      view.prompts_apart = software->prompts_apart;
      view.steps_ahead = software->steps_ahead;
      view.fused_experts = software->fused_experts;
      view.tuned_experts = software->tuned_experts;
    }
    if (r)
      view.host_control = r->range.base;
    else
      problems.add(m_entry.scheduler.where, "'scheduler' '" + m_entry.scheduler.text +
                                                "' has no register window in the address map, expected a target '" +
                                                m_entry.scheduler.text + ".driver'");
  }
  const auto from_driver = finder.from(m_driver.at(0).instance);
  for (std::size_t d = 0; d < m_devices.size(); ++d) {
    const instance& i = p.instances[m_devices[d]];
    if (d % m_tensor == 0)
      view.devices.emplace_back();
    if (!i.simulated)
      continue;
    const core::core_config& core = *i.config->as<core::core_config>();
    traffic::device_view v;
    v.name = i.path;
    v.lanes = core.max_lanes;
    v.queue_depth = core.queue_depth;
    v.memory_share = core.memory_share;
    v.mesh = mesh_of(i);
    v.represents = i.represents;
    v.cache_capacity = core.cache_capacity.value();
    for (unsigned t = 0; t < core::data_type_count; ++t)
      v.flop_rate[t] = core.rate[t].value();
    const region *control = p.find_region(m_devices[d], "host"), *inbox = p.find_region(m_devices[d], "fabric");
    if (!control)
      problems.add(m_entry.devices.where, "'" + i.path + "' has no control window in the address map, expected a target '" + i.path + ".host'");
    else
      v.control = control->range.base;
    if (inbox)
      v.inbox = inbox->range.base;
    else if (m_tensor > 1)
      problems.add(m_entry.devices.where, "'" + i.path + "' has no inbox in the address map, expected a target '" + i.path +
                                              ".fabric' for tensor-parallel collectives");
    const auto ways = finder.from(m_devices[d]);
    add_peers(p, d, ways, v);
    if (m_driver[0].instance != m_devices[d] && !from_driver[m_devices[d]].socket)
      problems.add(m_entry.driver.where, "the driver '" + m_entry.driver.text + "' cannot reach '" + i.path + "', expected bindings that lead there");
    if (!ways[finder.mailbox_place()].socket)
      problems.add(m_entry.driver.where, "'" + i.path + "' cannot reach the mailbox, expected bindings that lead to a duplex driver");
    for (const memory& m : memories_of(p, m_devices[d], problems)) {
      if (m.text == m_entry.weights_in.text)
        v.weights_from = static_cast<unsigned>(v.memories.size());
      add_memory(p, m, ways, v, problems);
    }
    if (v.mesh.defects && !v.memories.empty()) // what cores outside the regular mesh hold is out of reach
      v.memories.front().capacity = v.memories.front().capacity / core.units * (std::uint64_t{v.mesh.columns} * v.mesh.rows);
    add_stores(p, d, finder, v, problems);
    view.devices.back().push_back(std::move(v));
  }
  return view;
}

} // namespace strata::platforms
