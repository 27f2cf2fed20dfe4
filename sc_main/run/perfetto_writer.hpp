// SPDX-License-Identifier: Apache-2.0
// A trace in Perfetto's format: a protobuf of packets with track descriptors and track events, which ui.perfetto.dev
// and trace_processor open. Field numbers are those of Perfetto's published protos. Times are given in ps and rounded down to ns.
#pragma once

#include "models/base/activity.hpp"
#include "sc_main/command/output_directory.hpp"

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace strata::cli {

class perfetto_writer {
public:
  /// Throws base::input_error where `file` cannot be created. It takes its place with commit().
  explicit perfetto_writer(const std::filesystem::path& file);

  using track = std::uint64_t;
  static constexpr track no_parent = 0;
  track add_track(const std::string& name, track parent);
  /// `unit` is text for display, e.g. "W".
  track add_counter(const std::string& name, const std::string& unit, track parent);

  /// Slices of a track must follow each other. Names are literals: they are known by where they stand. Arguments of
  /// value 0 are left out, and those after the sixteenth.
  void slice(track on, const char* name, std::int64_t begin, std::int64_t end,
             const base::activity_argument* arguments = nullptr, std::size_t argument_count = 0);
  void count(track counter, std::int64_t at, double value);

  /// Throws std::runtime_error where not all could be written.
  void commit();

private:
  track describe(const std::string& name, track parent, const std::string* unit);
  struct fixed {
    int type;
    const char* name;
    std::string bytes;
  };
  std::uint64_t interned(const char* name, std::vector<const char*>& names, std::uint32_t field);
  const std::string& fixed_part(track on, int type, const char* name);
  void write_event(std::int64_t at, const std::string& common, const std::string& own, const char* more, std::size_t more_bytes);
  void flush();

  output_file m_output;
  std::ofstream m_file;
  std::string m_buffer;
  track m_tracks = 0;
  bool m_first = true; ///< of all packets
  std::string m_plain, m_named; ///< what all events' packets have in common, without and with names
  std::vector<std::vector<fixed>> m_fixed; ///< by track
  std::vector<const char*> m_event_names, m_argument_names; ///< their numbers count from 1
};

} // namespace strata::cli
