// SPDX-License-Identifier: Apache-2.0
// Numbers are counted in steps, so that percentiles of any number of rows need one small table each.
#include "core/pipeline/dataset_statistics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "core/base/format.h"
#include "core/base/utf8.h"
#include "core/dataset/record_reader.h"
#include "core/text/clip_tokenizer.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr size_t most_different_words = 2'000'000;
constexpr double fine = 0.01;

class NumberCounts {
 public:
  explicit NumberCounts(double step) : step_(step) {}

  void add(double value) {
    min_ = count_ == 0 ? value : std::min(min_, value);
    max_ = count_ == 0 ? value : std::max(max_, value);
    sum_ += value;
    ++count_;
    ++steps_[std::llround(value / step_)];
  }

  NumberSummary summary() const {
    if (count_ == 0) {
      return {};
    }
    return {.min = min_, .max = max_, .mean = sum_ / static_cast<double>(count_), .p5 = at(0.05), .median = at(0.5), .p95 = at(0.95)};
  }

 private:
  double at(double part) const {
    const auto wanted = static_cast<uint64_t>(std::ceil(part * static_cast<double>(count_)));
    uint64_t seen = 0;
    for (const auto& [step, count] : steps_) {
      seen += count;
      if (seen >= wanted) {
        return static_cast<double>(step) * step_;
      }
    }
    return max_;
  }

  double step_;
  double min_ = 0, max_ = 0, sum_ = 0;
  uint64_t count_ = 0;
  std::map<int64_t, uint64_t> steps_;
};

using Counts = std::unordered_map<std::string, uint64_t>;

std::vector<NamedCount> most_frequent(const Counts& counts, size_t most) {
  std::vector<NamedCount> all;
  all.reserve(counts.size());
  for (const auto& [name, count] : counts) {
    all.push_back({.name = name, .count = count});
  }
  std::sort(all.begin(), all.end(),
            [](const NamedCount& a, const NamedCount& b) { return a.count != b.count ? a.count > b.count : a.name < b.name; });
  all.resize(std::min(all.size(), most));
  return all;
}

bool is_word_byte(unsigned char c) {
  return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\'';
}

void count_words(const std::string& caption, Counts& words) {
  std::string word;
  const auto flush = [&] {
    if (!word.empty() && (words.size() < most_different_words || words.contains(word))) {
      ++words[word];
    }
    word.clear();
  };
  for (const char c : caption) {
    if (is_word_byte(static_cast<unsigned char>(c))) {
      word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else {
      flush();
    }
  }
  flush();
}

Json summary_json(const NumberSummary& summary) {
  return Json{{"min", summary.min},   {"p5", summary.p5},   {"median", summary.median},
              {"mean", summary.mean}, {"p95", summary.p95}, {"max", summary.max}};
}

Json counts_json(const std::vector<NamedCount>& counts) {
  Json list = Json::array();
  for (const NamedCount& entry : counts) {
    list.push_back(Json::array({entry.name, entry.count}));
  }
  return list;
}

}  // namespace

DatasetStatistics dataset_statistics(const std::vector<fs::path>& given, size_t most, const ProgressSink& sink, const CancelToken& cancel) {
  const std::vector<fs::path> inputs = record_inputs(given);
  DatasetStatistics result;
  NumberCounts width(1), height(1), aspect(fine), chars(1), tokens(1), aesthetic(fine);
  Counts sizes, words, sources, categories;
  ProgressMeter meter(sink, "statistics", count_rows(inputs), "rows");
  for (const fs::path& input : inputs) {
    RecordReader reader(input);
    for (ImageRecord record; reader.next(record);) {
      cancel.check();
      meter.update(++result.rows);
      if (record.width > 0 && record.height > 0) {
        width.add(record.width);
        height.add(record.height);
        aspect.add(static_cast<double>(record.width) / record.height);
        ++sizes[format("{}x{}", record.width, record.height)];
      } else {
        ++result.without_size;
      }
      chars.add(static_cast<double>(count_characters(record.caption)));
      int64_t ones = std::count(record.attention_mask.begin(), record.attention_mask.end(), 1) - 2;
      if (ones >= ClipTokenizer::kTextTokens) {
        ones = ClipTokenizer::builtin().fit(record.caption).tokens;
        result.cut_captions += ones > ClipTokenizer::kTextTokens ? 1 : 0;
      }
      tokens.add(static_cast<double>(std::max<int64_t>(ones, 0)));
      if (record.aesthetic) {
        aesthetic.add(*record.aesthetic);
        ++result.with_aesthetic;
      }
      count_words(record.caption, words);
      if (!record.source.empty()) {
        ++sources[record.source];
      }
      if (!record.category.empty()) {
        ++categories[record.category];
      }
    }
  }
  meter.finish();
  result.width = width.summary();
  result.height = height.summary();
  result.aspect = aspect.summary();
  result.caption_chars = chars.summary();
  result.tokens = tokens.summary();
  result.aesthetic = aesthetic.summary();
  result.different_words = words.size();
  result.sizes = most_frequent(sizes, most);
  result.words = most_frequent(words, most);
  result.sources = most_frequent(sources, most);
  result.categories = most_frequent(categories, most);
  return result;
}

Json to_json(const DatasetStatistics& statistics) {
  return Json{{"rows", statistics.rows},
              {"width", summary_json(statistics.width)},
              {"height", summary_json(statistics.height)},
              {"aspect", summary_json(statistics.aspect)},
              {"caption_chars", summary_json(statistics.caption_chars)},
              {"tokens", summary_json(statistics.tokens)},
              {"aesthetic", statistics.with_aesthetic > 0 ? summary_json(statistics.aesthetic) : Json(nullptr)},
              {"cut_captions", statistics.cut_captions},
              {"without_size", statistics.without_size},
              {"different_words", statistics.different_words},
              {"sizes", counts_json(statistics.sizes)},
              {"words", counts_json(statistics.words)},
              {"sources", counts_json(statistics.sources)},
              {"categories", counts_json(statistics.categories)}};
}

}  // namespace darkroom
