// SPDX-License-Identifier: Apache-2.0
// Field numbers are those of TensorFlow's event.proto and summary.proto. protozero writes the wire format: the torch wheel exports symbols
// of a protobuf of its own, so no second protobuf may be linked.
#include "core/metrics/tensorboard_events.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "core/base/format.h"
#include "core/base/host_name.h"
#include "core/base/wall_clock.h"
#include "core/metrics/event_file_bytes.h"
#include "core/metrics/metric_definitions.h"

namespace darkroom {
namespace {

namespace event_field {
constexpr protozero::pbf_tag_type wall_time = 1, step = 2, file_version = 3, summary = 5, session_log = 7;
}
namespace value_field {
constexpr protozero::pbf_tag_type tag = 1, simple_value = 2, image = 4, tensor = 8;
}
constexpr int32_t session_start = 1;

constexpr std::array<uint32_t, 256> crc32c_table = make_crc_table(0x82F63B78U);

template <typename Number>
void append_little_endian(std::string& bytes, Number value) {
  for (size_t i = 0; i < sizeof value; ++i) {
    bytes.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  }
}

constexpr std::string_view name_start = "events.out.tfevents.";

/// The largest time in the names of a folder's event files; -1 where there is none.
int64_t newest_named_s(const std::filesystem::path& folder) {
  int64_t newest = -1;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    int64_t named_s = 0;
    if (name.starts_with(name_start) &&
        std::from_chars(name.data() + name_start.size(), name.data() + name.size(), named_s).ec == std::errc()) {
      newest = std::max(newest, named_s);
    }
  }
  return newest;
}

std::string event_head(int64_t step, double wall_time_s) {
  std::string event;
  protozero::pbf_writer writer(event);
  writer.add_double(event_field::wall_time, wall_time_s);
  writer.add_int64(event_field::step, step);
  return event;
}

void add_scalar(protozero::pbf_writer& summary, std::string_view tag, double value) {
  protozero::pbf_writer entry(summary, 1);
  entry.add_string(value_field::tag, tag.data(), tag.size());
  entry.add_float(value_field::simple_value, static_cast<float>(value));
}

/// A rank-0 float or double tensor.
std::optional<double> tensor_scalar(protozero::pbf_reader tensor) {
  constexpr int32_t dtype_float = 1;
  constexpr int32_t dtype_double = 2;
  int32_t dtype = 0;
  std::optional<double> value;
  std::string_view content;
  while (tensor.next()) {
    if (tensor.tag() == 1) {
      dtype = tensor.get_int32();
    } else if (tensor.tag() == 4) {
      const auto view = tensor.get_view();
      content = {view.data(), view.size()};
    } else if (tensor.tag() == 5) {
      for (const float entry : tensor.get_packed_float()) {
        value = entry;
      }
    } else if (tensor.tag() == 6) {
      for (const double entry : tensor.get_packed_double()) {
        value = entry;
      }
    } else {
      tensor.skip();
    }
  }
  if (dtype == dtype_float && content.size() == sizeof(float)) {
    float entry = 0;
    std::memcpy(&entry, content.data(), sizeof entry);
    value = entry;
  } else if (dtype == dtype_double && content.size() == sizeof(double)) {
    double entry = 0;
    std::memcpy(&entry, content.data(), sizeof entry);
    value = entry;
  }
  return value;
}

void read_event(std::string_view data, std::vector<TensorboardScalar>& scalars) {
  protozero::pbf_reader event(data.data(), data.size());
  TensorboardScalar scalar;
  std::vector<protozero::data_view> summaries;
  while (event.next()) {
    switch (event.tag()) {
      case event_field::wall_time:
        scalar.wall_time_s = event.get_double();
        break;
      case event_field::step:
        scalar.step = event.get_int64();
        break;
      case event_field::summary:
        summaries.push_back(event.get_view());
        break;
      default:
        event.skip();
    }
  }
  for (const protozero::data_view& view : summaries) {
    protozero::pbf_reader summary(view);
    while (summary.next(1)) {
      protozero::pbf_reader entry = summary.get_message();
      std::optional<double> value;
      while (entry.next()) {
        if (entry.tag() == value_field::tag) {
          scalar.tag = entry.get_string();
        } else if (entry.tag() == value_field::simple_value) {
          value = entry.get_float();
        } else if (entry.tag() == value_field::tensor) {
          value = tensor_scalar(entry.get_message());
        } else {
          entry.skip();
        }
      }
      if (value) {
        scalar.value = *value;
        scalars.push_back(scalar);
      }
    }
  }
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc = crc32c_table[(crc ^ static_cast<unsigned char>(byte)) & 0xff] ^ (crc >> 8);
  }
  return ~crc;
}

uint32_t masked_crc32c(std::string_view bytes) {
  const uint32_t crc = crc32c(bytes);
  return (crc >> 15 | crc << 17) + 0xA282EAD8U;
}

TensorboardWriter::TensorboardWriter(const std::filesystem::path& folder, std::optional<int64_t> purge_step) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  // Readers take the files of a folder in the order of their names: the newest launch has the last one, whatever the clock says. A second
  // writer that comes at the same time gets the next number.
  const int64_t named_s = std::max(static_cast<int64_t>(wall_seconds()), newest_named_s(folder) + 1);
  for (int number = 0; fd_ < 0; ++number) {
    path_ = folder / format("{}{:010d}.{}.{}.{}", name_start, named_s, host_name("localhost"), ::getpid(), number);
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (fd_ < 0 && errno != EEXIST) {
      fail(ErrorCode::io, "{}: cannot create: {}", path_.string(), describe_errno(errno));
    }
  }
  std::string version = event_head(0, wall_seconds());
  protozero::pbf_writer(version).add_string(event_field::file_version, "brain.Event:2");
  write_record(version);
  if (purge_step) {
    std::string event = event_head(*purge_step, wall_seconds());
    protozero::pbf_writer writer(event);
    {
      protozero::pbf_writer session(writer, event_field::session_log);
      session.add_enum(1, session_start);
    }
    write_record(event);
  }
}

TensorboardWriter::~TensorboardWriter() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

void TensorboardWriter::scalar(std::string_view tag, int64_t step, double wall_time_s, double value) {
  std::string event = event_head(step, wall_time_s);
  protozero::pbf_writer writer(event);
  {
    protozero::pbf_writer summary(writer, event_field::summary);
    add_scalar(summary, tag, value);
  }
  write_record(event);
}

void TensorboardWriter::image(std::string_view tag, int64_t step, double wall_time_s, int width, int height, std::string_view png) {
  constexpr int32_t rgb = 3;
  std::string event = event_head(step, wall_time_s);
  protozero::pbf_writer writer(event);
  {
    protozero::pbf_writer summary(writer, event_field::summary);
    protozero::pbf_writer entry(summary, 1);
    entry.add_string(value_field::tag, tag.data(), tag.size());
    protozero::pbf_writer picture(entry, value_field::image);
    picture.add_int32(1, height);
    picture.add_int32(2, width);
    picture.add_int32(3, rgb);
    picture.add_bytes(4, png.data(), png.size());
  }
  write_record(event);
}

void TensorboardWriter::report(const StepReport& report) {
  std::string event = event_head(report.step, report.time);
  protozero::pbf_writer writer(event);
  {
    protozero::pbf_writer summary(writer, event_field::summary);
    for (const auto& [tag, value] : tagged_values(report)) {
      add_scalar(summary, tag, value);
    }
  }
  write_record(event);
}

void TensorboardWriter::write_record(const std::string& event) {
  std::string record;
  record.reserve(event.size() + 16);
  append_little_endian(record, static_cast<uint64_t>(event.size()));
  append_little_endian(record, masked_crc32c(record));
  record += event;
  append_little_endian(record, masked_crc32c(event));
  for (std::string_view rest = record; !rest.empty();) {
    const ssize_t count = ::write(fd_, rest.data(), rest.size());
    if (count < 0 && errno != EINTR) {
      fail(ErrorCode::io, "{}: cannot write: {}", path_.string(), describe_errno(errno));
    }
    rest.remove_prefix(count > 0 ? static_cast<size_t>(count) : 0);
  }
}

void TensorboardWriter::sync() {
  if (::fsync(fd_) != 0) {
    fail(ErrorCode::io, "{}: cannot sync: {}", path_.string(), describe_errno(errno));
  }
}

std::vector<TensorboardScalar> read_tensorboard_scalars(const std::filesystem::path& path) {
  constexpr size_t head_bytes = 12;
  constexpr size_t foot_bytes = 4;
  const std::string file = read_file(path);
  const std::string_view bytes = file;
  std::vector<TensorboardScalar> scalars;
  for (size_t at = 0; bytes.size() - at >= head_bytes;) {
    const auto size = read_little_endian<uint64_t>(bytes.substr(at, 8));
    if (masked_crc32c(bytes.substr(at, 8)) != read_little_endian<uint32_t>(bytes.substr(at + 8, 4))) {
      fail(ErrorCode::bad_input, "{}: offset {}: the record's length does not match its checksum", path.string(), at);
    }
    if (size > bytes.size() - at - head_bytes || bytes.size() - at - head_bytes - size < foot_bytes) {
      break;  // torn last record
    }
    const std::string_view data = bytes.substr(at + head_bytes, size);
    if (masked_crc32c(data) != read_little_endian<uint32_t>(bytes.substr(at + head_bytes + size, foot_bytes))) {
      fail(ErrorCode::bad_input, "{}: offset {}: the record does not match its checksum", path.string(), at);
    }
    try {
      read_event(data, scalars);
    } catch (const protozero::exception& error) {
      fail(ErrorCode::bad_input, "{}: offset {}: not an event ({})", path.string(), at, error.what());
    }
    at += head_bytes + size + foot_bytes;
  }
  return scalars;
}

}  // namespace darkroom
