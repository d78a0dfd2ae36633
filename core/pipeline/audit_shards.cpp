// SPDX-License-Identifier: Apache-2.0
// What was seen of a shard is kept beside the report; duplicates and rows are compared when all shards are there, from these notes.
#include "core/pipeline/audit_shards.h"

#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/dataset/record_reader.h"
#include "core/pipeline/shard_work.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* notes_folder = ".done";
constexpr size_t samples_a_turn = 64;

fs::path notes_of(const fs::path& out, const fs::path& shard) { return out / notes_folder / (shard.stem().string() + ".json"); }

Json audit_identity(const fs::path& shard, const CheckOptions& options) {
  Json identity = shard_identity(shard);
  identity["tiny_side"] = options.tiny_side;
  identity["flat_std"] = options.flat_std;
  identity["dark_mean"] = options.dark_mean;
  identity["light_mean"] = options.light_mean;
  return identity;
}

uint64_t text_hash(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

Json to_json(const Finding& finding) {
  return Json{{"finding", finding_name(finding.kind)}, {"source", finding.source}, {"key", finding.key}, {"detail", finding.detail}};
}

bool is_audited(const fs::path& out, const fs::path& shard, const CheckOptions& options) {
  const fs::path file = notes_of(out, shard);
  if (!fs::exists(file)) {
    return false;
  }
  const Json notes = Json::parse(read_file(file), nullptr, false);
  return notes.is_object() && notes.value("identity", Json()) == audit_identity(shard, options);
}

// All threads work on the samples of one shard: shards are few and large.
std::vector<CheckedSample> check_samples(const TarSource& tar, const AuditOptions& options, int threads, ShardPace& pace,
                                         const CancelToken& cancel) {
  const std::vector<TarSample>& samples = tar.samples();
  std::vector<CheckedSample> checked(samples.size());
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (size_t begin = next.fetch_add(samples_a_turn); begin < samples.size(); begin = next.fetch_add(samples_a_turn)) {
        const size_t end = std::min(begin + samples_a_turn, samples.size());
        uint64_t bytes = 0;
        for (size_t i = begin; i < end; ++i) {
          cancel.check();
          checked[i] = check_sample(tar, samples[i], options.check);
          for (const TarField& field : samples[i].fields) {
            bytes += field.size;
          }
        }
        pace.advance(bytes, end - begin);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = failure ? failure : std::current_exception();
    }
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) {
    others.emplace_back(work);
  }
  work();
  for (std::thread& thread : others) {
    thread.join();
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
  return checked;
}

void look_at_shard(const fs::path& shard, const fs::path& out, const AuditOptions& options, int threads, ShardPace& pace,
                   const CancelToken& cancel) {
  const Json identity = audit_identity(shard, options.check);
  const TarSource tar(shard);
  Json rejects = Json::array();
  for (const TarReject& reject : tar.rejects()) {
    rejects.push_back(
        to_json(Finding{.kind = FindingKind::unusable, .source = shard.filename().string(), .key = reject.name, .detail = reject.reason}));
  }
  Json samples = Json::array();
  for (const CheckedSample& sample : check_samples(tar, options, threads, pace, cancel)) {
    Json findings = Json::array();
    for (const Finding& finding : sample.findings) {
      findings.push_back(to_json(finding));
    }
    samples.push_back(Json::array({sample.key, sample.image_hash, text_hash(sample.caption), std::move(findings)}));
  }
  write_file_atomically(notes_of(out, shard),
                        Json{{"identity", identity}, {"rejects", std::move(rejects)}, {"samples", std::move(samples)}}.dump(
                            -1, ' ', false, Json::error_handler_t::replace));
}

/// A row of the dataset, by the hash of its key.
struct RowCheck {
  uint64_t caption = 0;
  uint64_t image = 0;  // 0: the row does not say
  bool seen = false;
};

/// Goes through the notes in order and writes the report.
class Report {
 public:
  Report(const fs::path& out, AuditSummary& summary) : partial_(out / "audit.jsonl.partial"), file_(partial_), summary_(summary) {
    for (const FindingKind kind : all_findings()) {
      summary_.findings[std::string(finding_name(kind))] = 0;
    }
  }

  void read_rows(const std::vector<fs::path>& inputs, const CancelToken& cancel) {
    for (const fs::path& input : record_inputs(inputs)) {
      RecordReader reader(input);
      for (ImageRecord record; reader.next(record);) {
        cancel.check();
        ++summary_.rows;
        const RowCheck check{.caption = text_hash(record.caption), .image = record.image_hash.empty() ? 0 : text_hash(record.image_hash)};
        if (!rows_.emplace(text_hash(record.image_key), check).second) {
          write(Finding{
              .kind = FindingKind::wrong_pair, .source = record.source, .key = record.image_key, .detail = "two rows have this key"});
        }
      }
    }
  }

  void add_shard(const Json& notes, const std::string& source) {
    for (const Json& reject : notes.at("rejects")) {
      write_line(reject);
    }
    for (const Json& sample : notes.at("samples")) {
      ++summary_.samples;
      const uint64_t before = lines_;
      const std::string key = sample.at(0).get<std::string>();
      const std::string hash = sample.at(1).get<std::string>();
      for (const Json& finding : sample.at(3)) {
        write_line(finding);
      }
      const std::string image_key = format("{}::{}", source, key);
      if (!hash.empty()) {
        const auto [place, fresh] = first_.emplace(text_hash(hash), image_key);
        if (!fresh) {
          write({.kind = FindingKind::duplicate, .source = source, .key = key, .detail = format("the same bytes as {}", place->second)});
        }
      }
      compare_row(source, key, image_key, hash, sample.at(2).get<uint64_t>());
      summary_.clean += lines_ == before ? 1 : 0;
    }
  }

  // Rows that no shard has; the keys are read again, as only their hashes were kept.
  void finish(const std::vector<fs::path>& inputs, const fs::path& out) {
    if (std::any_of(rows_.begin(), rows_.end(), [](const auto& row) { return !row.second.seen; })) {
      for (const fs::path& input : record_inputs(inputs)) {
        RecordReader reader(input);
        for (ImageRecord record; reader.next(record);) {
          if (!rows_.at(text_hash(record.image_key)).seen) {
            write({.kind = FindingKind::wrong_pair,
                   .source = record.source,
                   .key = record.image_key,
                   .detail = "no shard holds this picture"});
          }
        }
      }
    }
    file_.sync_and_close();
    rename_durably(partial_, out / "audit.jsonl");
  }

 private:
  void compare_row(const std::string& source, const std::string& key, const std::string& image_key, const std::string& hash,
                   uint64_t caption) {
    const auto row = rows_.find(text_hash(image_key));
    if (row == rows_.end()) {
      return;
    }
    row->second.seen = true;
    if (row->second.image != 0 && row->second.image != text_hash(hash)) {
      write({.kind = FindingKind::wrong_pair, .source = source, .key = key, .detail = "its row was made from another picture"});
    }
    if (row->second.caption != caption) {
      write({.kind = FindingKind::wrong_pair, .source = source, .key = key, .detail = "its row has another caption than the shard"});
    }
  }

  void write(const Finding& finding) { write_line(to_json(finding)); }

  void write_line(const Json& line) {
    file_.write(line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    ++summary_.findings[line.at("finding").get<std::string>()];
    ++lines_;
  }

  fs::path partial_;
  DurableFile file_;
  AuditSummary& summary_;
  std::unordered_map<uint64_t, std::string> first_;  // of each content, its first key
  std::unordered_map<uint64_t, RowCheck> rows_;
  uint64_t lines_ = 0;
};

}  // namespace

AuditSummary audit_shards(const std::vector<fs::path>& shards, const std::vector<fs::path>& rows, const fs::path& out,
                          const AuditOptions& options, const ProgressSink& sink, const CancelToken& cancel) {
  check_shards(shards);
  fs::create_directories(out / notes_folder);
  const int threads = options.threads > 0 ? options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  AuditSummary summary;
  ShardPace pace(shards, sink, "audit", "pictures");
  for (const fs::path& shard : shards) {
    cancel.check();
    if (is_audited(out, shard, options.check)) {
      ++summary.shards_skipped;
      pace.advance(fs::file_size(shard), 0);
    } else {
      look_at_shard(shard, out, options, threads, pace, cancel);
    }
  }
  pace.finish();
  Report report(out, summary);
  if (!rows.empty()) {
    report.read_rows(rows, cancel);
  }
  for (const fs::path& shard : shards) {
    cancel.check();
    report.add_shard(read_json_file(notes_of(out, shard)), shard.filename().string());
  }
  report.finish(rows, out);
  Json findings = Json::object();
  for (const FindingKind kind : all_findings()) {
    const std::string name(finding_name(kind));
    findings[name] = summary.findings.at(name);
  }
  write_file_atomically(
      out / "summary.json",
      Json{{"samples", summary.samples}, {"clean", summary.clean}, {"rows", summary.rows}, {"findings", std::move(findings)}}.dump(1) +
          "\n");
  return summary;
}

}  // namespace darkroom
