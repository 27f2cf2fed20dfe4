// SPDX-License-Identifier: Apache-2.0
// KV that goes over the network to pooled memory, context memory and an object store, and comes back: whole runs.
#include "tests/serving/apart.hpp"
#include "tests/serving/tier_runs.hpp"

namespace {

using namespace strata;

/// One GPU of each pool; stores of some 7.6 k tokens each but the last.
cli::run_options remote_run(const std::string& trace, const std::string& stores, const std::vector<std::string>& more = {}) {
  cli::run_options o = tests::tiers_run(trace, cli::fidelity::stream, "");
  o.platform = "dynamo_rack";
  o.set = {"sizes.gpus=1", "gpu[*].core.memory_share=0.0977", "dram[*].capacity=1 GB", "pool[*].capacity=1 GB",
           "context[*].capacity=1 GB", "serving.prefill.stores=" + stores};
  o.set.insert(o.set.end(), more.begin(), more.end());
  return o;
}

/// Blocks found in each tier, mean TTFT and what passed the network card of the prefill node, apart from this process.
nlohmann::json facts_of(const cli::run_options& o) {
  return tests::apart([&o] {
    const cli::run_result r = tests::simulate(o);
    nlohmann::json facts{{"ttft", r.latency.ttft.mean}, {"handed_over", r.handed_over_B}};
    for (const cli::kv_tier_result& t : r.kv_cache)
      facts["found"].push_back(t.found);
    double copied = 0;
    for (const cli::kv_tier_result& t : r.kv_cache)
      copied += t.read_B + t.written_B;
    facts["copied"] = copied;
    for (const cli::kv_tier_result& t : r.kv_cache)
      facts["capacity"].push_back(t.capacity_B);
    for (const cli::component_result& c : r.components)
      if (c.path == "platform.nic[0]")
        for (const cli::meter_result& m : c.meters)
          if (m.unit == "B")
            facts["network"] = facts.value("network", 0.0) + m.amount;
    for (const cli::audit_result& a : r.audits)
      if (!a.passed)
        throw std::runtime_error(a.name + ": " + a.detail);
    return facts;
  });
}

TEST(remote_stores, kv_goes_over_the_network_and_comes_back) {
  const tests::turns_file trace;
  const nlohmann::json all = facts_of(remote_run(trace.path(), "dram[*],pool[*],context[*],object[*]"));
  ASSERT_EQ(all.at("found").size(), 6u) << "both pools' memories and four stores";
  unsigned found = 0;
  for (std::size_t t = 0; t < 5; ++t)
    found += all.at("found")[t].get<unsigned>();
  EXPECT_EQ(found, 6u * (4 + 6)) << "all blocks but those that a turn adds";
  EXPECT_GT(all.at("found")[2].get<unsigned>(), 0u) << "in pooled memory";
  EXPECT_GT(all.at("found")[3].get<unsigned>(), 0u) << "in context memory";
}

TEST(remote_stores, the_network_card_carries_what_is_stored_besides_what_is_handed_over) {
  const tests::turns_file trace;
  const nlohmann::json pool = facts_of(remote_run(trace.path(), "pool[*]"));
  EXPECT_GT(pool.at("copied").get<double>(), 1e9);
  EXPECT_NEAR(pool.at("network").get<double>(), pool.at("handed_over").get<double>() + pool.at("copied").get<double>(),
              0.001 * pool.at("network").get<double>());
}

/// Four replicas, of which each meets every other turn of three conversations.
TEST(remote_stores, replicas_find_what_others_computed_in_what_they_have_together) {
  const tests::turns_file trace;
  cli::run_options o = remote_run(trace.path(), "pool[*]", {"pool[*].capacity=8 GB"});
  o.fidelity = cli::fidelity::step;
  o.replicas = 4;
  const nlohmann::json together = facts_of(o);
  o.write_through = true;
  const nlohmann::json written_through = facts_of(o);
  o.write_through = false;
  o.set.push_back("serving.prefill.pooled=none");
  const nlohmann::json own = facts_of(o);
  const auto in_pool = [](const nlohmann::json& facts) { return facts.at("found")[1].get<unsigned>(); };
  EXPECT_GT(in_pool(written_through), in_pool(own));
  EXPECT_GT(in_pool(written_through), in_pool(together));
  EXPECT_NEAR(4 * together.at("capacity")[1].get<double>(), own.at("capacity")[1].get<double>(), 1e-6 * own.at("capacity")[1].get<double>());
  EXPECT_LT(written_through.at("ttft").get<double>(), own.at("ttft").get<double>());
}

TEST(remote_stores, every_fetch_pays_the_stores_latency) {
  const tests::turns_file trace;
  const nlohmann::json near = facts_of(remote_run(trace.path(), "object[*]"));
  const nlohmann::json far = facts_of(remote_run(trace.path(), "object[*]", {"object[*].controller_latency=103 ms"}));
  EXPECT_EQ(near.at("found"), far.at("found"));
  EXPECT_GT(near.at("found")[1].get<unsigned>(), 0u);
  // Of 18 requests, those that fetch or write wait 100 ms longer each way.
  const double longer = 18 * (far.at("ttft").get<double>() - near.at("ttft").get<double>());
  EXPECT_GT(longer, 0.1 * 6);
  EXPECT_LT(longer, 0.1 * 2 * 18);
}

} // namespace
