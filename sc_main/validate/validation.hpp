// SPDX-License-Identifier: Apache-2.0
// Kernels of a platform against measured ones: every row of a reference file through the simulator, and how far off
// the predictions are.
#pragma once

#include "models/base/parameter.hpp"
#include "sc_main/validate/kernel_kind.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace strata::cli {

struct validation_options {
  std::string platform, kind, reference;
  std::vector<std::string> set; ///< "PATH=VALUE" overrides, in order
  std::uint64_t rows = 0;       ///< 0 = all
  bool ablate = false;
  bool as_json = false;
  std::string out;              ///< file of predictions; empty = none
  bool help = false;

  base::parameter_list parameters();
};

/// Reads the arguments after the command; throws base::input_error at "command line".
validation_options parse_validation_options(const std::vector<std::string>& arguments, const std::string& default_platform);

struct prediction {
  std::vector<std::string> shape;   ///< cells of the kind's columns
  std::vector<kernel_label> labels;
  double measured = 0, predicted = 0; ///< in the result's unit
  double error() const { return predicted / measured - 1; }
};

/// Of relative errors; shares, not per cent.
struct error_statistics {
  std::size_t n = 0;
  double mean_absolute = 0, median_absolute = 0, p90_absolute = 0, bias = 0;
};
error_statistics statistics_of(const std::vector<double>& errors);

/// Rows with one value of one label.
struct error_group {
  kernel_label label;
  error_statistics statistics;
};

struct validation_result {
  std::string platform, reference;
  std::string quantity = "time", unit = "s"; ///< that is predicted
  std::vector<std::string> columns;
  std::vector<prediction> predictions;
  std::size_t rows_of_other_devices = 0; ///< left out
  std::uint64_t kernels = 0;             ///< simulated, warm-up included
  double simulated_s = 0;
  double host_cpu_s = 0;                 ///< of the simulation; differs from run to run

  error_statistics overall() const;
  /// By dimension in the order of the kind's labels, values in their own order.
  std::vector<error_group> groups() const;
};

/// Elaborates the platform and runs the reference's rows. Throws base::input_error.
validation_result validate(const validation_options& options);

/// Of `available` rows the indices of `wanted` evenly spaced ones, of all for 0.
std::vector<std::size_t> evenly_spaced(std::size_t available, std::uint64_t wanted);

/// Whether `device`, as a row names it, is that of `platform`: one of its words is a part of the platform's name, so
/// that "NVIDIA H100 80GB HBM3" is the device of dgx_h100.
bool device_of_platform(const std::string& device, const std::string& platform);

} // namespace strata::cli
