// SPDX-License-Identifier: Apache-2.0
// What each class of requests was to keep, and how it fared.
#pragma once

#include "sc_main/run/run_options.hpp"
#include "sc_main/run/run_result.hpp"

namespace strata::cli {

/// By class; what a class leaves open is the run's. One entry where there are no classes.
std::vector<traffic::service_objectives> objectives_of(const std::vector<traffic::service_class>& classes, const run_options& o);

/// Empty where there are no classes. `elapsed_s` as for traffic::summarise.
std::vector<class_result> class_results(const std::vector<traffic::service_class>& classes, const std::vector<traffic::service_objectives>& objectives,
                                        const std::vector<traffic::request_record>& records, double elapsed_s);

} // namespace strata::cli
