// SPDX-License-Identifier: Apache-2.0
#include "traffic/llm/number_format.hpp"

#include "models/base/quantity.hpp"

#include <sstream>

namespace strata::traffic {

namespace {

using core::data_type;

/// Block formats with one scale factor per block: OCP MX (32 elements, 8-bit scale), NVFP4 (16, 8-bit), fp8_block as
/// DeepSeek-V3's checkpoints (128 x 128, 32-bit), int4 as AWQ and GPTQ (128, 16-bit scale). MXFP4 and INT4 hold weights
/// only: products are formed with 16-bit activations, as gpt-oss and AWQ models are served.
constexpr number_format formats[] = {
    {"bf16", 16, data_type::bf16},
    {"fp16", 16, data_type::fp16},
    {"fp32", 32, data_type::fp32},
    {"fp8", 8, data_type::fp8},
    {"fp8_block", 8 + 32.0 / (128 * 128), data_type::fp8, true},
    {"int8", 8, data_type::int8},
    {"nvfp4", 4.5, data_type::fp4, true},
    {"mxfp4", 4.25, data_type::bf16},
    {"int4", 4.125, data_type::bf16},
};

} // namespace

number_format number_format::parse(const std::string& name) {
  std::string all;
  for (const number_format& f : formats) {
    if (name == f.name)
      return f;
    all += std::string(all.empty() ? "" : " | ") + f.name;
  }
  throw base::unit_error("'" + name + "' is not one of " + all);
}

std::string to_text(const number_format& f) { return f.name; }

weight_formats weight_formats::parse(const std::string& text) {
  weight_formats w;
  if (text.find('=') == std::string::npos) {
    w.attention = w.ffn = w.experts = number_format::parse(text);
    return w;
  }
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t equals = part.find('=');
    const std::string key = part.substr(0, equals);
    number_format* const f = key == "attention" ? &w.attention : key == "ffn" ? &w.ffn : key == "experts" ? &w.experts : nullptr;
    if (!f || equals == std::string::npos)
      throw base::unit_error("'" + part + "' is not attention=FORMAT, ffn=FORMAT or experts=FORMAT");
    *f = number_format::parse(part.substr(equals + 1));
  }
  return w;
}

std::string to_text(const weight_formats& f) {
  const std::string attention = f.attention.name, ffn = f.ffn.name, experts = f.experts.name;
  return attention == ffn && ffn == experts ? attention
                                            : "attention=" + attention + ",ffn=" + ffn + ",experts=" + experts;
}

} // namespace strata::traffic
