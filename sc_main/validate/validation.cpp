// SPDX-License-Identifier: Apache-2.0
#include "sc_main/validate/validation.hpp"

#include "sc_main/command/platform_loading.hpp"
#include "sc_main/kernel/kernel_runner.hpp"
#include "sc_main/validate/reference_table.hpp"
#include "traffic/requests/quantile_sketch.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <ctime>
#include <numeric>

namespace strata::cli {
namespace {

constexpr double microsecond = 1e-6;

/// Lower-case runs of letters and digits.
std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> result(1);
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)))
      result.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!result.back().empty())
      result.emplace_back();
  return result;
}

/// Gives `kind` the shape of a row and returns its trial; problems are reported at the row.
kernel_trial trial_of(kernel_kind& kind, const reference_table& table, const reference_table::row& row,
                      const traffic::platform_view& platform) {
  for (const base::parameter& p : kind.shape().all())
    if (const std::string* cell = table.find(row, p.name))
      try {
        p.set(*cell);
      } catch (const base::unit_error& e) {
        throw base::input_error(row.where, p.name + ": " + e.what());
      }
  try {
    return kind.trial(platform);
  } catch (const base::input_error& e) {
    throw base::input_error(row.where, e.what());
  }
}

kernel_label time_class(double seconds) {
  static const std::vector<std::pair<double, const char*>> limits{
      {10e-6, "<= 10 us"}, {100e-6, "<= 100 us"}, {1e-3, "<= 1 ms"}};
  int order = 0;
  for (const auto& [limit, text] : limits) {
    if (seconds <= limit)
      return {"measured", text, order};
    ++order;
  }
  return {"measured", "> 1 ms", order};
}

} // namespace

bool device_of_platform(const std::string& device, const std::string& platform) {
  const auto theirs = words(platform);
  for (const std::string& word : words(device))
    if (!word.empty() && std::find(theirs.begin(), theirs.end(), word) != theirs.end())
      return true;
  return false;
}

std::vector<std::size_t> evenly_spaced(std::size_t available, std::uint64_t wanted) {
  const std::size_t n = wanted ? std::min<std::size_t>(wanted, available) : available;
  std::vector<std::size_t> chosen(n);
  for (std::size_t i = 0; i < n; ++i)
    chosen[i] = i * available / n;
  return chosen;
}

error_statistics statistics_of(const std::vector<double>& errors) {
  error_statistics s;
  s.n = errors.size();
  if (errors.empty())
    return s;
  std::vector<double> absolute;
  for (const double e : errors)
    absolute.push_back(std::fabs(e));
  const traffic::distribution d = traffic::distribution_of(absolute);
  s.mean_absolute = d.mean;
  s.median_absolute = d.p50;
  s.p90_absolute = d.p90;
  s.bias = std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
  return s;
}

error_statistics validation_result::overall() const {
  std::vector<double> errors;
  for (const prediction& p : predictions)
    errors.push_back(p.error());
  return statistics_of(errors);
}

std::vector<error_group> validation_result::groups() const {
  std::vector<error_group> result;
  if (predictions.empty())
    return result;
  for (std::size_t d = 0; d < predictions.front().labels.size(); ++d) {
    std::vector<kernel_label> values;
    for (const prediction& p : predictions)
      if (std::none_of(values.begin(), values.end(), [&](const kernel_label& l) { return l.value == p.labels[d].value; }))
        values.push_back(p.labels[d]);
    std::stable_sort(values.begin(), values.end(), [](const auto& a, const auto& b) { return a.order < b.order; });
    for (const kernel_label& value : values) {
      std::vector<double> errors;
      for (const prediction& p : predictions)
        if (p.labels[d].value == value.value)
          errors.push_back(p.error());
      result.push_back({value, statistics_of(errors)});
    }
  }
  return result;
}

validation_result validate(const validation_options& o) {
  const auto kind = find_kernel_kind("--kind", o.kind).make();
  validation_result result;
  result.reference = o.reference;
  result.columns = kind->columns();
  std::vector<std::string> required = result.columns;
  required.push_back("latency_us");
  const reference_table table(o.reference, required);

  const auto platform = load_platform(o.platform, o.set);
  result.platform = platform->checked().name;

  std::vector<const reference_table::row*> rows;
  for (const reference_table::row& row : table.rows()) {
    const std::string* device = table.find(row, "device");
    if (!device || device_of_platform(*device, result.platform))
      rows.push_back(&row);
  }
  result.rows_of_other_devices = table.rows().size() - rows.size();
  std::vector<kernel_trial> trials;
  for (const std::size_t i : evenly_spaced(rows.size(), o.rows)) {
    const reference_table::row& row = *rows[i];
    prediction p;
    p.measured = table.positive(row, "latency_us") * microsecond;
    trials.push_back(trial_of(*kind, table, row, platform->view()));
    for (const std::string& column : result.columns)
      p.shape.push_back(*table.find(row, column));
    p.labels = kind->labels();
    p.labels.push_back(time_class(p.measured));
    result.predictions.push_back(std::move(p));
  }
  if (trials.empty())
    throw base::input_error({o.reference, 0}, "holds no row of the device of " + result.platform +
                                                  ", expected one whose column 'device' names it");

  kernel_runner software("software", platform->view());
  platform->bind_driver(software);
  const std::clock_t start = std::clock();
  const std::vector<double> seconds = software.run(trials, 1);
  result.host_cpu_s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  for (std::size_t i = 0; i < seconds.size(); ++i)
    result.predictions[i].predicted = seconds[i];
  result.kernels = software.kernels();
  result.simulated_s = sc_core::sc_time_stamp().to_seconds();
  return result;
}

} // namespace strata::cli
