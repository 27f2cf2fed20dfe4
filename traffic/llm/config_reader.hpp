// SPDX-License-Identifier: Apache-2.0
// Typed access to the keys of a JSON object in a file, such as a model's config.json; every problem is collected with
// the line of its key. Kernel-free.
#pragma once

#include "models/base/diagnostic.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace strata::traffic {

class config_reader {
public:
  /// `text` is the content of `file`, which should be `what`. Throws base::input_error where it is no JSON object.
  config_reader(std::string file, const std::string& text, const std::string& what);
  ~config_reader();

  bool has(const std::string& key) const;
  /// Reads the keys of the object under `key` from here on.
  void enter(const std::string& key);

  /// A positive integer; 1 where it is missing or wrong, which is reported.
  unsigned count(const std::string& key);
  unsigned count_or(const std::string& key, unsigned otherwise) { return has(key) ? count(key) : otherwise; }
  /// Likewise, zero allowed.
  unsigned number_or(const std::string& key, unsigned otherwise);
  std::string word(const std::string& key);
  /// False where missing, as the library that defines the format takes it.
  bool flag(const std::string& key);
  std::vector<std::string> words(const std::string& key);
  std::vector<unsigned> numbers(const std::string& key);

  base::source_location where(const std::string& key) const;
  void reject(const std::string& key, const std::string& expected);

  base::diagnostics problems;

private:
  struct object; ///< parsed JSON
  bool required(const std::string& key, const char* what);
  unsigned integer(const std::string& key, int least);

  std::string m_file;
  std::unique_ptr<object> m_object;
  std::map<std::string, int> m_lines; ///< by path: `key`, or `object/key`
  std::string m_prefix;
};

} // namespace strata::traffic
