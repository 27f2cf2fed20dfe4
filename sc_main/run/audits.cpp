// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/audits.hpp"

#include "sc_main/command/number_text.hpp"

#include <algorithm>
#include <cmath>

namespace strata::cli {

namespace {

/// Equal but for rounding of sums over many steps.
bool equal(double a, double b) { return std::fabs(a - b) <= 1e-6 * std::max({std::fabs(a), std::fabs(b), 1.0}); }

std::string pair_text(const std::string& left, double a, const std::string& right, double b, const std::string& unit) {
  return left + " " + with_prefix(a, unit) + ", " + right + " " + with_prefix(b, unit);
}

audit_result bytes_conserved(const audit_input& in) {
  const double asked = in.meters->sum(*in.totals, "asked."), peers = in.meters->sum(*in.totals, "collective");
  const double served = in.meters->sum(*in.totals, "served");
  return {"bytes asked of memories = bytes served", equal(asked - peers, served),
          pair_text("asked", asked - peers, "served", served, "B")};
}

audit_result energy_adds_up(const audit_input& in) {
  const double whole = in.meters->dynamic_joules(*in.totals, in.elapsed_s) + in.meters->static_power_W() * in.elapsed_s;
  double phases = 0;
  for (const traffic::pool_phases& pool : in.run->pools())
    for (const traffic::phase_totals& p : pool)
      phases += in.meters->joules(p.meters, p.time_s / static_cast<double>(in.run->pools().size()));
  return {"energy by component = energy by phase", equal(whole, phases),
          pair_text("components", whole, "phases", phases, "J")};
}

audit_result nothing_over_its_limit(const audit_input& in) {
  const auto use = in.meters->utilisation(*in.totals, in.elapsed_s);
  const bool fine = use.empty() || use.front().utilisation <= 1 + 1e-9;
  return {"utilisation <= 1", fine,
          use.empty() ? "no resource has a limit" : "highest " + percent(use.front().utilisation) + ", " + use.front().resource};
}

/// N = lambda * W over the whole run: the integral of requests in the system, kept at events, against the summed
/// residence times of the records.
audit_result littles_law(const audit_input& in) {
  const double integral = in.engines->requests_in_system_s();
  return {"Little's law (requests in the system)", equal(integral, in.residence_s),
          pair_text("integral", integral, "sum of residence times", in.residence_s, "s")};
}

audit_result roofline(const audit_input& in) {
  return {"no step faster than its roofline", in.run->roofline().violations == 0,
          std::to_string(in.run->roofline().violations) + " of " + std::to_string(in.run->roofline().simulated) +
              " simulated steps below; least time over bound " + plain(in.run->roofline().least_over_bound)};
}

} // namespace

std::vector<audit_result> audit(const audit_input& in) {
  return {bytes_conserved(in), energy_adds_up(in), nothing_over_its_limit(in), littles_law(in), roofline(in)};
}

} // namespace strata::cli
