// SPDX-License-Identifier: Apache-2.0
// Each message lists its members once (visit); writing and strict reading both walk that list. What travels as payload stands in
// pack/unpack.
#include <map>
#include <type_traits>

#include "core/base/format.h"
#include "core/base/json_reader.h"
#include "core/protocol/codec.h"

namespace darkroom {
namespace message {
namespace {

template <typename T, typename U>
concept Is = std::is_same_v<std::remove_const_t<T>, U>;

void visit(Is<Device> auto& m, auto&& f) {
  f("id", m.id), f("name", m.name), f("memory_total_bytes", m.memory_total_bytes), f("cores", m.cores), f("detail", m.detail);
}
void visit(Is<Hello> auto& m, auto&& f) { f("protocol", m.protocol), f("version", m.version), f("pid", m.pid), f("devices", m.devices); }
void visit(Is<Generate> auto& m, auto&& f) { f("id", m.id), f("options", m.options), f("preview_every", m.preview_every); }
void visit(Is<Cancel> auto& m, auto&& f) { f("id", m.id); }
void visit(Is<StartTraining> auto& m, auto&& f) {
  f("id", m.id), f("plan", m.plan), f("run", m.run), f("devices", m.devices), f("resume", m.resume), f("name", m.name);
}
void visit(Is<StopRun> auto& m, auto&& f) { f("id", m.id), f("run", m.run); }
void visit(Is<Subscribe> auto& m, auto&& f) { f("id", m.id), f("run", m.run), f("from_seq", m.from_seq); }
void visit(Is<Unsubscribe> auto& m, auto&& f) { f("id", m.id), f("run", m.run); }
void visit(Is<Ping> auto& m, auto&& f) { f("id", m.id); }
void visit(Is<Progress> auto& m, auto&& f) {
  f("id", m.id), f("stage", m.stage), f("done", m.done), f("total", m.total), f("unit", m.unit), f("seconds_left", m.seconds_left);
  f("note", m.note);
}
void visit(Is<Preview> auto& m, auto&& f) {
  f("id", m.id), f("index", m.index), f("step", m.step), f("of", m.of), f("width", m.width), f("height", m.height);
}
void visit(Is<GenerateDone> auto& m, auto&& f) {
  f("id", m.id), f("images", m.images), f("options", m.options), f("weights_used", m.weights_used), f("device", m.device);
  f("seconds", m.seconds), f("load_seconds", m.load_seconds);
}
void visit(Is<GenerateFailed> auto& m, auto&& f) { f("id", m.id), f("code", m.code), f("message", m.message); }
void visit(Is<Cancelled> auto& m, auto&& f) { f("id", m.id); }
void visit(Is<TrainingStarted> auto& m, auto&& f) { f("id", m.id), f("run", m.run), f("pid", m.pid); }
void visit(Is<Accepted> auto& m, auto&& f) { f("id", m.id); }
void visit(Is<Failed> auto& m, auto&& f) { f("id", m.id), f("code", m.code), f("message", m.message); }
void visit(Is<MetricsBatch> auto& m, auto&& f) { f("run", m.run), f("first_seq", m.first_seq), f("restarted", m.restarted); }
void visit(Is<DeviceSample> auto& m, auto&& f) { f("run", m.run), f("devices", m.devices); }
void visit(Is<RunStateChanged> auto& m, auto&& f) { f("status", m.status); }
void visit(Is<Log> auto& m, auto&& f) { f("level", m.level), f("role", m.role), f("text", m.text); }
void visit(Is<Pong> auto& m, auto&& f) { f("id", m.id); }

template <typename Message>
constexpr std::string_view name_of() = delete;
template <>
constexpr std::string_view name_of<Hello>() {
  return "Hello";
}
template <>
constexpr std::string_view name_of<Generate>() {
  return "Generate";
}
template <>
constexpr std::string_view name_of<Cancel>() {
  return "Cancel";
}
template <>
constexpr std::string_view name_of<StartTraining>() {
  return "StartTraining";
}
template <>
constexpr std::string_view name_of<StopRun>() {
  return "StopRun";
}
template <>
constexpr std::string_view name_of<Subscribe>() {
  return "Subscribe";
}
template <>
constexpr std::string_view name_of<Unsubscribe>() {
  return "Unsubscribe";
}
template <>
constexpr std::string_view name_of<Ping>() {
  return "Ping";
}
template <>
constexpr std::string_view name_of<Progress>() {
  return "Progress";
}
template <>
constexpr std::string_view name_of<Preview>() {
  return "Preview";
}
template <>
constexpr std::string_view name_of<GenerateDone>() {
  return "GenerateDone";
}
template <>
constexpr std::string_view name_of<GenerateFailed>() {
  return "GenerateFailed";
}
template <>
constexpr std::string_view name_of<Cancelled>() {
  return "Cancelled";
}
template <>
constexpr std::string_view name_of<TrainingStarted>() {
  return "TrainingStarted";
}
template <>
constexpr std::string_view name_of<Accepted>() {
  return "Accepted";
}
template <>
constexpr std::string_view name_of<Failed>() {
  return "Failed";
}
template <>
constexpr std::string_view name_of<MetricsBatch>() {
  return "MetricsBatch";
}
template <>
constexpr std::string_view name_of<DeviceSample>() {
  return "DeviceSample";
}
template <>
constexpr std::string_view name_of<RunStateChanged>() {
  return "RunState";
}
template <>
constexpr std::string_view name_of<Log>() {
  return "Log";
}
template <>
constexpr std::string_view name_of<Pong>() {
  return "Pong";
}

[[noreturn]] void fail_message(std::string_view type, std::string_view reason) {
  fail(ErrorCode::protocol, "A {} message is wrong: {}", type, reason);
}

// ---- members -> JSON

template <typename Message>
Json object_of(const Message& message);

struct MemberWriter {
  Json& json;

  void operator()(const char* name, const std::string& value) { json[name] = value; }
  void operator()(const char* name, bool value) { json[name] = value; }
  void operator()(const char* name, int64_t value) { json[name] = value; }
  void operator()(const char* name, uint64_t value) { json[name] = value; }
  void operator()(const char* name, double value) { json[name] = value; }
  void operator()(const char* name, ErrorCode value) { json[name] = error_code_name(value); }
  void operator()(const char* name, const std::vector<std::string>& value) { json[name] = value; }
  void operator()(const char* name, const GenerateOptions& value) { json[name] = to_json(value); }
  void operator()(const char* name, const RunStatus& value) { json[name] = to_json(value); }
  template <typename Value>
  void operator()(const char* name, const std::optional<Value>& value) {
    if (value) {
      json[name] = *value;
    }
  }
  void operator()(const char* name, const std::vector<Device>& value) {
    json[name] = Json::array();
    for (const Device& device : value) {
      json[name].push_back(object_of(device));
    }
  }
  void operator()(const char* name, const std::vector<DeviceLine>& value) {
    json[name] = Json::array();
    for (const DeviceLine& line : value) {
      json[name].push_back(to_json(line));
    }
  }
  void operator()(const char* name, const std::vector<GeneratedImage>& value) {
    json[name] = Json::array();
    for (const GeneratedImage& image : value) {
      json[name].push_back(Json{
          {"index", image.index}, {"seed", image.seed}, {"width", image.width}, {"height", image.height}, {"png_bytes", image.png.size()}});
    }
  }
};

template <typename Message>
Json object_of(const Message& message) {
  Json json = Json::object();
  visit(message, MemberWriter{json});
  return json;
}

// ---- JSON -> members

struct MemberReader {
  JsonReader& reader;
  std::vector<Problem>& problems;
  std::vector<size_t>& image_bytes;  ///< sizes of the PNGs in the payload

  template <typename Value>
  requires std::is_same_v<Value, std::string> || std::is_same_v<Value, bool> || std::is_same_v<Value, int64_t> ||
      std::is_same_v<Value, double>
  void operator()(const char* name, Value& value) {
    reader.require(name);
    reader.read(name, value);
  }
  void operator()(const char* name, uint64_t& value) {
    int64_t read = 0;
    reader.require(name);
    reader.read(name, read, 0);
    value = static_cast<uint64_t>(read);
  }
  void operator()(const char* name, ErrorCode& value) {
    std::string text;
    (*this)(name, text);
    value = error_code_from_name(text);
  }
  template <typename Value>
  void operator()(const char* name, std::optional<Value>& value) {
    if (reader.has(name)) {
      value.emplace();
      reader.read(name, *value);
    }
  }
  void operator()(const char* name, GenerateOptions& value) {
    value = generate_options_from_json(reader.object(name), problems, reader.pointer_to(name));
  }
  void operator()(const char* name, RunStatus& value) { value = run_status_from_json(reader.object(name), "RunState"); }
  void operator()(const char* name, std::vector<std::string>& value) {
    const Json& list = reader.array(name);
    for (size_t i = 0; i < list.size(); ++i) {
      if (list[i].is_string()) {
        value.push_back(list[i].get<std::string>());
      } else {
        reader.problem(format("{}/{}", name, i), "expected a text");
      }
    }
  }
  void operator()(const char* name, std::vector<Device>& value) {
    read_list(name, [&](const Json& entry, const std::string& pointer) {
      JsonReader part(entry, pointer, problems);
      visit(value.emplace_back(), MemberReader{part, problems, image_bytes});
      part.finish();
    });
  }
  void operator()(const char* name, std::vector<DeviceLine>& value) {
    read_list(name, [&](const Json& entry, const std::string& pointer) { value.push_back(device_line_from_json(entry, pointer)); });
  }
  void operator()(const char* name, std::vector<GeneratedImage>& value) {
    read_list(name, [&](const Json& entry, const std::string& pointer) {
      JsonReader part(entry, pointer, problems);
      MemberReader member{part, problems, image_bytes};
      GeneratedImage& image = value.emplace_back();
      uint64_t png_bytes = 0;
      member("index", image.index), member("seed", image.seed), member("width", image.width), member("height", image.height);
      member("png_bytes", png_bytes);
      part.finish();
      image_bytes.push_back(png_bytes);
    });
  }

 private:
  template <typename Read>
  void read_list(const char* name, Read&& read) {
    const Json& list = reader.array(name);
    for (size_t i = 0; i < list.size(); ++i) {
      read(list[i], format("{}/{}", reader.pointer_to(name), i));
    }
  }
};

// ---- payloads

template <typename Message>
std::string pack(const Message&) {
  return {};
}
std::string pack(const Preview& preview) { return preview.rgb8; }
std::string pack(const GenerateDone& done) {
  std::string payload;
  for (const GeneratedImage& image : done.images) {
    payload += image.png;
  }
  return payload;
}
std::string pack(const MetricsBatch& batch) {
  std::string payload;
  for (const StepReport& row : batch.rows) {
    payload += to_json_line(row);
    payload.push_back('\n');
  }
  return payload;
}

template <typename Message>
void unpack(Message&, std::string&& payload, const std::vector<size_t>&) {
  if (!payload.empty()) {
    fail_message(name_of<Message>(), format("it has {} bytes of payload, and should have none", payload.size()));
  }
}
void unpack(Preview& preview, std::string&& payload, const std::vector<size_t>&) {
  constexpr int64_t largest_side = 1 << 14;
  const bool sides = preview.width > 0 && preview.height > 0 && preview.width <= largest_side && preview.height <= largest_side;
  if (!sides || payload.size() != static_cast<size_t>(preview.width * preview.height * 3)) {
    fail_message("Preview", format("{} bytes of payload for {}x{} pixels", payload.size(), preview.width, preview.height));
  }
  preview.rgb8 = std::move(payload);
}
void unpack(GenerateDone& done, std::string&& payload, const std::vector<size_t>& image_bytes) {
  size_t at = 0;
  for (size_t i = 0; i < done.images.size(); ++i) {
    if (image_bytes[i] > payload.size() - at) {
      fail_message("GenerateDone", format("image {} has {} bytes, {} are left", i, image_bytes[i], payload.size() - at));
    }
    done.images[i].png = payload.substr(at, image_bytes[i]);
    at += image_bytes[i];
  }
  if (at != payload.size()) {
    fail_message("GenerateDone", format("{} bytes of payload belong to no image", payload.size() - at));
  }
}
void unpack(MetricsBatch& batch, std::string&& payload, const std::vector<size_t>&) {
  for (size_t start = 0; start < payload.size();) {
    const size_t line_break = payload.find('\n', start);
    if (line_break == std::string::npos) {
      fail_message("MetricsBatch", "its last row has no end");
    }
    batch.rows.push_back(step_report_from_json_line(std::string_view(payload).substr(start, line_break - start)));
    start = line_break + 1;
  }
}

template <typename Message>
Message message_of(Frame&& frame) {
  Message message;
  std::vector<Problem> problems;
  std::vector<size_t> image_bytes;
  try {
    JsonReader reader(frame.header, "", problems);
    reader.any("type");
    visit(message, MemberReader{reader, problems, image_bytes});
    reader.finish();
    if (problems.empty()) {
      unpack(message, std::move(frame.payload), image_bytes);
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::protocol) {
      throw;
    }
    fail_message(name_of<Message>(), error.what());  // a part's own reader calls it bad input; here the peer is at fault
  }
  if (!problems.empty()) {
    fail_message(name_of<Message>(), format("{} {}", problems[0].pointer, problems[0].message));
  }
  return message;
}

template <typename Variant, size_t Index = 0>
Variant any_message_of(Frame&& frame, const std::string& type) {
  if constexpr (Index == std::variant_size_v<Variant>) {
    fail(ErrorCode::protocol, "There is no message of type \"{}\" in this direction.", type);
  } else {
    using Message = std::variant_alternative_t<Index, Variant>;
    if (type == name_of<Message>()) {
      return message_of<Message>(std::move(frame));
    }
    return any_message_of<Variant, Index + 1>(std::move(frame), type);
  }
}

template <typename Variant>
Frame frame_of(const Variant& any) {
  return std::visit(
      [](const auto& message) {
        Frame frame;
        frame.header["type"] = name_of<std::decay_t<decltype(message)>>();
        visit(message, MemberWriter{frame.header});
        frame.payload = pack(message);
        return frame;
      },
      any);
}

}  // namespace

std::string_view type_name(const FromStudio& message) {
  return std::visit([](const auto& m) { return name_of<std::decay_t<decltype(m)>>(); }, message);
}
std::string_view type_name(const FromEngine& message) {
  return std::visit([](const auto& m) { return name_of<std::decay_t<decltype(m)>>(); }, message);
}

}  // namespace message

Frame to_frame(const message::FromStudio& message) { return message::frame_of(message); }
Frame to_frame(const message::FromEngine& message) { return message::frame_of(message); }

message::FromStudio studio_message(Frame frame) {
  const std::string type = frame.header.value("type", std::string());
  return message::any_message_of<message::FromStudio>(std::move(frame), type);
}

message::FromEngine engine_message(Frame frame) {
  const std::string type = frame.header.value("type", std::string());
  return message::any_message_of<message::FromEngine>(std::move(frame), type);
}

}  // namespace darkroom
