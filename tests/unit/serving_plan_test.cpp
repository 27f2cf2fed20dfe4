// SPDX-License-Identifier: Apache-2.0
// Where weights go, what is left for KV, and what is said when they do not fit.
#include "traffic/lowering/serving_plan.hpp"

#include "models/base/diagnostic.hpp"
#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"
#include "traffic/llm/llm_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace strata::traffic {
namespace {

llm_architecture llama(const std::string& size) {
  return load_llm("llama-3.1-" + size, {STRATA_SOURCE_DIR "/traffic/models"});
}
platforms::checked_platform shipped(const std::string& name) {
  return platforms::check(platforms::load_netlist(platforms::find_platform(name)));
}

TEST(serving_plan, a_region_of_a_wafer_for_every_layer_and_the_head) {
  const auto checked = shipped("cs3");
  const auto model = llama("8b");
  const auto plan = make_plan(checked.view, model, {weight_formats::parse("bf16"), {}});
  EXPECT_EQ(plan.stages.size(), model.layers() + 1);
  EXPECT_EQ(plan.stages.back().layers, 0u);
  EXPECT_EQ(plan.devices.front().lanes, model.layers() + 1);
}

TEST(serving_plan, streamed_weights_leave_the_fast_memory_to_kv) {
  const auto checked = shipped("cs3_memoryx");
  const auto model = llama("70b");
  const auto plan = make_plan(checked.view, model, {weight_formats::parse("bf16"), {}});
  const device_placement& d = plan.devices.front();
  EXPECT_EQ(d.weights_in[0], 0);
  EXPECT_DOUBLE_EQ(d.weights_in[1], d.weight_bytes);
  EXPECT_DOUBLE_EQ(d.buffer_bytes, model.embedding_bytes()) << "the LM head is the largest piece";
  EXPECT_DOUBLE_EQ(d.kv_room[0], 0.9 * 44236800000 - 2 * d.buffer_bytes);
  EXPECT_EQ(d.lanes, 2u) << "one computes, one fetches";
}

TEST(serving_plan, resident_layers_of_a_wafer_that_streams_the_others) {
  const auto checked = shipped("cs3_memoryx");
  const auto model = llama("70b");
  plan_options options;
  options.resident_layers = 10;
  const auto plan = make_plan(checked.view, model, {weight_formats::parse("bf16"), {}}, options);
  const device_placement& d = plan.devices.front();
  EXPECT_DOUBLE_EQ(d.weights_in[0], d.layer_offset[10]);
  EXPECT_DOUBLE_EQ(d.weights_in[0] + d.weights_in[1], d.weight_bytes);
  EXPECT_DOUBLE_EQ(d.kv_room[0], 0.9 * 44236800000 - d.weights_in[0] - 2 * d.buffer_bytes);
  const auto refused = [&](unsigned layers, const platforms::checked_platform& p) -> std::string {
    options.resident_layers = layers;
    try {
      make_plan(p.view, model, {weight_formats::parse("fp8"), {}}, options);
    } catch (const base::input_error& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(refused(81, checked), testing::HasSubstr("81 resident layers given, expected at most the 80"));
  EXPECT_THAT(refused(60, checked), testing::HasSubstr("bytes short. Expected fewer resident layers"));
  EXPECT_THAT(refused(1, shipped("cs3_llama70b")), testing::HasSubstr("does not stream weights"));
}

TEST(serving_plan, weights_that_do_not_fit_are_refused_with_the_shortfall_and_a_proposal) {
  const auto checked = shipped("cs3");
  const auto model = llama("70b");
  try {
    make_plan(checked.view, model, {weight_formats::parse("bf16"), {}});
    FAIL() << "141 GB fit in 44 GB";
  } catch (const base::input_error& e) {
    const double needed = 2 * model.parameter_count();
    EXPECT_THAT(e.what(), testing::HasSubstr(std::to_string(std::llround(needed - 0.9 * 44236800000)).substr(0, 4)));
    EXPECT_THAT(e.what(), testing::HasSubstr("bytes short. Expected 4 or more such devices"));
  }
}

/// Layers cannot be divided, and slices round up: bytes alone promise too much.
TEST(serving_plan, the_proposed_number_of_devices_fits_and_one_less_does_not) {
  const auto checked = shipped("cs3");
  for (const char* name : {"70b", "405b"}) {
    const auto model = llama(name);
    unsigned proposed = 0;
    try {
      make_plan(checked.view, model, {});
    } catch (const base::input_error& e) {
      const std::string text = e.what(), before = ". Expected ";
      proposed = static_cast<unsigned>(std::stoul(text.substr(text.find(before) + before.size())));
    }
    const auto on = [&](unsigned wafers) {
      auto view = checked.view;
      view.devices.assign(wafers, checked.view.devices.front());
      make_plan(view, model, {});
    };
    EXPECT_NO_THROW(on(proposed)) << name << " on " << proposed;
    EXPECT_THROW(on(proposed - 1), base::input_error) << name << " on " << proposed - 1;
  }
}

TEST(serving_plan, devices_needed_for_more_than_the_weights) {
  const auto checked = shipped("cs3");
  const auto model = llama("8b");
  const auto tokens = [](std::uint64_t wanted) {
    return [wanted](const serving_plan& p) { return p.kv_capacity_tokens.front() >= wanted; };
  };
  EXPECT_EQ(devices_needed(checked.view, model, {}, {}, tokens(200'000)), 2u);
  EXPECT_FALSE(devices_needed(checked.view, model, {}, {}, tokens(100'000'000)));
}

TEST(serving_plan, the_reserve_is_the_devices) {
  auto checked = shipped("cs3");
  const auto model = llama("8b");
  const auto before = make_plan(checked.view, model, {weight_formats::parse("bf16"), {}});
  checked.view.devices[0][0].memory_share = 0.5;
  const auto after = make_plan(checked.view, model, {weight_formats::parse("bf16"), {}});
  EXPECT_NEAR(before.devices[0].kv_room[0] - after.devices[0].kv_room[0], 0.4 * 44236800000, 1);
  checked.view.devices[0][0].memory_share = 0.3;
  EXPECT_THROW(make_plan(checked.view, model, {weight_formats::parse("bf16"), {}}), base::input_error);
}

} // namespace
} // namespace strata::traffic
