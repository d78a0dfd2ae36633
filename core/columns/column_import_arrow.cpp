// SPDX-License-Identifier: Apache-2.0
// Numbers are written in a type that is guessed from the schemas, and where they turn out narrower, once more (column_finish.h). Where a
// value does not fit after all, that column alone is read again as doubles.
#include <algorithm>
#include <limits>
#include <map>
#include <mutex>

#include "core/base/format.h"
#include "core/base/progress.h"
#include "core/columns/column_finish.h"
#include "core/columns/column_import.h"
#include "core/columns/column_part.h"
#include "core/columns/repeat_index.h"
#include "core/columns/worker_pool.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t rows_per_task = 1'000'000;

// Rows of a file that one task reads of one column.
struct Task {
  size_t file = 0;
  size_t first_group = 0;
  size_t groups = 0;
  uint64_t first_row = 0;
  uint64_t rows = 0;
  ColumnWork* work = nullptr;
  uint64_t bytes = 0;
};

class Importer {
 public:
  Importer(std::vector<SourceFile> files, const fs::path& folder, const ImportOptions& options, const ProgressSink& sink,
           const CancelToken& cancel)
      : folder_(folder), pool_(options.threads), cancel_(cancel), sink_(sink) {
    layout_.files = std::move(files);
  }

  StoreLayout run() {
    scan();
    plan();
    read_all();
    read_again();
    finish();
    write_groups();
    return std::move(layout_);
  }

 private:
  void scan() {
    scans_.resize(layout_.files.size());
    pool_.run(scans_.size(), [this](size_t index) {
      cancel_.check();
      FileScan& scan = scans_[index];
      scan = scan_footer(*open(index));
      layout_.files[index].groups = scan.group_rows.size();
      layout_.files[index].rows = 0;
      for (const uint64_t rows : scan.group_rows) {
        layout_.files[index].rows += rows;
      }
    });
    for (const SourceFile& file : layout_.files) {
      layout_.rows += file.rows;
      if (layout_.rows >= std::numeric_limits<uint32_t>::max()) {
        fail(ErrorCode::bad_input, "{}: with this file there are {} rows; a set may have {}", file.path.string(), layout_.rows,
             std::numeric_limits<uint32_t>::max() - 1);
      }
    }
  }

  // A file is opened when a task needs it, and kept while others do.
  std::shared_ptr<const ParquetFile> open(size_t index) {
    const std::lock_guard lock(open_mutex_);
    std::shared_ptr<const ParquetFile> file = open_files_[index].lock();
    if (!file) {
      file = std::make_shared<const ParquetFile>(layout_.files[index].path);
      open_files_[index] = file;
    }
    return file;
  }

  void plan() {
    works_ = plan_columns(scans_);
    if (works_.empty()) {
      fail(ErrorCode::bad_input, "{}: has no column that is known; it has {}", layout_.files.front().path.string(),
           fmt::join(scans_.front().names, ", "));
    }
  }

  void read(const std::vector<ColumnWork*>& works) {
    for (ColumnWork* const work : works) {
      work->create_files(folder_, layout_.rows);
    }
    const std::vector<Task> tasks = split(works);
    uint64_t total = 0;
    for (const Task& task : tasks) {
      total += task.bytes;
    }
    ProgressMeter meter(sink_, "import", layout_.rows, "rows");
    std::mutex meter_mutex;
    uint64_t done = 0;
    pool_.run(tasks.size(), [&](size_t index) {
      cancel_.check();
      perform(tasks[index]);
      const std::lock_guard lock(meter_mutex);
      done += tasks[index].bytes;
      meter.update(static_cast<uint64_t>(static_cast<double>(layout_.rows) * static_cast<double>(done) / static_cast<double>(total)));
    });
    meter.finish();
  }

  // Whole row groups, small ones together; of the same rows the column with the most bytes first, so that no long task begins last.
  std::vector<Task> split(const std::vector<ColumnWork*>& works) {
    std::vector<Task> tasks;
    uint64_t first_row = 0;
    for (size_t file = 0; file < scans_.size(); ++file) {
      const std::vector<uint64_t>& groups = scans_[file].group_rows;
      for (size_t group = 0; group < groups.size();) {
        Task part{.file = file, .first_group = group, .groups = 0, .first_row = first_row, .rows = 0, .work = nullptr, .bytes = 0};
        do {
          part.rows += groups[group++];
          ++part.groups;
        } while (group < groups.size() && part.rows + groups[group] <= rows_per_task);
        first_row += part.rows;
        const size_t begin = tasks.size();
        for (ColumnWork* const work : works) {
          part.work = work;
          const auto bytes = scans_[file].work.find(work->column);
          part.bytes = bytes == scans_[file].work.end() ? 1 : bytes->second + 1;
          tasks.push_back(part);
        }
        std::stable_sort(tasks.begin() + static_cast<std::ptrdiff_t>(begin), tasks.end(),
                         [](const Task& a, const Task& b) { return a.bytes > b.bytes; });
      }
    }
    return tasks;
  }

  void perform(const Task& task) {
    const FileScan& scan = scans_[task.file];
    const MetadataFields* const fields = find_fields(scan.columns, task.work->column);
    ColumnPart part(*task.work, task.first_row);
    if (fields == nullptr) {
      part.leave_empty(task.rows);
    } else {
      const std::shared_ptr<const ParquetFile> file = open(task.file);
      for (size_t group = task.first_group; group < task.first_group + task.groups; ++group) {
        part.read_group(*file, group, scan.group_rows[group], *fields, cancel_);
      }
    }
    part.finish();
  }

  void read_all() {
    std::vector<ColumnWork*> all;
    all.reserve(works_.size());
    for (const std::unique_ptr<ColumnWork>& work : works_) {
      all.push_back(work.get());
    }
    read(all);
  }

  void read_again() {
    std::vector<ColumnWork*> again;
    for (const std::unique_ptr<ColumnWork>& work : works_) {
      if (work->wants_again(folder_)) {
        again.push_back(work.get());
      }
    }
    if (!again.empty()) {
      read(again);
    }
  }

  void finish() {
    for (const std::unique_ptr<ColumnWork>& work : works_) {
      ColumnLayout column;
      column.column.column = work->column;
      column.column.names = work->names;
      column.column.missing_in = work->missing_in;
      if (work->hashes) {
        column.column.hashes = true;
        work->hash_file->sync();
        work->hash_file.reset();
        const RepeatCounts repeats = write_repeat_index(folder_, work->column, layout_.rows, pool_);
        column.repeat_rows = repeats.rows;
        column.repeat_groups = repeats.groups;
        column.column.empty = repeats.empty;
      }
      if (work->words) {
        column.column.words = true;
        column.column.empty = finish_words(folder_, work->column, layout_.rows, work->table.words(), column.column.dictionary, pool_);
      }
      if (work->numbers) {
        finish_numbers(folder_, *work->number_files, layout_.rows, column, pool_);
      }
      layout_.columns.push_back(std::move(column));
      if (work->characters) {
        ColumnLayout counted;
        counted.column.column = MetadataColumn::caption_chars;
        counted.column.missing_in = work->missing_in;
        finish_numbers(folder_, *work->character_files, layout_.rows, counted, pool_);
        layout_.columns.push_back(std::move(counted));
      }
      cancel_.check();
    }
    finish_aspect(folder_, layout_, pool_);
    std::sort(layout_.columns.begin(), layout_.columns.end(),
              [](const ColumnLayout& a, const ColumnLayout& b) { return a.column.column < b.column.column; });
  }

  void write_groups() {
    std::vector<uint64_t> starts;
    uint64_t row = 0;
    for (const FileScan& scan : scans_) {
      for (const uint64_t rows : scan.group_rows) {
        starts.push_back(row);
        row += rows;
      }
    }
    starts.push_back(row);
    ArrayFile file(folder_ / groups_name, starts.size() * sizeof(uint64_t));
    file.write_values(0, std::span<const uint64_t>(starts));
    file.sync();
  }

  fs::path folder_;
  WorkerPool pool_;
  CancelToken cancel_;
  ProgressSink sink_;
  StoreLayout layout_;
  std::vector<FileScan> scans_;
  std::vector<std::unique_ptr<ColumnWork>> works_;
  std::mutex open_mutex_;
  std::map<size_t, std::weak_ptr<const ParquetFile>> open_files_;
};

}  // namespace

StoreLayout import_columns(std::vector<SourceFile> files, const fs::path& folder, const ImportOptions& options, const ProgressSink& sink,
                           const CancelToken& cancel) {
  return Importer(std::move(files), folder, options, sink, cancel).run();
}

}  // namespace darkroom
