// SPDX-License-Identifier: Apache-2.0
// Golden: tests/parity/make_tokenizer_golden.py. DARKROOM_TOKENIZER_GOLDEN=FILE checks another file of the same form (the script's --all).
#include "core/text/clip_tokenizer.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <thread>

#include "core/base/atomic_file.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {
using Ids = std::vector<int32_t>;
}

class ClipTokenizerTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    static const std::string merges = DARKROOM_SOURCE_DIR "/resources/tokenizer/merges.txt";
    tokenizer_ = std::make_unique<ClipTokenizer>(read_file(merges), merges);
  }

  void equalsTheReference() {
    QFile file(qEnvironmentVariable("DARKROOM_TOKENIZER_GOLDEN", DARKROOM_TEST_DATA "/clip_tokenizer_golden.jsonl"));
    QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.fileName()));
    int lines = 0, mismatches = 0;
    while (!file.atEnd()) {
      const QJsonObject item = QJsonDocument::fromJson(file.readLine()).object();
      ++lines;
      const std::string text = item.contains("hex") ? QByteArray::fromHex(item["hex"].toString().toLatin1()).toStdString()
                                                    : item["text"].toString().toUtf8().toStdString();
      QVERIFY2(item.contains("ids"), qPrintable(QString("line %1").arg(lines)));
      Ids expected;
      for (const auto& id : item["ids"].toArray()) {
        expected.push_back(id.toInt());
      }
      if (!agrees(text, expected)) {
        ++mismatches;
        qWarning("line %d: %s", lines, text.c_str());
      }
    }
    QVERIFY(lines >= 2000);
    QCOMPARE(mismatches, 0);
  }

  void knowsTheUsualPrompt() {
    QCOMPARE(tokenizer_->encode("a photo of a cat"), (Ids{320, 1125, 539, 320, 2368}));
    QCOMPARE(tokenizer_->encode("A PHOTO\t of\n\na  cat "), (Ids{320, 1125, 539, 320, 2368}));
    QCOMPARE(tokenizer_->encode(""), Ids{});
    QCOMPARE(tokenizer_->piece(2368), std::string("cat</w>"));
    QCOMPARE(tokenizer_->piece(49406), std::string("<|startoftext|>"));
    QVERIFY_EXCEPTION_THROWN(tokenizer_->piece(49408), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(tokenizer_->piece(-1), std::invalid_argument);
  }

  void findsSpecialTokensInAnyCase() {
    QCOMPARE(tokenizer_->encode("cat<|ENDOFTEXT|>cat"), (Ids{2368, 49407, 2368}));
    QCOMPARE(tokenizer_->encode("<|startoftext|>"), Ids{49406});
    QVERIFY(tokenizer_->encode("<|endoftext|").size() > 1);
  }

  void emptyTextIsStartAndEnd() {
    const TokenizedText empty = tokenizer_->tokenize("");
    QCOMPARE(empty.chunks.size(), size_t{1});
    QCOMPARE(empty.chunks[0][0], 49406);
    for (int i = 1; i < 77; ++i) {
      QCOMPARE(empty.chunks[0][static_cast<size_t>(i)], 49407);
    }
    QCOMPARE(empty.tokens, 0);
    QVERIFY(empty.cut.empty());
  }

  void saysWhatWasCut() {
    std::string fits;
    for (int i = 0; i < 75; ++i) {
      fits += "cat ";
    }
    QCOMPARE(tokenizer_->tokenize(fits).tokens, 75);
    QVERIFY(tokenizer_->tokenize(fits).cut.empty());
    const TokenizedText cut = tokenizer_->tokenize(fits + " \u00c9t\u00e9 and more");
    QCOMPARE(cut.cut, std::string("\u00c9t\u00e9 and more"));
    QVERIFY(cut.tokens > 77);
    QCOMPARE(cut.chunks[0][75], 2368);
    QCOMPARE(cut.chunks[0][76], 49407);
    const PromptFit fit = tokenizer_->fit(fits + " \u00c9t\u00e9 and more");
    QCOMPARE(fit.fits_bytes, fits.size() + 1);
    QCOMPARE(fit.tokens, cut.tokens);
  }

  void placesTokensInTheText() {
    const std::string text = "Photo,  e\u0301T\u00c9 12";
    std::vector<std::string> pieces;
    for (const TokenSpan& span : tokenizer_->encode_with_spans(text)) {
      pieces.push_back(text.substr(span.begin, span.end - span.begin));
    }
    QCOMPARE(pieces.front(), std::string("Photo"));
    QCOMPARE(pieces[1], std::string(","));
    QCOMPARE(pieces[2].substr(0, 3), std::string("e\u0301"));
    QCOMPARE(pieces.back(), std::string("2"));
  }

  void survivesHugeWords() {
    const Ids ids = tokenizer_->encode(std::string(200000, 'a'));
    QVERIFY(ids.size() > 1000 && ids.size() < 200000);
  }

  void worksFromManyThreads() {
    const Ids expected = tokenizer_->encode("Caf\u00e9 xqzvk &amp; \u732b");
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int k = 0; k < 4; ++k) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          wrong += tokenizer_->encode("Caf\u00e9 xqzvk &amp; \u732b") != expected;
        }
      });
    }
    for (auto& thread : threads) {
      thread.join();
    }
    QCOMPARE(wrong.load(), 0);
  }

  void builtinIsTheShippedVocabulary() {
    qputenv("DARKROOM_RESOURCES", DARKROOM_SOURCE_DIR "/resources");
    QCOMPARE(ClipTokenizer::builtin().encode("a cat"), (Ids{320, 2368}));
    QCOMPARE(&ClipTokenizer::builtin(), &ClipTokenizer::builtin());
  }

 private:
  /// All ways to tokenize give the expected ids, chunk and mask.
  bool agrees(const std::string& text, const Ids& expected) const {
    const size_t kept = std::min<size_t>(expected.size(), 75);
    std::array<int32_t, 77> chunk, mask{}, ids77, mask77;
    chunk.fill(49407);
    chunk[0] = 49406;
    std::copy_n(expected.begin(), kept, chunk.begin() + 1);
    std::fill_n(mask.begin(), kept + 2, 1);
    tokenizer_->encode_into(text, ids77.data(), mask77.data());
    const TokenizedText tokenized = tokenizer_->tokenize(text);
    const std::vector<TokenSpan> spans = tokenizer_->encode_with_spans(text);
    bool ordered = spans.size() == expected.size();
    for (size_t i = 0; ordered && i < spans.size(); ++i) {
      ordered = spans[i].id == expected[i] && spans[i].begin < spans[i].end && spans[i].end <= text.size() &&
                (i == 0 || spans[i - 1].begin <= spans[i].begin);
    }
    return ordered && tokenizer_->encode(text) == expected && ids77 == chunk && mask77 == mask && tokenized.chunks[0] == chunk &&
           tokenized.tokens == static_cast<int>(expected.size()) &&
           tokenized.cut == (expected.size() > 75 ? text.substr(spans[75].begin) : std::string());
  }

  std::unique_ptr<ClipTokenizer> tokenizer_;
};

DARKROOM_TEST(ClipTokenizerTest);
#include "clip_tokenizer_test.moc"
