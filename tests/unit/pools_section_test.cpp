// SPDX-License-Identifier: Apache-2.0
// Serving sections of two pools: what the views hold, what is refused, and which device hands KV to which.
#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"
#include "traffic/kv/kv_shares.hpp"
#include "traffic/llm/llm_config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

namespace strata::platforms {
namespace {

checked_platform checked(const std::vector<std::string>& set = {}, bool symmetry = true) {
  std::vector<parameter_override> overrides;
  for (const std::string& text : set)
    overrides.push_back(parse_override(text));
  return check(load_netlist(find_platform("dgx_h100_pd"), overrides), overrides, {symmetry});
}

std::string problem_with(const std::vector<std::string>& set) {
  try {
    checked(set);
  } catch (const base::input_error& e) {
    return e.what();
  }
  return "";
}

std::string problem_in(const std::string& serving) {
  try {
    parse_netlist("{platform: p, modules: {}, serving: " + serving + "}", "p.yaml");
  } catch (const base::input_error& e) {
    return e.what();
  }
  return "";
}

TEST(pools_section, two_views) {
  const checked_platform p = checked();
  ASSERT_TRUE(p.decode_view);
  EXPECT_EQ(p.driver.size(), 2u);
  EXPECT_EQ(p.view.devices.front().front().stores.size(), 2u);
  EXPECT_TRUE(p.decode_view->devices.front().front().stores.empty());
  EXPECT_NE(p.view.host_control, p.decode_view->host_control);
  EXPECT_EQ(p.view.devices.front().size(), 1u) << "eight alike";
  EXPECT_EQ(p.decode_view->devices.front().front().represents, 8u);
  EXPECT_TRUE(checked({"serving.prefill.stores=none"}).view.devices[0][0].stores.empty());
}

TEST(pools_section, components_belong_to_the_nearer_pool) {
  const checked_platform p = checked();
  for (const instance& i : p.instances)
    EXPECT_EQ(i.pool, i.path.find("decode_") == std::string::npos ? 0u : 1u) << i.path;
}

TEST(pools_section, a_price_of_other_numbers_of_pools_follows_from_its_part) {
  platform_costs c = checked().costs;
  EXPECT_DOUBLE_EQ(c.price_of({2, 2}), 2 * 690e3);
  EXPECT_DOUBLE_EQ(c.price_of({3, 1}), 4 * 345e3);
  c.decode = {};
  EXPECT_EQ(c.price_of({3, 1}), 0);
}

TEST(pools_section, what_is_pooled_is_there_and_paid_once) {
  const auto rack = [](const std::vector<std::string>& set) {
    std::vector<parameter_override> overrides;
    for (const std::string& text : set)
      overrides.push_back(parse_override(text));
    return check(load_netlist(find_platform("dynamo_rack"), overrides), overrides);
  };
  const checked_platform p = rack({});
  const auto& stores = p.view.devices.front().front().stores;
  ASSERT_EQ(stores.size(), 4u);
  EXPECT_EQ(stores[0].pooled_bandwidth, 0) << "the node's own DRAM";
  EXPECT_DOUBLE_EQ(stores[1].pooled_bandwidth, stores[1].bandwidth) << "its card is as wide as theirs";
  EXPECT_DOUBLE_EQ(rack({"pool_nic[*].lanes=8"}).view.devices[0][0].stores[1].pooled_bandwidth, 2 * stores[1].bandwidth);
  for (const traffic::memory_view& s : rack({"serving.prefill.pooled=none"}).view.devices.front().front().stores)
    EXPECT_EQ(s.pooled_bandwidth, 0) << s.name;
  EXPECT_DOUBLE_EQ(p.costs.price_of({4, 4}), 4 * 1310e3 - 3 * 205e3);
  EXPECT_DOUBLE_EQ(p.costs.price_of({4, 1}), 1310e3 + 3 * (1310e3 - 205e3 - 490e3));
  try {
    rack({"serving.prefill.pooled=pool"});
    FAIL();
  } catch (const base::input_error& e) {
    EXPECT_NE(std::string(e.what()).find("'pooled': "), std::string::npos) << e.what();
  }
}

TEST(pools_section, a_store_has_one_pool) {
  const std::vector<std::string> both{"serving.decode.copier=copier[*]", "serving.decode.stores=dram[*]"};
  EXPECT_NE(problem_with(both).find("'platform.dram[0]' is a store of both pools"), std::string::npos) << problem_with(both);
}

TEST(pools_section, tools_run_on_the_scheduler_or_where_the_netlist_says) {
  const traffic::tool_hosts_view own = checked().view.tools;
  EXPECT_EQ(own.hosts, 1u);
  EXPECT_EQ(own.cores, 112u);
  const traffic::tool_hosts_view rack = check(load_netlist(find_platform("dynamo_rack"))).view.tools;
  EXPECT_EQ(rack.hosts, 8u);
  EXPECT_EQ(rack.names, std::vector<std::string>{"platform.cpu[0]"});
  EXPECT_NE(problem_with({"serving.prefill.tools=gpu[*].hbm"}).find("is no host like the others"), std::string::npos);
}

TEST(pools_section, a_pool_alone_or_misnamed_is_refused) {
  EXPECT_NE(problem_in("{prefill: {driver: h.driver}}").find("has a pool 'prefill' alone, expected 'decode' too"), std::string::npos);
  EXPECT_NE(problem_in("{decode: {driver: h.driver}}").find("expected 'prefill' too"), std::string::npos);
  EXPECT_NE(problem_in("{prefill: {}, decod: {}}").find("unknown key 'decod'"), std::string::npos);
  EXPECT_NE(problem_with({"serving.tensor=4"}).find("has no 'tensor', expected prefill.KEY or decode.KEY"), std::string::npos);
  EXPECT_NE(problem_with({"serving.decode.tenser=4"}).find("did you mean 'tensor'"), std::string::npos);
}

TEST(pools_section, devices_and_copy_engines_are_needed) {
  EXPECT_NE(problem_with({"serving.decode.devices=nothing[*].core"}).find("'devices': "), std::string::npos);
  std::ifstream file(find_platform("dgx_h100_pd"));
  std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const std::string line : {"    copier: copier[*]\n", "    stores: [\"dram[*]\", \"ssd[*]\"]\n"}) {
    ASSERT_NE(text.find(line), std::string::npos);
    text.erase(text.find(line), line.size());
  }
  try {
    check(parse_netlist(text, find_platform("dgx_h100_pd")));
    FAIL() << "nothing hands KV over";
  } catch (const base::input_error& e) {
    EXPECT_NE(std::string(e.what()).find("has no 'copier', expected the copy engines that hand KV to 'decode'"), std::string::npos) << e.what();
  }
}

TEST(pools_section, every_rank_gets_its_heads_once) {
  const traffic::llm_architecture model = traffic::load_llm("llama-3.1-70b", {STRATA_SOURCE_DIR "/traffic/models"});
  const double per_token = double(model.kv_elements_per_token()) * 2;
  const auto sum = [&](const checked_platform& p) {
    const auto from = traffic::make_plan(p.view, model, {traffic::weight_formats::parse("fp8"), {}});
    const auto to = traffic::make_plan(*p.decode_view, model, {traffic::weight_formats::parse("fp8"), {}});
    double bytes = 0;
    for (const traffic::kv_share& s : traffic::kv_shares(from, to))
      bytes += s.bytes_per_token;
    return bytes;
  };
  EXPECT_DOUBLE_EQ(sum(checked()), per_token / 8) << "one stands for eight";
  EXPECT_DOUBLE_EQ(sum(checked({}, false)), per_token);
  const auto wafers = sum(check(load_netlist(find_platform("dgx_h100_cs3"))));
  EXPECT_DOUBLE_EQ(wafers, per_token) << "eight GPUs' heads to four wafers' layers";
  EXPECT_DOUBLE_EQ(sum(checked({"serving.decode.devices=decode_gpu[0..3].core", "serving.decode.tensor=4"}, false)), per_token);
}

TEST(pools_section, every_rank_gets_its_part_from_every_set_once) {
  const traffic::llm_architecture model = traffic::load_llm("qwen3-235b-a22b", {STRATA_SOURCE_DIR "/traffic/models"});
  const double per_token = double(model.kv_elements_per_token()) * 2;
  const auto sum = [&](const checked_platform& p, unsigned sets, unsigned key_ranks) {
    traffic::plan_options prompts, decodes;
    prompts.sets = sets;
    decodes.key_ranks = key_ranks;
    const auto from = traffic::make_plan(p.view, model, {traffic::weight_formats::parse("int4"), {}}, prompts);
    const auto to = traffic::make_plan(*p.decode_view, model, {traffic::weight_formats::parse("int4"), {}}, decodes);
    std::map<unsigned, double> sent;
    double bytes = 0;
    for (const traffic::kv_share& s : traffic::kv_shares(from, to)) {
      sent[s.source_rank] += s.bytes_per_token;
      bytes += s.bytes_per_token;
    }
    for (const auto& [rank, of_it] : sent)
      EXPECT_DOUBLE_EQ(of_it, bytes / static_cast<double>(sent.size())) << "rank " << rank;
    return bytes;
  };
  for (const unsigned sets : {1u, 2u}) {
    EXPECT_DOUBLE_EQ(sum(checked({}, false), sets, 1), 2 * per_token) << "eight ranks have copies of four heads";
    EXPECT_DOUBLE_EQ(sum(checked({}, false), sets, 2), per_token) << "or parts";
    EXPECT_DOUBLE_EQ(sum(checked(), sets, 2), per_token / 8) << "one stands for eight";
  }
}

} // namespace
} // namespace strata::platforms
