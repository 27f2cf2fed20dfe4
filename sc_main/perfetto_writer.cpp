// SPDX-License-Identifier: Apache-2.0
#include "sc_main/perfetto_writer.hpp"

#include <protozero/buffer_fixed.hpp>
#include <protozero/pbf_writer.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace strata::cli {
namespace {

// Numbers of Perfetto's protos: protos/perfetto/trace/{trace,trace_packet,interned_data,track_event/*}.proto.
namespace trace {
constexpr unsigned packet = 1;
}
namespace packet {
constexpr unsigned timestamp = 8, sequence = 10, track_event = 11, interned_data = 12, sequence_flags = 13, track_descriptor = 60;
constexpr unsigned starts_afresh = 1, needs_names = 2; // flags
} // namespace packet
namespace descriptor {
constexpr unsigned uuid = 1, name = 2, parent = 5, counter = 8;
constexpr unsigned unit_name = 6; // in the counter's descriptor
} // namespace descriptor
namespace event {
constexpr unsigned annotations = 4, type = 9, name = 10, track = 11, double_value = 44;
constexpr int slice_begin = 1, slice_end = 2, counter = 4; // types
} // namespace event
namespace annotation {
constexpr unsigned name = 1, uint_value = 3;
}
namespace interned_data {
constexpr unsigned event_names = 2, argument_names = 3;
constexpr unsigned id = 1, name = 2; // of an entry of either
} // namespace interned_data

constexpr std::uint32_t only_sequence = 1;
constexpr std::size_t buffer_bytes = 1 << 20;
constexpr std::size_t most_arguments = 16; ///< of an event; with them it has at most 16 * 15 + 30 bytes

std::uint64_t nanoseconds(std::int64_t ps) { return static_cast<std::uint64_t>(ps / 1000); }

} // namespace

struct perfetto_writer::message {
  std::array<char, 320> space;
  protozero::fixed_size_buffer_adaptor bytes{space};
  protozero::basic_pbf_writer<protozero::fixed_size_buffer_adaptor> writer{bytes};
};

perfetto_writer::perfetto_writer(const std::filesystem::path& file)
    : m_output(file), m_file(m_output.path(), std::ios::binary) {
  m_buffer.reserve(2 * buffer_bytes);
}

void perfetto_writer::flush() {
  m_file.write(m_buffer.data(), static_cast<std::streamsize>(m_buffer.size()));
  m_buffer.clear();
}

void perfetto_writer::commit() {
  flush();
  m_file.close();
  if (!m_file)
    throw std::runtime_error(m_output.path().string() + ": could not be written completely");
  m_output.commit();
}

perfetto_writer::track perfetto_writer::describe(const std::string& name, track parent, const std::string* unit) {
  protozero::pbf_writer whole(m_buffer), p(whole, trace::packet);
  p.add_uint32(packet::sequence, only_sequence);
  if (m_first) // names that events refer to are those of this trace alone
    p.add_uint32(packet::sequence_flags, packet::starts_afresh);
  m_first = false;
  protozero::pbf_writer d(p, packet::track_descriptor);
  d.add_uint64(descriptor::uuid, ++m_tracks);
  d.add_string(descriptor::name, name);
  if (parent != no_parent)
    d.add_uint64(descriptor::parent, parent);
  if (unit) {
    protozero::pbf_writer c(d, descriptor::counter);
    c.add_string(descriptor::unit_name, *unit);
  }
  return m_tracks;
}

perfetto_writer::track perfetto_writer::add_track(const std::string& name, track parent) { return describe(name, parent, nullptr); }

perfetto_writer::track perfetto_writer::add_counter(const std::string& name, const std::string& unit, track parent) {
  return describe(name, parent, &unit);
}

/// Number of a name; a packet of its own tells it the first time.
std::uint64_t perfetto_writer::interned(const char* name, std::vector<const char*>& names, std::uint32_t field) {
  const auto known = std::find(names.begin(), names.end(), name);
  if (known != names.end())
    return static_cast<std::uint64_t>(known - names.begin()) + 1;
  names.push_back(name);
  protozero::pbf_writer whole(m_buffer), p(whole, trace::packet);
  p.add_uint32(packet::sequence, only_sequence);
  protozero::pbf_writer data(p, packet::interned_data), entry(data, field);
  entry.add_uint64(interned_data::id, names.size());
  entry.add_string(interned_data::name, name);
  return names.size();
}

/// Events are short and many: they are put together on the stack.
void perfetto_writer::write_event(std::int64_t at, bool refers_to_names, const message& event) {
  message p;
  p.writer.add_uint64(packet::timestamp, nanoseconds(at));
  p.writer.add_uint32(packet::sequence, only_sequence);
  if (refers_to_names)
    p.writer.add_uint32(packet::sequence_flags, packet::needs_names);
  p.writer.add_message(packet::track_event, event.bytes.data(), event.bytes.size());
  protozero::pbf_writer(m_buffer).add_message(trace::packet, p.bytes.data(), p.bytes.size());
  if (m_buffer.size() >= buffer_bytes)
    flush();
}

void perfetto_writer::slice(track on, const char* name, std::int64_t begin, std::int64_t end,
                            const base::activity_argument* arguments, std::size_t argument_count) {
  message first, last;
  first.writer.add_enum(event::type, event::slice_begin);
  first.writer.add_uint64(event::name, interned(name, m_event_names, interned_data::event_names));
  first.writer.add_uint64(event::track, on);
  for (std::size_t i = 0; i < std::min(argument_count, most_arguments); ++i)
    if (arguments[i].value != 0) {
      message a;
      a.writer.add_uint64(annotation::name, interned(arguments[i].name, m_argument_names, interned_data::argument_names));
      a.writer.add_uint64(annotation::uint_value, arguments[i].value);
      first.writer.add_message(event::annotations, a.bytes.data(), a.bytes.size());
    }
  write_event(begin, true, first);
  last.writer.add_enum(event::type, event::slice_end);
  last.writer.add_uint64(event::track, on);
  write_event(end, false, last);
}

void perfetto_writer::count(track counter, std::int64_t at, double value) {
  message sample;
  sample.writer.add_enum(event::type, event::counter);
  sample.writer.add_uint64(event::track, counter);
  sample.writer.add_double(event::double_value, value);
  write_event(at, false, sample);
}

} // namespace strata::cli
