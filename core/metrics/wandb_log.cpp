// SPDX-License-Identifier: Apache-2.0
// Its checksum is zlib's CRC-32 over type byte and data, unmasked: not the
// one of TensorBoard's files.
#include "core/metrics/wandb_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <ctime>
#include <iterator>
#include <protozero/pbf_writer.hpp>
#include <utility>

#include "core/base/atomic_file.h"
#include "core/base/digest.h"
#include "core/base/format.h"
#include "core/base/host_name.h"
#include "core/base/progress.h"
#include "core/base/wall_clock.h"
#include "core/metrics/event_file_bytes.h"
#include "core/metrics/metric_definitions.h"
#include "core/metrics/wandb_fields.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace record_field = wandb::record_field;
namespace run_field = wandb::run_field;
namespace item_field = wandb::item_field;
namespace {

constexpr std::string_view file_head{"\x3a\x57\x26\x42\xe1\xbe\x00", 7};
constexpr size_t block_bytes = 32768;
constexpr size_t chunk_head_bytes = 7;
constexpr uint8_t chunk_full = 1, chunk_first = 2, chunk_middle = 3, chunk_last = 4;
constexpr std::string_view oldest_reader = "0.70.0";

constexpr std::array<uint32_t, 256> crc32_table = make_crc_table(0xEDB88320U);

uint32_t chunk_crc(uint8_t type, std::string_view data) {
  uint32_t crc = crc32_table[(~0U ^ type) & 0xff] ^ (~0U >> 8);
  for (const char byte : data) {
    crc = crc32_table[(crc ^ static_cast<unsigned char>(byte)) & 0xff] ^ (crc >> 8);
  }
  return ~crc;
}

std::string time_in_name(double time_s) {
  const auto seconds = static_cast<std::time_t>(time_s);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return format("{:04}{:02}{:02}_{:02}{:02}{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                parts.tm_sec);
}

void add_text(protozero::pbf_writer& writer, protozero::pbf_tag_type tag, std::string_view text) {
  writer.add_string(tag, text.data(), text.size());
}

void add_time(protozero::pbf_writer& parent, protozero::pbf_tag_type tag, double time_s) {
  protozero::pbf_writer stamp(parent, tag);
  const double whole = std::floor(time_s);
  stamp.add_int64(1, static_cast<int64_t>(whole));
  stamp.add_int32(2, static_cast<int32_t>((time_s - whole) * 1e9));
}

std::string header_record(const std::string& engine_version) {
  std::string body;
  {
    protozero::pbf_writer record(body);
    protozero::pbf_writer header(record, record_field::header);
    protozero::pbf_writer version(header, 1);
    add_text(version, 1, "darkroom-engine " + engine_version);
    add_text(version, 2, oldest_reader);
  }
  return body;
}

void add_run(protozero::pbf_writer& run, const WandbRun& facts, double started_s) {
  add_text(run, run_field::run_id, facts.id);
  add_text(run, run_field::project, facts.project);
  {
    protozero::pbf_writer config(run, run_field::config);
    for (const auto& [key, value] : facts.config.items()) {
      protozero::pbf_writer update(config, 1);
      add_text(update, item_field::key, key);
      add_text(update, item_field::value_json, value.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
  }
  add_text(run, run_field::display_name, facts.name);
  add_text(run, run_field::host, host_name("localhost"));
  add_time(run, run_field::start_time, started_s);
  if (facts.starting_step > 0) {
    run.add_int64(run_field::starting_step, facts.starting_step);
    run.add_bool(run_field::resumed, true);
  }
}

std::string run_record(const WandbRun& facts, double started_s) {
  std::string body;
  {
    protozero::pbf_writer record(body);
    protozero::pbf_writer run(record, record_field::run);
    add_run(run, facts, started_s);
  }
  return body;
}

std::string number_json(double value) { return Json(value).dump(); }

}  // namespace

WandbWriter::WandbWriter(const fs::path& folder, const WandbRun& run) : started_s_(monotonic_seconds()) {
  const double start_time_s = wall_seconds();
  std::error_code error;
  fs::create_directories(folder, error);
  // Two launches within a second: the name of the next second.
  for (double named_s = start_time_s; fd_ < 0; named_s += 1) {
    const std::string name = format("offline-run-{}-{}", time_in_name(named_s), run.id);
    run_folder_ = folder / name;
    fs::create_directories(run_folder_ / "files", error);
    if (error) {
      fail(ErrorCode::io, "{}: cannot make the folder: {}", run_folder_.string(), error.message());
    }
    path_ = run_folder_ / format("run-{}.wandb", run.id);
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (fd_ < 0 && errno != EEXIST) {
      fail(ErrorCode::io, "{}: cannot create: {}", path_.string(), describe_errno(errno));
    }
  }
  fs::remove(folder / "latest-run", error);
  fs::create_directory_symlink(run_folder_.filename(), folder / "latest-run", error);  // a convenience: not every disk has links
  write_chunks({});
  write_record(header_record(run.engine_version));
  write_record(run_record(run, start_time_s));
}

WandbWriter::~WandbWriter() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

void WandbWriter::report(const StepReport& report) {
  std::vector<Item> items;
  for (const auto& [tag, value] : tagged_values(report)) {
    if (std::isfinite(value)) {
      items.push_back({{tag}, number_json(value)});
    }
  }
  add(report.step, report.time, std::move(items));
  write_history();
}

void WandbWriter::image(std::string_view tag, int64_t step, double wall_time_s, int width, int height, std::string_view png) {
  const std::string sha256 = digest_of(DigestKind::sha256, png);
  const std::string name = format("media/images/{}_{}_{}.png", tag, step, sha256.substr(0, 20));
  const fs::path file = run_folder_ / "files" / name;
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  write_file_atomically(file, png);
  std::string body;
  {
    protozero::pbf_writer record(body);
    protozero::pbf_writer files(record, record_field::files);
    protozero::pbf_writer entry(files, 1);
    constexpr int32_t media = 2;
    add_text(entry, 1, name);
    entry.add_enum(3, media);
  }
  write_record(body);
  const std::string key(tag);
  const auto text = [](const std::string& value) { return Json(value).dump(); };
  add(step, wall_time_s,
      {{{key, "_type"}, text("image-file")},
       {{key, "sha256"}, text(sha256)},
       {{key, "size"}, std::to_string(png.size())},
       {{key, "path"}, text(name)},
       {{key, "format"}, text("png")},
       {{key, "width"}, std::to_string(width)},
       {{key, "height"}, std::to_string(height)}});
}

// A step has one history record: readers take a second one for a step of its own.
void WandbWriter::add(int64_t step, double wall_time_s, std::vector<Item> items) {
  if (!pending_.empty() && pending_step_ != step) {
    write_history();
  }
  pending_.insert(pending_.end(), std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
  pending_step_ = step;
  pending_time_s_ = wall_time_s;
  pending_runtime_s_ = monotonic_seconds() - started_s_;
}

void WandbWriter::write_history() {
  std::vector<Item> items = std::exchange(pending_, {});
  if (items.empty()) {
    return;
  }
  const int64_t step = pending_step_;
  items.push_back({{"_timestamp"}, number_json(pending_time_s_)});
  items.push_back({{"_runtime"}, number_json(pending_runtime_s_)});
  items.push_back({{"_step"}, std::to_string(step)});
  const auto add_items = [&items](protozero::pbf_writer& parent) {
    for (const Item& item : items) {
      protozero::pbf_writer entry(parent, 1);
      for (const std::string& key : item.keys) {
        add_text(entry, item_field::nested_key, key);
      }
      add_text(entry, item_field::value_json, item.value_json);
    }
  };
  std::string summary_body;
  {
    protozero::pbf_writer record(summary_body);
    protozero::pbf_writer summary(record, record_field::summary);
    add_items(summary);
  }
  write_record(summary_body);
  std::string history_body;
  {
    protozero::pbf_writer record(history_body);
    protozero::pbf_writer history(record, record_field::history);
    add_items(history);
    protozero::pbf_writer number(history, 2);
    number.add_int64(1, step);
  }
  write_record(history_body);
}

void WandbWriter::finish(int exit_code) {
  write_history();
  std::string body;
  {
    protozero::pbf_writer record(body);
    protozero::pbf_writer exit(record, record_field::exit);
    exit.add_int32(1, exit_code);
    exit.add_int32(2, static_cast<int32_t>(std::min(monotonic_seconds() - started_s_, 2e9)));
  }
  write_record(body);
  sync();
}

void WandbWriter::write_record(const std::string& body) {
  std::string record;
  protozero::pbf_writer(record).add_int64(record_field::number, ++records_);
  write_chunks(record + body);
}

// An empty payload writes the file's head alone.
void WandbWriter::write_chunks(std::string_view payload) {
  std::string bytes;
  if (offset_ == 0) {
    bytes = file_head;
  }
  bool first = true;
  while (!payload.empty()) {
    size_t room = block_bytes - (offset_ + bytes.size()) % block_bytes;
    if (room < chunk_head_bytes) {
      bytes.append(room, '\0');
      room = block_bytes;
    }
    const std::string_view data = payload.substr(0, room - chunk_head_bytes);
    payload.remove_prefix(data.size());
    const uint8_t type = first ? (payload.empty() ? chunk_full : chunk_first) : (payload.empty() ? chunk_last : chunk_middle);
    const uint32_t crc = chunk_crc(type, data);
    for (int shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<char>(crc >> shift & 0xff));
    }
    bytes.push_back(static_cast<char>(data.size() & 0xff));
    bytes.push_back(static_cast<char>(data.size() >> 8));
    bytes.push_back(static_cast<char>(type));
    bytes += data;
    first = false;
  }
  offset_ += bytes.size();
  for (std::string_view rest = bytes; !rest.empty();) {
    const ssize_t count = ::write(fd_, rest.data(), rest.size());
    if (count < 0 && errno != EINTR) {
      fail(ErrorCode::io, "{}: cannot write: {}", path_.string(), describe_errno(errno));
    }
    rest.remove_prefix(count > 0 ? static_cast<size_t>(count) : 0);
  }
}

void WandbWriter::sync() {
  write_history();
  if (::fsync(fd_) != 0) {
    fail(ErrorCode::io, "{}: cannot sync: {}", path_.string(), describe_errno(errno));
  }
}

std::vector<std::string> read_wandb_records(const fs::path& path) {
  const std::string file = read_file(path);
  const std::string_view bytes = file;
  if (bytes.substr(0, file_head.size()) != file_head) {
    fail(ErrorCode::bad_input, "{}: offset 0: not a Weights & Biases run file of version 0", path.string());
  }
  std::vector<std::string> records;
  std::string record;
  for (size_t at = file_head.size(); at + chunk_head_bytes <= bytes.size();) {
    const size_t room = block_bytes - at % block_bytes;
    if (room < chunk_head_bytes) {
      at += room;
      continue;
    }
    const size_t length = read_little_endian<uint16_t>(bytes.substr(at + 4));
    const auto type = static_cast<uint8_t>(bytes[at + 6]);
    if (length > room - chunk_head_bytes || type < chunk_full || type > chunk_last) {
      fail(ErrorCode::bad_input, "{}: offset {}: not a chunk of a record", path.string(), at);
    }
    if (length > bytes.size() - at - chunk_head_bytes) {
      break;  // torn last record
    }
    const std::string_view data = bytes.substr(at + chunk_head_bytes, length);
    if (chunk_crc(type, data) != read_little_endian<uint32_t>(bytes.substr(at))) {
      fail(ErrorCode::bad_input, "{}: offset {}: the chunk does not match its checksum", path.string(), at);
    }
    if (type == chunk_full || type == chunk_first) {
      record.clear();
    }
    record += data;
    if (type == chunk_full || type == chunk_last) {
      records.push_back(record);
    }
    at += chunk_head_bytes + length;
  }
  return records;
}

}  // namespace darkroom
