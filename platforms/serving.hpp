// SPDX-License-Identifier: Apache-2.0
// The serving section checked against the instances: who drives, which components execute, how they split a model,
// which memories they use. From it come the seeds of symmetry and traffic's view of the platform. Kernel-free.
#pragma once

#include "platforms/expansion.hpp"
#include "platforms/folding.hpp"
#include "platforms/routing.hpp"

namespace strata::platforms {

class serving_section {
public:
  /// Resolves `entry`; problems go to `problems`.
  serving_section(const serving_entry& entry, expansion& e, base::diagnostics& problems);

  const std::vector<socket_reference>& driver() const { return m_driver; }
  /// Instances that make the pool: its devices and what drives them.
  std::vector<std::size_t> core() const;
  /// Arrays that do equal work: tensor ranks, and the platform's interleaved memories. Where devices share no array,
  /// a note says so.
  std::vector<fold_seed> seeds(checked_platform& p) const;
  /// Marks what replicas of the platform have together.
  void mark_shared(checked_platform& p, base::diagnostics& problems) const;
  /// Those of two pools. Ranks of one hand KV to ranks of the other: unless they are equally many, all are simulated.
  std::vector<fold_seed> seeds_with(const serving_section& decode, checked_platform& p) const;
  /// From regions, fold and paths. Problems: what cannot be reached, or has no address.
  traffic::platform_view view(const checked_platform& p, const route_finder& finder, base::diagnostics& problems) const;
  /// Problems: what keeps the copy engines of p.view from handing KV to the devices of p.decode_view.
  void check_hand_over(const checked_platform& p, const route_finder& finder, base::diagnostics& problems) const;

private:
  struct memory {
    std::string name;
    std::vector<std::size_t> ways;
    std::string text; ///< as the netlist names it
    base::source_location where;
  };
  unsigned number(const located& text, const char* what, base::diagnostics& problems) const;
  std::vector<memory> memories_of(const checked_platform& p, std::size_t device, base::diagnostics& problems) const;
  void add_memory(const checked_platform& p, const memory& m, const std::vector<route_finder::way>& ways,
                  traffic::device_view& view, base::diagnostics& problems) const;
  std::size_t partner(const located& pattern, const char* what, std::size_t device, base::diagnostics& problems) const;
  void add_stores(const checked_platform& p, std::size_t device, const route_finder& finder, traffic::device_view& view,
                  base::diagnostics& problems) const;
  traffic::tool_hosts_view tool_hosts(const checked_platform& p, base::diagnostics& problems) const;
  void add_peers(const checked_platform& p, std::size_t device, const std::vector<route_finder::way>& ways,
                 traffic::device_view& view) const;
  std::size_t scope_of(std::size_t device) const;

  const serving_entry& m_entry;
  const expansion& m_expansion;
  std::vector<socket_reference> m_driver;
  std::vector<std::size_t> m_devices;
  std::vector<std::size_t> m_scheduler; ///< one or none
  unsigned m_tensor = 1, m_node = 1, m_pipeline = 1;
};

} // namespace strata::platforms
