// SPDX-License-Identifier: Apache-2.0
// Nothing is synced here: the page cache outlives a killed process, and after a power cut the hashes tell what did not reach the disk.
#include "core/download/shard_journal.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/json.h"
#include "core/base/mapped_file.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::pair<RowStatus, std::string_view>, 3> status_names{{{RowStatus::success, "success"},
                                                                              {RowStatus::failed_to_download, "failed_to_download"},
                                                                              {RowStatus::failed_to_resize, "failed_to_resize"}}};

fs::path journal_path(const fs::path& folder, const std::string& shard) { return folder / (shard + ".journal"); }
fs::path pictures_path(const fs::path& folder, const std::string& shard) { return folder / (shard + ".pictures"); }

std::string head_line(uint64_t rows) { return Json{{"darkroom_download_journal", 1}, {"rows", rows}}.dump() + "\n"; }

std::string hash_text(std::string_view bytes) { return format("{:016x}", XXH3_64bits(bytes.data(), bytes.size())); }

std::string line_of(uint64_t row, const RowOutcome& outcome, uint64_t at, std::string_view bytes) {
  Json line{{"row", row}, {"status", row_status_name(outcome.status)}};
  if (outcome.status == RowStatus::success) {
    line["at"] = at;
    line["bytes"] = bytes.size();
    line["xxh3"] = hash_text(bytes);
    line["sides"] = {outcome.width, outcome.height, outcome.original_width, outcome.original_height};
    line["exif"] = outcome.exif;
    line["hash"] = outcome.hash;
  } else {
    line["error"] = outcome.error;
    line["detail"] = outcome.detail;
  }
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

RowOutcome outcome_of(const Json& line) {
  RowOutcome outcome;
  outcome.status = row_status_named(line.at("status").get<std::string>()).value();
  if (outcome.status != RowStatus::success) {
    outcome.error = line.at("error").get<std::string>();
    outcome.detail = line.at("detail").get<std::string>();
    return outcome;
  }
  const Json& sides = line.at("sides");
  outcome.width = sides.at(0).get<int>();
  outcome.height = sides.at(1).get<int>();
  outcome.original_width = sides.at(2).get<int>();
  outcome.original_height = sides.at(3).get<int>();
  outcome.exif = line.at("exif").get<std::string>();
  outcome.hash = line.at("hash").get<std::string>();
  return outcome;
}

void check_stream(const std::ios& stream, const fs::path& file) {
  if (!stream) {
    fail(ErrorCode::io, "{}: cannot be written; is the disk full?", file.string());
  }
}

}  // namespace

std::string_view row_status_name(RowStatus status) {
  for (const auto& [known, name] : status_names) {
    if (known == status) {
      return name;
    }
  }
  return {};
}

std::optional<RowStatus> row_status_named(std::string_view name) {
  for (const auto& [status, known] : status_names) {
    if (known == name) {
      return status;
    }
  }
  return std::nullopt;
}

ShardJournal::ShardJournal(const fs::path& folder, const std::string& shard, uint64_t rows)
    : journal_(journal_path(folder, shard)), pictures_(pictures_path(folder, shard)), entries_(rows) {
  fs::create_directories(folder);
  const uint64_t good_bytes = load();
  open(good_bytes, picture_bytes_);
}

// Returns the length of the journal up to the first line that cannot be believed.
uint64_t ShardJournal::load() {
  if (!fs::exists(journal_) || !fs::exists(pictures_)) {
    return 0;
  }
  const std::string text = read_file(journal_);
  const std::string head = head_line(rows());
  if (!text.starts_with(head)) {
    return 0;
  }
  const MappedFile pictures(pictures_);
  const std::string_view all(reinterpret_cast<const char*>(pictures.bytes().data()), pictures.bytes().size());
  uint64_t good = head.size();
  for (size_t end = text.find('\n', good); end != std::string::npos; end = text.find('\n', good)) {
    const Json line =
        Json::parse(text.begin() + static_cast<std::ptrdiff_t>(good), text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    try {
      Entry entry{.outcome = outcome_of(line), .at = line.value("at", uint64_t{0}), .bytes = line.value("bytes", uint64_t{0})};
      const auto row = line.at("row").get<uint64_t>();
      if (entry.outcome->status == RowStatus::success && (entry.at > all.size() || entry.bytes > all.size() - entry.at ||
                                                          hash_text(all.substr(entry.at, entry.bytes)) != line.at("xxh3"))) {
        break;
      }
      if (row >= rows() || entries_[row].outcome) {
        break;
      }
      picture_bytes_ = std::max(picture_bytes_, entry.at + entry.bytes);
      entries_[row] = std::move(entry);
      ++recorded_;
    } catch (const std::exception&) {
      break;  // torn, or not ours: what follows is downloaded again
    }
    good = end + 1;
  }
  return good;
}

void ShardJournal::open(uint64_t journal_bytes, uint64_t picture_bytes) {
  for (const auto& [file, bytes] : {std::pair(journal_, journal_bytes), std::pair(pictures_, picture_bytes)}) {
    if (!fs::exists(file)) {
      std::ofstream(file, std::ios::binary).flush();
    }
    std::error_code reason;
    fs::resize_file(file, bytes, reason);
    if (reason) {
      fail(ErrorCode::io, "{}: cannot be written: {}", file.string(), reason.message());
    }
  }
  lines_.open(journal_, std::ios::binary | std::ios::app);
  bodies_.open(pictures_, std::ios::binary | std::ios::app);
  if (journal_bytes == 0) {
    lines_ << head_line(rows()) << std::flush;
  }
  check_stream(lines_, journal_);
  check_stream(bodies_, pictures_);
}

const RowOutcome* ShardJournal::outcome(uint64_t row) const {
  const Entry& entry = entries_.at(row);
  return entry.outcome ? &*entry.outcome : nullptr;
}

void ShardJournal::record(uint64_t row, const RowOutcome& outcome, std::string_view bytes) {
  Entry& entry = entries_.at(row);
  if (entry.outcome) {
    return;
  }
  // The bytes first: a line without its picture would be believed.
  bodies_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bodies_.flush();
  check_stream(bodies_, pictures_);
  lines_ << line_of(row, outcome, picture_bytes_, bytes) << std::flush;
  check_stream(lines_, journal_);
  entry = {.outcome = outcome, .at = picture_bytes_, .bytes = bytes.size()};
  picture_bytes_ += bytes.size();
  ++recorded_;
}

std::string ShardJournal::picture(uint64_t row) {
  const Entry& entry = entries_.at(row);
  if (!reader_.is_open()) {
    reader_.open(pictures_, std::ios::binary);
  }
  std::string bytes(entry.bytes, '\0');
  reader_.seekg(static_cast<std::streamoff>(entry.at));
  if (!reader_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
    fail(ErrorCode::io, "{}: cannot be read at byte {}", pictures_.string(), entry.at);
  }
  return bytes;
}

void ShardJournal::close() {
  lines_.close();
  bodies_.close();
  reader_.close();
}

void ShardJournal::rename_to(const std::string& shard) {
  close();
  const fs::path folder = journal_.parent_path();
  const fs::path journal = journal_path(folder, shard);
  std::error_code reason;
  fs::remove(journal, reason);  // first: it must not stand beside pictures that are not its own
  fs::rename(pictures_, pictures_path(folder, shard), reason);
  if (!reason) {
    fs::rename(journal_, journal, reason);
  }
  if (reason) {
    fail(ErrorCode::io, "{}: cannot become {}: {}", journal_.string(), journal.string(), reason.message());
  }
}

void ShardJournal::remove() {
  close();
  fs::remove(journal_);
  fs::remove(pictures_);
}

}  // namespace darkroom
