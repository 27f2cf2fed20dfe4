// SPDX-License-Identifier: Apache-2.0
// Output that is whole or absent: files are written into a temporary sibling folder, which takes the place of the
// target in one rename when everything is there.
#pragma once

#include <filesystem>
#include <string>

namespace strata::cli {

class output_directory {
public:
  /// Checks `target` before any work is done and creates the sibling. An existing target must be empty or hold the
  /// results of an earlier run (`marker` file in it), which commit() replaces.
  /// Throws base::input_error otherwise, or where the folder cannot be created.
  output_directory(const std::filesystem::path& target, const std::string& marker);
  /// Removes the sibling, and with it everything written, unless commit() was called.
  ~output_directory();
  output_directory(const output_directory&) = delete;
  output_directory& operator=(const output_directory&) = delete;

  /// Where to write.
  const std::filesystem::path& path() const { return m_staging; }
  /// Puts the folder in place. Throws std::filesystem::filesystem_error.
  void commit();

private:
  std::filesystem::path m_target;
  std::filesystem::path m_staging;
};

/// Writes `text` to `file`. Throws std::runtime_error where not all of it could be written.
void write_file(const std::filesystem::path& file, const std::string& text);

/// A file that is whole or absent: written as a temporary sibling, which commit() puts in place.
class output_file {
public:
  /// Throws base::input_error where the sibling cannot be created.
  explicit output_file(const std::filesystem::path& target);
  ~output_file();
  output_file(const output_file&) = delete;
  output_file& operator=(const output_file&) = delete;

  /// Where to write.
  const std::filesystem::path& path() const { return m_staging; }
  /// Throws std::filesystem::filesystem_error.
  void commit();
  /// Writes `text`, all that the file is to hold, and puts it in place.
  void commit(const std::string& text);

private:
  std::filesystem::path m_target, m_staging;
};

/// Likewise, but by way of a temporary sibling: `file` holds all of `text`, or what it held before.
/// Throws base::input_error where it cannot be created.
void replace_file(const std::filesystem::path& file, const std::string& text);

} // namespace strata::cli
