// SPDX-License-Identifier: Apache-2.0
// Layers as rectangles of wafers: nothing overlaps, nothing overflows, neighbours adjoin, and their shape decides time.
#include "traffic/lowering/floorplan.hpp"

#include "models/base/diagnostic.hpp"
#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"
#include "traffic/llm/llm_config.hpp"
#include "traffic/lowering/decode_path.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace strata::traffic {
namespace {

struct placed {
  platforms::checked_platform checked;
  llm_architecture model;
  serving_plan plan;
  placed(const std::string& platform, const std::string& llm, placement where, const char* weights = "bf16",
         const std::vector<platforms::parameter_override>& overrides = {})
      : checked(platforms::check(platforms::load_netlist(platforms::find_platform(platform)), overrides)),
        model(load_llm(llm, {STRATA_SOURCE_DIR "/traffic/models"})),
        plan(make_plan(checked.view, model, {weight_formats::parse(weights), {}}, {false, where})) {}
};

void expect_cover(const serving_plan& plan) {
  for (unsigned d = 0; d < plan.devices.size(); ++d) {
    const mesh_view& mesh = plan.platform->devices[d].front().mesh;
    std::vector<char> taken(std::size_t{mesh.columns} * mesh.rows);
    for (const pipeline_stage& s : plan.stages) {
      if (s.device != d)
        continue;
      for (unsigned y = s.region.y; y < s.region.y + s.region.height; ++y)
        for (unsigned x = s.region.x; x < s.region.x + s.region.width; ++x) {
          ASSERT_LT(x, mesh.columns);
          ASSERT_LT(y, mesh.rows);
          ASSERT_EQ(taken[std::size_t{y} * mesh.columns + x]++, 0) << "two rectangles have a core at " << x << ", " << y;
        }
    }
    EXPECT_EQ(std::count(taken.begin(), taken.end(), 0), 0) << "cores that no rectangle has";
  }
}

TEST(floorplan, rectangles_cover_the_mesh_once) {
  for (const placement where : {placement::square, placement::shortest}) {
    expect_cover(placed("cs3", "llama-3.1-8b", where).plan);
    expect_cover(placed("cs3_llama70b", "llama-3.1-70b", where).plan);
  }
}

TEST(floorplan, dead_cores_cost_cores_memory_and_time) {
  const placed whole("cs3", "llama-3.1-8b", placement::square);
  double time = decode_range_of(whole.plan, 1024).now.total(), tokens = static_cast<double>(whole.plan.kv_capacity_tokens[0]);
  for (const char* share : {"1 %", "3 %", "7 %"}) {
    const placed p("cs3", "llama-3.1-8b", placement::square, "bf16",
                   {platforms::parse_override(std::string("cs[*].core.dead_cores=") + share)});
    const mesh_view& mesh = p.plan.platform->devices[0].front().mesh;
    ASSERT_TRUE(mesh.defects) << share;
    expect_cover(p.plan);
    EXPECT_NEAR(core_use_of(p.plan, p.plan.stages[0]).memory, 49152, 1) << "a core keeps its memory";
    const double now = decode_range_of(p.plan, 1024).now.total(), room = static_cast<double>(p.plan.kv_capacity_tokens[0]);
    EXPECT_GT(now, time);
    EXPECT_LT(path_without_detours(p.plan, 1024).total(), now);
    EXPECT_LE(room, tokens);
    EXPECT_EQ(room < tokens, mesh.columns * mesh.rows < 750 * 1200u);
    time = now;
    tokens = room;
  }
  EXPECT_LT(tokens, static_cast<double>(whole.plan.kv_capacity_tokens[0])) << "7 % are more than the spares replace";
}

TEST(floorplan, consecutive_stages_of_a_wafer_adjoin) {
  const placed p("cs3", "llama-3.1-8b", placement::square);
  for (std::size_t s = 0; s + 1 < p.plan.stages.size(); ++s) {
    const floor_region &a = p.plan.stages[s].region, &b = p.plan.stages[s + 1].region;
    const bool beside = (a.x + a.width == b.x || b.x + b.width == a.x) && a.y == b.y;
    const bool below = a.y + a.height == b.y && std::min(a.x + a.width, b.x + b.width) > std::max(a.x, b.x);
    EXPECT_TRUE(beside || below) << "stages " << s << " and " << s + 1;
  }
}

TEST(floorplan, no_core_holds_more_than_it_has_and_kv_capacity_is_the_tightest_rectangles) {
  const placed p("cs3", "llama-3.1-8b", placement::shortest);
  double least = 1e18;
  for (const pipeline_stage& s : p.plan.stages) {
    const core_use use = core_use_of(p.plan, s);
    EXPECT_LE(use.weights + use.positions() * use.kv_per_position + use.code + use.activations, 49152) << name_of(p.plan, s);
    EXPECT_LE(use.weights + use.positions() * use.kv_per_position, 0.9 * 49152 + 1e-6) << name_of(p.plan, s);
    least = std::min(least, kv_tokens(p.plan, s));
  }
  EXPECT_EQ(static_cast<double>(p.plan.kv_capacity_tokens.front()), least);
}

TEST(floorplan, a_core_holds_its_slice_rounded_up) {
  const placed p("cs3", "llama-3.1-8b", placement::square);
  const pipeline_stage& head = p.plan.stages.back();
  ASSERT_EQ(head.layers, 0u);
  const double slice = std::ceil(4096.0 / head.region.width) * std::ceil(128256.0 / head.region.height);
  EXPECT_NEAR(core_use_of(p.plan, head).weights, 2 * slice, 1);
}

TEST(floorplan, the_searched_placement_is_no_slower_than_the_simple_one) {
  for (const auto& [platform, model] : {std::pair{"cs3", "llama-3.1-8b"}, std::pair{"cs3_llama70b", "llama-3.1-70b"}}) {
    const placed simple(platform, model, placement::square), searched(platform, model, placement::shortest);
    EXPECT_LT(decode_range_of(searched.plan, typical_context).now.total(), decode_range_of(simple.plan, typical_context).now.total());
    EXPECT_GE(double(searched.plan.kv_capacity_tokens[0]), 0.89 * double(simple.plan.kv_capacity_tokens[0]));
  }
}

TEST(floorplan, a_core_too_small_for_its_slice_is_refused_with_bytes_and_a_proposal) {
  auto checked = platforms::check(platforms::load_netlist(platforms::find_platform("cs3")));
  const auto model = load_llm("llama-3.1-8b", {STRATA_SOURCE_DIR "/traffic/models"});
  checked.view.devices[0][0].mesh.code_bytes = 32 * 1024; // the wafer as a whole would have room
  try {
    make_plan(checked.view, model, {weight_formats::parse("bf16"), {}});
    FAIL() << "16 KiB a core for 18 KB";
  } catch (const base::input_error& e) {
    EXPECT_THAT(e.what(), testing::AllOf(testing::HasSubstr("has 49152 bytes and needs"), testing::HasSubstr("32768 for code"),
                                         testing::HasSubstr("bytes short. Expected 2 or more such devices")));
  }
}

TEST(floorplan, the_way_to_the_next_rectangle) {
  const floor_region a{0, 0, 100, 50}, right{100, 0, 60, 50}, below{20, 50, 100, 30};
  EXPECT_EQ(way_between(a, right, true, 160).hops, 80u);
  EXPECT_EQ(way_between(a, right, true, 160).links, 50u);
  EXPECT_EQ(way_between(a, below, true, 160).hops, 20u + 40u);
  EXPECT_EQ(way_between(a, below, true, 160).links, 80u);
  EXPECT_EQ(way_between(right, a, false, 160).hops, 30u + 50u) << "to the right edge, from the left one";
}

TEST(decode_path, the_range_of_estimates_encloses_the_value) {
  const placed p("cs3", "llama-3.1-8b", placement::square);
  const decode_range r = decode_range_of(p.plan, typical_context);
  EXPECT_LT(r.low.total(), r.now.total());
  EXPECT_GT(r.high.total(), r.now.total());
  EXPECT_NEAR(r.low.launch, r.now.launch / 10, 1e-12) << "0.1 us for 1 us";
  EXPECT_NEAR(r.high.launch, r.now.launch * 2, 1e-12);
}

} // namespace
} // namespace strata::traffic
