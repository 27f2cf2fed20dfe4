// SPDX-License-Identifier: Apache-2.0
// strata microbench: one error line for each wrong option or trace line; latencies, bandwidths and energies against
// closed forms.
#include "sc_main/command/command_line.hpp"
#include "sc_main/microbench/microbench.hpp"
#include "sc_main/microbench/microbench_report.hpp"
#include "sc_main/microbench/microbench_trace.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace strata::cli {
namespace {

using arguments = std::vector<std::string>;

microbench_result measured(const arguments& a) { return run_microbench(parse_microbench_options(a)); }

std::string message_of(const arguments& a) {
  try {
    measured(a);
  } catch (const base::input_error& e) {
    return e.what();
  }
  return "accepted";
}

struct bad_arguments {
  arguments given;
  std::string message;
};
class microbench_rejects : public testing::TestWithParam<bad_arguments> {};

TEST_P(microbench_rejects, with_one_line) {
  const std::string message = message_of(GetParam().given);
  EXPECT_NE(message.find(GetParam().message), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    microbench, microbench_rejects,
    testing::Values(
        bad_arguments{{}, "0 memories given, expected one of dram and sram"},
        bad_arguments{{"drum"}, "unknown memory 'drum' (did you mean 'dram'?), expected dram or sram"},
        bad_arguments{{"dram"}, "no --standard given, expected"},
        bad_arguments{{"dram", "--standard", "hbm3-640"}, "no technology 'hbm3-640' (did you mean 'hbm3_6400'?), expected a file or one of "},
        bad_arguments{{"dram", "--standard", "sram_wse3"}, "is no technology of a dram_controller"},
        bad_arguments{{"dram", "--standrad", "x"}, "unknown option '--standrad' (did you mean '--standard'?), expected one of"},
        bad_arguments{{"dram", "-x"}, "unknown option '-x'"},
        bad_arguments{{"dram", "--standard"}, "option '--standard': its value is missing, expected one after it"},
        bad_arguments{{"dram", "--json=1"}, "option '--json': takes no value"},
        bad_arguments{{"dram", "--seed", "1", "--seed", "2"}, "--seed is given twice, expected it once"},
        bad_arguments{{"dram", "--pattern", "sequential"}, "'sequential' is not one of seq | "},
        bad_arguments{{"dram", "--reads", "1.5"}, "--reads: "},
        bad_arguments{{"dram", "--standard", "hbm3-6400", "--stride", "64"}, "--stride has no meaning here, expected it only with --pattern stride"},
        bad_arguments{{"dram", "--standard", "hbm3-6400", "--access", "64 B"}, "--access has no meaning here"},
        bad_arguments{{"sram", "--standard", "sram-wse3", "--trace", "x"}, "--trace has no meaning here"},
        bad_arguments{{"sram", "--standard", "sram-wse3", "--pattern", "row-miss"}, "sram has no rows and columns"},
        bad_arguments{{"sram", "--standard", "sram-wse3", "--access", "1 TB"}, "expected at most half of the memory's"},
        bad_arguments{{"dram", "--standard", "hbm3-6400", "--trace", "x", "--seed", "3"}, "--seed has no meaning here"},
        bad_arguments{{"dram", "--standard", "hbm3-6400", "--trace", "no/such"}, "no/such: cannot be read, expected a trace"},
        bad_arguments{{"dram", "--standard", "hbm3-6400", "--set", "read_queue"}, "expected PATH=VALUE"},
        bad_arguments{{"dram", "--standard", "hbm3-6400", "--set", "read_queu=1"}, "has no parameter 'read_queu' (did you mean 'read_queue'?)"},
        bad_arguments{{"dram", "--standard", "hbm3-6400", "--set", "t_cl=4"}, "parameter 't_cl': "},
        bad_arguments{{"dram", "--standard", "hbm3-6400", "--set", "bank_groups=3"}, "3 is not a power of two"}));

TEST(microbench, standards_are_found_with_dashes_and_by_path) {
  const auto by_name = load_standard(parse_microbench_options({"dram", "--standard", "hbm3-6400", "--set", "read_queue=7"}));
  const auto by_path = load_standard(parse_microbench_options({"dram", "--standard", by_name.file}));
  EXPECT_EQ(by_name.dram.read_queue, 7u);
  EXPECT_EQ(by_path.dram.read_queue, 32u);
  EXPECT_EQ(by_path.dram.t_faw.seconds, by_name.dram.t_faw.seconds);
}

/// A trace file of the test's own, gone with it.
class trace_file {
public:
  explicit trace_file(const std::string& text) : m_name(testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name() + ".trace") {
    std::ofstream(m_name) << text;
  }
  ~trace_file() { std::remove(m_name.c_str()); }
  const std::string& name() const { return m_name; }

private:
  std::string m_name;
};

TEST(microbench_trace, reads_times_directions_and_addresses) {
  const trace_file file("# comment\n\n0 R 0x0\n12.5 W 0xFf\n");
  const auto accesses = read_access_trace(file.name(), 256);
  ASSERT_EQ(accesses.size(), 2u);
  EXPECT_FALSE(accesses[0].write);
  EXPECT_TRUE(accesses[1].write);
  EXPECT_EQ(accesses[1].address, 255u);
  EXPECT_EQ(accesses[1].at, 12500000u);
}

TEST(microbench_trace, errors_name_the_line) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"R 0x0\nR\n", ":2: 1 words, expected [TIME_NS] R|W 0xADDRESS"},
      {"R 0x0\nX 0x0\n", ":2: 'X' is no access, expected R or W"},
      {"R 16\n", ":1: '16' is no address, expected 0x"},
      {"R 0x1g\n", ":1: '0x1g' is no address"},
      {"R 0x11111111111111111\n", "is no address"},
      {"R 0x100\n", ":1: address '0x100' lies beyond the memory, expected less than its 256 bytes"},
      {"R 0x0\n5 R 0x0\n", ":2: has a time, expected none"},
      {"5 R 0x0\nR 0x0\n", ":2: has no time, expected one"},
      {"5 R 0x0\n4 R 0x0\n", ":2: '4' is before the line above"},
      {"-1 R 0x0\n", ":1: '-1' is no time"},
      {"nan R 0x0\n", ":1: 'nan' is no time"},
      {"# nothing\n", ": holds no access, expected"},
  };
  for (const auto& [text, message] : cases) {
    const trace_file file(text);
    try {
      read_access_trace(file.name(), 256);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const base::input_error& e) {
      EXPECT_NE(std::string(e.what()).find(file.name()), std::string::npos) << e.what();
      EXPECT_NE(std::string(e.what()).find(message), std::string::npos) << e.what();
    }
  }
}

TEST(microbench, one_outstanding_row_miss_takes_precharge_activate_and_read) {
  const arguments a{"dram", "--standard", "hbm3-6400", "--pattern", "row-miss", "--outstanding", "1", "--requests", "1000", "--set", "refresh=none"};
  const auto c = load_standard(parse_microbench_options(a)).dram;
  const dram::timing t(c);
  const double clock_s = base::to_seconds(c.clock_period()), open_s = static_cast<double>(t.rcd_read + t.read_end()) * clock_s;
  const double closed_form = open_s + static_cast<double>(t.rp) * clock_s;
  const auto p = measured(a).loaded;
  EXPECT_NEAR(p.read_latency.p50, closed_form, 1e-15);
  EXPECT_NEAR(p.read_latency_max_s, closed_form, 1e-15);
  EXPECT_NEAR(p.elapsed_s, 999 * closed_form + open_s, 1e-12); // the first one finds its bank closed
  EXPECT_EQ(p.row_hit_rate, 0);
}

TEST(microbench, controller_latency_is_part_of_the_read_latency) {
  const arguments a{"dram", "--standard", "hbm3-6400", "--pattern", "row-miss", "--outstanding", "1", "--requests", "100", "--set", "refresh=none"};
  arguments slower = a;
  slower.insert(slower.end(), {"--set", "controller_latency=100 ns"});
  EXPECT_NEAR(measured(slower).loaded.read_latency.p50 - measured(a).loaded.read_latency.p50, 100e-9, 1e-15);
}

TEST(microbench, closed_loop_keeps_littles_law) {
  for (const char* n : {"2", "8", "24"}) { // below the queue's 32 entries nothing waits outside
    const auto p = measured({"dram", "--standard", "hbm3-6400", "--pattern", "random", "--outstanding", n, "--requests", "20000"}).loaded;
    EXPECT_NEAR(p.read_latency.mean * 20000 / p.elapsed_s / std::stod(n), 1, 0.005);
  }
}

TEST(microbench, patterns_differ_as_their_addresses_say) {
  const auto share = [](const arguments& more) {
    arguments a{"dram", "--standard", "hbm3-6400", "--requests", "20000", "--set", "refresh=none"};
    a.insert(a.end(), more.begin(), more.end());
    const auto r = measured(a);
    return r.loaded.bandwidth_B_per_s / r.peak_B_per_s;
  };
  EXPECT_NEAR(share({"--pattern", "seq"}), 1, 0.005);
  EXPECT_NEAR(share({"--pattern", "seq-columns"}), 0.79, 0.02); // two column slots of one bank group a burst at times
  EXPECT_NEAR(share({"--pattern", "random"}), 4 * 2.0 / 24, 0.01); // four activates per t_faw of 24 clocks, two clocks a burst
  EXPECT_NEAR(share({"--pattern", "row-miss"}), 2.0 / 72, 0.0002); // t_rc of 72 clocks a burst
  EXPECT_EQ(share({"--pattern", "seq"}), share({"--pattern", "stride", "--stride", "32"}));
  EXPECT_LT(share({"--pattern", "mix"}), share({"--pattern", "seq"}));
}

TEST(microbench, channels_of_a_whole_memory_add_up) {
  const auto whole = measured({"dram", "--standard", "hbm3_h100", "--requests", "320000"}); // 160 channels
  const auto one = measured({"dram", "--standard", "hbm3_h100", "--requests", "2000", "--set", "channels=1", "--set", "pseudo_channels=1"});
  EXPECT_NEAR(whole.peak_B_per_s / one.peak_B_per_s, 160, 1e-9);
  EXPECT_NEAR(whole.loaded.bandwidth_B_per_s / one.loaded.bandwidth_B_per_s / 160, 1, 0.01);
  EXPECT_NEAR(whole.loaded.read_latency.mean / one.loaded.read_latency.mean, 1, 0.02);
}

TEST(microbench, curve_climbs_from_the_idle_latency_to_saturation) {
  const auto r = measured({"dram", "--standard", "hbm3-6400", "--pattern", "random", "--requests", "20000", "--plot", "x.svg"});
  const auto idle = measured({"dram", "--standard", "hbm3-6400", "--pattern", "random", "--requests", "20000", "--outstanding", "1"}).loaded;
  ASSERT_EQ(r.curve.size(), 7u); // 1, 2, 4 ... 64, twice the read queue
  EXPECT_EQ(r.curve.front().read_latency.mean, idle.read_latency.mean);
  EXPECT_EQ(r.curve.front().elapsed_s, idle.elapsed_s);
  for (std::size_t i = 1; i < r.curve.size(); ++i) {
    EXPECT_GT(r.curve[i].bandwidth_B_per_s, r.curve[i - 1].bandwidth_B_per_s);
    EXPECT_GT(r.curve[i].read_latency.mean, r.curve[i - 1].read_latency.mean);
  }
  EXPECT_NEAR(r.curve.back().bandwidth_B_per_s / r.loaded.bandwidth_B_per_s, 1, 0.01);
}

TEST(microbench, plots_need_gnuplot) {
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nowhere", 1);
  EXPECT_THROW(require_gnuplot(), base::input_error);
  setenv("PATH", path.c_str(), 1);
}

TEST(microbench, times_of_a_trace_pace_it) {
  const trace_file file("0 R 0x0\n1000 R 0x20\n5000 W 0x40\n");
  const auto p = measured({"dram", "--standard", "hbm3-6400", "--trace", file.name(), "--set", "refresh=none"}).loaded;
  EXPECT_EQ(p.requests, 3u);
  EXPECT_GT(p.elapsed_s, 5e-6);
  EXPECT_LT(p.elapsed_s, 5.1e-6);
}

TEST(microbench, energy_is_that_of_the_commands) {
  const arguments a{"dram", "--standard", "hbm3-6400", "--pattern", "row-miss", "--requests", "1000"};
  const auto c = load_standard(parse_microbench_options(a)).dram;
  const auto p = measured(a).loaded;
  ASSERT_EQ(p.energy.front().first, "activate");
  EXPECT_NEAR(p.energy[0].second / (1000 * c.activate_energy.value()), 1, 0.02); // some once more after a refresh
  ASSERT_EQ(p.energy[1].first, "read");
  EXPECT_DOUBLE_EQ(p.energy[1].second, 1000 * 256 * c.read_energy.value());
  EXPECT_EQ(p.energy[2].second, 0); // no writes
}

TEST(microbench, streams_approach_the_bursts_they_stand_for) {
  const arguments a{"dram", "--standard", "hbm3-6400"};
  arguments streams = a;
  streams.insert(streams.end(), {"--fidelity", "stream", "--requests", "20"});
  EXPECT_NEAR(measured(streams).loaded.bandwidth_B_per_s / measured(a).loaded.bandwidth_B_per_s, 1, 0.02);
}

TEST(microbench, idle_sram_takes_its_latency_and_the_words_of_its_busiest_tile) {
  const arguments a{"sram", "--standard", "sram-wse3", "--requests", "10", "--access", "360 MB"}; // 100 words a tile
  const auto c = load_standard(parse_microbench_options(a)).sram;
  const auto p = measured(a).loaded;
  const double cycles = 100.0 / c.read_words + c.latency_cycles - 1;
  EXPECT_NEAR(p.read_latency.mean, cycles * base::to_seconds(c.clock_period()), 1e-12);
  EXPECT_NEAR(p.energy[0].second, 10 * 360e6 * 8 * c.read_energy.value(), 1e-9);
  EXPECT_TRUE(std::isnan(p.row_hit_rate));
}

TEST(microbench, equal_runs_give_equal_documents_but_for_the_host) {
  const auto document = [] {
    const auto options = parse_microbench_options({"dram", "--standard", "ddr4-2400", "--pattern", "random", "--reads", "0.5", "--requests", "5000"});
    auto d = microbench_document(options, run_microbench(options));
    d.erase("host");
    return d.dump();
  };
  const std::string first = document();
  EXPECT_EQ(first, document());
  EXPECT_NE(first.find("\"unit\":\"pJ/bit\""), std::string::npos);
}

} // namespace
} // namespace strata::cli
