// SPDX-License-Identifier: Apache-2.0
// The trace writer, read back field by field.
#include "models/base/diagnostic.hpp"
#include "sc_main/run/perfetto_writer.hpp"
#include "tests/support/perfetto_reader.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace strata::cli {
namespace {

namespace fs = std::filesystem;

class perfetto_writer_test : public testing::Test {
protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "strata-trace-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    m_folder = name;
  }
  void TearDown() override { fs::remove_all(m_folder); }
  fs::path m_folder;
};

constexpr std::int64_t ns = 1000; // in ps

TEST_F(perfetto_writer_test, everything_comes_back) {
  const fs::path file = m_folder / "a.pftrace";
  perfetto_writer w(file);
  const auto root = w.add_track("platform", perfetto_writer::no_parent), lane = w.add_track("lane 0", root);
  const auto power = w.add_counter("power", "W", root);
  const base::activity_argument arguments[] = {{"m", 3}, {"empty", 0}, {"bytes", 1ull << 40}};
  w.slice(lane, "gemm", 10 * ns, 25 * ns + 999, arguments, 3);
  w.slice(lane, "copy", 25 * ns + 999, 26 * ns);
  w.slice(lane, "gemm", 26 * ns, 26 * ns, arguments, 1);
  w.count(power, 5 * ns, 312.5);
  EXPECT_FALSE(fs::exists(file)) << "not before it is whole";
  w.commit();

  const tests::perfetto_trace t = tests::read_perfetto(file);
  ASSERT_EQ(t.tracks.size(), 3u);
  EXPECT_EQ(t.tracks.at(root).parent, 0u);
  EXPECT_EQ(t.tracks.at(lane).name, "lane 0");
  EXPECT_EQ(t.tracks.at(lane).parent, root);
  EXPECT_TRUE(t.tracks.at(power).counter);
  EXPECT_EQ(t.tracks.at(power).unit, "W");
  ASSERT_EQ(t.slices.size(), 3u);
  EXPECT_EQ(t.slices[0].name, "gemm");
  EXPECT_EQ(t.slices[0].begin, 10u);
  EXPECT_EQ(t.slices[0].end, 25u);
  EXPECT_EQ(t.slices[0].arguments, (std::map<std::string, std::uint64_t>{{"m", 3}, {"bytes", 1ull << 40}}));
  EXPECT_EQ(t.slices[1].name, "copy");
  EXPECT_TRUE(t.slices[1].arguments.empty());
  EXPECT_EQ(t.slices[2].begin, t.slices[2].end);
  ASSERT_EQ(t.samples.size(), 1u);
  EXPECT_EQ(t.samples[0].at, 5u);
  EXPECT_DOUBLE_EQ(t.samples[0].value, 312.5);
}

TEST_F(perfetto_writer_test, many_slices_pass_the_buffer) {
  perfetto_writer w(m_folder / "a.pftrace");
  const auto track = w.add_track("t", perfetto_writer::no_parent);
  constexpr int many = 60000;
  for (int i = 0; i < many; ++i)
    w.slice(track, i % 2 ? "odd" : "even", i * ns, (i + 1) * ns);
  w.commit();
  const tests::perfetto_trace t = tests::read_perfetto(m_folder / "a.pftrace");
  ASSERT_EQ(t.slices.size(), static_cast<std::size_t>(many));
  EXPECT_EQ(t.slices[many - 1].name, "odd");
  EXPECT_EQ(t.slices[many - 1].end, static_cast<std::uint64_t>(many));
}

TEST_F(perfetto_writer_test, leaves_nothing_when_abandoned_and_says_where_it_cannot_write) {
  { perfetto_writer w(m_folder / "a.pftrace"); }
  EXPECT_TRUE(fs::is_empty(m_folder));
  EXPECT_THROW(perfetto_writer(m_folder / "no" / "such.pftrace"), base::input_error);
}

} // namespace
} // namespace strata::cli
