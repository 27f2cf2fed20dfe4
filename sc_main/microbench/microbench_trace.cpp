// SPDX-License-Identifier: Apache-2.0
// Reading of access traces, line by line.
#include "sc_main/microbench/microbench_trace.hpp"

#include "models/base/diagnostic.hpp"

#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

namespace strata::cli {
namespace {

template <class T, class... Format>
std::optional<T> number(const std::string& text, std::size_t skip, Format... format) {
  T value{};
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data() + skip, end, value, format...);
  return result.ec == std::errc{} && result.ptr == end ? std::optional<T>(value) : std::nullopt;
}

/// Latest time that a trace may name; some days, far below overflow of femtoseconds.
constexpr double latest_ns = 1e12;

} // namespace

std::vector<dram::access> read_access_trace(const std::string& file, std::uint64_t capacity) {
  std::ifstream in(file);
  if (!in)
    throw base::input_error({file, 0}, "cannot be read, expected a trace with lines [TIME_NS] R|W 0xADDRESS");
  std::vector<dram::access> accesses;
  bool timed = false;
  std::string text;
  for (int line = 1; std::getline(in, text); ++line) {
    const auto reject = [&](const std::string& message) { throw base::input_error({file, line}, message); };
    std::istringstream split(text);
    std::vector<std::string> words;
    for (std::string word; split >> word;)
      words.push_back(word);
    if (words.empty() || words.front().front() == '#')
      continue;
    if (words.size() != 2 && words.size() != 3)
      reject(std::to_string(words.size()) + " words, expected [TIME_NS] R|W 0xADDRESS");
    const bool has_time = words.size() == 3;
    if (!accesses.empty() && has_time != timed)
      reject(has_time ? "has a time, expected none as in the lines before" : "has no time, expected one as in the lines before");
    timed = has_time;
    dram::access a{0};
    if (has_time) {
      const auto ns = number<double>(words[0], 0);
      if (!ns || !(*ns >= 0 && *ns <= latest_ns))
        reject("'" + words[0] + "' is no time, expected nanoseconds between 0 and 1e12");
      a.at = base::to_femtoseconds(base::duration::of(*ns * 1e-9));
      if (!accesses.empty() && a.at < accesses.back().at)
        reject("'" + words[0] + "' is before the line above, expected times that never decrease");
    }
    const std::string &what = words[words.size() - 2], &address = words.back();
    if (what != "R" && what != "W")
      reject("'" + what + "' is no access, expected R or W");
    a.write = what == "W";
    const auto value = address.rfind("0x", 0) == 0 ? number<std::uint64_t>(address, 2, 16) : std::nullopt;
    if (!value)
      reject("'" + address + "' is no address, expected 0x and up to 16 hexadecimal digits");
    a.address = *value;
    if (a.address >= capacity)
      reject("address '" + address + "' lies beyond the memory, expected less than its " + std::to_string(capacity) + " bytes");
    accesses.push_back(a);
  }
  if (accesses.empty())
    throw base::input_error({file, 0}, "holds no access, expected lines [TIME_NS] R|W 0xADDRESS");
  return accesses;
}

} // namespace strata::cli
