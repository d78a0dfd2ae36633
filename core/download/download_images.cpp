// SPDX-License-Identifier: Apache-2.0
#include "core/download/download_images.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/json.h"
#include "core/dataset/quarantine.h"
#include "core/download/download_description.h"
#include "core/download/earlier_pictures.h"
#include "core/download/shard_worker.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr size_t most_open_shards = 3;
constexpr int wait_ms = 100;
constexpr const char* journals_name = "_tmp";

class Download {
 public:
  Download(const std::vector<fs::path>& inputs, fs::path out, const DownloadOptions& options, const ProgressSink& sink,
           const CancelToken& cancel)
      : inputs_(inputs),
        out_(std::move(out)),
        options_(options),
        cancel_(cancel),
        earlier_(options.earlier_folders, options, cancel),
        plan_(row_counts(), options.rows_per_shard, options.shard_digits),
        pool_(options.transfer),
        meter_(sink, "download", plan_.rows(), "pictures"),
        worker_(plan_, out_, options, [this] { pool_.wake(); }) {}

  DownloadSummary run() {
    const double started_s = monotonic_seconds();
    summary_.shards = plan_.shards().size();
    for (;;) {
      cancel_.check();
      worker_.rethrow_failure();
      open_shards();
      feed();
      take(pool_.work(wait_ms, most_running()));
      tell();
      if (next_shard_ == plan_.shards().size() && worker_.shards_written() == opened_) {
        break;
      }
    }
    worker_.rethrow_failure();
    finish();
    summary_.seconds = monotonic_seconds() - started_s;
    return std::move(summary_);
  }

 private:
  std::vector<uint64_t> row_counts() const {
    std::vector<uint64_t> counts;
    for (const fs::path& input : inputs_) {
      counts.push_back(UrlTable(input, options_.columns).size());
    }
    return counts;
  }

  ShardPaths paths_of(const ShardSpec& shard) const { return {out_, plan_.shard_name(shard.number)}; }

  // Decoders that are behind must not be buried under bodies.
  size_t most_running() const {
    const auto most = static_cast<size_t>(options_.transfer.connections);
    return most - std::min(most, worker_.bodies_waiting());
  }

  void open_shards() {
    while (next_shard_ < plan_.shards().size() && opened_ - worker_.shards_written() < most_open_shards) {
      const ShardSpec& shard = plan_.shards()[next_shard_++];
      const ShardPaths paths = paths_of(shard);
      if (fs::exists(paths.stats)) {
        if (!options_.retry_failed || !revive(shard, paths)) {
          rows_before_ += shard.rows;
          ++summary_.shards_skipped;
          continue;
        }
      }
      if (!table_ || table_input_ != shard.input) {
        table_.emplace(inputs_[shard.input], options_.columns);
        table_input_ = shard.input;
      }
      const auto open = std::make_shared<OpenShard>(shard, table_->read(shard.first_row, shard.rows), out_ / journals_name,
                                                    plan_.shard_name(shard.number));
      ++opened_;
      rows_before_ += open->journal.recorded();
      summary_.rows_resumed += open->journal.recorded();
      if (earlier_.size() > 0) {
        // The lines of other shards must not wait for it.
        const uint64_t copied = earlier_.copy_to(open->rows, open->journal, [this] {
          cancel_.check();
          take(pool_.work(0, most_running()));
          tell();
        });
        rows_before_ += copied;
        summary_.rows_reused += copied;
      }
      if (open->journal.recorded() == shard.rows) {
        worker_.write(open);
      } else {
        waiting_.emplace_back(open, 0);
      }
    }
  }

  // Makes a finished shard an unfinished one that lacks only what failed to download. False: nothing failed.
  bool revive(const ShardSpec& shard, const ShardPaths& paths) {
    if (read_shard_stats(paths.stats).failed_to_download == 0) {
      return false;
    }
    const std::string name = plan_.shard_name(shard.number);
    // Under another name until it is whole: a journal that lacks rows would have them downloaded again.
    const std::string draft = name + ".revived";
    ShardJournal(out_ / journals_name, draft, shard.rows).remove();
    ShardJournal journal(out_ / journals_name, draft, shard.rows);
    read_shard_pictures(paths, options_.columns.hash_kind, options_.picture.format,
                        [&](uint64_t row, WrittenRow&& written, const ReadPicture& picture) {
                          if (written.outcome.status == RowStatus::failed_to_resize) {
                            journal.record(row, written.outcome, {});
                          } else if (written.outcome.status == RowStatus::success) {
                            if (const std::optional<std::string> bytes = picture()) {
                              journal.record(row, written.outcome, *bytes);
                            }
                          }
                        });
    journal.rename_to(name);
    fs::remove(paths.stats);
    sync_directory(out_);
    return true;
  }

  void feed() {
    // A window over hosts: enough that a few slow ones do not use it up.
    const size_t most_in_pool = static_cast<size_t>(options_.transfer.connections) * 16;
    while (!waiting_.empty() && pool_.load() < most_in_pool) {
      auto& [shard, row] = waiting_.front();
      if (row == shard->spec.rows) {
        waiting_.pop_front();
        continue;
      }
      bool has_ended = false;
      {
        const std::lock_guard lock(shard->mutex);
        has_ended = shard->journal.outcome(row) != nullptr;
      }
      if (!has_ended) {
        start(shard, row);
      }
      ++row;
    }
  }

  void start(const std::shared_ptr<OpenShard>& shard, uint64_t row) {
    const std::optional<std::string_view> url = shard->rows.url(row);
    if (!url || url->empty()) {
      worker_.record(shard, row, {.status = RowStatus::failed_to_download, .error = "no URL"});
      return;
    }
    const uint64_t id = next_id_++;
    asked_.emplace(id, std::pair(shard, row));
    pool_.add(id, std::string(*url));
  }

  void take(std::vector<FetchedBody> bodies) {
    for (FetchedBody& body : bodies) {
      const auto asked = asked_.extract(body.id);
      const auto& [shard, row] = asked.mapped();
      ++summary_.rows_downloaded;
      if (body.error.empty()) {
        worker_.decode(shard, row, std::move(body));
      } else {
        worker_.record(shard, row, {.status = RowStatus::failed_to_download, .error = body.error, .detail = body.detail});
      }
    }
  }

  void tell() {
    meter_.update(rows_before_ + worker_.rows_ended(), format("{:.1f} MB", static_cast<double>(pool_.downloaded_bytes()) / 1e6));
  }

  void finish() {
    meter_.finish();
    summary_.downloaded_bytes = pool_.downloaded_bytes();
    const fs::path quarantine = out_ / quarantine_name;
    fs::path partial = quarantine;
    partial += ".partial";
    DurableFile file(partial);
    for (const ShardSpec& shard : plan_.shards()) {
      const ShardPaths paths = paths_of(shard);
      const ShardStats stats = read_shard_stats(paths.stats);
      summary_.stats.add(stats);
      if (stats.successes == stats.count) {
        continue;
      }
      read_shard_rows(paths.parquet, options_.columns.hash_kind, [&](uint64_t, WrittenRow&& row) {
        if (row.outcome.status == RowStatus::success) {
          return;
        }
        const QuarantinedItem item{.stage = "download",
                                   .source = paths.tar.filename().string(),
                                   .item = row.key,
                                   .reason = format("{}: {}", row_status_name(row.outcome.status), message_of(row.outcome))};
        Json line = to_json(item);
        line["url"] = row.url;
        file.write(line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
      });
    }
    file.sync_and_close();
    rename_durably(partial, quarantine);
    std::error_code none;
    fs::remove_all(out_ / journals_name, none);  // all journals are done with
  }

  const std::vector<fs::path>& inputs_;
  fs::path out_;
  const DownloadOptions& options_;
  const CancelToken& cancel_;
  const EarlierPictures earlier_;
  ShardPlan plan_;
  TransferPool pool_;
  ProgressMeter meter_;
  std::optional<UrlTable> table_;
  size_t table_input_ = 0;
  size_t next_shard_ = 0;
  uint64_t opened_ = 0;
  uint64_t rows_before_ = 0;
  uint64_t next_id_ = 0;
  std::deque<std::pair<std::shared_ptr<OpenShard>, uint64_t>> waiting_;  // with the next row to ask for
  std::unordered_map<uint64_t, std::pair<std::shared_ptr<OpenShard>, uint64_t>> asked_;
  DownloadSummary summary_;
  ShardWorker worker_;  // last: its threads end before what they use
};

}  // namespace

DownloadSummary download_images(const std::vector<fs::path>& inputs, const fs::path& out, const DownloadOptions& options,
                                const ProgressSink& sink, const CancelToken& cancel) {
  check_options(options);
  claim_download_folder(out, describe_download(inputs, options));
  return Download(inputs, out, options, sink, cancel).run();
}

}  // namespace darkroom
