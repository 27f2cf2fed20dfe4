// SPDX-License-Identifier: Apache-2.0
// Options of run and compare: what they set, and one error line for each way of getting them wrong.
#include "sc_main/command/command_line.hpp"
#include "sc_main/command/commands.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace strata::cli {
namespace {

using arguments = std::vector<std::string>;

std::string message_of(const arguments& a) {
  try {
    parse_run_arguments(a);
  } catch (const base::input_error& e) {
    return e.what();
  }
  return "accepted";
}

TEST(command_line, sets_every_kind_of_option) {
  const auto parsed = parse_run_arguments({"dgx_h100", "--model=llama-3.1-70b", "--weights", "fp8", "--batch", "8", "--prompt",
                                           "2048", "--set", "a.b=1 GB", "other.yaml", "--set=c=2", "--no-symmetry", "-vv",
                                           "--fidelity", "step", "--out", "x"});
  const auto& o = parsed.options;
  EXPECT_EQ(parsed.platforms, (arguments{"dgx_h100", "other.yaml"}));
  EXPECT_EQ(o.model, "llama-3.1-70b");
  EXPECT_EQ(to_text(o.weights), "fp8");
  EXPECT_EQ(to_text(o.kv_dtype), "bf16");
  EXPECT_EQ(o.traffic(), traffic_kind::batch);
  EXPECT_EQ(o.batch, 8u);
  EXPECT_EQ(o.prompt, 2048u);
  EXPECT_EQ(o.set, (arguments{"a.b=1 GB", "c=2"}));
  EXPECT_TRUE(o.no_symmetry);
  EXPECT_EQ(o.fidelity, fidelity::step);
  EXPECT_EQ(o.out, "x");
  EXPECT_EQ(parsed.verbosity, 2);
}

TEST(command_line, help_needs_nothing_else) { EXPECT_TRUE(parse_run_arguments({"--help"}).help); }

TEST(command_line, help_lists_every_option_with_its_default) {
  const std::string help = run_options_help();
  run_options defaults;
  for (const auto& group : option_groups(defaults))
    for (const auto& p : group.options.all())
      EXPECT_NE(help.find("--" + p.name), std::string::npos) << p.name;
  EXPECT_NE(help.find("(default 2048)"), std::string::npos);
  EXPECT_TRUE(std::regex_search(help, std::regex("burst \\| stream \\|\\s+step"))) << "lines may break";
}

struct bad_arguments {
  arguments given;
  std::string message;
};
class rejected : public testing::TestWithParam<bad_arguments> {};

TEST_P(rejected, with_one_line) {
  const std::string message = message_of(GetParam().given);
  EXPECT_NE(message.find(GetParam().message), std::string::npos) << message;
  EXPECT_EQ(message.rfind("command line: ", 0), 0u) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    command_line, rejected,
    testing::Values(
        bad_arguments{{"p", "--modle", "x"}, "unknown option '--modle' (did you mean '--model'?), expected one of"},
        bad_arguments{{"p", "--mod", "x"}, "unknown option '--mod'"},
        bad_arguments{{"p", "-x"}, "unknown option '-x'"},
        bad_arguments{{"p", "--model"}, "its value is missing, expected one after it"},
        bad_arguments{{"p", "--no-symmetry=1"}, "takes no value"},
        bad_arguments{{"p", "--model", "a", "--model", "b"}, "--model is given twice, expected it once"},
        bad_arguments{{"p", "--batch", "1"}, "no --model given, expected"},
        bad_arguments{{"p", "--model", "m"}, "no traffic given, expected --trace FILE, --workload FILE, --batch B, --clients N, --generate or --scenario NAME"},
        bad_arguments{{"p", "--model", "m", "--batch", "1", "--trace", "t"}, "expected only one of --trace, --workload, --batch"},
        bad_arguments{{"p", "--model", "m", "--batch", "0"}, "--batch: '0' is out of range, expected >= 1"},
        bad_arguments{{"p", "--model", "m", "--batch", "1.5"}, "--batch: '1.5' is not a whole number"},
        bad_arguments{{"p", "--model", "m", "--batch", "many"}, "--batch: "},
        bad_arguments{{"p", "--model", "m", "--batch=-2"}, "--batch: '-2' is out of range, expected 0 .. "},
        bad_arguments{{"p", "--model", "m", "--batch", "1", "--rate", "3"}, "--rate has no meaning with --batch, expected it only with --generate"},
        bad_arguments{{"p", "--model", "m", "--batch", "1", "--requests", "3"}, "expected it only with --trace, --workload, --clients, --generate or --scenario"},
        bad_arguments{{"p", "--model", "m", "--trace", "t", "--prompt", "3"}, "--prompt has no meaning with --trace"},
        bad_arguments{{"p", "--model", "m", "--batch", "1", "--replicas", "0"}, "--replicas: '0' is out of range, expected 1 .. "},
        bad_arguments{{"p", "--model", "m", "--batch", "1", "--replicas", "2"}, "expected --fidelity step"},
        bad_arguments{{"p", "--model", "m", "--batch", "1", "--router", "least-loaded"}, "expected --replicas 2 or more"},
        bad_arguments{{"p", "--model", "m", "--batch", "1", "--router", "kv"}, "--router: 'kv' is not one of round-robin | "},
        bad_arguments{{"p", "--model", "m", "--batch", "1", "--fidelity", "step", "--replicas", "2", "--router", "kv-aware"},
                      "expected --prefix-cache on"},
        bad_arguments{{"p", "--model", "m", "--batch", "1", "--decode-replicas", "2"}, "expected --fidelity step"},
        bad_arguments{{"p", "--model", "m", "--trace", "t", "--tool-cores", "2"}, "--tool-cores has no meaning without --tool-cpu"},
        bad_arguments{{"p", "--model", "m", "--batch", "1", "--tool-cpu", "0.5"}, "--tool-cpu has no meaning with --batch"},
        bad_arguments{{"p", "--model", "m", "--trace", "t", "--prefetch", "arrival"}, "--prefetch: no prompt is held for later ones"},
        bad_arguments{{"p", "--model", "m", "--trace", "t", "--write-through", "on"}, "--write-through: no prompt is held for later ones"},
        bad_arguments{{"p", "--model", "m", "--trace", "t", "--prefix-cache", "on", "--foresee", "exact"},
                      "--foresee has no meaning without --prefetch return"},
        bad_arguments{{"p", "--model", "m", "--clients", "0"}, "--clients: '0' is out of range"},
        bad_arguments{{"p", "--model", "m", "--clients", "3"}, "--clients without --requests, expected how many"},
        bad_arguments{{"p", "--model", "m", "--clients", "3", "--batch", "3"},
                      "several kinds of traffic given, expected only one of --trace, --workload, --batch, --clients, --generate and --scenario"},
        bad_arguments{{"p", "--model", "m", "--workload", ""}, "--workload: the name is empty, expected a file"},
        bad_arguments{{"p", "--model", "m", "--scenario", "none"}, "--scenario none is no traffic, expected offline, server or interactive"},
        bad_arguments{{"p", "--model", "m", "--scenario", "offline", "--rate", "3"}, "--rate has no meaning with --scenario offline"},
        bad_arguments{{"p", "--model", "m", "--generate"}, "--generate without --requests, expected how many"},
        bad_arguments{{"p", "--model", "m", "--trace", "t", "--rate-scale", "0"}, "--rate-scale: '0' is out of range, expected > 0"},
        bad_arguments{{"p", "--model", "m", "--batch", "1", "--weights", "fp9"}, "--weights: 'fp9' is not one of bf16 | fp16"},
        bad_arguments{{"p", "--model", "m", "--batch", "1", "--fidelity", "fast"}, "'fast' is not one of burst | stream | step"}));

TEST(command_line, a_scenario_without_a_rate_has_it_searched_for) {
  EXPECT_TRUE(parse_run_arguments({"p", "--model", "m", "--scenario", "server"}).options.search_rate);
  EXPECT_FALSE(parse_run_arguments({"p", "--model", "m", "--scenario", "server", "--rate", "5"}).options.search_rate);
  EXPECT_FALSE(parse_run_arguments({"p", "--model", "m", "--scenario", "offline"}).options.search_rate);
  EXPECT_FALSE(parse_run_arguments({"p", "--model", "m", "--batch", "1"}).options.search_rate);
}

TEST(command_line, overrides_are_read_before_anything_runs) {
  EXPECT_NE(message_of({"p", "--model", "m", "--batch", "1", "--set", "x"}).find("'x' is not readable, expected PATH=VALUE"),
            std::string::npos);
}

int status_of(const arguments& a) {
  return dispatch(a, "", [](const run_options&, const progress_callback&) -> run_result { throw std::logic_error("x"); });
}

TEST(dispatch, unknown_command_suggests_the_nearest) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(status_of({"comapre"}), bad_input);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "error: command line: unknown command 'comapre' (did you mean 'compare'?), expected run, compare, report, list, "
            "describe, trace, microbench, kernel, validate, claims, shift or datasheets\n");
}

TEST(dispatch, failures_that_are_not_the_users_have_their_own_status) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(status_of({"run", "p", "--model", "m", "--batch", "1", "-q"}), internal_failure);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "error: internal: x\n");
}

TEST(dispatch, default_platform_makes_run_the_command) {
  std::string simulated;
  testing::internal::CaptureStderr();
  dispatch({"--model", "m", "--batch", "1", "-q"}, "dgx_h100", [&](const run_options& o, const progress_callback&) -> run_result {
    simulated = o.platform;
    throw base::input_error({"x.yaml", 3}, "bad");
  });
  EXPECT_EQ(simulated, "dgx_h100");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "error: x.yaml:3: bad\n");
}

} // namespace
} // namespace strata::cli
