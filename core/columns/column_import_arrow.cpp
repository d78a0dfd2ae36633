// SPDX-License-Identifier: Apache-2.0
// Numbers are first written in the type of the files, then column by column in the narrowest type that holds them (column_finish.h). The
// type is guessed from the schemas; where a value does not fit after all, that column alone is read again as doubles.
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <unordered_map>

#include "core/base/format.h"
#include "core/base/utf8.h"
#include "core/columns/array_file.h"
#include "core/columns/column_finish.h"
#include "core/columns/column_import.h"
#include "core/columns/group_reader.h"
#include "core/columns/repeat_index.h"
#include "core/columns/worker_pool.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t rows_per_task = 1'000'000;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// What a footer says.
struct FileScan {
  std::vector<uint64_t> group_rows;
  std::vector<MetadataFields> columns;
  std::vector<std::string> names;
  std::vector<PlainType> types;             // of each field
  std::map<MetadataColumn, uint64_t> work;  // compressed bytes of each column

  const MetadataFields* find(MetadataColumn column) const {
    const auto found =
        std::find_if(columns.begin(), columns.end(), [column](const MetadataFields& fields) { return fields.column == column; });
    return found == columns.end() ? nullptr : &*found;
  }
};

// Words of a column as they are met, from all threads.
class WordTable {
 public:
  static constexpr size_t most_words = 254;

  /// 1 + the place of the word; 0 when there is no room for it.
  uint8_t code_of(std::string_view word) {
    const std::lock_guard lock(mutex_);
    const auto found = codes_.find(std::string(word));
    if (found != codes_.end()) {
      return found->second;
    }
    if (words_.size() == most_words) {
      return 0;
    }
    words_.emplace_back(word);
    const auto code = static_cast<uint8_t>(words_.size());
    codes_.emplace(words_.back(), code);
    return code;
  }
  const std::vector<std::string>& words() const { return words_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> words_;
  std::unordered_map<std::string, uint8_t> codes_;
};

// One column on its way into the cache.
struct ColumnWork {
  MetadataColumn column = MetadataColumn::url;
  bool numbers = false;
  StageKind stage = StageKind::f64;
  bool words = false;
  bool hashes = false;
  bool characters = false;  // caption: counts them for caption_chars
  std::vector<size_t> missing_in;
  std::vector<std::string> names;

  std::unique_ptr<ArrayFile> number_file;
  std::unique_ptr<ArrayFile> word_file;
  std::unique_ptr<ArrayFile> hash_file;
  std::unique_ptr<ArrayFile> character_file;
  WordTable table;
  std::atomic<bool> misfit{false};      // a number that the stage cannot hold
  std::atomic<bool> many_words{false};  // more different texts than codes
};

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

uint64_t hash_of(std::string_view text) {
  const uint64_t hash = XXH3_64bits(text.data(), text.size());
  return hash == 0 ? 1 : hash;
}

int32_t characters_of(std::string_view text) {
  const int64_t count = is_ascii(text) ? static_cast<int64_t>(text.size()) : count_characters(text);
  return static_cast<int32_t>(std::min<int64_t>(count, std::numeric_limits<int32_t>::max()));
}

// Several fields of one meaning: the first that has a value counts.
void join(std::vector<double>& into, const std::vector<double>& next) {
  for (size_t row = 0; row < into.size(); ++row) {
    if (std::isnan(into[row])) {
      into[row] = next[row];
    }
  }
}

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
    read(works_);
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
      const std::shared_ptr<const ParquetFile> file = open(index);
      FileScan& scan = scans_[index];
      scan.group_rows = file->group_rows();
      scan.columns = metadata_fields(file->schema());
      scan.names = file->names();
      for (size_t field = 0; field < scan.names.size(); ++field) {
        scan.types.push_back(file->plain_type(static_cast<int>(field)));
      }
      for (const MetadataFields& fields : scan.columns) {
        for (const std::vector<int>* list : {&fields.numbers, &fields.texts}) {
          for (const int field : *list) {
            if (!scan.group_rows.empty()) {
              scan.work[fields.column] += file->bytes_of(0, field);
            }
          }
        }
      }
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
    for (const MetadataColumnInfo& info : metadata_columns()) {
      auto work = std::make_unique<ColumnWork>();
      work->column = info.column;
      bool any_text = false;
      bool any = false;
      bool plain_f32 = true;
      bool plain_i32 = true;
      for (size_t index = 0; index < scans_.size(); ++index) {
        const MetadataFields* const fields = scans_[index].find(info.column);
        if (fields == nullptr) {
          work->missing_in.push_back(index);
          continue;
        }
        any = true;
        any_text = any_text || !fields->texts.empty();
        const bool single = fields->numbers.size() == 1 && fields->texts.empty();
        plain_f32 = plain_f32 && single && scans_[index].types[static_cast<size_t>(fields->numbers[0])] == PlainType::f32;
        plain_i32 = plain_i32 && single && scans_[index].types[static_cast<size_t>(fields->numbers[0])] == PlainType::i32;
        for (const std::vector<int>* list : {&fields->numbers, &fields->texts}) {
          for (const int field : *list) {
            const std::string& name = scans_[index].names[static_cast<size_t>(field)];
            if (std::find(work->names.begin(), work->names.end(), name) == work->names.end()) {
              work->names.push_back(name);
            }
          }
        }
      }
      if (!any) {
        continue;
      }
      work->numbers = info.number;
      work->stage = plain_f32 ? StageKind::f32 : plain_i32 ? StageKind::i32 : StageKind::f64;
      const bool texts = any_text && (!info.number || info.column == MetadataColumn::nsfw);
      work->words = texts && (info.column == MetadataColumn::nsfw || info.column == MetadataColumn::language);
      work->hashes = texts && !work->words;
      work->characters = info.column == MetadataColumn::caption && texts;
      works_.push_back(std::move(work));
    }
    if (works_.empty()) {
      fail(ErrorCode::bad_input, "{}: has no column that is known; it has {}", layout_.files.front().path.string(),
           fmt::join(scans_.front().names, ", "));
    }
  }

  void read(const std::vector<std::unique_ptr<ColumnWork>>& works) {
    std::vector<ColumnWork*> list;
    list.reserve(works.size());
    for (const std::unique_ptr<ColumnWork>& work : works) {
      list.push_back(work.get());
    }
    read(list);
  }

  void read(const std::vector<ColumnWork*>& works) {
    for (ColumnWork* const work : works) {
      const uint64_t rows = padded_rows(layout_.rows);
      if (work->numbers) {
        work->number_file = std::make_unique<ArrayFile>(folder_ / array_name(work->column, "stage"), rows * stage_bytes(work->stage));
      }
      if (work->words) {
        work->word_file = std::make_unique<ArrayFile>(folder_ / array_name(work->column, "words"), rows);
      }
      if (work->hashes) {
        work->hash_file = std::make_unique<ArrayFile>(folder_ / array_name(work->column, "hashes"), rows * sizeof(uint64_t));
      }
      if (work->characters) {
        work->character_file =
            std::make_unique<ArrayFile>(folder_ / array_name(MetadataColumn::caption_chars, "stage"), rows * sizeof(int32_t));
      }
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
      meter.update(total > 0
                       ? static_cast<uint64_t>(static_cast<double>(layout_.rows) * static_cast<double>(done) / static_cast<double>(total))
                       : layout_.rows);
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
    ColumnWork& work = *task.work;
    const MetadataFields* const fields = scans_[task.file].find(work.column);
    if (fields == nullptr) {
      leave_empty(task);
      return;
    }
    const std::shared_ptr<const ParquetFile> file = open(task.file);
    uint64_t row = task.first_row;
    for (size_t group = task.first_group; group < task.first_group + task.groups; ++group) {
      const uint64_t rows = scans_[task.file].group_rows[group];
      if (work.numbers) {
        read_numbers(*file, group, rows, row, *fields, work);
      }
      if (work.words || work.hashes) {
        read_texts(*file, group, rows, row, *fields, work);
      }
      row += rows;
    }
  }

  template <typename T>
  static void fill(ArrayFile& file, uint64_t first, uint64_t rows, T value) {
    const std::vector<T> values(std::min<uint64_t>(rows, batch_rows), value);
    for (uint64_t row = 0; row < rows; row += values.size()) {
      file.write_values(first + row, std::span(values).first(std::min<uint64_t>(values.size(), rows - row)));
    }
  }

  // The file has no such column. Words and hashes are 0 where nothing was written.
  static void leave_empty(const Task& task) {
    ColumnWork& work = *task.work;
    if (work.numbers) {
      switch (work.stage) {
        case StageKind::f32:
          fill(*work.number_file, task.first_row, task.rows, std::numeric_limits<float>::quiet_NaN());
          break;
        case StageKind::i32:
          fill(*work.number_file, task.first_row, task.rows, empty_i32);
          break;
        case StageKind::f64:
          fill(*work.number_file, task.first_row, task.rows, nan);
          break;
      }
    }
    if (work.characters) {
      fill(*work.character_file, task.first_row, task.rows, empty_i32);
    }
  }

  void read_numbers(const ParquetFile& file, uint64_t group, uint64_t rows, uint64_t first, const MetadataFields& fields,
                    ColumnWork& work) const {
    if (work.misfit) {
      return;
    }
    if (work.stage == StageKind::f32) {
      NumberField field(file, group, fields.numbers[0]);
      each_piece<float>(
          file, group, fields.numbers[0], rows, cancel_, [&](size_t most, float* out) { return field.read(most, out); },
          [&](uint64_t done, std::span<const float> values) { work.number_file->write_values(first + done, values); });
      return;
    }
    if (work.stage == StageKind::i32) {
      NumberField field(file, group, fields.numbers[0]);
      bool taken = false;
      each_piece<int32_t>(
          file, group, fields.numbers[0], rows, cancel_, [&](size_t most, int32_t* out) { return field.read(most, out, taken); },
          [&](uint64_t done, std::span<const int32_t> values) { work.number_file->write_values(first + done, values); });
      work.misfit = work.misfit || taken;
      return;
    }
    if (fields.numbers.size() == 1 && fields.texts.empty()) {
      NumberField field(file, group, fields.numbers[0]);
      each_piece<double>(
          file, group, fields.numbers[0], rows, cancel_, [&](size_t most, double* out) { return field.read(most, out); },
          [&](uint64_t done, std::span<const double> values) { work.number_file->write_values(first + done, values); });
      return;
    }
    std::vector<double> joined(rows, nan);
    std::vector<double> one(rows);
    for (const int index : fields.numbers) {
      NumberField field(file, group, index);
      each_piece<double>(
          file, group, index, rows, cancel_, [&](size_t most, double* out) { return field.read(most, out); },
          [&](uint64_t done, std::span<const double> values) {
            std::copy(values.begin(), values.end(), one.begin() + static_cast<std::ptrdiff_t>(done));
          });
      join(joined, one);
    }
    if (!fields.texts.empty()) {
      each_text(file, group, rows, fields.texts, cancel_, [&](uint64_t done, std::span<const std::string_view> texts) {
        for (size_t i = 0; i < texts.size(); ++i) {
          if (std::isnan(joined[done + i])) {
            joined[done + i] = number_of_text(texts[i]);
          }
        }
      });
    }
    work.number_file->write_values(first, std::span<const double>(joined));
  }

  void read_texts(const ParquetFile& file, uint64_t group, uint64_t rows, uint64_t first, const MetadataFields& fields,
                  ColumnWork& work) const {
    if (fields.texts.empty()) {
      if (work.characters) {
        fill(*work.character_file, first, rows, empty_i32);
      }
      return;
    }
    std::vector<uint64_t> hashes;
    std::vector<int32_t> characters;
    std::vector<uint8_t> codes;
    std::unordered_map<std::string, uint8_t> known;
    std::string last;
    uint8_t last_code = 0;
    each_text(file, group, rows, fields.texts, cancel_, [&](uint64_t done, std::span<const std::string_view> texts) {
      if (work.hashes) {
        hashes.resize(texts.size());
        for (size_t i = 0; i < texts.size(); ++i) {
          hashes[i] = texts[i].data() == nullptr ? 0 : hash_of(texts[i]);
        }
        work.hash_file->write_values(first + done, std::span<const uint64_t>(hashes));
      }
      if (work.characters) {
        characters.resize(texts.size());
        for (size_t i = 0; i < texts.size(); ++i) {
          characters[i] = texts[i].data() == nullptr ? empty_i32 : characters_of(texts[i]);
        }
        work.character_file->write_values(first + done, std::span<const int32_t>(characters));
      }
      if (work.words && !work.many_words) {
        codes.resize(texts.size());
        for (size_t i = 0; i < texts.size(); ++i) {
          if (texts[i].data() == nullptr) {
            codes[i] = 0;
            continue;
          }
          if (last_code == 0 || texts[i] != last) {
            last = texts[i];
            uint8_t& code = known[last];
            if (code == 0) {
              code = work.table.code_of(last);
              if (code == 0) {
                work.many_words = true;
                return;
              }
            }
            last_code = code;
          }
          codes[i] = last_code;
        }
        work.word_file->write_values(first + done, std::span<const uint8_t>(codes));
      }
    });
  }

  // Columns that turned out to be another thing than their schema let expect.
  void read_again() {
    std::vector<ColumnWork*> again;
    for (const std::unique_ptr<ColumnWork>& work : works_) {
      if (!work->misfit && !work->many_words) {
        continue;
      }
      if (work->misfit) {
        work->stage = StageKind::f64;
        work->misfit = false;
      }
      if (work->many_words) {
        work->words = false;
        work->hashes = true;
        work->many_words = false;
        work->word_file.reset();
        fs::remove(folder_ / array_name(work->column, "words"));
      }
      again.push_back(work.get());
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
      work->number_file.reset();
      work->character_file.reset();
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
        finish_numbers(folder_, work->stage, layout_.rows, column, pool_);
      }
      layout_.columns.push_back(std::move(column));
      if (work->characters) {
        ColumnLayout counted;
        counted.column.column = MetadataColumn::caption_chars;
        counted.column.missing_in = work->missing_in;
        finish_numbers(folder_, StageKind::i32, layout_.rows, counted, pool_);
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
