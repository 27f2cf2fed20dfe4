// SPDX-License-Identifier: Apache-2.0
// Reads the meters of all components as one flat vector, and turns sums of such vectors into energy, utilisation and
// what set the pace. Every figure of a result comes from these counts.
#pragma once

#include "models/base/component.hpp"
#include "sc_main/run/run_result.hpp"

#include <string>
#include <vector>

namespace strata::cli {

/// "platform.gpu[3].hbm" -> "gpu[*].hbm": equal components of an array are one resource.
std::string resource_name(const std::string& path);

class ledger {
public:
  struct entry {
    base::component* component;
    std::string path, type;
    unsigned replicas = 1; ///< such components in equal platforms; what it counts is what one of them does
    bool shared = false;   ///< one stands for all these, and what they ask of it together it does once
  };
  explicit ledger(std::vector<entry> components);

  /// By number in `flat`: replicas of the component.
  std::vector<unsigned> replicas() const;
  /// Where a component's meter stands in `flat`, its amount first, and what a unit of it costs. Throws std::out_of_range
  /// where there is none.
  std::size_t place_of(const std::string& path, const std::string& meter) const;
  double joules_per_unit(const std::string& path, const std::string& meter) const {
    return m_columns[place_of(path, meter) / 2].meter->joules_per_unit;
  }

  /// Amount and busy time of every meter of every component, in order.
  void read(std::vector<double>& flat) const;

  /// Energy of all physical units over `elapsed_s`, static power apart: what the meters of `flat`, and of what time adds
  /// to them, cost.
  double dynamic_joules(const std::vector<double>& flat, double elapsed_s) const;
  double static_power_W() const;
  /// Both.
  double joules(const std::vector<double>& flat, double elapsed_s) const { return dynamic_joules(flat, elapsed_s) + static_power_W() * elapsed_s; }

  /// Components with the meters of `flat` over `elapsed_s`.
  std::vector<component_result> components(const std::vector<double>& flat, double elapsed_s) const;
  /// Resources with a peak: share of it used over `elapsed_s`; of equal components the busiest.
  std::vector<resource_use> utilisation(const std::vector<double>& flat, double elapsed_s) const;
  /// What lanes and host spent most time on in `flat`.
  std::string bound_by(const std::vector<double>& flat, double elapsed_s) const;
  /// Time of the lanes of all physical devices by cause, longest first; causes that took none are left out.
  std::vector<lane_time> lane_times(const std::vector<double>& flat) const;
  /// Energy by level; static power is a level of its own.
  std::vector<level_result> levels(const std::vector<double>& flat, double elapsed_s) const;

  /// Operations of the engines by kind, of all physical units.
  std::vector<work_amount> operations(const std::vector<double>& flat) const;
  /// Bytes that memories served, of all physical units.
  std::vector<work_amount> memory_traffic(const std::vector<double>& flat) const;

  /// Sum over simulated components and their replicas of meters whose name starts with `prefix`.
  double sum(const std::vector<double>& flat, const std::string& prefix) const;

private:
  struct column {
    std::size_t component;
    const base::meter* meter;
  };
  template <class Name>
  std::vector<work_amount> amounts(const std::vector<double>& flat, const Name& name_of) const;
  double joules(const column& c, double counted, double elapsed_s) const;
  double use(const column& c, double amount, double busy_s, double elapsed_s) const;

  /// Physical units that a component stands for.
  unsigned units(std::size_t component) const {
    const entry& e = m_components[component];
    return e.component->represents * (e.shared ? 1 : e.replicas);
  }

  std::vector<entry> m_components;
  std::vector<column> m_columns; ///< one per meter; flat holds two numbers each
};

} // namespace strata::cli
