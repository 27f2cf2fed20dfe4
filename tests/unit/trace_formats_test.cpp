// SPDX-License-Identifier: Apache-2.0
// BurstGPT, Mooncake and agent-session traces: every field, every malformed line, and the prefixes that published traces
// share.
#include "models/base/diagnostic.hpp"
#include "traffic/requests/request_trace.hpp"
#include "traffic/requests/trace_file.hpp"
#include "traffic/requests/trace_summary.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace strata::traffic {
namespace {

constexpr std::int64_t s = 1'000'000'000'000; // ps

class trace_file {
public:
  explicit trace_file(const std::string& text)
      : path(testing::TempDir() + "strata_formats_test_" + std::to_string(getpid()) + ".trace") {
    std::ofstream(path, std::ios::binary) << text;
  }
  ~trace_file() { std::filesystem::remove(path); }
  trace_file(const trace_file&) = delete;
  trace_file& operator=(const trace_file&) = delete;
  const std::string path;
};

std::unique_ptr<request_source> opened(const std::string& text, const trace_options& options = {}) {
  return open_trace(trace_file(text).path, options);
}

std::string error_of(const std::string& text) {
  const trace_file file(text);
  try {
    open_trace(file.path, {});
  } catch (const base::input_error& e) {
    std::string what = e.what();
    for (std::size_t at; (at = what.find(file.path)) != std::string::npos;)
      what.replace(at, file.path.size(), "t");
    return what;
  }
  return "no error";
}

const std::string burst_1 = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n";
const std::string burst_2 = "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n";

TEST(burstgpt, both_versions) {
  for (const std::string& text : {burst_1 + "5,ChatGPT,472,18,490,Conversation log\n7,GPT-4,30,0,30,API log\n9.25,GPT-4,417,276,693,API log\n",
                                  burst_2 + "5,17,2.5,ChatGPT,472,18,490,Conversation log\n7,,1,GPT-4,30,0,30,API log\n"
                                            "9.25,,8,GPT-4,417,276,693,API log\n"}) {
    const auto source = opened(text);
    EXPECT_EQ(source->total(), 2u);
    EXPECT_EQ(source->skipped(), 1u);
    EXPECT_EQ(source->take().arrival_ps, 0);
    const request r = source->take();
    EXPECT_EQ(r.arrival_ps, 4 * s + s / 4);
    EXPECT_EQ(r.prompt_tokens, 417u);
    EXPECT_EQ(r.output_tokens, 276u);
  }
}

TEST(burstgpt, problems_have_lines) {
  EXPECT_EQ(error_of(burst_1 + "5,ChatGPT,472,18\n"),
            "t:2: '5,ChatGPT,472,18' has 4 columns, expected " + burst_1.substr(0, burst_1.size() - 1));
  EXPECT_EQ(error_of(burst_1 + "x,ChatGPT,472,18,490,l\n"),
            "t:2: Timestamp 'x' cannot be read, expected seconds like 5 or 5.25");
  EXPECT_EQ(error_of(burst_1 + "5,ChatGPT,0,18,490,l\n"),
            "t:2: Request tokens is '0', expected a whole number from 1 to 16777216");
  EXPECT_EQ(error_of(burst_1 + "5,m,1,18,490,l\n4,m,1,1,1,l\n"),
            "t:3: time goes backwards, expected requests in order of arrival");
}

TEST(mooncake, requests_with_their_blocks) {
  const auto source = opened("{\"timestamp\": 1000, \"input_length\": 1025, \"output_length\": 5, \"hash_ids\": [0, 1, 7]}\n"
                             "{\"timestamp\": 1500, \"input_length\": 1024, \"output_length\": 6, \"hash_ids\": [0, 9], "
                             "\"priority\": 1}\n");
  EXPECT_EQ(source->block_tokens(), 512u);
  const request a = source->take(), b = source->take();
  EXPECT_EQ(b.arrival_ps, s / 2);
  EXPECT_EQ(a.priority, highest_priority);
  EXPECT_EQ(b.priority, 1u);
  EXPECT_EQ(a.prompt_tokens, 1025u);
  EXPECT_EQ(a.output_tokens, 5u);
  ASSERT_EQ(a.blocks.size(), 2u);
  EXPECT_EQ(a.blocks[0].first, 0u);
  EXPECT_EQ(a.blocks[0].count, 2u);
  EXPECT_EQ(a.blocks[1].first, 7u);
  EXPECT_EQ(a.blocks[1].count, 1u);
}

TEST(mooncake, problems_have_lines) {
  const std::string good = "{\"timestamp\": 0, \"input_length\": 5, \"output_length\": 5, \"hash_ids\": [0]}\n";
  EXPECT_EQ(error_of(good + "{\"timestamp\": 0, \n"), "t:2: the line is no JSON object, expected one on each line");
  EXPECT_EQ(error_of(good + "{\"timestamp\": 0, \"input_length\": 0, \"output_length\": 5, \"hash_ids\": [0]}\n"),
            "t:2: input_length is '0', expected a whole number from 1 to 16777216");
  EXPECT_EQ(error_of(good + "{\"timestamp\": 0, \"input_length\": 1000, \"output_length\": 5, \"hash_ids\": [0, 1, 2]}\n"),
            "t:2: 3 hashes for 1000 tokens, expected one for each block of 512");
  EXPECT_EQ(error_of(good + "{\"timestamp\": 0, \"input_length\": 1000, \"output_length\": 5, \"hash_ids\": [0, -1]}\n"),
            "t:2: the hashes of the prompt's blocks are missing or wrong, expected hash_ids [id, ...] or hash_ranges "
            "[[first, count], ...]");
}

std::string turn(double think_s, unsigned in, const std::string& hashes) {
  return "{\"type\": \"n\", \"in\": " + std::to_string(in) + ", \"out\": 10, \"think_time\": " + std::to_string(think_s) + ", " + hashes + "}";
}
std::string session(const std::string& requests) { return "{\"block_size\": 64, \"requests\": [" + requests + "]}\n"; }

TEST(agent_trace, a_turn_comes_when_its_agent_has_thought) {
  const std::string two = turn(0, 130, "\"hash_ranges\": [[1, 2]]") + ", " + turn(4, 200, "\"hash_ids\": [1, 2, 3]");
  const auto source = opened(session(two) + session(two), {0, 2, 1});
  EXPECT_EQ(source->total(), 4u);
  const request first = source->take();
  EXPECT_FALSE(source->next_arrival());
  source->ended(first.id, 10 * s);
  EXPECT_EQ(source->next_arrival(), 12 * s) << "twice as fast";
  const request second = source->take();
  ASSERT_EQ(second.blocks.size(), 1u);
  EXPECT_EQ(second.blocks[0].count, 3u);
  EXPECT_FALSE(source->next_arrival()) << "one session at once";
  source->ended(second.id, 20 * s);
  EXPECT_EQ(source->next_arrival(), 20 * s);
  EXPECT_NE(source->take().blocks[0].first, first.blocks[0].first) << "hashes count within their session";
}

/// A turn behind a gap of tools, or of a person.
std::string turn_for(const char* input, double think_s) {
  return turn(think_s, 64, std::string("\"hash_ids\": [1], \"input_types\": [\"") + input + "\"]");
}

TEST(agent_trace, tools_may_be_faster_and_people_away) {
  const std::string three = session(turn_for("text", 0) + ", " + turn_for("tool_result", 8) + ", " + turn_for("text", 100));
  struct expected {
    double tool_speed;
    bool people;
    std::int64_t second, third;
  };
  for (const expected& e : {expected{1, true, 9 * s, 110 * s}, {4, true, 3 * s, 104 * s}, {1, false, 9 * s, 10 * s}}) {
    const auto source = opened(three, {0, 1, 1, e.tool_speed, e.people});
    source->ended(source->take().id, 1 * s);
    EXPECT_EQ(source->next_arrival(), e.second);
    source->ended(source->take().id, e.second + 1 * s);
    EXPECT_EQ(source->next_arrival(), e.third);
  }
}

TEST(agent_trace, a_sessions_time_is_told_apart_by_what_it_waited_for) {
  const auto source = opened(session(turn_for("text", 5) + ", " + turn_for("tool_result", 8) + ", " + turn_for("text", 100)));
  std::int64_t now = *source->next_arrival();
  EXPECT_EQ(now, 5 * s);
  for (const int service : {2, 3, 4}) {
    now = *source->next_arrival();
    const request r = source->take();
    source->ended(r.id, now += service * s);
  }
  const session_statistics& t = *source->sessions();
  ASSERT_EQ(t.durations_s.count(), 1u);
  EXPECT_DOUBLE_EQ(t.durations_s.mean(), 2 + 8 + 3 + 100 + 4);
  EXPECT_DOUBLE_EQ(t.served_s, 2 + 3 + 4);
  EXPECT_DOUBLE_EQ(t.tools_s, 8);
  EXPECT_DOUBLE_EQ(t.people_s, 100);
}

TEST(agent_trace, sub_agents_work_side_by_side_and_are_waited_for) {
  const auto agent = [](double seconds, const std::string& turns) {
    return "{\"type\": \"subagent\", \"duration_ms\": " + std::to_string(seconds * 1000) + ", \"requests\": [" + turns + "]}";
  };
  const std::string h = "\"hash_ids\": [1]";
  const auto source = opened(session(turn(0, 64, h) + ", " + agent(7, turn(0, 65, h) + ", " + turn(3, 66, h)) + ", " +
                                     agent(5, turn(1, 67, h)) + ", " + turn(9, 68, h)));
  source->ended(source->take().id, s);
  const request a = source->take(), b = source->take();
  EXPECT_EQ(a.prompt_tokens, 65u);
  EXPECT_EQ(a.arrival_ps, s);
  EXPECT_EQ(b.prompt_tokens, 67u);
  EXPECT_EQ(b.arrival_ps, 2 * s);
  source->ended(a.id, 4 * s);
  const request c = source->take();
  EXPECT_EQ(c.arrival_ps, 7 * s);
  source->ended(c.id, 8 * s);
  EXPECT_FALSE(source->next_arrival()) << "the other agent is still at work";
  source->ended(b.id, 20 * s);
  EXPECT_EQ(source->next_arrival(), 22 * s) << "9 s less the 7 s of the longer agent";
}

TEST(agent_trace, failed_turns_are_left_out_and_leave_their_gap) {
  const std::string failed = "{\"in\": 5, \"out\": 0, \"think_time\": 2, \"hash_ids\": []}";
  const auto source = opened(session(turn(0, 64, "\"hash_ids\": [1]") + ", " + failed + ", " + turn(3, 64, "\"hash_ids\": [1]")));
  EXPECT_EQ(source->total(), 2u);
  EXPECT_EQ(source->skipped(), 1u);
  source->ended(source->take().id, s);
  EXPECT_EQ(source->next_arrival(), 6 * s);
}

TEST(agent_trace, problems_have_lines) {
  const std::string good = session(turn(0, 64, "\"hash_ids\": [1]"));
  EXPECT_EQ(error_of(good + session(turn(0, 640, "\"hash_ids\": [1]"))),
            "t:2: 1 hashes for 640 tokens, expected one for each block of 64");
  EXPECT_EQ(error_of(good + "{\"block_size\": 32, \"requests\": []}\n"), "t:2: block_size is 32, expected 64 as before");
  EXPECT_EQ(error_of(good + "{\"block_size\": 64}\n"), "t:2: requests are missing, expected a list");
  EXPECT_EQ(error_of(good + session(turn(-1, 64, "\"hash_ids\": [1]"))),
            "t:2: think_time is '-1.0', expected a number >= 0");
}

TEST(sessions, steps_must_wait_for_earlier_ones_of_their_session) {
  const request q{0, no_arrival, 1, 1};
  const request timed{0, 5, 1, 1};
  EXPECT_THROW(source_of({{q}, {{0, 0, true, {0}}}}, 1), std::invalid_argument);
  EXPECT_THROW(source_of({{q, q}, {{0}, {1, 0, true, {0}}}}, 1), std::invalid_argument);
  EXPECT_THROW(source_of({{q}, {{1}}}, 1), std::invalid_argument);
  EXPECT_THROW(source_of({{q, q}, {{0}}}, 1), std::invalid_argument) << "a link is missing";
  EXPECT_THROW(source_of({{q, timed}, {{0}, {0, 0, true, {0}}}}, 1), std::invalid_argument) << "waits and has an arrival";
  EXPECT_THROW(source_of({{q, timed}, {{0}, {0}}}, 1), std::invalid_argument) << "one opening step with an arrival, one without";
}

/// Published traces; what they share was counted from the files by an independent script.
TEST(published_trace, mooncake_conversation) {
  const std::string file = STRATA_SOURCE_DIR "/../shared/reference/traces/mooncake/conversation_trace.jsonl";
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "no " << file;
  const trace_summary t = summarise(*open_trace(file, {}));
  EXPECT_EQ(t.requests, 12031u);
  EXPECT_NEAR(t.hit_rate(), 0.3664, 0.0001);
}

TEST(published_trace, agent_sessions_share_most_of_their_turns) {
  const std::string file = STRATA_SOURCE_DIR "/../shared/reference/traces/agent_sessions/sessions.jsonl";
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "no " << file;
  const trace_summary t = summarise(*open_trace(file, {}));
  EXPECT_EQ(t.requests, 49307u);
  EXPECT_EQ(t.skipped, 27u);
  EXPECT_NEAR(t.mean_found_share, 0.9661, 0.002) << "mean of what consecutive turns have in common";
}

} // namespace
} // namespace strata::traffic
