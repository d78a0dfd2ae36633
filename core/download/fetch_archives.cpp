// SPDX-License-Identifier: Apache-2.0
#include "core/download/fetch_archives.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/json.h"
#include "core/dataset/quarantine.h"
#include "core/hub/name_pattern.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* record_name = "fetched.json";

struct Archive {
  HubFile file;
  std::string part;  ///< name of its shard
};

std::string_view kind_name(PictureSet kind) { return kind == PictureSet::diffusiondb ? "diffusiondb" : "journeydb"; }

// The same wherever the file comes from, as far as the hub says what it is.
std::string content_of(const HubFile& file) { return file.hash ? file.hash->text() : format("{} bytes of {}", file.size, file.path); }

bool is_archive(PictureSet kind, const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  if (kind == PictureSet::diffusiondb) {
    return name.starts_with("part-") && name.ends_with(".zip");
  }
  return name.ends_with(".tgz") && !name.ends_with(".jsonl.tgz") && std::isdigit(static_cast<unsigned char>(name.front())) != 0;
}

/// One part of a source as a source of its own.
class OnePart : public PictureSource {
 public:
  OnePart(std::unique_ptr<PictureSource> whole, const std::string& name) : whole_(std::move(whole)) {
    const std::vector<SourcePart>& parts = whole_->parts();
    const auto found = std::find_if(parts.begin(), parts.end(), [&name](const SourcePart& part) { return part.name == name; });
    if (found == parts.end()) {
      throw std::invalid_argument("[OnePart] the source has no part " + name);
    }
    index_ = static_cast<size_t>(found - parts.begin());
    parts_ = {*found};
  }
  const std::vector<SourcePart>& parts() const override { return parts_; }
  void read(size_t, const std::function<bool(SourcePicture&&)>& take) const override { whole_->read(index_, take); }

 private:
  std::unique_ptr<PictureSource> whole_;
  size_t index_ = 0;
  std::vector<SourcePart> parts_;
};

class ArchiveRun {
 public:
  ArchiveRun(const ArchiveFetch& fetch, const DownloadWatcher& watcher, const ProgressSink& sink, const CancelToken& cancel)
      : fetch_(fetch), watcher_(watcher), sink_(sink), cancel_(cancel), request_(fetch.repository) {}

  ArchiveFetchSummary run() {
    const double started_s = monotonic_seconds();
    request_.listing = list_repository(request_, cancel_);
    // From here on by the commit: the branch may move while archives come.
    request_.revision = request_.listing->commit;
    summary_.commit = request_.listing->commit;
    summary_.license = request_.listing->license;
    choose();
    fs::create_directories(fetch_.shards_out);
    read_record();
    if (!others_.empty()) {
      get(others_);
    }
    for (const Archive& archive : archives_) {
      cancel_.check();
      make(archive);
    }
    write_all_quarantine();
    summary_.seconds = monotonic_seconds() - started_s;
    return summary_;
  }

 private:
  void choose() {
    std::vector<std::string> paths;
    for (const HubFile& file : request_.listing->files) {
      paths.push_back(file.path);
    }
    std::map<std::string, std::string> names;
    for (const size_t i : select_paths(paths, fetch_.repository.patterns, fetch_.repository.repository.text())) {
      const HubFile& file = request_.listing->files[i];
      if (!is_archive(fetch_.kind, file.path)) {
        others_.push_back(file.path);
        if (fetch_.kind == PictureSet::journeydb) {
          annotations_.push_back(content_of(file));
        }
        continue;
      }
      Archive archive{file, format("{}-{}", kind_name(fetch_.kind), fs::path(file.path).stem().string())};
      const auto [known, is_new] = names.emplace(archive.part, file.path);
      if (!is_new) {
        fail(ErrorCode::bad_input, "'{}' and '{}' would become one shard, {}; choose with --file", known->second, file.path, archive.part);
      }
      archives_.push_back(std::move(archive));
    }
    if (archives_.empty()) {
      fail(ErrorCode::bad_input, "{}: no {} among the chosen files; expected {}", fetch_.repository.repository.text(),
           kind_name(fetch_.kind), fetch_.kind == PictureSet::diffusiondb ? "part-*.zip" : "NNN.tgz");
    }
    summary_.archives = archives_.size();
  }

  void get(std::vector<std::string> paths) {
    request_.patterns = std::move(paths);
    const RepositorySummary got = download_repository(request_, watcher_, cancel_);
    summary_.downloaded_bytes += got.downloaded_bytes;
    if (!got.license.empty()) {
      summary_.license = got.license;
    }
    for (const std::string& path : request_.patterns) {
      fs::last_write_time(request_.out / path, std::chrono::file_clock::from_sys(std::chrono::sys_seconds()));
    }
  }

  // What a shard was made from: the archive's content, the annotations', and how.
  Json identity_of(const Archive& archive) const {
    return {{"archive", archive.file.path},     {"content", content_of(archive.file)},
            {"annotations", annotations_},      {"caption_kind", fetch_.choice.kind},
            {"size", fetch_.shards.size},       {"min_side", fetch_.shards.min_side},
            {"quality", fetch_.shards.quality}, {"min_caption_chars", fetch_.shards.min_caption_chars}};
  }

  void read_record() {
    const fs::path file = fetch_.shards_out / record_name;
    record_ = fs::exists(file) ? read_json_file(file) : Json::object();
    if (!record_.is_object()) {
      fail(ErrorCode::bad_input, "{}: expected an object of shards", file.string());
    }
  }

  fs::path stats_of(const Archive& archive) const { return fetch_.shards_out / (archive.part + "_stats.json"); }

  bool is_finished(const Archive& archive, const Json& identity) const {
    return record_.value(archive.part, Json()) == identity && fs::exists(stats_of(archive)) &&
           fs::exists(fetch_.shards_out / (archive.part + ".tar"));
  }

  void remove_if_asked(const Archive& archive) const {
    if (fetch_.after == AfterShard::remove_archive) {
      fs::remove(request_.out / archive.file.path);
    }
  }

  std::unique_ptr<PictureSource> open_source() const {
    return fetch_.kind == PictureSet::diffusiondb ? open_diffusiondb_source(request_.out)
                                                  : open_journeydb_source(request_.out, fetch_.choice);
  }

  void make(const Archive& archive) {
    const Json identity = identity_of(archive);
    if (is_finished(archive, identity)) {
      ++summary_.archives_skipped;
      summary_.pictures += read_json_file(stats_of(archive)).value("successes", uint64_t{0});
      remove_if_asked(archive);
      return;
    }
    get({archive.file.path});
    if (record_.contains(archive.part) && record_[archive.part] != identity) {
      fs::remove(stats_of(archive));  // an archive of that name and size, and of another content or other options
    }
    const OnePart source(open_source(), archive.part);
    summary_.pictures += build_shards(source, fetch_.shards_out, fetch_.shards, sink_, cancel_).pictures;
    record_[archive.part] = identity;
    write_file_atomically(fetch_.shards_out / record_name, record_.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
    remove_if_asked(archive);
  }

  // Each archive's own list stands in its stats.
  void write_all_quarantine() {
    std::vector<QuarantinedItem> items;
    for (const Archive& archive : archives_) {
      const fs::path stats = stats_of(archive);
      const Json json = read_json_file(stats);
      for (const Json& item : json.value("quarantined", Json::array())) {
        items.push_back(quarantined_item_from_json(item, stats.string()));
      }
    }
    summary_.quarantined = items.size();
    write_quarantine(fetch_.shards_out / quarantine_name, items);
  }

  const ArchiveFetch& fetch_;
  const DownloadWatcher& watcher_;
  const ProgressSink& sink_;
  const CancelToken& cancel_;
  RepositoryRequest request_;
  std::vector<Archive> archives_;
  std::vector<std::string> others_;
  Json annotations_ = Json::array();  // what the chosen files beside the archives are, where shards hang on them
  Json record_;
  ArchiveFetchSummary summary_;
};

}  // namespace

ArchiveFetchSummary fetch_archives(const ArchiveFetch& fetch, const DownloadWatcher& watcher, const ProgressSink& sink,
                                   const CancelToken& cancel) {
  return ArchiveRun(fetch, watcher, sink, cancel).run();
}

}  // namespace darkroom
