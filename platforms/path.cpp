// SPDX-License-Identifier: Apache-2.0
// Reading of paths.
#include "platforms/path.hpp"

#include <charconv>
#include <numeric>

namespace strata::platforms {
namespace {

unsigned parse_index(const std::string& digits, const std::string& path) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size())
    throw path_error("'" + digits + "' in '" + path + "' is not an index, expected [n], [n..m] or [*]");
  return value;
}

path_step parse_step(const std::string& text, const std::string& path) {
  path_step step;
  const auto open = text.find('[');
  step.name = text.substr(0, open);
  if (step.name.empty())
    throw path_error("'" + path + "' has an empty name, expected module.socket, module[2].socket or the like");
  if (open == std::string::npos)
    return step;
  if (text.back() != ']')
    throw path_error("'" + path + "' has no matching ']'");
  const std::string index = text.substr(open + 1, text.size() - open - 2);
  const auto dots = index.find("..");
  if (index == "*") {
    step.kind = path_step::index_kind::all;
  } else {
    step.kind = path_step::index_kind::range;
    step.first = parse_index(index.substr(0, dots), path);
    step.last = dots == std::string::npos ? step.first : parse_index(index.substr(dots + 2), path);
    if (step.last < step.first)
      throw path_error("index range [" + index + "] in '" + path + "' runs backwards");
  }
  return step;
}

} // namespace

std::string path_step::index_text() const {
  switch (kind) {
  case index_kind::none: return "";
  case index_kind::all: return "[*]";
  case index_kind::range: break;
  }
  return "[" + std::to_string(first) + (last == first ? "" : ".." + std::to_string(last)) + "]";
}

std::vector<path_step> parse_path(const std::string& text) {
  std::vector<path_step> steps;
  std::string step;
  bool in_index = false;
  for (const char c : text + ".") {
    in_index = (in_index || c == '[') && c != ']';
    if (c == '.' && !in_index) {
      steps.push_back(parse_step(step, text));
      step.clear();
    } else {
      step += c;
    }
  }
  if (in_index)
    throw path_error("'" + text + "' has no matching ']'");
  return steps;
}

std::vector<unsigned> chosen_indices(const path_step& step, unsigned count, bool is_array, const std::string& what) {
  using kind = path_step::index_kind;
  if (step.kind == kind::none) {
    if (is_array)
      throw path_error(what + " is an array of " + std::to_string(count) + ", expected an index such as " + step.name +
                       "[0] or " + step.name + "[*]");
    return {0};
  }
  if (step.kind == kind::all) {
    std::vector<unsigned> all(count);
    std::iota(all.begin(), all.end(), 0u);
    return all;
  }
  if (step.last >= count)
    throw path_error("index " + std::to_string(step.last) + " of " + what + " is out of range, expected 0 .. " +
                     std::to_string(static_cast<int>(count) - 1));
  std::vector<unsigned> range(step.last - step.first + 1);
  std::iota(range.begin(), range.end(), step.first);
  return range;
}

bool matches(const std::string& glob, const std::string& text) {
  // Greedy with one point of return: the latest star and where it began to match.
  std::size_t g = 0, t = 0, star = std::string::npos, from = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      from = t;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (star != std::string::npos && text[from] != '.') {
      g = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*')
    ++g;
  return g == glob.size();
}

} // namespace strata::platforms
