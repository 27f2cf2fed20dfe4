// SPDX-License-Identifier: Apache-2.0
// Staging and swapping of output folders.
#include "sc_main/command/output_directory.hpp"

#include "models/base/diagnostic.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <unistd.h>

namespace strata::cli {
namespace fs = std::filesystem;

output_directory::output_directory(const fs::path& target, const std::string& marker)
    : m_target(fs::weakly_canonical(fs::absolute(target))) { // absolute: of a bare name, too, there is a parent folder
  if (!m_target.has_filename()) // a trailing slash
    m_target = m_target.parent_path();
  if (fs::exists(m_target)) {
    if (!fs::is_directory(m_target))
      throw base::input_error({target.string(), 0}, "is not a folder, expected a new or empty one for --out");
    if (!fs::is_empty(m_target) && !fs::exists(m_target / marker))
      throw base::input_error({target.string(), 0}, "holds files but no " + marker +
                              ", expected a new or empty folder, or the output of an earlier run to replace");
  }
  std::error_code error;
  fs::create_directories(m_target.parent_path(), error);
  std::string name = m_target.string() + ".partial-XXXXXX";
  if (error || !mkdtemp(name.data()))
    throw base::input_error({target.string(), 0}, std::string("cannot be created (") +
                            (error ? error.message() : std::strerror(errno)) + "), expected a writable place for --out");
  m_staging = name;
  fs::permissions(m_staging, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                             fs::perms::others_read | fs::perms::others_exec);
}

output_directory::~output_directory() {
  std::error_code ignored;
  if (!m_staging.empty())
    fs::remove_all(m_staging, ignored);
}

void output_directory::commit() {
  // rename() cannot replace a folder that has files in it, so an earlier result steps aside first.
  const fs::path previous = m_staging.string() + ".previous";
  const bool replaces = fs::exists(m_target);
  if (replaces)
    fs::rename(m_target, previous);
  try {
    fs::rename(m_staging, m_target);
  } catch (...) {
    if (replaces)
      fs::rename(previous, m_target);
    throw;
  }
  m_staging.clear();
  fs::remove_all(previous);
}

void write_file(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out)
    throw std::runtime_error(file.string() + ": could not be written completely");
}

output_file::output_file(const fs::path& target) : m_target(target) {
  std::string name = target.string() + ".partial-XXXXXX";
  const int handle = mkstemp(name.data());
  if (handle < 0)
    throw base::input_error({target.string(), 0}, std::string("cannot be created (") + std::strerror(errno) +
                                                      "), expected a writable place");
  close(handle);
  m_staging = name;
}

output_file::~output_file() {
  std::error_code ignored;
  if (!m_staging.empty())
    fs::remove(m_staging, ignored);
}

void output_file::commit() {
  fs::permissions(m_staging, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read);
  fs::rename(m_staging, m_target);
  m_staging.clear();
}

void output_file::commit(const std::string& text) {
  write_file(m_staging, text);
  commit();
}

void replace_file(const fs::path& file, const std::string& text) { output_file(file).commit(text); }

} // namespace strata::cli
