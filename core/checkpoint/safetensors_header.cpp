// SPDX-License-Identifier: Apache-2.0
// Parsed event by event instead of into a tree: a tree would already have folded duplicate keys and read 1e3 as a number.
#include "core/checkpoint/safetensors_header.h"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_set>

#include "core/base/format.h"
#include "core/base/json.h"
#include "core/checkpoint/tensor_limits.h"

namespace darkroom {
namespace {

struct DtypeName {
  const char* name;
  torch::ScalarType dtype;
};
constexpr std::array<DtypeName, 15> dtype_names = {{{"F64", torch::kDouble},
                                                    {"F32", torch::kFloat32},
                                                    {"F16", torch::kFloat16},
                                                    {"BF16", torch::kBFloat16},
                                                    {"I64", torch::kInt64},
                                                    {"I32", torch::kInt32},
                                                    {"I16", torch::kInt16},
                                                    {"I8", torch::kInt8},
                                                    {"U64", torch::kUInt64},
                                                    {"U32", torch::kUInt32},
                                                    {"U16", torch::kUInt16},
                                                    {"U8", torch::kUInt8},
                                                    {"BOOL", torch::kBool},
                                                    {"F8_E4M3", torch::kFloat8_e4m3fn},
                                                    {"F8_E5M2", torch::kFloat8_e5m2}}};

// Collects the events of one header; each handler returns false after the first problem.
class HeaderEvents : public nlohmann::json_sax<Json> {
 public:
  SafetensorsHeader header;
  std::string problem;

  bool null() override { return reject("null is not allowed"); }
  bool boolean(bool) override { return reject("true and false are not allowed"); }
  bool number_float(double, const std::string& text) override { return reject(format("{} is not a whole number", text)); }
  bool number_integer(int64_t value) override { return reject(format("{} is below 0", value)); }
  bool binary(binary_t&) override { return reject("binary data is not allowed"); }
  bool number_unsigned(uint64_t value) override {
    if (!in_array_) {
      return reject(format("the number {} stands where it may not", value));
    }
    list_.push_back(value);
    return list_.size() <= max_rank || reject(format("more than {} numbers in a list", max_rank));
  }
  bool string(std::string& value) override {
    if (depth_ == 2 && in_metadata_) {
      header.metadata.emplace(field_, value);
      return true;
    }
    if (depth_ != 2 || in_array_ || field_ != "dtype") {
      return reject("a string stands where it may not");
    }
    const auto* found = std::find_if(dtype_names.begin(), dtype_names.end(), [&](const DtypeName& entry) { return value == entry.name; });
    if (found == dtype_names.end()) {
      return reject(format("unknown dtype \"{}\"", value));
    }
    entry_.info.dtype = found->dtype;
    return true;
  }
  bool start_object(size_t) override {
    ++depth_;
    if (depth_ > 2 || in_array_) {
      return reject("nested deeper than a header is");
    }
    fields_.clear();
    entry_ = {};
    entry_.info.name = name_;
    return true;
  }
  bool key(std::string& value) override {
    if (depth_ == 1) {
      name_ = value;
      in_metadata_ = value == "__metadata__";
      if (!names_.insert(value).second) {
        return reject("the name stands twice");
      }
      return names_.size() <= max_tensors || reject(format("more than {} tensors", max_tensors));
    }
    field_ = value;
    if (!fields_.insert(value).second) {
      return reject(format("\"{}\" stands twice", value));
    }
    if (!in_metadata_ && value != "dtype" && value != "shape" && value != "data_offsets") {
      return reject(format("unknown key \"{}\"", value));
    }
    return true;
  }
  bool end_object() override {
    --depth_;
    if (depth_ != 1) {
      return true;
    }
    if (in_metadata_) {
      return true;
    }
    if (fields_.size() != 3) {
      return reject("expected dtype, shape and data_offsets");
    }
    header.entries.push_back(entry_);
    return true;
  }
  bool start_array(size_t) override {
    if (depth_ != 2 || in_array_ || in_metadata_ || field_ == "dtype") {
      return reject("a list stands where it may not");
    }
    in_array_ = true;
    list_.clear();
    return true;
  }
  bool end_array() override {
    in_array_ = false;
    if (field_ == "shape") {
      for (const uint64_t extent : list_) {
        if (extent > uint64_t{INT64_MAX}) {
          return reject("an extent of the shape is too large");
        }
        entry_.info.shape.push_back(static_cast<int64_t>(extent));
      }
      return true;
    }
    if (list_.size() != 2) {
      return reject("data_offsets must be two numbers");
    }
    entry_.begin = list_[0];
    entry_.end = list_[1];
    return entry_.begin <= entry_.end || reject(format("data_offsets [{}, {}] run backwards", entry_.begin, entry_.end));
  }
  bool parse_error(size_t position, const std::string& token, const nlohmann::detail::exception&) override {
    problem = format("the header is not valid JSON at byte {} (near \"{}\")", position + 8, token);
    return false;
  }

 private:
  bool reject(const std::string& reason) {
    problem = depth_ >= 1 && !name_.empty() ? format("tensor \"{}\": {}", name_, reason) : reason;
    return false;
  }

  int depth_ = 0;
  bool in_array_ = false;
  bool in_metadata_ = false;
  std::string name_;
  std::string field_;
  std::set<std::string> fields_;
  std::unordered_set<std::string> names_;
  std::vector<uint64_t> list_;
  SafetensorsEntry entry_;
};

std::optional<uint64_t> checked_bytes(const TensorInfo& info) {
  uint64_t bytes = c10::elementSize(info.dtype);
  for (const int64_t extent : info.shape) {
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(extent), &bytes)) {
      return std::nullopt;
    }
  }
  return bytes;
}

void require_ranges(SafetensorsHeader& header, uint64_t data_bytes, std::string_view where) {
  std::stable_sort(header.entries.begin(), header.entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  uint64_t at = 0;
  for (const SafetensorsEntry& entry : header.entries) {
    const std::optional<uint64_t> bytes = checked_bytes(entry.info);
    if (!bytes || *bytes != entry.end - entry.begin) {
      fail(ErrorCode::bad_input, "{}: tensor \"{}\": {} [{}] needs {} bytes, data_offsets hold {}", where, entry.info.name,
           safetensors_dtype_name(entry.info.dtype), fmt::join(entry.info.shape, ","), bytes ? format("{}", *bytes) : "too many",
           entry.end - entry.begin);
    }
    if (entry.begin != at) {
      fail(ErrorCode::bad_input, "{}: tensor \"{}\" starts at byte {} of the data, expected {}: the tensors {}", where, entry.info.name,
           entry.begin, at, entry.begin < at ? "overlap" : "leave a hole");
    }
    at = entry.end;
  }
  if (at != data_bytes) {
    fail(ErrorCode::bad_input, "{}: the tensors need {} bytes, the file holds {}{}", where, at, data_bytes,
         at > data_bytes ? ": it was cut off" : ": something follows them");
  }
}

}  // namespace

std::string safetensors_dtype_name(torch::ScalarType dtype) {
  for (const DtypeName& entry : dtype_names) {
    if (entry.dtype == dtype) {
      return entry.name;
    }
  }
  throw std::invalid_argument(format("[safetensors] the format has no dtype {}", c10::toString(dtype)));
}

uint64_t tensor_bytes(const TensorInfo& info) { return static_cast<uint64_t>(info.numel()) * c10::elementSize(info.dtype); }

SafetensorsHeader parse_safetensors_header(std::string_view text, uint64_t data_bytes, std::string_view where) {
  const size_t last = text.find_last_not_of(' ');
  if (text.empty() || text.front() != '{' || text[last] != '}' || text.find('\0') != std::string_view::npos) {
    fail(ErrorCode::bad_input, "{}: the header must be a JSON object, from its first byte (8) on, with nothing but spaces after it", where);
  }
  HeaderEvents events;
  const std::string_view json = text.substr(0, last + 1);
  if (!nlohmann::ordered_json::sax_parse(json.begin(), json.end(), &events)) {
    fail(ErrorCode::bad_input, "{}: {}", where, events.problem);
  }
  require_ranges(events.header, data_bytes, where);
  return std::move(events.header);
}

std::string make_safetensors_header(const std::vector<TensorInfo>& infos, const std::map<std::string, std::string>& metadata) {
  std::map<std::string, std::string> all = metadata;
  all.emplace("format", "pt");
  Json json = {{"__metadata__", all}};
  std::unordered_set<std::string> names = {"__metadata__"};
  std::string text = json.dump();
  text.pop_back();  // the tensors follow inside the same object; built as text, as an ordered tree of 100,000 keys would be searched for
                    // each
  uint64_t at = 0;
  for (const TensorInfo& info : infos) {
    if (!names.insert(info.name).second) {
      throw std::invalid_argument(format("[write_safetensors] two tensors are named \"{}\"", info.name));
    }
    const uint64_t end = at + tensor_bytes(info);
    text += format(",{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}", Json(info.name).dump(),
                   safetensors_dtype_name(info.dtype), fmt::join(info.shape, ","), at, end);
    at = end;
  }
  text += '}';
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

}  // namespace darkroom
