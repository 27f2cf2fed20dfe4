// SPDX-License-Identifier: Apache-2.0
// Kinds of kernels that are timed by themselves: a shape with declared names, which are the options of `strata kernel`
// and the columns of reference files alike, and the commands that a measurement of that shape consists of.
#pragma once

#include "models/base/parameter.hpp"
#include "models/core/command.hpp"
#include "traffic/lowering/platform_view.hpp"

#include <memory>
#include <string>
#include <vector>

namespace strata::cli {

/// A kernel as it is measured: called back to back from one pre-built graph.
struct kernel_trial {
  std::vector<std::vector<core::command>> programs; ///< one pass by driven device; groups are numbered as in traffic/lowering/collective_group.hpp
  unsigned calls = 1;                               ///< of the kernel in a pass: a call takes pass / calls
  unsigned ranks = 1;                               ///< devices that take part; those that symmetry folds count as well
};

/// What a row belongs to in a table of errors, e.g. {"dtype", "fp8", 1}; `order` sorts the values of a dimension.
struct kernel_label {
  std::string dimension, value;
  int order = 0;
};

/// One shape of a kind.
class kernel_kind {
public:
  virtual ~kernel_kind() = default;
  kernel_kind() = default;
  kernel_kind(const kernel_kind&) = delete;
  kernel_kind& operator=(const kernel_kind&) = delete;

  /// The shape, bound to this object.
  const base::parameter_list& shape() const { return m_shape; }
  /// What a reference file must hold besides latency_us; the rest of the shape says how it was measured.
  virtual std::vector<std::string> columns() const = 0;
  /// Throws base::input_error (without a place) where the platform cannot run the shape.
  virtual kernel_trial trial(const traffic::platform_view& platform) const = 0;
  virtual std::vector<kernel_label> labels() const = 0;

protected:
  base::parameter_list m_shape;
};

struct kernel_kind_entry {
  const char* name;
  const char* summary;
  std::unique_ptr<kernel_kind> (*make)();
};

/// All kinds. A new one is a file with a class in it and a line in kernel_kind.cpp.
const std::vector<kernel_kind_entry>& kernel_kinds();
/// Throws base::input_error at "command line" for an unknown name, with a suggestion.
const kernel_kind_entry& find_kernel_kind(const std::string& option, const std::string& name);

std::unique_ptr<kernel_kind> make_gemm_kind();
std::unique_ptr<kernel_kind> make_attention_decode_kind();
std::unique_ptr<kernel_kind> make_attention_prefill_kind();
std::unique_ptr<kernel_kind> make_collective_kind();

/// Label of the class of `value`: "<= 16", "<= 256" (and above 16), "> 256" for limits {16, 256}.
kernel_label size_class(const std::string& dimension, double value, const std::vector<double>& limits);

} // namespace strata::cli
