// SPDX-License-Identifier: Apache-2.0
// Splits of a model over a platform: which are listed, what does not fit, and what data-parallel attention is worth.
#include "sc_main/command/split_table.hpp"

#include "platforms/elaborator.hpp"
#include "platforms/search_path.hpp"
#include "sc_main/command/model_directories.hpp"
#include "traffic/llm/llm_config.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace strata::cli {
namespace {

std::vector<std::string> lines_of(const std::string& platform, const std::string& model, const std::string& weights) {
  const auto checked = platforms::check(platforms::load_netlist(platforms::find_platform(platform)));
  const auto llm = traffic::load_llm(model, model_directories());
  std::istringstream text(split_text(checked.view, llm, {traffic::weight_formats::parse(weights), {}}, {}));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);)
    lines.push_back(line);
  return lines;
}

std::size_t with(const std::vector<std::string>& lines, const std::string& part) {
  std::size_t count = 0;
  for (const std::string& line : lines)
    count += line.find(part) != std::string::npos;
  return count;
}

TEST(split_table, lists_ranks_and_stages_and_says_what_lacks) {
  const auto lines = lines_of("dgx_h100", "llama-3.1-70b", "bf16");
  EXPECT_EQ(with(lines, "does not fit"), 4u) << "141 GB on one GPU of 80, alone or as one of 2, 4 or 8 sets";
  EXPECT_EQ(with(lines, "bytes short"), 4u);
  EXPECT_EQ(with(lines, "the netlist's"), 1u);
  EXPECT_EQ(with(lines, "tok/s"), 16u) << "1 x 2, 1 x 4, 1 x 8, 2 x 1, 2 x 2, 2 x 4, 4 x 1, 4 x 2, 8 x 1, and seven in sets";
  EXPECT_EQ(with(lines, "sets of tokens"), 10u + 3) << "2 x 1, 2 x 2, 2 x 4, 4 x 1 and 4 x 2 twice, 8 x 1 in 2, 4 and 8; three are short";
  EXPECT_EQ(with(lines, "experts"), 0u);
}

TEST(split_table, models_with_experts_have_three_splits_of_a_layer) {
  const auto lines = lines_of("dgx_h200", "deepseek-v3", "fp8");
  EXPECT_EQ(with(lines, "attention by sequence"), with(lines, "tensor, experts whole"));
  EXPECT_GT(with(lines, "does not fit"), 0u);
}

} // namespace
} // namespace strata::cli
