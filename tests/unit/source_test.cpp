// SPDX-License-Identifier: Apache-2.0
// Request sources: traces read to the picosecond, every malformed line, and generators against their distributions.
#include "traffic/requests/generator.hpp"
#include "traffic/requests/trace_file.hpp"

#include "models/base/diagnostic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace strata::traffic {
namespace {

constexpr std::int64_t us = 1'000'000; // ps
constexpr std::int64_t s = 1'000'000 * us;
const std::string header = "TIMESTAMP,ContextTokens,GeneratedTokens\n";

/// A file that lives as long as the test.
class trace_file {
public:
  explicit trace_file(const std::string& text)
      : path(testing::TempDir() + "strata_source_test_" + std::to_string(getpid()) + ".csv") {
    std::ofstream(path, std::ios::binary) << text;
  }
  ~trace_file() { std::filesystem::remove(path); }
  trace_file(const trace_file&) = delete;
  trace_file& operator=(const trace_file&) = delete;
  const std::string path;
};

std::vector<request> requests_of(const std::string& file, const trace_options& options = {}) {
  const auto source = open_trace(file, options);
  std::vector<request> requests;
  while (source->next_arrival())
    requests.push_back(source->take());
  return requests;
}

std::vector<request> read(const std::string& text, const trace_options& options = {}) {
  return requests_of(trace_file(text).path, options);
}

/// Messages with the folder of the file cut off.
std::string error_of(const std::string& text) {
  const trace_file file(text);
  try {
    open_trace(file.path, {});
  } catch (const base::input_error& e) {
    std::string what = e.what();
    for (std::size_t at; (at = what.find(file.path)) != std::string::npos;)
      what.replace(at, file.path.size(), "t.csv");
    return what;
  }
  return "no error";
}

TEST(trace, published_format_with_crlf) {
  const auto r = read("TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.6805900,374,44\r\n"
                      "2023-11-16 18:15:50.9951690,396,109\r\n2023-11-16 18:15:51.2224670,879,55");
  ASSERT_EQ(r.size(), 3u);
  EXPECT_EQ(r[0].arrival_ps, 0);
  EXPECT_EQ(r[1].arrival_ps, 4 * s + 314'579 * us);
  EXPECT_EQ(r[2].arrival_ps, 4 * s + 541'877 * us);
  EXPECT_EQ(r[2].id, 2u);
  EXPECT_EQ(r[2].prompt_tokens, 879u);
  EXPECT_EQ(r[2].output_tokens, 55u);
}

TEST(trace, instants_cross_days_months_and_leap_years) {
  const auto r = read(header + "2023-12-31 23:59:59.9999999,1,1\n2024-01-01 00:00:00,1,1\n"
                               "2024-02-28 23:59:59,1,1\n2024-02-29 00:00:00,1,1\n2024-03-01 00:00:00,1,1\n");
  EXPECT_EQ(r[1].arrival_ps, 100'000); // 100 ns
  EXPECT_NEAR(static_cast<double>(r[3].arrival_ps - r[2].arrival_ps), 1.0 * s, 2e3);
  EXPECT_NEAR(static_cast<double>(r[4].arrival_ps - r[3].arrival_ps), 86400.0 * s, 2e3);
}

TEST(trace, first_requests_and_rate_scale) {
  const std::string text = header + "2023-11-16 00:00:00,1,1\n2023-11-16 00:00:03,2,2\n2023-11-16 00:00:09,3,3\n";
  const auto r = read(text, {2, 1});
  ASSERT_EQ(r.size(), 2u);
  EXPECT_EQ(r[1].prompt_tokens, 2u);
  const auto fast = read(text, {0, 3});
  EXPECT_EQ(fast[1].arrival_ps, 1 * s);
  EXPECT_EQ(fast[2].arrival_ps, 3 * s);
  const auto slow = read(text, {0, 0.5});
  EXPECT_EQ(slow[2].arrival_ps, 18 * s);
}

TEST(trace, lines_behind_the_first_n_are_not_read) {
  EXPECT_EQ(read(header + "2023-11-16 00:00:00,1,1\nrubbish\n", {1, 1}).size(), 1u);
}

struct wrong_line {
  const char* what;
  const char* line;
  const char* message;
};
class wrong_trace : public testing::TestWithParam<wrong_line> {};
TEST_P(wrong_trace, is_reported_with_line_and_expectation) {
  EXPECT_EQ(error_of(header + "2023-11-16 18:15:46.6805900,374,44\n" + GetParam().line + "\n"), GetParam().message);
}
constexpr const char* good_time = "expected one like 2023-11-16 18:15:46.6805900";
std::string bad_time(const std::string& text) { return "t.csv:3: timestamp '" + text + "' cannot be read, " + good_time; }
INSTANTIATE_TEST_SUITE_P(
    source, wrong_trace,
    testing::Values(
        wrong_line{"blank", "", "t.csv:3: '' has not three columns, expected TIMESTAMP,ContextTokens,GeneratedTokens"},
        wrong_line{"two_columns", "2023-11-16 18:15:47,374",
                   "t.csv:3: '2023-11-16 18:15:47,374' has not three columns, expected "
                   "TIMESTAMP,ContextTokens,GeneratedTokens"},
        wrong_line{"four_columns", "2023-11-16 18:15:47,374,44,1",
                   "t.csv:3: '2023-11-16 18:15:47,374,44,1' has not three columns, expected "
                   "TIMESTAMP,ContextTokens,GeneratedTokens"},
        wrong_line{"zero_prompt", "2023-11-16 18:15:47,0,44",
                   "t.csv:3: ContextTokens is '0', expected a whole number from 1 to 16777216"},
        wrong_line{"zero_output", "2023-11-16 18:15:47,3,0",
                   "t.csv:3: GeneratedTokens is '0', expected a whole number from 1 to 16777216"},
        wrong_line{"negative", "2023-11-16 18:15:47,-3,44",
                   "t.csv:3: ContextTokens is '-3', expected a whole number from 1 to 16777216"},
        wrong_line{"fraction", "2023-11-16 18:15:47,3,4.5",
                   "t.csv:3: GeneratedTokens is '4.5', expected a whole number from 1 to 16777216"},
        wrong_line{"spaces", "2023-11-16 18:15:47, 3,4",
                   "t.csv:3: ContextTokens is ' 3', expected a whole number from 1 to 16777216"},
        wrong_line{"huge", "2023-11-16 18:15:47,99999999999999999999,4",
                   "t.csv:3: ContextTokens is '99999999999999999999', expected a whole number from 1 to 16777216"},
        wrong_line{"backwards", "2023-11-16 18:15:46.6805899,3,4",
                   "t.csv:3: time goes backwards, expected requests in order of arrival"},
        wrong_line{"too_late", "2123-11-16 18:15:46,3,4",
                   "t.csv:3: the request comes more than 100 days after the first, expected a shorter trace"}),
    [](const auto& p) { return std::string(p.param.what); });

TEST(trace, unreadable_timestamps) {
  for (const std::string text :
       {"", "yesterday", "2023-11-16", "2023-11-16T18:15:47", "2023-13-01 00:00:00", "2023-02-29 00:00:00",
        "2023-04-31 00:00:00", "2023-11-16 24:00:00", "2023-11-16 00:60:00", "2023-11-16 00:00:60", "2023-11-00 00:00:00",
        "2023-11-16 18:15:47.", "2023-11-16 18:15:47.12a", "2023-11-16 18:15:47.1234567890123", "2023-11-16 18:15:47 Z",
        "-023-11-16 18:15:47", "2023-11-16 18:15:-7"})
    EXPECT_EQ(error_of(header + "2023-01-01 00:00:00,1,1\n" + text + ",1,1\n"), bad_time(text));
}

TEST(trace, wrong_files) {
  EXPECT_EQ(error_of("time,in,out\n"),
            "t.csv:1: the header is 'time,in,out', expected TIMESTAMP,ContextTokens,GeneratedTokens (Azure), "
            "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type (BurstGPT) or a JSON object");
  EXPECT_EQ(error_of(""), "t.csv: the trace has no requests, expected lines of TIMESTAMP,ContextTokens,GeneratedTokens");
  EXPECT_EQ(error_of(header), error_of(""));
  EXPECT_THROW(open_trace("/nowhere/t.csv", {}), base::input_error);
}

TEST(trace, problems_are_reported_together_but_not_endlessly) {
  std::string text = header;
  for (int i = 0; i < 30; ++i)
    text += "2023-11-16 18:15:47,x,y\n";
  try {
    read(text);
    FAIL() << "nothing thrown";
  } catch (const base::input_error& e) {
    EXPECT_EQ(e.problems().size(), 10u); // two for each line
    EXPECT_EQ(e.problems().back().where.line, 6);
  }
}

TEST(fixed_batch, arrives_together) {
  const auto r = fixed_batch(3, 100, 7);
  ASSERT_EQ(r.size(), 3u);
  EXPECT_EQ(r[2].id, 2u);
  EXPECT_EQ(r[2].arrival_ps, 0);
  EXPECT_EQ(r[2].prompt_tokens, 100u);
  EXPECT_EQ(r[2].output_tokens, 7u);
}

template <class Get>
double quantile(const std::vector<request>& requests, double p, Get get) {
  std::vector<double> values;
  for (const request& r : requests)
    values.push_back(get(r));
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1))];
}
double prompt(const request& r) { return r.prompt_tokens; }
double output(const request& r) { return r.output_tokens; }

TEST(generator, arrivals_are_poisson_and_lengths_log_normal) {
  generator_config c;
  c.requests = 40000;
  c.rate = 5;
  c.prompt = {{{1, 1000, 0.5}}};
  c.output = {{{1, 200, 0.8}}};
  const auto r = generate(c);
  ASSERT_EQ(r.size(), 40000u);
  EXPECT_EQ(r.front().arrival_ps, 0);
  double sum = 0, squares = 0;
  for (std::size_t i = 1; i < r.size(); ++i) {
    const double gap = static_cast<double>(r[i].arrival_ps - r[i - 1].arrival_ps) * 1e-12;
    sum += gap;
    squares += gap * gap;
  }
  const double n = static_cast<double>(r.size() - 1), mean = sum / n;
  EXPECT_NEAR(mean, 0.2, 0.004);                                           // 4 standard errors: 0.2 / sqrt(n)
  EXPECT_NEAR(std::sqrt(squares / n - mean * mean) / mean, 1, 0.02);       // exponential
  EXPECT_NEAR(quantile(r, 0.5, prompt) / 1000, 1, 0.02);
  EXPECT_NEAR(quantile(r, 0.8413, prompt) / (1000 * std::exp(0.5)), 1, 0.03); // one sigma up
  EXPECT_NEAR(quantile(r, 0.5, output) / 200, 1, 0.03);
  EXPECT_NEAR(quantile(r, 0.1587, output) / (200 * std::exp(-0.8)), 1, 0.04);
}

TEST(generator, a_seed_decides_everything) {
  generator_config c;
  c.requests = 50;
  c.prompt = conversation_prompt();
  c.output = conversation_output();
  const auto same = [](const std::vector<request>& a, const std::vector<request>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const request& x, const request& y) {
      return x.arrival_ps == y.arrival_ps && x.prompt_tokens == y.prompt_tokens && x.output_tokens == y.output_tokens;
    });
  };
  const auto first = generate(c);
  EXPECT_TRUE(same(first, generate(c)));
  c.seed = 2;
  EXPECT_FALSE(same(first, generate(c)));
}

TEST(generator, lengths_are_clipped) {
  generator_config c;
  c.requests = 1000;
  c.prompt = {{{1, 100, 3}}, 50, 200};
  c.output = {{{1, 1, 4}}, 1, 3};
  const auto r = generate(c);
  EXPECT_EQ(quantile(r, 0, prompt), 50);
  EXPECT_EQ(quantile(r, 1, prompt), 200);
  EXPECT_EQ(quantile(r, 0, output), 1);
  EXPECT_EQ(quantile(r, 1, output), 3);
}

/// Quantiles and means of the Azure conversation trace 2023, from its 19,366 requests.
TEST(generator, conversation_fit_follows_its_trace) {
  generator_config c;
  c.requests = 200000;
  c.prompt = conversation_prompt();
  c.output = conversation_output();
  const auto r = generate(c);
  const std::pair<double, double> prompts[] = {{0.05, 181}, {0.1, 207}, {0.25, 396}, {0.5, 1020}, {0.75, 1189}, {0.9, 2734}, {0.95, 4083}};
  for (const auto& [p, tokens] : prompts)
    EXPECT_NEAR(quantile(r, p, prompt) / tokens, 1, 0.08) << p;
  const std::pair<double, double> outputs[] = {{0.05, 41}, {0.1, 54}, {0.25, 85}, {0.5, 129}, {0.75, 395}, {0.9, 424}, {0.95, 451}};
  for (const auto& [p, tokens] : outputs)
    EXPECT_NEAR(quantile(r, p, output) / tokens, 1, 0.08) << p;
  double prompt_sum = 0, output_sum = 0;
  for (const request& q : r) {
    prompt_sum += q.prompt_tokens;
    output_sum += q.output_tokens;
  }
  EXPECT_NEAR(prompt_sum / static_cast<double>(r.size()) / 1154.7, 1, 0.02);
  EXPECT_NEAR(output_sum / static_cast<double>(r.size()) / 211.1, 1, 0.02);
}

/// The published CSV format, at its resolution of 100 ns, from 2026-01-01 on; less than a day long.
std::string trace_text(const std::vector<request>& requests) {
  std::string text = header;
  for (const request& r : requests) {
    const long long ticks = r.arrival_ps / 100'000, seconds = ticks / 10'000'000;
    char line[96];
    std::snprintf(line, sizeof line, "2026-01-01 %02lld:%02lld:%02lld.%07lld,%u,%u\n", seconds / 3600,
                  seconds / 60 % 60, seconds % 60, ticks % 10'000'000, r.prompt_tokens, r.output_tokens);
    text += line;
  }
  return text;
}

/// STRATA_BLESS=1 rewrites the sample.
TEST(sample, conversation_is_what_the_generator_gives) {
  const std::string file = STRATA_SOURCE_DIR "/traffic/samples/conversation.csv";
  generator_config c;
  c.requests = 64;
  c.rate = 0.25;
  c.prompt = conversation_prompt();
  c.output = conversation_output();
  c.seed = 2023;
  const auto made = generate(c);
  if (std::getenv("STRATA_BLESS"))
    std::ofstream(file, std::ios::binary) << trace_text(made);
  std::ifstream in(file, std::ios::binary);
  const std::string stored{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(stored, trace_text(made));
  const auto read_back = requests_of(file);
  ASSERT_EQ(read_back.size(), made.size());
  for (std::size_t i = 0; i < made.size(); ++i) {
    EXPECT_EQ(read_back[i].arrival_ps, made[i].arrival_ps / 100'000 * 100'000);
    EXPECT_EQ(read_back[i].prompt_tokens, made[i].prompt_tokens);
    EXPECT_EQ(read_back[i].output_tokens, made[i].output_tokens);
  }
}

TEST(closed_loop, a_client_asks_again_when_its_answer_has_come) {
  closed_loop source({2, 3, 10, 20, 5, 5, 7});
  EXPECT_EQ(source.total(), 3u);
  EXPECT_EQ(source.next_arrival(), 0);
  const request first = source.take(), second = source.take();
  EXPECT_FALSE(source.next_arrival()) << "both clients wait";
  source.ended(first.id, 500);
  EXPECT_EQ(source.next_arrival(), 500);
  const request third = source.take();
  EXPECT_EQ(third.arrival_ps, 500);
  source.ended(second.id, 600);
  EXPECT_FALSE(source.next_arrival());
  for (const request& r : {first, second, third}) {
    EXPECT_GE(r.prompt_tokens, 10u);
    EXPECT_LE(r.prompt_tokens, 20u);
    EXPECT_EQ(r.output_tokens, 5u);
  }
}

TEST(closed_loop, lengths_cover_their_range_evenly) {
  closed_loop source({20000, 20000, 80, 100, 1, 1, 1});
  std::vector<unsigned> count(101);
  for (unsigned i = 0; i < 20000; ++i)
    ++count[source.take().prompt_tokens];
  for (unsigned n = 80; n <= 100; ++n)
    EXPECT_NEAR(count[n], 20000 / 21.0, 150) << n;
}

} // namespace
} // namespace strata::traffic
