// SPDX-License-Identifier: Apache-2.0
#include "sc_main/run/perfetto_writer.hpp"

#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>

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
constexpr std::size_t most_arguments = 16; ///< of an event; each takes at most 20 bytes

std::uint64_t nanoseconds(std::int64_t ps) { return static_cast<std::uint64_t>(ps / 1000); }

/// Bytes of one message on the stack: events are short and many.
class short_message {
public:
  void key(unsigned field, protozero::pbf_wire_type type) { varint(field << 3 | static_cast<unsigned>(type)); }
  void varint(std::uint64_t value) { m_size += static_cast<std::size_t>(protozero::add_varint_to_buffer(m_bytes.data() + m_size, value)); }
  void varint(unsigned field, std::uint64_t value) {
    key(field, protozero::pbf_wire_type::varint);
    varint(value);
  }
  void length(unsigned field, std::size_t bytes) {
    key(field, protozero::pbf_wire_type::length_delimited);
    varint(bytes);
  }
  void bytes(const char* data, std::size_t count) {
    std::copy_n(data, count, m_bytes.data() + m_size);
    m_size += count;
  }
  const char* data() const { return m_bytes.data(); }
  std::size_t size() const { return m_size; }

private:
  std::array<char, 512> m_bytes;
  std::size_t m_size = 0;
};

/// Bytes of a key and its number, where the field is one of the first fifteen.
std::size_t varint_size(std::uint64_t value) { return 1 + static_cast<std::size_t>(protozero::length_of_varint(value)); }

} // namespace

perfetto_writer::perfetto_writer(const std::filesystem::path& file)
    : m_output(file), m_file(m_output.path(), std::ios::binary) {
  m_buffer.reserve(2 * buffer_bytes);
  protozero::pbf_writer plain(m_plain), named(m_named);
  plain.add_uint32(packet::sequence, only_sequence);
  named.add_uint32(packet::sequence, only_sequence);
  named.add_uint32(packet::sequence_flags, packet::needs_names);
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

/// What an event of that track, type and name has in common with all others like it.
const std::string& perfetto_writer::fixed_part(track on, int type, const char* name) {
  if (m_fixed.size() < on)
    m_fixed.resize(on);
  for (const fixed& f : m_fixed[on - 1])
    if (f.type == type && f.name == name)
      return f.bytes;
  const std::uint64_t number = name ? interned(name, m_event_names, interned_data::event_names) : 0;
  fixed f{type, name, {}};
  protozero::pbf_writer w(f.bytes);
  w.add_enum(event::type, type);
  if (name)
    w.add_uint64(event::name, number);
  w.add_uint64(event::track, on);
  m_fixed[on - 1].push_back(std::move(f));
  return m_fixed[on - 1].back().bytes;
}

/// A packet with a track event of the bytes `own` and `more`.
void perfetto_writer::write_event(std::int64_t at, const std::string& common, const std::string& own, const char* more, std::size_t more_bytes) {
  const std::uint64_t ns = nanoseconds(at), event_bytes = own.size() + more_bytes;
  short_message p;
  p.length(trace::packet, varint_size(ns) + common.size() + varint_size(event_bytes) + event_bytes);
  p.varint(packet::timestamp, ns);
  p.bytes(common.data(), common.size());
  p.length(packet::track_event, event_bytes);
  p.bytes(own.data(), own.size());
  p.bytes(more, more_bytes);
  m_buffer.append(p.data(), p.size());
  if (m_buffer.size() >= buffer_bytes)
    flush();
}

void perfetto_writer::slice(track on, const char* name, std::int64_t begin, std::int64_t end,
                            const base::activity_argument* arguments, std::size_t argument_count) {
  short_message annotations;
  for (std::size_t i = 0; i < std::min(argument_count, most_arguments); ++i)
    if (arguments[i].value != 0) {
      const std::uint64_t number = interned(arguments[i].name, m_argument_names, interned_data::argument_names);
      annotations.length(event::annotations, varint_size(number) + varint_size(arguments[i].value));
      annotations.varint(annotation::name, number);
      annotations.varint(annotation::uint_value, arguments[i].value);
    }
  write_event(begin, m_named, fixed_part(on, event::slice_begin, name), annotations.data(), annotations.size());
  write_event(end, m_plain, fixed_part(on, event::slice_end, nullptr), nullptr, 0);
}

void perfetto_writer::count(track counter, std::int64_t at, double value) {
  std::string sample;
  protozero::pbf_writer(sample).add_double(event::double_value, value);
  write_event(at, m_plain, fixed_part(counter, event::counter, nullptr), sample.data(), sample.size());
}

} // namespace strata::cli
