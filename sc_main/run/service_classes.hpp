// SPDX-License-Identifier: Apache-2.0
// What a run keeps of its requests: how they fared, all of them and those of each class, in memory that does not grow with
// their number.
#pragma once

#include "sc_main/run/run_options.hpp"
#include "sc_main/run/run_result.hpp"

namespace strata::cli {

/// By class; what a class leaves open is the run's. One entry where there are no classes.
std::vector<traffic::service_objectives> objectives_of(const std::vector<traffic::service_class>& classes, const run_options& o);

class request_account {
public:
  request_account(const std::vector<traffic::service_class>& classes, std::vector<traffic::service_objectives> objectives);
  /// In order of arrival.
  void add(const traffic::request_record& r);

  /// `elapsed_s` as for traffic::latency_account.
  traffic::latency_summary latency(double elapsed_s) const { return m_all.latency.summary(elapsed_s); }
  traffic::service_levels levels() const { return m_all.levels.levels(); }
  /// Empty where there are no classes.
  std::vector<class_result> classes(double elapsed_s) const;
  /// Of accepted requests, summed: from arrival to end.
  double residence_s() const { return m_residence_s; }
  /// The rejected one that lacks most KV cache; none where nothing was rejected.
  const std::optional<traffic::request_record>& largest_rejected() const { return m_largest_rejected; }

private:
  struct group {
    traffic::latency_account latency;
    traffic::service_account levels;
  };
  std::vector<traffic::service_class> m_classes;
  std::vector<traffic::service_objectives> m_objectives;
  group m_all;
  std::vector<group> m_groups; ///< by class
  double m_residence_s = 0;
  std::optional<traffic::request_record> m_largest_rejected;
};

} // namespace strata::cli
