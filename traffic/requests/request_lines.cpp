// SPDX-License-Identifier: Apache-2.0
#include "traffic/requests/request_lines.hpp"

#include "models/base/quantity.hpp"
#include "traffic/requests/json_lines.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

namespace strata::traffic {

namespace {

using nlohmann::json;
constexpr double most_ps = 8e18; ///< some 90 days, within what 64 bits hold
/// Hashes from there on are given to prompts that name none.
constexpr std::uint64_t own_hashes = std::uint64_t{1} << 62, most_hash = (std::uint64_t{1} << 63) - 1;

class line_reader {
public:
  line_reader(trace_reader& in, const trace_options& options) : m_in(in), m_options(options) {}

  void read_header(const std::string& text);
  void read_step(const std::string& text);

  request_trace trace;

private:
  /// What a step is told by its line beside the tokens.
  struct place {
    std::uint32_t session;
    bool alone;
    std::optional<std::uint32_t> parent; ///< whose context it goes on with
    std::vector<std::uint32_t> after;
    std::optional<std::string> name;
  };
  struct known_session {
    std::uint32_t number;
    std::uint32_t last;                                 ///< its step of the line before
    bool timed;                                         ///< its first step has an arrival
    std::unordered_map<std::string, std::uint32_t> steps; ///< by name
  };

  bool reject(const std::string& wrong, const std::string& expected) {
    m_in.reject(wrong, expected);
    return false;
  }
  bool check_keys(const json& line, std::initializer_list<const char*> known);
  /// Picoseconds under `key`, `missing` where it is not there; reports and yields nothing where it is no time.
  std::optional<std::int64_t> time(const json& line, const char* key, std::int64_t missing);
  std::optional<double> objective(const json& line, const char* key, bool& sound);
  bool read_class(const json& entry);
  std::optional<std::uint32_t> step_named(const known_session* session, const json& name, const char* key);
  std::optional<place> place_of(const json& line);
  bool read_after(const json& line, const known_session* session, place& p);
  std::optional<std::uint32_t> prompt_of(const json& line, const place& p);
  std::optional<std::uint8_t> class_of(const json& line);
  bool read_times(const json& line, const place& p, request& q, session_link& link);
  bool read_blocks(const json& line, const place& p, request& q);
  void add(place p, request q, session_link link);

  trace_reader& m_in;
  const trace_options& m_options;
  std::map<std::string, known_session> m_sessions;
  std::uint32_t m_count = 0; ///< sessions, and requests by themselves
  std::uint64_t m_own = own_hashes;
  bool m_names_own = false;  ///< a line names hashes that are for prompts that name none
};

bool line_reader::check_keys(const json& line, std::initializer_list<const char*> known) {
  std::vector<std::string> names(known.begin(), known.end());
  for (const auto& [key, value] : line.items())
    if (std::find(names.begin(), names.end(), key) == names.end()) {
      std::string all;
      for (const std::string& name : names)
        all += (all.empty() ? "" : ", ") + name;
      return reject("unknown key '" + key + "'" + base::did_you_mean(key, names), "expected " + all);
    }
  return true;
}

std::optional<std::int64_t> line_reader::time(const json& line, const char* key, std::int64_t missing) {
  const auto it = line.find(key);
  if (it == line.end())
    return missing;
  const std::string text = it->is_string() ? it->get<std::string>() : "";
  double ps = -1;
  if (const std::string_view seconds = text; seconds.size() > 2 && seconds.substr(seconds.size() - 2) == " s") {
    const auto t = decimal_seconds(seconds.substr(0, seconds.size() - 2)); // to the picosecond, which a double is not
    if (t && static_cast<double>(t->seconds) * 1e12 < most_ps)
      return t->seconds * 1'000'000'000'000 + t->ps;
  }
  try {
    ps = base::parse<base::duration>(text).value() * 1e12;
  } catch (const base::unit_error&) { // reported below
  }
  if (ps >= 0 && ps < most_ps)
    return std::llround(ps);
  m_in.reject(std::string(key) + " is '" + (it->is_string() ? text : it->dump()) + "'", "expected a time like \"1.5 s\", less than 90 days");
  return std::nullopt;
}

std::optional<double> line_reader::objective(const json& line, const char* key, bool& sound) {
  const auto ps = time(line, key, no_arrival);
  sound = sound && ps;
  if (!ps || *ps == no_arrival)
    return std::nullopt;
  return static_cast<double>(*ps) / 1e12;
}

bool line_reader::read_class(const json& entry) {
  if (!entry.is_object() || !entry.value("name", json()).is_string())
    return reject("a class is " + entry.dump(), "expected an object with name, ttft and tpot");
  bool sound = check_keys(entry, {"name", "ttft", "tpot"});
  service_class c{entry.at("name").get<std::string>()};
  c.ttft_s = objective(entry, "ttft", sound);
  c.tpot_s = objective(entry, "tpot", sound);
  trace.classes.push_back(std::move(c));
  return sound;
}

void line_reader::read_header(const std::string& text) {
  const auto header = object_of(m_in, text);
  if (!header || !check_keys(*header, {"format", "version", "block_tokens", "classes"}))
    return;
  if (header->at("format") != "strata.requests" || header->value("version", json()) != 1)
    return m_in.reject("the header is not that of a known format", R"(expected {"format": "strata.requests", "version": 1})");
  if (header->contains("block_tokens"))
    if (const auto tokens = number_of(m_in, *header, "block_tokens", 1, 1 << 20))
      trace.block_tokens = static_cast<std::uint32_t>(*tokens);
  const json classes = header->value("classes", json::array());
  if (!classes.is_array() || classes.size() > most_classes)
    return m_in.reject("classes are no list", "expected one of " + std::to_string(most_classes) + " at most");
  for (const json& entry : classes)
    if (!read_class(entry))
      return;
}

std::optional<std::uint32_t> line_reader::step_named(const known_session* session, const json& name, const char* key) {
  if (session)
    if (const auto it = session->steps.find(name.dump()); it != session->steps.end())
      return it->second;
  m_in.reject(std::string(key) + " names step " + name.dump(), "expected one of an earlier line of the same session");
  return std::nullopt;
}

bool line_reader::read_after(const json& line, const known_session* session, place& p) {
  const auto after = line.find("after");
  if (after == line.end()) {
    if (p.parent)
      p.after = {*p.parent};
    return true;
  }
  if (!after->is_array())
    return reject("after is " + after->dump(), "expected a list of steps");
  for (const json& name : *after) {
    const auto step = step_named(session, name, "after");
    if (!step)
      return false;
    p.after.push_back(*step);
  }
  return true;
}

/// Without a word on it, a step goes on with the step of its session's line before, and waits for that.
std::optional<line_reader::place> line_reader::place_of(const json& line) {
  place p{m_count, !line.contains("session"), {}, {}, {}};
  if (line.contains("step"))
    p.name = line.at("step").dump();
  if (p.alone) {
    for (const char* key : {"step", "parent", "after", "gap", "gap_of", "append"})
      if (line.contains(key)) {
        m_in.reject(std::string(key) + " without session", "expected the session of which the line is a step");
        return std::nullopt;
      }
    return p;
  }
  const auto it = m_sessions.find(line.at("session").dump());
  const known_session* known = it == m_sessions.end() ? nullptr : &it->second;
  if (known)
    p.session = known->number;
  if (const auto parent = line.find("parent"); parent == line.end()) {
    if (known)
      p.parent = known->last;
  } else if (!parent->is_null()) {
    p.parent = step_named(known, *parent, "parent");
    if (!p.parent)
      return std::nullopt;
  }
  if (!read_after(line, known, p))
    return std::nullopt;
  if (known && p.name && known->steps.count(*p.name)) {
    m_in.reject("step " + *p.name + " is there twice", "expected names to differ within a session");
    return std::nullopt;
  }
  if (known && p.after.empty() && known->timed != line.contains("arrival")) {
    m_in.reject("some of the steps that open the session have arrivals", "expected all of them to have one, or none");
    return std::nullopt;
  }
  return p;
}

/// All of the prompt: what its parent held, which is that one's prompt and output, and what is appended.
std::optional<std::uint32_t> line_reader::prompt_of(const json& line, const place& p) {
  if (line.contains("prompt") == line.contains("append")) {
    m_in.reject(line.contains("prompt") ? "prompt and append are both there" : "prompt and append are missing", "expected one of them");
    return std::nullopt;
  }
  if (line.contains("prompt"))
    return tokens_of(m_in, line, "prompt");
  if (!p.parent) {
    m_in.reject("append without a step to append to", "expected prompt");
    return std::nullopt;
  }
  const auto appended = tokens_of(m_in, line, "append");
  if (!appended)
    return std::nullopt;
  const request& parent = trace.requests[*p.parent];
  return m_in.tokens("the prompt with what is appended", std::to_string(std::uint64_t{parent.prompt_tokens} + parent.output_tokens + *appended));
}

std::optional<std::uint8_t> line_reader::class_of(const json& line) {
  const auto it = line.find("class");
  if (it == line.end())
    return std::uint8_t{0};
  for (std::size_t i = 0; i < trace.classes.size(); ++i)
    if (*it == trace.classes[i].name)
      return static_cast<std::uint8_t>(i);
  m_in.reject("class is " + it->dump(), "expected one of the header's classes");
  return std::nullopt;
}

bool line_reader::read_times(const json& line, const place& p, request& q, session_link& link) {
  const auto at = time(line, "arrival", no_arrival), gap = time(line, "gap", 0);
  if (!at || !gap)
    return false;
  if (*at != no_arrival && (!p.after.empty() || line.contains("gap")))
    return reject("a step that waits for others has an arrival", "expected gap, or an arrival by itself");
  const json cause = line.value("gap_of", json("tools"));
  if (cause != "tools" && cause != "people")
    return reject("gap_of is " + cause.dump(), "expected \"tools\" or \"people\"");
  link.tools = cause == "tools";
  const auto faster = [this](std::int64_t ps, double speed) {
    const double rate = speed * m_options.rate_scale;
    return rate == 1 ? ps : std::llround(static_cast<double>(ps) / rate);
  };
  q.arrival_ps = *at == no_arrival ? *at : faster(*at, 1);
  link.gap_ps = link.tools ? faster(*gap, m_options.tool_speed) : m_options.people ? faster(*gap, 1) : 0;
  return true;
}

/// Where the line has none, a session's step shares the blocks of its parent's prompt and has the others to itself.
bool line_reader::read_blocks(const json& line, const place& p, request& q) {
  const auto named = line.find("blocks");
  if (named != line.end()) {
    if (trace.block_tokens == 0)
      return reject("blocks without their size", "expected block_tokens in the header");
    auto runs = runs_of(*named, most_hash);
    if (!runs)
      return reject("blocks are wrong", "expected [[first, count], ...]");
    if (const std::uint64_t held = count_of(*runs); held > (std::uint64_t{q.prompt_tokens} + trace.block_tokens - 1) / trace.block_tokens)
      return reject(std::to_string(held) + " blocks for " + std::to_string(q.prompt_tokens) + " tokens",
                    "expected one for each " + std::to_string(trace.block_tokens) + " at most");
    for (const block_run& run : *runs)
      m_names_own = m_names_own || run.first + run.count > own_hashes;
    q.blocks = std::move(*runs);
  } else if (trace.block_tokens > 0 && !p.alone) {
    const std::uint32_t whole = q.prompt_tokens / trace.block_tokens;
    if (p.parent) {
      const request& parent = trace.requests[*p.parent];
      append_first(q.blocks, parent.blocks, std::min(whole, parent.prompt_tokens / trace.block_tokens));
    }
    const std::uint32_t own = whole - count_of(q.blocks);
    append(q.blocks, m_own, own);
    m_own += own;
  }
  return !(m_names_own && m_own > own_hashes) ||
         reject("hashes above " + std::to_string(own_hashes) + " are named, and steps without blocks get such, too",
                "expected blocks on every line, or smaller hashes");
}

void line_reader::add(place p, request q, session_link link) {
  const auto number = static_cast<std::uint32_t>(trace.requests.size());
  q.id = number;
  m_count += p.session == m_count;
  link.session = p.session;
  link.alone = p.alone;
  link.after = std::move(p.after);
  trace.requests.push_back(std::move(q));
  trace.links.push_back(std::move(link));
  m_in.count();
}

void line_reader::read_step(const std::string& text) {
  const auto line = object_of(m_in, text);
  if (!line || !check_keys(*line, {"session", "step", "parent", "after", "arrival", "gap", "gap_of", "prompt", "append", "output",
                                   "class", "priority", "blocks"}))
    return;
  auto p = place_of(*line);
  if (!p)
    return;
  const auto prompt = prompt_of(*line, *p), output = tokens_of(m_in, *line, "output");
  const auto service = class_of(*line);
  const auto priority = line->contains("priority") ? number_of(m_in, *line, "priority", 0, highest_priority)
                                                   : std::optional<std::int64_t>(highest_priority);
  if (!prompt || !output || !service || !priority)
    return;
  request q{0, no_arrival, *prompt, *output, {}, static_cast<std::uint32_t>(*priority), *service};
  session_link link{};
  if (!read_times(*line, *p, q, link) || !read_blocks(*line, *p, q))
    return;
  const auto number = static_cast<std::uint32_t>(trace.requests.size());
  if (!p->alone) {
    known_session& known = m_sessions.try_emplace(line->at("session").dump(), known_session{p->session, number, q.arrival_ps != no_arrival, {}}).first->second;
    known.last = number;
    if (p->name)
      known.steps[*p->name] = number;
  }
  add(std::move(*p), std::move(q), std::move(link));
}

/// "12.5 s", all digits down to picoseconds that count.
std::string seconds_text(std::int64_t ps) {
  constexpr std::int64_t ps_per_s = 1'000'000'000'000;
  std::string text = std::to_string(ps / ps_per_s);
  if (const std::int64_t fraction = ps % ps_per_s) {
    std::string digits = std::to_string(fraction);
    digits.insert(0, 12 - digits.size(), '0');
    digits.erase(digits.find_last_not_of('0') + 1);
    text += "." + digits;
  }
  return text + " s";
}

json header_of(const request_trace& trace) {
  json header{{"format", "strata.requests"}, {"version", 1}};
  if (trace.block_tokens > 0)
    header["block_tokens"] = trace.block_tokens;
  for (const service_class& c : trace.classes) {
    json entry{{"name", c.name}};
    if (c.ttft_s)
      entry["ttft"] = seconds_text(std::llround(*c.ttft_s * 1e12));
    if (c.tpot_s)
      entry["tpot"] = seconds_text(std::llround(*c.tpot_s * 1e12));
    header["classes"].push_back(std::move(entry));
  }
  return header;
}

void write_place(nlohmann::ordered_json& line, const session_link& link, std::size_t number) {
  line["session"] = link.session;
  line["step"] = number;
  line["after"] = link.after;
  if (link.gap_ps > 0)
    line["gap"] = seconds_text(link.gap_ps);
  if (!link.tools)
    line["gap_of"] = "people";
}

} // namespace

request_trace read_request_lines(trace_reader& in, const std::string& first, const trace_options& options) {
  line_reader reader(in, options);
  reader.read_header(first);
  while (const std::string* line = in.next_line())
    reader.read_step(*line);
  in.finish("JSON lines with prompt and output behind the header");
  return without_needless_links(std::move(reader.trace));
}

void write_request_lines(std::ostream& out, const request_trace& trace) {
  out << header_of(trace).dump() << "\n";
  for (std::size_t i = 0; i < trace.requests.size(); ++i) {
    const request& q = trace.requests[i];
    nlohmann::ordered_json line;
    if (!trace.links.empty() && !trace.links[i].alone)
      write_place(line, trace.links[i], i);
    if (q.arrival_ps != no_arrival)
      line["arrival"] = seconds_text(q.arrival_ps);
    line["prompt"] = q.prompt_tokens;
    line["output"] = q.output_tokens;
    if (!trace.classes.empty())
      line["class"] = trace.classes[q.service].name;
    if (q.priority != highest_priority)
      line["priority"] = q.priority;
    if (trace.block_tokens > 0) {
      line["blocks"] = nlohmann::ordered_json::array();
      for (const block_run& run : q.blocks)
        line["blocks"].push_back({run.first, run.count});
    }
    out << line.dump() << "\n";
  }
}

} // namespace strata::traffic
