// SPDX-License-Identifier: Apache-2.0
#include "core/text/bpe_merges.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;

class BpeMergesTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { text_ = read_file(DARKROOM_SOURCE_DIR "/resources/tokenizer/merges.txt"); }

  void mergesByRank() {
    const BpeMerges merges(text_, "merges.txt");
    // Merge 0 is "i n", merge 1 "t h": their ids follow the 512 of the bytes. 'i' is byte 0x69, the 73rd printable one.
    QCOMPARE(merges.spelling(512), std::string_view("in"));
    QCOMPARE(merges.spelling(513), std::string_view("th"));
    QCOMPARE(merges.spelling(0x69 - 0x21), std::string_view("i"));
    QCOMPARE(merges.spelling(256 + 0x69 - 0x21), std::string_view("i</w>"));
    QCOMPARE(ids_of(merges, "zqzq"), (std::vector<int32_t>{0x7A - 0x21, 0x71 - 0x21, 0x7A - 0x21, 256 + 0x71 - 0x21}));
  }

  void everyPieceIsWhatItsOwnMergesMake() {
    // The whole-word look-up relies on it: encode each piece that ends a word behind a letter that keeps the look-up away, and alone.
    const BpeMerges merges(text_, "merges.txt");
    int words = 0;
    for (int32_t id = 256; id < BpeMerges::kIds; ++id) {
      const std::string_view spelling = merges.spelling(id);
      if (!spelling.ends_with("</w>") || merges.text_bytes(id) != spelling.size() - 4 || spelling.size() - 4 > BpeMerges::kLookupBytes) {
        continue;  // pieces of ASCII spelling are enough: the golden strings cover the others
      }
      const std::string word(spelling.substr(0, spelling.size() - 4));
      QCOMPARE(ids_of(merges, word), std::vector<int32_t>{id});
      QCOMPARE(merge_by_definition(merges, word), std::vector<int32_t>{id});
      ++words;
    }
    QVERIFY(words > 30000);
  }

  void longWordsFollowTheSameRule() {
    const BpeMerges merges(text_, "merges.txt");
    for (const char* unit : {"a", "ab", "!", "banana", "mississippi", "-=", "llama"}) {
      std::string word;
      while (word.size() < 150) {
        word += unit;
      }
      for (const size_t length : {17u, 47u, 48u, 49u, 50u, 150u}) {
        QCOMPARE(ids_of(merges, word.substr(0, length)), merge_by_definition(merges, word.substr(0, length)));
      }
    }
  }

  void rejectsDamagedMerges() {
    const auto complaint = [](const std::string& text) {
      try {
        BpeMerges merges(text, "some.txt");
      } catch (const Error& error) {
        return error.code() == ErrorCode::bad_input ? std::string(error.what()) : std::string();
      }
      return std::string();
    };
    QVERIFY(complaint("").starts_with("some.txt: line 2:"));
    QVERIFY(complaint(text_.substr(0, text_.size() / 2)).starts_with("some.txt: line "));
    QVERIFY(complaint("#version\ni n\nth e\n").starts_with("some.txt: line 3:"));  // "th" is not known yet
    QVERIFY(complaint(text_ + "i n\n").ends_with("got more"));
  }

 private:
  static std::vector<int32_t> ids_of(const BpeMerges& merges, std::string word) {
    const size_t length = word.size();
    word.resize(length + 16);
    std::vector<int32_t> ids;
    merges.append_ids(word.data(), length, ids);
    return ids;
  }

  /// Joins the neighbours of the lowest rank, leftmost first, with nothing but the spellings. ASCII words.
  std::vector<int32_t> merge_by_definition(const BpeMerges& merges, const std::string& word) {
    if (by_spelling_.empty()) {
      for (int32_t id = 0; id < BpeMerges::kIds; ++id) {
        by_spelling_[std::string(merges.spelling(id))] = id;
      }
      size_t at = text_.find('\n') + 1;
      for (int rank = 0; rank < BpeMerges::kMerges; ++rank) {
        const size_t end = text_.find('\n', at);
        ranks_[text_.substr(at, end - at)] = rank;
        at = end + 1;
      }
    }
    std::vector<std::string> parts;
    for (const char c : word) {
      parts.emplace_back(1, c);
    }
    parts.back() += "</w>";
    for (;;) {
      int best = BpeMerges::kMerges;
      size_t best_at = 0;
      for (size_t i = 0; i + 1 < parts.size(); ++i) {
        const auto rank = ranks_.find(parts[i] + " " + parts[i + 1]);
        if (rank != ranks_.end() && rank->second < best) {
          best = rank->second;
          best_at = i;
        }
      }
      if (best == BpeMerges::kMerges) {
        break;
      }
      parts[best_at] += parts[best_at + 1];
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best_at) + 1);
    }
    std::vector<int32_t> ids;
    for (const std::string& part : parts) {
      ids.push_back(by_spelling_.at(part));
    }
    return ids;
  }

  std::string text_;
  std::unordered_map<std::string, int32_t> by_spelling_;
  std::unordered_map<std::string, int> ranks_;
};

DARKROOM_TEST(BpeMergesTest);
#include "bpe_merges_test.moc"
