// SPDX-License-Identifier: Apache-2.0
// strata kernel and strata validate on shipped platforms: shapes from options and rows, errors with their place, and
// measurements that agree with closed forms.
#include "models/base/diagnostic.hpp"
#include "sc_main/kernel/kernel_measurement.hpp"
#include "sc_main/validate/ablation.hpp"
#include "sc_main/validate/validation_report.hpp"
#include "tests/support/sim_test.hpp"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <unistd.h>

namespace strata::cli {
namespace {

/// A file of measurements that goes with the object.
class reference_file {
public:
  explicit reference_file(const std::string& text) {
    const int handle = mkstemp(m_name.data());
    EXPECT_GE(handle, 0);
    close(handle);
    std::ofstream(m_name) << text;
  }
  ~reference_file() { std::remove(m_name.c_str()); }
  const std::string& name() const { return m_name; }

private:
  std::string m_name = testing::TempDir() + "strata-reference-XXXXXX";
};

validation_options options(const std::string& kind, const reference_file& file) {
  validation_options o;
  o.platform = "h100";
  o.kind = kind;
  o.reference = file.name();
  return o;
}

/// What validate() says of `text`, its file name left out.
std::string complaint(const std::string& text) {
  const reference_file file(text);
  try {
    validate(options("gemm", file));
  } catch (const base::input_error& e) {
    const std::string message = e.what();
    return message.compare(0, file.name().size(), file.name()) ? message : message.substr(file.name().size());
  }
  return "accepted";
}

kernel_result gemm(const std::string& m, const std::string& n, const std::string& k,
                   const std::vector<std::string>& set = {}) {
  const auto kind = make_gemm_kind();
  kind->shape().find("m")->set(m);
  kind->shape().find("n")->set(n);
  kind->shape().find("k")->set(k);
  return measure_kernel("h100", set, "gemm", *kind);
}

SIM_TEST(kernel, bad_references_are_told_with_their_place) {
  EXPECT_EQ(complaint("dtype,m,n,latency_us\nfp8,1,2,3\n"), ":1: there is no column 'k' (did you mean 'm'?), expected it among the names in the first line");
  EXPECT_EQ(complaint("dtype,m,n,k,latency_us\nfp8,1,2,3\n"), ":2: 4 values, expected the 5 that the first line names");
  EXPECT_EQ(complaint("dtype,m,n,k,latency_us\n"), ": holds no measurements, expected a line of names and lines of values");
}

SIM_TEST(kernel, bad_dtype) {
  EXPECT_EQ(complaint("dtype,m,n,k,latency_us\nfp8,64,64,64,3\nfp7,64,64,64,3\n").substr(0, 18), ":3: dtype: 'fp7' i");
}
SIM_TEST(kernel, bad_latency) {
  EXPECT_EQ(complaint("dtype,m,n,k,latency_us\nfp8,64,64,64,-3\n"), ":2: latency_us: '-3' is not readable, expected a number > 0");
}
SIM_TEST(kernel, bad_size) {
  EXPECT_EQ(complaint("dtype,m,n,k,latency_us\nfp8,0,64,64,3\n").substr(0, 7), ":2: m: ");
}
SIM_TEST(kernel, too_large_for_the_memory) {
  EXPECT_NE(complaint("dtype,m,n,k,latency_us\nbfloat16,1,400000,200000,3\n").find(":2: the tensors take "), std::string::npos);
}

SIM_TEST(kernel, rows_of_other_devices_are_left_out) {
  const reference_file file("device,dtype,m,n,k,latency_us\nNVIDIA B200,fp8,64,64,64,3\nNVIDIA H100 80GB HBM3,fp8,64,64,64,3\n");
  const auto r = validate(options("gemm", file));
  EXPECT_EQ(r.predictions.size(), 1u);
  EXPECT_EQ(r.rows_of_other_devices, 1u);
}

SIM_TEST(kernel, predictions_keep_the_order_of_the_rows_and_equal_rows_are_equal) {
  const reference_file file("k,n,m,dtype,latency_us\n4096,4096,64,bfloat16,10\n8192,8192,4096,bfloat16,700\n4096,4096,64,bfloat16,20\n");
  const auto r = validate(options("gemm", file));
  ASSERT_EQ(r.predictions.size(), 3u);
  EXPECT_DOUBLE_EQ(r.predictions[0].predicted, r.predictions[2].predicted);
  EXPECT_GT(r.predictions[1].predicted, 10 * r.predictions[0].predicted);
  EXPECT_EQ(predictions_csv(r).substr(0, 38), "dtype,m,n,k,latency_us,predicted_us,er");
}

SIM_TEST(kernel, a_sample_is_spread_over_the_file) {
  std::string text = "dtype,m,n,k,latency_us\n";
  for (int m = 1; m <= 10; ++m)
    text += "bfloat16," + std::to_string(m) + ",64,64,3\n";
  const reference_file file(text);
  auto o = options("gemm", file);
  o.rows = 2;
  const auto r = validate(o);
  ASSERT_EQ(r.predictions.size(), 2u);
  EXPECT_EQ(r.predictions[0].shape[1], "1");
  EXPECT_EQ(r.predictions[1].shape[1], "6");
}

TEST(kernel, statistics_of_known_errors) {
  const error_statistics s = statistics_of({0.1, -0.3, 0.2, 0.0});
  EXPECT_EQ(s.n, 4u);
  EXPECT_NEAR(s.mean_absolute, 0.15, 1e-12);
  EXPECT_NEAR(s.median_absolute, 0.15, 1e-12);
  EXPECT_NEAR(s.bias, 0.0, 1e-12);
  EXPECT_NEAR(s.p90_absolute, 0.27, 1e-12);
}

TEST(kernel, a_device_is_known_by_a_word_of_the_platforms_name) {
  EXPECT_TRUE(device_of_platform("NVIDIA H100 80GB HBM3", "dgx_h100"));
  EXPECT_TRUE(device_of_platform("NVIDIA B200", "b200"));
  EXPECT_FALSE(device_of_platform("NVIDIA B200", "dgx_h100"));
  EXPECT_FALSE(device_of_platform("NVIDIA H200", "h100"));
}

TEST(kernel, ablation_switches_one_mechanism_off_at_a_time) {
  const reference_file file("dtype,m,n,k,latency_us\nbfloat16,1,128,128,3\n");
  const auto variants = ablate(options("gemm", file));
  ASSERT_EQ(variants.size(), mechanisms().size() + 1);
  EXPECT_TRUE(variants[0].off.empty());
  EXPECT_EQ(variants[1].name, "launch latency"); // most of what so small a kernel takes
  EXPECT_LT(variants[1].all.bias, variants[0].all.bias - 0.3);
}

double part(const kernel_result& r, const std::string& wanted) {
  for (const auto& [name, seconds] : r.parts_s)
    if (name == wanted)
      return seconds;
  return 0;
}

void expect_parts_add_up(const kernel_result& r) {
  double sum = 0;
  for (const auto& [name, seconds] : r.parts_s)
    sum += seconds;
  EXPECT_NEAR(sum / r.time_s, 1, 1e-6);
}

SIM_TEST(kernel, time_of_a_large_gemm_is_matrix_engines_and_tail) {
  const kernel_result r = gemm("8192", "8192", "8192");
  expect_parts_add_up(r);
  EXPECT_GT(part(r, "mma") + part(r, "power") + part(r, "l2"), 0.9 * r.time_s);
  EXPECT_NEAR(part(r, "launch"), 2.27e-6, 1e-9);
  EXPECT_NEAR(part(r, "fill"), 0.3e-6, 1e-9);
  EXPECT_GT(part(r, "tail"), 0);
  EXPECT_EQ(part(r, "memory"), 0);
}

SIM_TEST(kernel, time_of_a_gemv_is_memory) {
  const kernel_result r = gemm("1", "16384", "16384");
  expect_parts_add_up(r);
  EXPECT_GT(part(r, "memory"), 0.9 * r.time_s);
  EXPECT_EQ(part(r, "mma"), 0);
}

SIM_TEST(kernel, without_a_power_limit_no_time_goes_to_it) {
  const kernel_result r = gemm("8192", "8192", "8192", {"gpu.core.power_limit=0 W", "gpu.core.cache_bandwidth=20 TB/s"});
  EXPECT_EQ(part(r, "power"), 0);
  EXPECT_NEAR(part(r, "mma") / (2 * 8192.0 * 8192 * 8192 / (989e12 * 0.85)), 1, 0.02); // tiles stick out a little
}

SIM_TEST(kernel, parts_of_quantised_products_add_up) {
  const auto kind = make_gemm_kind();
  kind->shape().find("dtype")->set("fp8_block");
  kind->shape().find("m")->set("4096");
  const kernel_result r = measure_kernel("h100", {}, "gemm", *kind);
  expect_parts_add_up(r);
  EXPECT_GT(part(r, "latency"), 0); // block scales
}

SIM_TEST(kernel, parts_of_attention_add_up) {
  const auto kind = make_attention_decode_kind();
  kind->shape().find("batch")->set("64");
  const kernel_result r = measure_kernel("h100", {}, "attention_decode", *kind);
  expect_parts_add_up(r);
  EXPECT_GT(part(r, "latency"), 0);
}

SIM_TEST(kernel, parts_of_a_collective_add_up) {
  const auto kind = make_collective_kind();
  const kernel_result r = measure_kernel("dgx_h100", {}, "collectives", *kind);
  expect_parts_add_up(r);
  EXPECT_GT(part(r, "link"), part(r, "local"));
}

SIM_TEST(kernel, a_gemv_reads_its_weights_once) {
  const kernel_result r = gemm("1", "16384", "8192");
  const double weights_s = 2.0 * 16384 * 8192 / 3.35e12;
  EXPECT_GT(r.time_s, weights_s);
  EXPECT_LT(r.time_s, 1.5 * weights_s);
}

SIM_TEST(kernel, energy_of_the_board_is_part_of_the_platforms) {
  const kernel_result alone = gemm("256", "4096", "4096");
  EXPECT_GT(alone.board_power_W(), 0);
  EXPECT_LT(alone.board_total_J(), alone.platform_J); // the host's idle power comes on top
}

} // namespace
} // namespace strata::cli
