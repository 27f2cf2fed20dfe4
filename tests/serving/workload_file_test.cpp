// SPDX-License-Identifier: Apache-2.0
// Workloads in YAML: what their keys set, every kind of mistake with its line, and the shipped example.
#include "sc_main/run/workload_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace strata::cli {
namespace {

class yaml_file {
public:
  explicit yaml_file(const std::string& text) : path(testing::TempDir() + "strata_workload_test_" + std::to_string(getpid()) + ".yaml") {
    std::ofstream(path) << text;
  }
  ~yaml_file() { std::filesystem::remove(path); }
  yaml_file(const yaml_file&) = delete;
  yaml_file& operator=(const yaml_file&) = delete;
  const std::string path;
};

const std::string head = "duration: 60 s\nclasses:\n  chat: {ttft: 1 s}\nclients:\n  people:\n";
const std::string good = "    class: chat\n    rate: 2 Hz\n    prompt: 100\n    output: {exponential: {mean: 50}}\n";

std::string error_of(const std::string& text) {
  const yaml_file file(text);
  try {
    read_workload(file.path);
  } catch (const base::input_error& e) {
    return to_text(e.problems().front()).substr(file.path.size());
  }
  return "accepted";
}

TEST(workload_file, says_all_of_a_client) {
  const yaml_file file(head + good + "    number: 5\n    skew: 1.5\n    priority: 1\n    arrivals: {weibull: {cv: 3}}\n"
                                     "    profile: {period: 1 h, factors: [1, 2]}\n    turns: 3\n    append: 10\n    gap: {uniform: {least: 1 s, most: 1 min}}\n"
                                     "    gap_of: tools\n    context: 4096\n");
  const traffic::workload w = read_workload(file.path);
  EXPECT_EQ(w.duration_s, 60);
  EXPECT_EQ(w.classes.at(0).ttft_s, 1);
  EXPECT_FALSE(w.classes.at(0).tpot_s);
  const traffic::client_group& g = w.groups.at(0);
  EXPECT_EQ(g.clients, 5u);
  EXPECT_EQ(g.rate, 2);
  EXPECT_EQ(g.priority, 1u);
  EXPECT_EQ(g.gaps.family, traffic::gap_family::weibull);
  EXPECT_EQ(g.gaps.cv, 3);
  EXPECT_EQ(g.profile.factors.size(), 2u);
  EXPECT_EQ(g.output.parts.at(0).kind, traffic::family::exponential);
  EXPECT_EQ(g.talk->gap.parts.at(0).shape, 60);
  EXPECT_TRUE(g.talk->tools);
  EXPECT_EQ(g.most_context, 4096u);
}

TEST(workload_file, mistakes_have_their_line) {
  EXPECT_EQ(error_of(head + good), "accepted");
  EXPECT_EQ(error_of(head + good + "    colour: red\n").substr(0, 33), ":10: unknown key 'colour' in a ki");
  EXPECT_EQ(error_of(head + "    class: chit\n    rate: 2 Hz\n    prompt: 1\n    output: 1\n"), ":5: class 'chit' is unknown, expected one of 'classes'");
  EXPECT_EQ(error_of(head + "    class: chat\n    prompt: 1\n    output: 1\n"), ":5: 'rate' is missing, expected a rate in Hz");
  EXPECT_EQ(error_of(head + "    class: chat\n    rate: 2 s\n    prompt: 1\n    output: 1\n"), ":7: 'rate' is '2 s', expected a rate in Hz from 1 nHz to 1 GHz");
  EXPECT_EQ(error_of(head + "    class: chat\n    rate: 1 Hz\n    prompt: 0\n    output: 1\n"),
            ":8: 'prompt' is '0', expected a number of tokens from 1 to 16777216");
  EXPECT_EQ(error_of(head + "    class: chat\n    rate: 1 Hz\n    prompt: [{weight: 0.5, constant: 5}]\n    output: 1\n"),
            ":8: the weights of 'prompt' sum to 0.5, expected 1");
  EXPECT_EQ(error_of(head + "    class: chat\n    rate: 1 Hz\n    prompt: {log_normal: {median: 5, sigma: 9}}\n    output: 1\n"),
            ":8: 'sigma' is '9', expected a number from 0 to 4");
  EXPECT_EQ(error_of(head + good + "    gap: 1 s\n"), ":10: 'gap' without 'turns', expected how many steps a session has");
  EXPECT_EQ(error_of(head + good + "    profile: {period: 1 h, factors: [0, 0]}\n"), ":10: 'factors' are all 0, expected some above");
}

TEST(workload_file, the_shipped_example_mixes_answers_and_agents) {
  const traffic::workload w = read_workload(STRATA_SOURCE_DIR "/traffic/samples/chat_and_agents.yaml");
  const traffic::request_trace t = traffic::generate(w, 1, {});
  ASSERT_EQ(t.classes.size(), 2u);
  std::size_t agents = 0;
  for (const traffic::request& q : t.requests)
    agents += q.service == 1;
  EXPECT_GT(agents, 100u);
  EXPECT_GT(t.requests.size() - agents, 500u);
}

} // namespace
} // namespace strata::cli
