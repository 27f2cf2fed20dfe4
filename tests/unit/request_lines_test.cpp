// SPDX-License-Identifier: Apache-2.0
// The project's own format: sessions as graphs of steps, every malformed line, and what is written reads the same; and
// workloads of LLMServingSim.
#include "traffic/requests/request_lines.hpp"
#include "traffic/requests/trace_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace strata::traffic {
namespace {

constexpr std::int64_t s = 1'000'000'000'000; // ps

/// A file that lives as long as the test.
class lines_file {
public:
  explicit lines_file(const std::string& text)
      : path(testing::TempDir() + "strata_lines_test_" + std::to_string(getpid()) + ".jsonl") {
    std::ofstream(path, std::ios::binary) << text;
  }
  ~lines_file() { std::filesystem::remove(path); }
  lines_file(const lines_file&) = delete;
  lines_file& operator=(const lines_file&) = delete;
  const std::string path;
};

const std::string header = R"({"format": "strata.requests", "version": 1, "block_tokens": 64, "classes": [)"
                           R"({"name": "answer", "ttft": "500 ms", "tpot": "40 ms"}, {"name": "agent", "ttft": "1 min"}]})"
                           "\n";

request_trace read(const std::string& text, const trace_options& options = {}) { return read_trace(lines_file(text).path, options); }

std::string written(const request_trace& trace) {
  std::ostringstream out;
  write_request_lines(out, trace);
  return out.str();
}

/// Of the second line, behind the header.
std::string error_of(const std::string& line) {
  const lines_file file(header + line + "\n");
  try {
    read_trace(file.path, {});
  } catch (const base::input_error& e) {
    std::string what = e.what();
    what.replace(what.find(file.path), file.path.size(), "t");
    return what;
  }
  return "no error";
}

/// What a source yields where every request takes a second: "arrival in s: prompt".
std::string replayed(request_source& source) {
  std::string text;
  while (source.next_arrival()) {
    const request q = source.take();
    text += std::to_string(q.arrival_ps) + ": " + std::to_string(q.prompt_tokens) + " of " + std::to_string(q.service) + ", ";
    for (const block_run& run : q.blocks)
      text += std::to_string(run.first) + "+" + std::to_string(run.count) + " ";
    text += "\n";
    source.ended(q.id, q.arrival_ps + s);
  }
  return text;
}

const std::string forked = header +
                           R"({"session": "a", "step": "plan", "arrival": "2 s", "prompt": 640, "output": 64, "class": "agent", "priority": 0})"
                           "\n"
                           R"({"session": "a", "step": "look", "parent": "plan", "gap": "3 s", "append": 64, "output": 10, "class": "agent"})"
                           "\n"
                           R"({"session": "a", "step": "test", "parent": "plan", "gap": "250 ms", "append": 128, "output": 10, "class": "agent"})"
                           "\n"
                           R"({"session": "a", "parent": "plan", "after": ["look", "test"], "gap": "1 s", "gap_of": "people", "append": 10, "output": 1})"
                           "\n"
                           R"({"arrival": "0.000000000001 s", "prompt": 10, "output": 5, "class": "answer"})"
                           "\n";

TEST(request_lines, a_session_forks_and_joins) {
  const request_trace t = read(forked);
  ASSERT_EQ(t.classes.size(), 2u);
  EXPECT_EQ(t.classes[0].tpot_s, 0.04);
  EXPECT_EQ(t.classes[1].ttft_s, 60);
  EXPECT_FALSE(t.classes[1].tpot_s);
  EXPECT_EQ(t.requests[0].priority, 0u);
  EXPECT_EQ(t.requests[1].prompt_tokens, 640u + 64 + 64);
  EXPECT_EQ(t.requests[3].prompt_tokens, 640u + 64 + 10) << "appended to its parent, not to what it waits for";
  const std::uint64_t first = t.requests[0].blocks[0].first;
  ASSERT_EQ(t.requests[2].blocks.size(), 2u) << "a fork shares its parent's prompt";
  EXPECT_EQ(t.requests[2].blocks[0].first, first);
  EXPECT_EQ(t.requests[2].blocks[0].count, 10u);
  EXPECT_EQ(t.requests[2].blocks[1].first, first + 12) << "behind the two that only the other fork has";
  EXPECT_EQ(t.requests[1].blocks[0].count, 12u);
  const auto source = source_of(t, 1);
  EXPECT_EQ(source->take().arrival_ps, 1) << "the request by itself, a picosecond after the start";
  const request plan = source->take();
  EXPECT_EQ(plan.arrival_ps, 2 * s);
  source->ended(plan.id, 3 * s);
  const request test = source->take(), look = source->take();
  EXPECT_EQ(test.arrival_ps, 3 * s + s / 4);
  EXPECT_EQ(look.arrival_ps, 6 * s);
  source->ended(look.id, 7 * s);
  EXPECT_FALSE(source->next_arrival()) << "the other fork is still at work";
  source->ended(test.id, 9 * s);
  EXPECT_EQ(source->next_arrival(), 10 * s);
  source->ended(source->take().id, 11 * s);
  ASSERT_EQ(source->sessions()->durations_s.count(), 1u) << "requests by themselves are no sessions";
  EXPECT_DOUBLE_EQ(source->sessions()->durations_s.mean(), 9);
  EXPECT_DOUBLE_EQ(source->sessions()->people_s, 1);
}

TEST(request_lines, a_step_follows_the_line_before_of_its_session) {
  const request_trace t = read(header + R"({"session": 1, "prompt": 100, "output": 10})" "\n" R"({"session": 2, "prompt": 7, "output": 3})" "\n"
                               R"({"session": 1, "append": 20, "output": 5})" "\n");
  EXPECT_EQ(t.requests[2].prompt_tokens, 130u);
  EXPECT_EQ(t.links[2].after, std::vector<std::uint32_t>{0});
  const auto one = source_of(t, 1), two = source_of(t, 2);
  one->take();
  EXPECT_FALSE(one->next_arrival()) << "one session at once";
  two->take();
  EXPECT_EQ(two->next_arrival(), 0);
}

TEST(request_lines, rates_and_gaps_scale) {
  const request_trace t = read(forked, {0, 2, 1, 4, false});
  EXPECT_EQ(t.requests[0].arrival_ps, 1 * s);
  EXPECT_EQ(t.links[1].gap_ps, 3 * s / 8);
  EXPECT_EQ(t.links[3].gap_ps, 0) << "nobody is waited for";
}

TEST(request_lines, plain_requests_may_stand_in_any_order) {
  const request_trace t = read(header + R"({"arrival": "2 s", "prompt": 2, "output": 1})" "\n" R"({"arrival": "1 s", "prompt": 1, "output": 1})" "\n");
  EXPECT_TRUE(t.links.empty());
  EXPECT_EQ(t.requests[0].prompt_tokens, 1u);
  EXPECT_EQ(t.requests[1].id, 1u);
}

TEST(request_lines, what_is_written_reads_the_same_to_the_picosecond) {
  for (const char* file : {"conversation.csv", "agents.jsonl"}) {
    const request_trace first = read_trace(std::string(STRATA_SOURCE_DIR "/traffic/samples/") + file, {});
    const std::string text = written(first);
    const request_trace again = read(text);
    EXPECT_EQ(written(again), text) << file;
    for (const std::uint32_t at_once : {1u, 7u})
      EXPECT_EQ(replayed(*source_of(again, at_once)), replayed(*source_of(first, at_once))) << file;
  }
  const std::string text = written(read(forked));
  EXPECT_EQ(written(read(text)), text);
  EXPECT_EQ(replayed(*source_of(read(text), 1)), replayed(*source_of(read(forked), 1)));
}

struct wrong_line {
  const char* what;
  const char* line;
  const char* message;
};
class wrong_request_line : public testing::TestWithParam<wrong_line> {};
TEST_P(wrong_request_line, is_reported_with_line_and_expectation) { EXPECT_EQ(error_of(GetParam().line), GetParam().message); }
INSTANTIATE_TEST_SUITE_P(
    source, wrong_request_line,
    testing::Values(
        wrong_line{"no_json", "x", "t:2: the line is no JSON object, expected one on each line"},
        wrong_line{"unknown_key", R"({"arrival": "1 s", "promt": 5, "output": 1})",
                   "t:2: unknown key 'promt' (did you mean 'prompt'?), expected session, step, parent, after, arrival, gap, gap_of, "
                   "prompt, append, output, class, priority, blocks"},
        wrong_line{"bare_time", R"({"arrival": 1, "prompt": 5, "output": 1})",
                   "t:2: arrival is '1', expected a time like \"1.5 s\", less than 90 days"},
        wrong_line{"wrong_dimension", R"({"arrival": "1 GB", "prompt": 5, "output": 1})",
                   "t:2: arrival is '1 GB', expected a time like \"1.5 s\", less than 90 days"},
        wrong_line{"too_late", R"({"arrival": "100000000 s", "prompt": 5, "output": 1})",
                   "t:2: arrival is '100000000 s', expected a time like \"1.5 s\", less than 90 days"},
        wrong_line{"no_prompt", R"({"arrival": "1 s", "output": 1})", "t:2: prompt and append are missing, expected one of them"},
        wrong_line{"both", R"({"session": 1, "prompt": 4, "append": 4, "output": 1})", "t:2: prompt and append are both there, expected one of them"},
        wrong_line{"nothing_before", R"({"session": 1, "append": 4, "output": 1})", "t:2: append without a step to append to, expected prompt"},
        wrong_line{"append_alone", R"({"append": 4, "output": 1})", "t:2: append without session, expected the session of which the line is a step"},
        wrong_line{"no_output", R"({"arrival": "1 s", "prompt": 4, "output": 0})",
                   "t:2: output is '0', expected a whole number from 1 to 16777216"},
        wrong_line{"no_such_step", R"({"session": 1, "after": ["x"], "prompt": 4, "output": 1})",
                   "t:2: after names step \"x\", expected one of an earlier line of the same session"},
        wrong_line{"waits_and_arrives", R"({"session": 1, "arrival": "1 s", "gap": "1 s", "prompt": 4, "output": 1})",
                   "t:2: a step that waits for others has an arrival, expected gap, or an arrival by itself"},
        wrong_line{"no_such_class", R"({"arrival": "1 s", "prompt": 4, "output": 1, "class": "x"})",
                   "t:2: class is \"x\", expected one of the header's classes"},
        wrong_line{"cause", R"({"session": 1, "gap_of": "cats", "prompt": 4, "output": 1})",
                   "t:2: gap_of is \"cats\", expected \"tools\" or \"people\""},
        wrong_line{"priority", R"({"prompt": 4, "output": 1, "priority": 4})", "t:2: priority is '4', expected a whole number from 0 to 3"},
        wrong_line{"many_blocks", R"({"prompt": 65, "output": 1, "blocks": [[1, 3]]})",
                   "t:2: 3 blocks for 65 tokens, expected one for each 64 at most"},
        wrong_line{"blocks", R"({"prompt": 65, "output": 1, "blocks": [1]})", "t:2: blocks are wrong, expected [[first, count], ...]"}),
    [](const auto& p) { return std::string(p.param.what); });

TEST(request_lines, headers_are_checked) {
  const auto of = [](const std::string& head) {
    const lines_file file(head + "\n{\"prompt\": 1, \"output\": 1}\n");
    try {
      read_trace(file.path, {});
    } catch (const base::input_error& e) {
      return std::string(e.what()).substr(file.path.size());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(of(R"({"format": "strata.requests", "version": 1})"), "accepted");
  EXPECT_EQ(of(R"({"format": "strata.requests", "version": 2})"),
            R"(:1: the header is not that of a known format, expected {"format": "strata.requests", "version": 1})");
  EXPECT_EQ(of(R"({"format": "strata.requests", "version": 1, "block_tokens": 0})"),
            ":1: block_tokens is '0', expected a whole number from 1 to 1048576");
  EXPECT_EQ(of(R"({"format": "strata.requests", "version": 1, "classes": [{"name": "a", "ttft": 1}]})"),
            ":1: ttft is '1', expected a time like \"1.5 s\", less than 90 days");
}

TEST(request_lines, steps_of_a_session_keep_to_its_rules) {
  const auto second = [](const std::string& line) {
    const lines_file file(header + R"({"session": 1, "step": "a", "arrival": "1 s", "prompt": 4, "output": 1})" "\n" + line + "\n");
    try {
      read_trace(file.path, {});
    } catch (const base::input_error& e) {
      return std::string(e.what()).substr(file.path.size());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(second(R"({"session": 1, "step": "a", "append": 4, "output": 1})"), R"(:3: step "a" is there twice, expected names to differ within a session)");
  EXPECT_EQ(second(R"({"session": 1, "after": [], "append": 4, "output": 1})"),
            ":3: some of the steps that open the session have arrivals, expected all of them to have one, or none");
  EXPECT_EQ(second(R"({"session": 1, "arrival": "2 s", "append": 4, "output": 1})"),
            ":3: a step that waits for others has an arrival, expected gap, or an arrival by itself");
  EXPECT_EQ(second(R"({"session": 1, "append": 16777212, "output": 1})"),
            ":3: the prompt with what is appended is '16777217', expected a whole number from 1 to 16777216");
  EXPECT_EQ(second(R"({"session": 1, "prompt": 64, "output": 1, "blocks": [[4611686018427387904, 1]]})"), "accepted");
  EXPECT_EQ(second(R"({"session": 2, "prompt": 64, "output": 1})" "\n" R"({"prompt": 64, "output": 1, "blocks": [[4611686018427387904, 1]]})"),
            ":4: hashes above 4611686018427387904 are named, and steps without blocks get such, too, expected blocks on every line, "
            "or smaller hashes");
}

std::string ids(unsigned first, unsigned count) {
  std::string text = "[";
  for (unsigned i = 0; i < count; ++i)
    text += (i ? ", " : "") + std::to_string(first + i);
  return text + "]";
}

TEST(llmservingsim, requests_and_sessions_with_the_prefixes_they_share) {
  const request_trace t =
      read(R"({"input_toks": 40, "output_toks": 5, "arrival_time_ns": 2000, "input_tok_ids": )" + ids(0, 40) + "}\n" +
           R"({"session_id": "x", "arrival_time_ns": 1000, "sub_requests": [{"input_toks": 33, "output_toks": 2, "tool_duration_ns": 500, )"
           R"("input_tok_ids": )" + ids(0, 33) + R"(}, {"input_toks": 9, "output_toks": 1}]})" "\n");
  ASSERT_EQ(t.requests.size(), 3u);
  EXPECT_EQ(t.block_tokens, 16u);
  EXPECT_EQ(t.requests[0].arrival_ps, 2'000'000);
  ASSERT_EQ(t.requests[0].blocks.size(), 1u);
  EXPECT_EQ(t.requests[0].blocks[0].count, 2u);
  EXPECT_EQ(t.requests[1].blocks[0].first, t.requests[0].blocks[0].first) << "the same beginning";
  EXPECT_EQ(t.requests[2].arrival_ps, no_arrival);
  EXPECT_EQ(t.links[2].gap_ps, 500'000);
  EXPECT_EQ(t.links[2].after, std::vector<std::uint32_t>{1});
  EXPECT_TRUE(t.links[0].alone);
  const auto source = source_of(t, 1);
  EXPECT_EQ(source->next_arrival(), 1'000'000) << "sessions come at their time, not when a place is free";
}

TEST(llmservingsim, blocks_differ_where_anything_before_them_does) {
  const request_trace t = read(R"({"input_toks": 32, "output_toks": 5, "arrival_time_ns": 0, "input_tok_ids": )" + ids(0, 32) + "}\n" +
                               R"({"input_toks": 16, "output_toks": 5, "arrival_time_ns": 0, "input_tok_ids": )" + ids(16, 16) + "}\n");
  EXPECT_TRUE(t.links.empty()) << "requests by themselves";
  EXPECT_NE(t.requests[1].blocks[0].first, t.requests[0].blocks[0].first + 1);
}

TEST(llmservingsim, problems_have_lines) {
  const std::string good = R"({"input_toks": 4, "output_toks": 5, "arrival_time_ns": 0})" "\n";
  const auto of = [&good](const std::string& line) {
    const lines_file file(good + line + "\n");
    try {
      read_trace(file.path, {});
    } catch (const base::input_error& e) {
      return std::string(e.what()).substr(file.path.size());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(of(good.substr(0, good.size() - 1)), "accepted");
  EXPECT_EQ(of(R"({"input_toks": 4, "output_toks": 5})"), ":2: arrival_time_ns is missing, expected a whole number from 0 to 8000000000000000");
  EXPECT_EQ(of(R"({"input_toks": 0, "output_toks": 5, "arrival_time_ns": 0})"), ":2: input_toks is '0', expected a whole number from 1 to 16777216");
  EXPECT_EQ(of(R"({"input_toks": 3, "output_toks": 5, "arrival_time_ns": 0, "input_tok_ids": [1]})"),
            ":2: input_tok_ids are not 3 token ids, expected input_toks of them");
  EXPECT_EQ(of(R"({"arrival_time_ns": 0, "sub_requests": []})"), ":2: sub_requests are [], expected a list of requests");
}

} // namespace
} // namespace strata::traffic
