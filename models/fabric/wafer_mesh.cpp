// SPDX-License-Identifier: Apache-2.0
// Ports, routing, meters and description of wafer_mesh; hops are mesh_paths', the timing is cut_through_hop's.
#include "models/fabric/wafer_mesh.hpp"

namespace strata::fabric {

using namespace base;

void wafer_mesh::config::parameters(parameter_list& p) {
  paths.parameters(p);
  energy.parameters(p);
  p.add("static_power", static_power, non_negative(), "routers' and links' power while idle");
  p.add("outstanding", outstanding, between(1, 1e6), "requests in progress per port before further ones are held back");
  p.add("level", level, "energy level that it reports under");
}

wafer_mesh::wafer_mesh(sc_core::sc_module_name name, const config& c)
    : cut_through_hop(name, c.outstanding), m_edges(c.paths.edges), m_regions(c.paths.regions) {
  const mesh_paths paths(c.paths);
  const bytes word = to_bytes(bits::of(c.paths.word_bits));
  const auto add = [&](const char* side, unsigned index, byte_rate rate, double hops) {
    add_port(side, index, {rate, paths.latency(hops), word, bytes{}, bytes{}});
    const double joules_per_byte = c.energy.of(1, hops, 8).value();
    m_out.push_back(&add_meter({"to_" + std::string(side) + "[" + std::to_string(index) + "]", "B", c.level,
                                "data leaving by " + std::string(side) + "[" + std::to_string(index) + "]", joules_per_byte, rate.value()}));
  };
  for (unsigned i = 0; i < m_edges; ++i)
    add("edge", i, paths.edge_bandwidth(), paths.mean_hops());
  for (unsigned i = 0; i < m_regions; ++i)
    add("region", i, paths.region_bandwidth(), paths.hops(i));
  set_static_power(c.static_power);
}

void wafer_mesh::add_route(const address_range& range, const std::string& name, unsigned index) {
  const bool edge = name == "edge", region = name == "region";
  if (!(edge && index < m_edges) && !(region && index < m_regions))
    throw std::invalid_argument(path() + " has no " + name + "[" + std::to_string(index) + "]");
  m_routes.add(range.base, range.size, edge ? index : m_edges + index);
}

unsigned wafer_mesh::route(unsigned, std::uint64_t address) const {
  static_assert(address_decoder::unmapped == nowhere, "an unmapped address goes nowhere");
  return m_routes.port(address);
}

void wafer_mesh::account(unsigned egress, std::uint64_t bytes, double) {
  m_out[egress]->amount += static_cast<double>(bytes);
  m_out[egress]->busy_s += channel(egress).wire_seconds(bytes);
}

const component_description& wafer_mesh::describe() {
  static const component_description d{
      "wafer_mesh",
      "Wafer-scale mesh of cores between its I/O edge and the memories of its cores, with dead cores and detours.",
      {{"edge", socket_kind::duplex, "edges", true, "an I/O port at the western edge"},
       {"region", socket_kind::duplex, "regions", false, "the memories of a stripe of columns"}},
      {{"to_edge[i]", "B", "data leaving by edge port i"}, {"to_region[i]", "B", "data leaving into region i"}},
      true,
      "A word pays hop_cycles per link and ramp_cycles at the core. It passes (region + 1/2) * columns / regions links along "
      "its row and (s^2 - 1) / 4s to its row, s being the rows per entry row, both times the stretch of the detours around "
      "dead cores. Into a region edges * edge_rows links carry a word a cycle, out of a port edge_rows, shared max-min fairly. "
      "Dead cores (dead_share, in clusters, seeded) are bypassed within their row; columns step aside and come back where a "
      "spare column allows it. What leaves by an edge port pays the mean distance of all regions. Energy is bit_energy per "
      "link passed or per bit delivered, as energy_basis says. Collectives among the cores are timed by the compute core from "
      "base::cost_of(), which the mesh's own word-by-word simulation is held against; see `strata microbench fabric`.",
      {"contention of transfers with the collectives of the cores", "distance between regions: as between edge and region",
       "answers carry the bare latency of their egress port", "routers that fail, and links that fail"},
      "Word by word: reductions and all-reductions of a row within 6.5 % (mean below 2 %) of the published model of the WSE-2, "
      "which its authors found within 4 % of the hardware; broadcasts, chains and rings to the cycle; the stream level within "
      "2 % of the words. Packets: zero-load latency within 3 % and saturation within 5 % of BookSim2 on an 8x8 mesh, uniform "
      "and transpose traffic, 1 and 4 virtual channels, 1- and 4-flit packets."};
  return d;
}

} // namespace strata::fabric
