// SPDX-License-Identifier: Apache-2.0
// Rows of published tables as runs: sizes, formats and load, what is measured in which unit, and why a row is left out.
#include "sc_main/validate/published_results.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace strata::cli {
namespace {

/// The trial of a row of `cells`, in the order of published_columns(), on `platform`.
std::optional<serving_trial> trial_of(const std::string& cells, const std::string& platform = "dgx_h100") {
  const auto file = std::filesystem::temp_directory_path() / ("published_results_" + std::to_string(::getpid()) + ".csv");
  std::ofstream out(file);
  for (const char* column : published_columns())
    out << column << (std::string(column) == "unit" ? "\n" : ",");
  out << cells << "\n";
  out.close();
  const reference_table table(file.string(), {});
  std::filesystem::remove(file);
  return published_trial(table, table.rows().front(), platform);
}

std::string reason(const std::string& cells, const std::string& platform = "dgx_h100") {
  const auto t = trial_of(cells, platform);
  return t ? t->left_out : "another device";
}

TEST(published_results, a_saturated_table_is_a_batch_of_its_requests) {
  const auto t = trial_of("trt12,H100,2,Llama-3.3-70B,FP8,TP2,saturated,1000,1000,output_throughput_per_gpu,2209,tok/s/gpu");
  ASSERT_TRUE(t && t->left_out.empty());
  EXPECT_EQ(t->options.model, "llama-3.3-70b");
  EXPECT_EQ(to_text(t->options.weights), "fp8");
  EXPECT_EQ(t->options.set, std::vector<std::string>{"sizes.gpus=2"});
  EXPECT_EQ(t->options.batch, 3000u);
  EXPECT_EQ(t->options.max_batch, 2048u);
  EXPECT_DOUBLE_EQ(t->measured.at(0), 2 * 2209);
  EXPECT_DOUBLE_EQ(t->measured.at(1), 0);
  EXPECT_DOUBLE_EQ(t->replicas, 1);
}

TEST(published_results, poisson_arrivals_keep_their_rate_and_lengths) {
  const auto t = trial_of("trt014on,H100,4,Llama-3.1-70B,BF16,TP4,\"2 QPS (Poisson), achieved 2 req/s\",467,256,mean_TTFT,62,ms");
  ASSERT_TRUE(t && t->left_out.empty());
  EXPECT_TRUE(t->options.generate);
  EXPECT_DOUBLE_EQ(t->options.rate, 2);
  EXPECT_DOUBLE_EQ(t->options.prompt_median, 467);
  EXPECT_DOUBLE_EQ(t->options.prompt_sigma, 0);
  EXPECT_DOUBLE_EQ(t->measured.at(1), 0.062);
}

TEST(published_results, a_static_batch_is_prefilled_in_one_step) {
  const auto t = trial_of("spw,h100-80gb,8,Llama-2-70B,FP16,TP8,batch 64,512,128,token_time,50,ms");
  ASSERT_TRUE(t && t->left_out.empty());
  EXPECT_EQ(t->options.batch, 64u);
  EXPECT_EQ(t->options.step_tokens, 64u * 512);
  EXPECT_EQ(t->options.set.back(), "host.request_latency=0 s");
  EXPECT_DOUBLE_EQ(t->measured.at(2), 0.05);
}

TEST(published_results, an_mlperf_system_is_replicas_of_the_fewest_gpus) {
  const auto small = trial_of("mlperf41,DGX-H100_H100-SXM-80GBx8_TRT,8,llama2-70b-99.9,FP8,,Offline,OpenOrca ~294 mean,~294 mean,output_throughput_total,24524,tok/s");
  ASSERT_TRUE(small && small->left_out.empty());
  EXPECT_EQ(small->options.set, std::vector<std::string>{"sizes.gpus=2"});
  EXPECT_DOUBLE_EQ(small->replicas, 4);
  EXPECT_EQ(small->options.prompt, 294u);
  const auto power = trial_of("mlperf51pw,8x B200-SXM-180GB Lenovo (wall power),8,llama3.1-405b,fp4,,Offline,,,wall_power,9891,W", "dgx_b200");
  ASSERT_TRUE(power && power->left_out.empty());
  EXPECT_DOUBLE_EQ(power->replicas, 2);
  EXPECT_EQ(power->options.prompt, 9400u);
  EXPECT_DOUBLE_EQ(power->measured.at(3), 9891);
}

TEST(published_results, what_no_run_does_is_left_out_with_its_reason) {
  EXPECT_EQ(reason("x,A100-80GB,1,Llama-3.1-8B,FP16,TP1,saturated,128,128,output_throughput_total,1,tok/s"), "another device");
  EXPECT_EQ(reason("x,NVIDIA DGX B200 (8x),8,llama3.1-8b,fp4,TP8,Offline,870,128,output_throughput_total,1,tok/s"), "another device");
  EXPECT_EQ(reason("x,H100,8,Qwen3-235B-A22B,FP8,DEP8,saturated,1024,1024,output_throughput_per_gpu,1,tok/s"), "expert and data parallelism at once");
  EXPECT_EQ(reason("trt10,B200,8,Qwen3-235B-A22B,FP4,TP8,saturated,128,128,output_throughput_total,1,tok/s", "dgx_b200"), "expert and data parallelism at once");
  EXPECT_EQ(reason("x,H100,1,Llama-2-7B,FP8,TP1,768,128,128,output_throughput_total,1,tok/s"), "model Llama-2-7B is not bundled");
  EXPECT_EQ(reason("x,H100,1,Llama-3.1-8B,,TP1,768,128,128,output_throughput_total,1,tok/s"), "precision not given");
  EXPECT_EQ(reason("x,H100,1,Llama-3.1-8B,FP8,TP1,saturated,mixed,128,output_throughput_total,1,tok/s"), "prompts not given as a number of tokens");
  EXPECT_EQ(reason("x,H100,1,Llama-3.1-8B,FP8,TP1,Server,128,128,output_throughput_total,1,tok/s"), "");
  EXPECT_EQ(reason("x,H100,8,Mixtral-8x7B,FP8,TP8,Server,128,128,output_throughput_total,1,tok/s"), "lengths of MLPerf's data set for mixtral-8x7b not given");
  EXPECT_EQ(reason("x,H100,1,Llama-3.1-8B,FP8,TP1,1,128,128,transfer_bw,1,GB/s"), "no run measures 'transfer_bw'");
  EXPECT_EQ(reason("x,h100-80gb-pcap,2,Llama-2-70B,FP16,TP2,batch 1,128,128,token_time,1,ms"), "GPUs under a power cap that is not given");
}

TEST(published_results, a_system_is_the_devices_of_its_replicas_and_one_host) {
  run_result r;
  r.simulated_s = 2;
  r.latency.output_tokens = 100;
  component_result host, gpu;
  host.type = "host_cpu";
  host.static_power_W = 50;
  gpu.type = "compute_core";
  r.components = {host, gpu};
  r.energy_J = 2 * (50 + 300);
  const auto figures = published_figures();
  EXPECT_DOUBLE_EQ(figures.at(0).of(r, 4), 200);
  EXPECT_DOUBLE_EQ(figures.at(3).of(r, 4), 4 * 300 + 50);
  EXPECT_DOUBLE_EQ(figures.at(4).of(r, 4), 1250 / 200.0);
}

} // namespace
} // namespace strata::cli
