// SPDX-License-Identifier: Apache-2.0
// Reads a Perfetto trace back, knowing only the fields that the published protos give to track descriptors and track
// events, and fails on whatever does not hold together.
#pragma once

#include <gtest/gtest.h>
#include <protozero/pbf_reader.hpp>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace strata::tests {

struct perfetto_trace {
  struct track {
    std::string name, unit; ///< unit of a counter
    std::uint64_t parent = 0;
    bool counter = false;
  };
  struct slice {
    std::uint64_t track;
    std::string name;
    std::uint64_t begin, end; ///< ns
    std::map<std::string, std::uint64_t> arguments;
  };
  struct sample {
    std::uint64_t track, at;
    double value;
  };
  std::map<std::uint64_t, track> tracks;
  std::vector<slice> slices; ///< by track, in the order of their begins
  std::vector<sample> samples;

  /// Tracks below the one called `parent`, whatever follows in its name.
  std::vector<std::uint64_t> below(const std::string& parent) const {
    std::vector<std::uint64_t> ids;
    for (const auto& [id, t] : tracks)
      if (t.parent && tracks.at(t.parent).name.compare(0, parent.size(), parent) == 0)
        ids.push_back(id);
    return ids;
  }
};

namespace perfetto_detail {

struct event {
  std::uint64_t at = 0, track = 0, type = 0, name = 0;
  double value = 0;
  std::map<std::string, std::uint64_t> arguments;
};

using names = std::map<std::uint64_t, std::string>;

inline void read_names(protozero::pbf_reader entry, names& into) {
  std::uint64_t id = 0;
  std::string name;
  while (entry.next()) {
    if (entry.tag() == 1)
      id = entry.get_uint64();
    else if (entry.tag() == 2)
      name = entry.get_string();
    else
      entry.skip();
  }
  EXPECT_TRUE(id != 0 && into.emplace(id, name).second) << "a name's number is used twice: " << name;
}

inline event read_event(protozero::pbf_reader message, const names& argument_names) {
  event e;
  while (message.next()) {
    switch (message.tag()) {
    case 4: {
      protozero::pbf_reader annotation = message.get_message();
      std::uint64_t name = 0, value = 0;
      while (annotation.next()) {
        if (annotation.tag() == 1)
          name = annotation.get_uint64();
        else if (annotation.tag() == 3)
          value = annotation.get_uint64();
        else
          ADD_FAILURE() << "annotation with field " << annotation.tag(), annotation.skip();
      }
      EXPECT_TRUE(argument_names.count(name)) << "argument name " << name;
      if (argument_names.count(name))
        e.arguments[argument_names.at(name)] = value;
      break;
    }
    case 9: e.type = static_cast<std::uint64_t>(message.get_enum()); break;
    case 10: e.name = message.get_uint64(); break;
    case 11: e.track = message.get_uint64(); break;
    case 44: e.value = message.get_double(); break;
    default: ADD_FAILURE() << "event with field " << message.tag(); message.skip();
    }
  }
  return e;
}

inline void read_track(protozero::pbf_reader message, perfetto_trace& trace) {
  std::uint64_t id = 0;
  perfetto_trace::track t;
  while (message.next()) {
    switch (message.tag()) {
    case 1: id = message.get_uint64(); break;
    case 2: t.name = message.get_string(); break;
    case 5: t.parent = message.get_uint64(); break;
    case 8: {
      t.counter = true;
      protozero::pbf_reader counter = message.get_message();
      while (counter.next())
        counter.tag() == 6 ? void(t.unit = counter.get_string()) : counter.skip();
      break;
    }
    default: ADD_FAILURE() << "track with field " << message.tag(); message.skip();
    }
  }
  EXPECT_TRUE(t.parent == 0 || trace.tracks.count(t.parent)) << t.name << " hangs on a track that nobody described";
  EXPECT_TRUE(id != 0 && trace.tracks.emplace(id, t).second) << "track " << id << " is described twice";
}

} // namespace perfetto_detail

inline perfetto_trace read_perfetto(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  perfetto_trace trace;
  perfetto_detail::names event_names, argument_names;
  std::vector<perfetto_detail::event> events;
  protozero::pbf_reader whole(bytes);
  bool first = true;
  while (whole.next()) {
    EXPECT_EQ(whole.tag(), 1u);
    protozero::pbf_reader packet = whole.get_message();
    std::uint64_t at = 0, flags = 0, sequence = 0;
    bool is_event = false, timed = false;
    while (packet.next()) {
      switch (packet.tag()) {
      case 8: at = packet.get_uint64(); timed = true; break;
      case 10: sequence = packet.get_uint32(); break;
      case 11: events.push_back(perfetto_detail::read_event(packet.get_message(), argument_names)); is_event = true; break;
      case 12: {
        protozero::pbf_reader data = packet.get_message();
        while (data.next())
          perfetto_detail::read_names(data.get_message(), data.tag() == 2 ? event_names : argument_names);
        break;
      }
      case 13: flags = packet.get_uint32(); break;
      case 60: perfetto_detail::read_track(packet.get_message(), trace); break;
      default: ADD_FAILURE() << "packet with field " << packet.tag(); packet.skip();
      }
    }
    EXPECT_EQ(sequence, 1u);
    EXPECT_EQ(flags & 1, first ? 1u : 0u) << "the first packet, and no other, starts the names afresh";
    EXPECT_EQ(is_event, timed);
    if (is_event) {
      events.back().at = at;
      EXPECT_TRUE(trace.tracks.count(events.back().track)) << "event on a track that nobody described before";
      EXPECT_TRUE(events.back().type != 1 || (flags & 2)) << "an event with a name's number says that it needs names";
    }
    first = false;
  }
  // As Perfetto sorts: by time, packets of one instant as they come.
  std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  std::map<std::uint64_t, std::size_t> open;
  for (const auto& e : events) {
    if (e.type == 1) {
      EXPECT_FALSE(open.count(e.track)) << trace.tracks[e.track].name << ": slices overlap at " << e.at << " ns";
      EXPECT_TRUE(event_names.count(e.name)) << "event name " << e.name;
      open[e.track] = trace.slices.size();
      trace.slices.push_back({e.track, event_names[e.name], e.at, e.at, e.arguments});
    } else if (e.type == 2) {
      const auto it = open.find(e.track);
      EXPECT_NE(it, open.end()) << "an end without a beginning at " << e.at << " ns";
      if (it == open.end())
        continue;
      trace.slices[it->second].end = e.at;
      open.erase(it);
    } else {
      EXPECT_EQ(e.type, 4u);
      EXPECT_TRUE(trace.tracks[e.track].counter);
      trace.samples.push_back({e.track, e.at, e.value});
    }
  }
  EXPECT_TRUE(open.empty()) << "slices without an end";
  std::stable_sort(trace.slices.begin(), trace.slices.end(), [](const auto& a, const auto& b) { return a.track < b.track; });
  return trace;
}

} // namespace strata::tests
