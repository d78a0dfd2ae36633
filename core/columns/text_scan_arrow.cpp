// SPDX-License-Identifier: Apache-2.0
// RowFilter itself judges the texts: there is no second meaning of a pattern. Pieces do not end on whole words of bits, so words are joined
// atomically.
#include <atomic>
#include <mutex>

#include "core/columns/column_store_impl.h"
#include "core/columns/crossfilter.h"
#include "core/columns/group_reader.h"
#include "core/columns/metadata_fields.h"
#include "core/columns/rule_test.h"
#include "core/columns/worker_pool.h"

namespace darkroom {
namespace {

void set_bit(RowBits& bits, uint64_t row) {
  std::atomic_ref<uint64_t>(bits.data()[row / 64]).fetch_or(uint64_t{1} << (row % 64), std::memory_order_relaxed);
}

}  // namespace

TextVerdicts scan_texts(const ColumnStore& store, const ColumnRule& rule, unsigned threads, const ProgressSink& sink,
                        const CancelToken& cancel) {
  ColumnStore::Impl& impl = *store.impl_;
  const ColumnRule texts_rule = texts_of(rule);
  RowBits passes(store.rows());
  RowBits has_text(store.rows());
  ProgressMeter meter(sink, "scan", store.rows(), "rows");
  std::mutex meter_mutex;
  uint64_t done = 0;
  WorkerPool pool(threads);
  const size_t groups = impl.group_starts.size() - 1;
  pool.run(groups, [&](size_t index) {
    const uint64_t first = impl.group_starts[index];
    const uint64_t rows = impl.group_starts[index + 1] - first;
    if (rows == 0) {
      return;
    }
    const RowPlace place = store.place(first);
    const std::shared_ptr<const ParquetFile> file = impl.open_file(place.file);
    const std::vector<MetadataFields> known = metadata_fields(file->schema());
    const MetadataFields* const fields = find_fields(known, rule.column);
    if (fields == nullptr || fields->texts.empty()) {
      return;
    }
    RowFilter filter(FilterRules{.rules = {texts_rule}, .keep = {}, .drop = {}});
    std::vector<RowVerdict> verdicts;
    each_text(*file, place.group, rows, fields->texts, batch_rows, cancel, [&](uint64_t begin, std::span<const std::string_view> texts) {
      FilterBatch batch;
      batch.rows = texts.size();
      batch.columns[rule.column] = {.numbers = {}, .texts = texts};
      filter.apply(batch, verdicts);
      for (size_t i = 0; i < texts.size(); ++i) {
        if (texts[i].data() != nullptr) {
          set_bit(has_text, first + begin + i);
        }
        if (is_kept(verdicts[i])) {
          set_bit(passes, first + begin + i);
        }
      }
    });
    const std::lock_guard lock(meter_mutex);
    done += rows;
    meter.update(done);
  });
  meter.finish();
  return {.rule = texts_rule,
          .passes = std::make_shared<const RowBits>(std::move(passes)),
          .has_text = std::make_shared<const RowBits>(std::move(has_text))};
}

}  // namespace darkroom
