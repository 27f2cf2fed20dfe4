// SPDX-License-Identifier: Apache-2.0
// Agents' tools on the platform's hosts: whole runs of sessions that call them.
#include "tests/serving/runs.hpp"

#include <cstdio>
#include <fstream>
#include <unistd.h>

namespace {

using namespace strata;

/// Eight sessions of four turns; between them tools take some seconds.
class sessions_file {
public:
  sessions_file() {
    std::ofstream out(m_path);
    for (unsigned session = 0; session < 8; ++session) {
      out << "{\"block_size\": 64, \"requests\": [";
      for (unsigned turn = 0; turn < 4; ++turn)
        out << (turn ? ", " : "") << "{\"in\": " << 640 + 128 * turn << ", \"out\": 16, \"think_time\": " << (turn ? 2 + session % 3 : 0)
            << ", \"input_types\": [\"tool_result\"], \"hash_ranges\": [[0, " << 10 + 2 * turn << "]]}";
      out << "]}\n";
    }
  }
  ~sessions_file() { std::remove(m_path.c_str()); }
  const std::string& path() const { return m_path; }

private:
  std::string m_path = testing::TempDir() + "strata_tools_" + std::to_string(::getpid()) + ".jsonl";
};

cli::run_options agents_run(const std::string& platform, const sessions_file& trace) {
  cli::run_options o;
  o.platform = platform;
  o.model = "llama-3.1-8b";
  o.trace = trace.path();
  o.sessions = 8;
  o.people = false;
  o.prefix_cache = true;
  o.fidelity = cli::fidelity::step;
  return o;
}

struct outcome {
  double per_hour, tools_J, host_J, queued_s, busy, core_s;
  bool audited;
};
outcome outcome_of(const cli::run_options& o) {
  const nlohmann::json j = tests::apart([&o] {
    const cli::run_result r = tests::simulate(o);
    bool audited = true;
    for (const cli::audit_result& a : r.audits)
      audited = audited && a.passed;
    double counted = 0; // by the hosts' own meters
    for (const cli::component_result& c : r.components)
      for (const cli::meter_result& m : c.meters)
        if (m.name == "tools")
          counted += m.joules * c.represents;
    return nlohmann::json{r.tasks->completed / r.simulated_s * 3600, r.tasks->on_hosts->energy_J, counted, r.tasks->on_hosts->queued_s,
                          r.tasks->on_hosts->utilisation, r.tasks->on_hosts->core_s, audited};
  });
  return {j[0], j[1], j[2], j[3], j[4], j[5], j[6]};
}

TEST(tools, few_cores_keep_agents_waiting_and_fast_ones_let_them_go_on) {
  const sessions_file trace;
  cli::run_options o = agents_run("dgx_h100", trace);
  o.set = {"sizes.gpus=1"};
  o.tool_cpu = 1;
  const outcome many = outcome_of(o);
  EXPECT_TRUE(many.audited);
  EXPECT_EQ(many.queued_s, 0) << "eight sessions on 112 cores";
  EXPECT_GT(many.core_s, 0);
  EXPECT_NEAR(many.tools_J, many.core_s * 4.5, 1e-6 * many.tools_J);
  EXPECT_NEAR(many.host_J, many.tools_J, 1e-6 * many.tools_J);
  o.set.push_back("host.cores=1");
  const outcome one = outcome_of(o);
  EXPECT_TRUE(one.audited);
  EXPECT_GT(one.queued_s, 0);
  EXPECT_LT(one.per_hour, many.per_hour);
  EXPECT_NEAR(one.core_s, many.core_s, 1e-6 * many.core_s);
  o.set.push_back("host.core_speed=4");
  const outcome fast = outcome_of(o);
  EXPECT_GT(fast.per_hour, one.per_hour);
  EXPECT_NEAR(fast.core_s, many.core_s / 4, 1e-6 * many.core_s);
}

TEST(tools, a_rack_of_hosts_counts_the_work_of_all) {
  const sessions_file trace;
  cli::run_options o = agents_run("dynamo_rack", trace);
  o.tool_cpu = 0.5;
  o.whole_calls = true;
  const outcome rack = outcome_of(o);
  EXPECT_TRUE(rack.audited);
  EXPECT_GT(rack.core_s, 0);
  EXPECT_NEAR(rack.host_J, rack.tools_J, 1e-6 * rack.tools_J);
  EXPECT_NEAR(rack.tools_J, rack.core_s * 2.6, 1e-6 * rack.tools_J);
}

} // namespace
