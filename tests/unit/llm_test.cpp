// SPDX-License-Identifier: Apache-2.0
// Model architectures: bundled ones against their published sizes, what config.json may leave out, and every way in
// which one can be wrong.
#include "traffic/llm/llm_config.hpp"

#include "models/base/diagnostic.hpp"
#include "models/base/quantity.hpp"

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
  EXPECT_DOUBLE_EQ(m.weight_bytes({}), 2 * m.parameter_count());
}
INSTANTIATE_TEST_SUITE_P(
    llm, bundled_model,
    testing::Values(published{"deepseek-v3", 671.03, 35136}, published{"glm-4.5", 352.80, 188416},
                    published{"gpt-oss-120b", 116.79, 36864}, published{"gpt-oss-20b", 20.91, 24576},
                    published{"kimi-k2", 1026.41, 35136},
                    published{"llama-2-70b", 68.98, 163840}, published{"llama-3.1-405b", 405.85, 258048},
                    published{"llama-3.1-70b", 70.55, 163840}, published{"llama-3.1-8b", 8.03, 65536},
                    published{"llama-3.3-70b", 70.55, 163840}, published{"llama-4-maverick", 400.71, 98304},
                    published{"llama-4-scout", 107.77, 98304}, published{"mixtral-8x7b", 46.70, 65536},
                    published{"qwen3-14b", 14.77, 81920}, published{"qwen3-235b-a22b", 235.09, 96256},
                    published{"qwen3-30b-a3b", 30.53, 49152}, published{"qwen3-32b", 32.76, 131072},
                    published{"qwen3-8b", 8.19, 73728}, published{"qwen3-coder-480b-a35b", 480.15, 126976}),
                         [](const auto& p) {
                           std::string name = p.param.name;
                           std::replace_if(name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
                           return name;
                         });

TEST(llm, every_bundled_model_is_in_the_table_above) {
  EXPECT_EQ(bundled_models(bundled),
            (std::vector<std::string>{"deepseek-v3", "glm-4.5", "gpt-oss-120b", "gpt-oss-20b", "kimi-k2", "llama-2-70b",
                                      "llama-3.1-405b", "llama-3.1-70b", "llama-3.1-8b", "llama-3.3-70b",
                                      "llama-4-maverick", "llama-4-scout", "mixtral-8x7b", "qwen3-14b", "qwen3-235b-a22b",
                                      "qwen3-30b-a3b", "qwen3-32b", "qwen3-8b", "qwen3-coder-480b-a35b"}));
}

TEST(llm, counts_parameters_by_hand) {
  // Head dimension 2: q and o 8*8 each, k and v 8*4 each, three feed-forward matrices 8*16, two norms of 8.
  const llm_architecture m = parsed(small());
  EXPECT_EQ(m.kinds[0].attention.head_dim, 2u);
  constexpr double linear = 64 + 64 + 32 + 32 + 3 * 128;
  EXPECT_EQ(m.parameter_count(), 2 * (linear + 16) + 2 * 10 * 8 + 8);
  EXPECT_EQ(m.kv_elements_per_token(), 2u * 2 * 2 * 2);
}

TEST(llm, narrow_weights_leave_embeddings_and_norms_at_16_bit) {
  const llm_architecture m = parsed(small());
  const auto fp8 = weight_formats::parse("fp8");
  EXPECT_EQ(m.layer_weight_bytes(0, fp8), 576 + 2 * 16);
  EXPECT_EQ(m.layer_weight_bytes(1, weight_formats::parse("nvfp4")), 576 * 4.5 / 8 + 2 * 16); // a scale per 16
  EXPECT_EQ(m.layer_weight_bytes(0, weight_formats::parse("ffn=fp8")), 2 * 192 + 384 + 2 * 16);
  EXPECT_EQ(m.embedding_bytes(), 160);
  EXPECT_EQ(m.weight_bytes(fp8), 2 * (576 + 32) + 2 * 160 + 16);
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
  EXPECT_EQ(parsed(config).kinds[0].attention.head_dim, 16u);
}

TEST(llm, older_llamas_without_kv_heads_are_multi_head) {
  auto config = small();
  config.erase("num_key_value_heads");
  EXPECT_EQ(parsed(config).kinds[0].attention.kv_heads, 4u);
}

TEST(llm, a_sliding_window_may_be_switched_off_or_null) {
  auto config = small();
  config["model_type"] = "mistral";
  config["sliding_window"] = nullptr;
  EXPECT_EQ(parsed(config).window().tokens, 0u);
  config["sliding_window"] = 4096;
  EXPECT_EQ(parsed(config).window().tokens, 4096u);
  config["use_sliding_window"] = false;
  EXPECT_EQ(parsed(config).window().tokens, 0u);
}

TEST(llm, layers_differ_as_the_config_says) {
  const llm_architecture oss = load_llm("gpt-oss-120b", bundled);
  EXPECT_EQ(oss.layer(0).attention.window.tokens, 128u);
  EXPECT_EQ(oss.layer(1).attention.window.tokens, 0u);
  EXPECT_EQ(oss.kinds.size(), 2u);
  const llm_architecture deepseek = load_llm("deepseek-v3", bundled);
  EXPECT_EQ(deepseek.layer(2).ffn.width, 18432u);
  EXPECT_EQ(deepseek.layer(3).ffn.width, 2048u); // the shared expert
  EXPECT_EQ(deepseek.layer(3).ffn.experts, 256u);
  EXPECT_EQ(deepseek.layer(3).attention.kv_elements(), 576u);
  const llm_architecture llama4 = load_llm("llama-4-maverick", bundled);
  for (unsigned i = 0; i < llama4.layers(); ++i) {
    EXPECT_EQ(llama4.layer(i).ffn.experts, i % 2 ? 128u : 0u) << i;
    EXPECT_EQ(llama4.layer(i).attention.window.tokens, i % 4 == 3 ? 0u : 8192u) << i;
  }
  EXPECT_TRUE(llama4.window().chunked);
}

TEST(llm, active_parameters_are_those_that_meet_a_token) {
  const auto active = [](const char* name) { return load_llm(name, bundled).active_parameter_count() / 1e9; };
  EXPECT_NEAR(active("deepseek-v3"), 36.62, 0.02);
  EXPECT_NEAR(active("gpt-oss-120b"), 5.13, 0.005);
  EXPECT_NEAR(active("llama-4-maverick"), 16.15, 0.005);
  EXPECT_NEAR(active("llama-3.1-8b"), 7.50, 0.01);
}

TEST(number_formats, classes_may_differ) {
  const auto w = weight_formats::parse("attention=fp8,experts=mxfp4");
  EXPECT_EQ(to_text(w), "attention=fp8,ffn=bf16,experts=mxfp4");
  EXPECT_EQ(to_text(weight_formats::parse(to_text(w))), to_text(w));
  EXPECT_EQ(to_text(weight_formats::parse("nvfp4")), "nvfp4");
  for (const char* wrong : {"fp9", "experts=", "experts=fp9", "router=fp8", "fp8,experts=fp8", "=", ""})
    EXPECT_THROW(weight_formats::parse(wrong), base::unit_error) << wrong;
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
        wrong_config{"family", "model_type", "gpt2",
                     "c.json:2: model_type 'gpt2' is not supported, expected one of llama, mistral, qwen3, mixtral, "
                     "qwen3_moe, gpt_oss, llama4_text, glm4_moe, deepseek_v3, kimi_k2"},
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
                     "c.json:10: num_local_experts is 8, expected none: llama models are dense"},
        wrong_config{"mla", "kv_lora_rank", 512,
                     "c.json:10: kv_lora_rank is 512, expected none: llama models have no latent attention"},
        wrong_config{"window", "sliding_window", 4096,
                     "c.json:10: sliding_window is 4096, expected null: llama models have no window here"},
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

TEST(llm, shapes_of_experts_and_windows_are_checked) {
  nlohmann::ordered_json config = small();
  config["model_type"] = "gpt_oss";
  config["head_dim"] = 2;
  config["num_local_experts"] = 4;
  config["num_experts_per_tok"] = 5;
  config["sliding_window"] = 8;
  config["layer_types"] = {"sliding_attention", "full_attention"};
  EXPECT_EQ(error_of(config.dump(1)), "c.json:12: num_experts_per_tok is 5, expected at most num_local_experts, 4");
  config["num_experts_per_tok"] = 2;
  EXPECT_EQ(parsed(config).kinds.size(), 2u);
  config["layer_types"] = {"sliding_attention"};
  EXPECT_EQ(error_of(config.dump(1)),
            "c.json:14: layer_types is [\"sliding_attention\"], expected as many as num_hidden_layers, 2");
  config["layer_types"] = {"sliding_attention", "linear_attention"};
  EXPECT_THAT(error_of(config.dump(1)), testing::HasSubstr("expected sliding_attention or full_attention"));
}

TEST(llm, keys_of_a_multimodal_model_come_from_its_text_config) {
  nlohmann::ordered_json config{{"model_type", "llama4"}, {"text_config", small()}};
  config["text_config"]["vocab_size"] = 0;
  EXPECT_EQ(error_of(config.dump(1)), "c.json:10: vocab_size is 0, expected a positive integer up to 16777216");
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
  EXPECT_EQ(load_llm(folder + "/config.json", {}).layers(), 32u);
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
    EXPECT_STREQ(e.what(), "unknown model 'llama-3.1-80b' (did you mean 'llama-3.1-70b'?), expected deepseek-v3, "
                           "glm-4.5, gpt-oss-120b, gpt-oss-20b, kimi-k2, llama-2-70b, llama-3.1-405b, llama-3.1-70b, "
                           "llama-3.1-8b, llama-3.3-70b, llama-4-maverick, llama-4-scout, mixtral-8x7b, qwen3-14b, qwen3-235b-a22b, "
                           "qwen3-30b-a3b, qwen3-32b, qwen3-8b, qwen3-coder-480b-a35b, or the path of a Hugging Face config.json or its "
                           "folder");
  }
  EXPECT_THROW(load_llm("", bundled), base::input_error);
}

} // namespace
} // namespace strata::traffic
