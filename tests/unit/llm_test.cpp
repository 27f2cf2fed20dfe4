// SPDX-License-Identifier: Apache-2.0
// Model architectures: bundled ones against their published sizes, what config.json may leave out, and every way in
// which one can be wrong.
#include "traffic/llm.hpp"

#include "models/base/diagnostic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

namespace strata::traffic {
namespace {

const std::vector<std::string> bundled{STRATA_SOURCE_DIR "/traffic/models"};

/// A small Llama, one key per line: {, "model_type", "num_hidden_layers", ...
nlohmann::ordered_json small() {
  return {{"model_type", "llama"},   {"num_hidden_layers", 2},    {"hidden_size", 8}, {"num_attention_heads", 4},
          {"num_key_value_heads", 2}, {"intermediate_size", 16}, {"vocab_size", 10}, {"max_position_embeddings", 64}};
}
llm_architecture parsed(const nlohmann::ordered_json& config) { return parse_llm("m", "c.json", config.dump(1)); }

std::string error_of(const std::string& text) {
  try {
    parse_llm("m", "c.json", text);
  } catch (const base::input_error& e) {
    return e.what();
  }
  return "no error";
}

/// Parameters in billions and KV elements per token as published for these models.
struct published {
  const char* name;
  double billions;
  std::uint64_t kv_elements;
};
class bundled_model : public testing::TestWithParam<published> {};

TEST_P(bundled_model, has_its_published_size) {
  const llm_architecture m = load_llm(GetParam().name, bundled);
  EXPECT_EQ(m.name, GetParam().name);
  EXPECT_NEAR(m.parameter_count() / 1e9, GetParam().billions, 0.005);
  EXPECT_EQ(m.kv_elements_per_token(), GetParam().kv_elements);
  EXPECT_DOUBLE_EQ(m.weight_bytes(core::data_type::bf16), 2 * m.parameter_count());
}
INSTANTIATE_TEST_SUITE_P(llm, bundled_model,
                         testing::Values(published{"llama-3.1-8b", 8.03, 65536}, published{"llama-3.1-70b", 70.55, 163840},
                                         published{"llama-3.1-405b", 405.85, 258048},
                                         published{"qwen3-32b", 32.76, 131072}),
                         [](const auto& p) {
                           std::string name = p.param.name;
                           std::replace_if(name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
                           return name;
                         });

TEST(llm, every_bundled_model_is_in_the_table_above) {
  EXPECT_EQ(bundled_models(bundled),
            (std::vector<std::string>{"llama-3.1-405b", "llama-3.1-70b", "llama-3.1-8b", "qwen3-32b"}));
}

TEST(llm, counts_parameters_by_hand) {
  // Head dimension 2: q and o 8*8 each, k and v 8*4 each, three feed-forward matrices 8*16, two norms of 8.
  const llm_architecture m = parsed(small());
  EXPECT_EQ(m.head_dim, 2u);
  constexpr double linear = 64 + 64 + 32 + 32 + 3 * 128;
  EXPECT_EQ(m.parameter_count(), 2 * (linear + 16) + 2 * 10 * 8 + 8);
  EXPECT_EQ(m.kv_elements_per_token(), 2u * 2 * 2 * 2);
}

TEST(llm, narrow_weights_leave_embeddings_and_norms_at_16_bit) {
  const llm_architecture m = parsed(small());
  EXPECT_EQ(m.layer_weight_bytes(core::data_type::fp8), 576 + 2 * 16);
  EXPECT_EQ(m.layer_weight_bytes(core::data_type::int4), 288 + 2 * 16);
  EXPECT_EQ(m.embedding_bytes(), 160);
  EXPECT_EQ(m.weight_bytes(core::data_type::fp8), 2 * (576 + 32) + 2 * 160 + 16);
}

TEST(llm, tied_embeddings_biases_and_head_norms_count) {
  auto config = small();
  const double plain = parsed(config).parameter_count();
  config["tie_word_embeddings"] = true;
  EXPECT_EQ(parsed(config).parameter_count(), plain - 80);
  config["attention_bias"] = true; // q 8, k 4, v 4, o 8 in each of two layers
  EXPECT_EQ(parsed(config).parameter_count(), plain - 80 + 2 * 24);
  config["model_type"] = "qwen3"; // one norm of head_dim for q and one for k
  config["head_dim"] = 2;
  EXPECT_EQ(parsed(config).parameter_count(), plain - 80 + 2 * 24 + 2 * 4);
}

TEST(llm, head_dim_may_differ_from_hidden_over_heads) {
  auto config = small();
  config["model_type"] = "mistral";
  config["head_dim"] = 16;
  EXPECT_EQ(parsed(config).head_dim, 16u);
}

TEST(llm, older_llamas_without_kv_heads_are_multi_head) {
  auto config = small();
  config.erase("num_key_value_heads");
  EXPECT_EQ(parsed(config).kv_heads, 4u);
}

TEST(llm, a_sliding_window_that_is_switched_off_is_none) {
  auto config = small();
  config["sliding_window"] = nullptr;
  EXPECT_NO_THROW(parsed(config));
  config["sliding_window"] = 4096;
  config["use_sliding_window"] = false;
  EXPECT_NO_THROW(parsed(config));
  config["use_sliding_window"] = true;
  EXPECT_THROW(parsed(config), base::input_error);
}

struct wrong_config {
  const char* what;
  const char* key;          ///< set to `value`; erased where that is discarded JSON
  nlohmann::ordered_json value;
  const char* message;
};
class wrong : public testing::TestWithParam<wrong_config> {};
const nlohmann::ordered_json missing(nlohmann::ordered_json::value_t::discarded);

TEST_P(wrong, is_reported_with_line_and_expectation) {
  auto config = small();
  if (GetParam().value.is_discarded())
    config.erase(GetParam().key);
  else
    config[GetParam().key] = GetParam().value;
  EXPECT_EQ(error_of(config.dump(1)), GetParam().message);
}
INSTANTIATE_TEST_SUITE_P(
    llm, wrong,
    testing::Values(
        wrong_config{"family", "model_type", "mixtral",
                     "c.json:2: model_type 'mixtral' is not supported, expected a dense model of the families llama, "
                     "mistral, qwen3"},
        wrong_config{"no_family", "model_type", missing, "c.json: model_type is missing, expected text"},
        wrong_config{"family_number", "model_type", 3, "c.json:2: model_type is 3, expected text"},
        wrong_config{"no_layers", "num_hidden_layers", missing,
                     "c.json: num_hidden_layers is missing, expected a positive integer"},
        wrong_config{"null", "vocab_size", nullptr, "c.json:8: vocab_size is missing, expected a positive integer"},
        wrong_config{"text", "hidden_size", "8",
                     "c.json:4: hidden_size is \"8\", expected a positive integer up to 16777216"},
        wrong_config{"zero", "num_attention_heads", 0,
                     "c.json:5: num_attention_heads is 0, expected a positive integer up to 16777216"},
        wrong_config{"negative", "num_hidden_layers", -2,
                     "c.json:3: num_hidden_layers is -2, expected a positive integer up to 16777216"},
        wrong_config{"fraction", "intermediate_size", 1.5,
                     "c.json:7: intermediate_size is 1.5, expected a positive integer up to 16777216"},
        wrong_config{"huge", "vocab_size", 1ull << 40,
                     "c.json:8: vocab_size is 1099511627776, expected a positive integer up to 16777216"},
        wrong_config{"flag", "tie_word_embeddings", "no",
                     "c.json:10: tie_word_embeddings is \"no\", expected true or false"},
        wrong_config{"kv_heads", "num_key_value_heads", 3,
                     "c.json:6: num_key_value_heads is 3, expected a divisor of num_attention_heads, 4"},
        wrong_config{"head_dim", "hidden_size", 9,
                     "c.json:4: hidden_size is 9, expected a multiple of num_attention_heads, 4, or a head_dim"},
        wrong_config{"experts", "num_local_experts", 8,
                     "c.json:10: num_local_experts is 8, expected none: a mixture of experts is not supported, only "
                     "dense models with full attention are"},
        wrong_config{"mla", "kv_lora_rank", 512,
                     "c.json:10: kv_lora_rank is 512, expected none: multi-head latent attention is not supported, "
                     "only dense models with full attention are"},
        wrong_config{"window", "sliding_window", 4096,
                     "c.json:10: sliding_window is 4096, expected none: sliding-window attention is not supported, "
                     "only dense models with full attention are"},
        wrong_config{"mlp_bias", "mlp_bias", true,
                     "c.json:10: mlp_bias is true, expected false: biases of the feed-forward network are not "
                     "supported"}),
    [](const auto& p) { return std::string(p.param.what); });

TEST(llm, a_key_of_a_nested_object_is_not_the_models) {
  auto config = small();
  config.erase("vocab_size");
  config["rope_scaling"] = {{"vocab_size", 7}, {"text", "a \"vocab_size\": } quoted"}};
  EXPECT_EQ(error_of(config.dump(1)), "c.json: vocab_size is missing, expected a positive integer");
}

TEST(llm, all_wrong_keys_are_reported_together) {
  auto config = small();
  config["hidden_size"] = "x";
  config["vocab_size"] = 0;
  EXPECT_THAT(error_of(config.dump(1)), testing::AllOf(testing::HasSubstr("c.json:4: "), testing::HasSubstr("\nc.json:8: ")));
}

TEST(llm, broken_json_is_reported_with_its_line) {
  EXPECT_EQ(error_of("{\n \"a\": 1,\n \"b\": ]\n}"),
            "c.json:3: this is not valid JSON, expected a Hugging Face config.json");
  EXPECT_EQ(error_of(""), "c.json:1: this is not valid JSON, expected a Hugging Face config.json");
  EXPECT_EQ(error_of("{\n\"a\": 1\n"), "c.json:3: this is not valid JSON, expected a Hugging Face config.json");
  EXPECT_EQ(error_of("[1]"), "c.json:1: the file holds no JSON object, expected a Hugging Face config.json");
}

TEST(llm, loads_a_file_or_its_folder_and_names_the_model_after_it) {
  const std::string folder = bundled.front() + "/llama-3.1-8b";
  EXPECT_EQ(load_llm(folder, {}).name, "llama-3.1-8b");
  EXPECT_EQ(load_llm(folder + "/config.json", {}).layers, 32u);
  const std::string file = testing::TempDir() + "strata_llm_test_tiny.json";
  std::ofstream(file) << small().dump(1);
  EXPECT_EQ(load_llm(file, bundled).name, "strata_llm_test_tiny");
  std::filesystem::remove(file);
}

TEST(llm, an_unknown_model_lists_what_there_is) {
  try {
    load_llm("llama-3.1-80b", bundled);
    FAIL() << "nothing thrown";
  } catch (const base::input_error& e) {
    EXPECT_STREQ(e.what(), "unknown model 'llama-3.1-80b' (did you mean 'llama-3.1-70b'?), expected llama-3.1-405b, "
                           "llama-3.1-70b, llama-3.1-8b, qwen3-32b, or the path of a Hugging Face config.json or its "
                           "folder");
  }
  EXPECT_THROW(load_llm("", bundled), base::input_error);
}

} // namespace
} // namespace strata::traffic
