// SPDX-License-Identifier: Apache-2.0
// Golden: tests/parity/make_prompt_goldens.py.
#include "core/text/prompt_chunks.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "tests/test_registry.h"
#include "tests/time_limit.h"

using namespace darkroom;

namespace {

std::string repeated(const std::string& word, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) {
    text += word;
  }
  return text;
}

Json json_of(const PromptChunk& chunk) {
  Json ids = Json::array(), runs = Json::array(), embeddings = Json::array();
  for (size_t i = 1; i <= static_cast<size_t>(chunk.tokens()); ++i) {
    ids.push_back(chunk.ids[i]);
    if (runs.empty() || runs.back()[0] != chunk.weights[i]) {
      runs.push_back({chunk.weights[i], 0});
    }
    runs.back()[1] = runs.back()[1].get<int>() + 1;
  }
  for (const EmbeddingPlace& place : chunk.embeddings) {
    embeddings.push_back({place.position - 1, place.index, place.vectors});
  }
  return {{"ids", ids}, {"weight_runs", runs}, {"embeddings", embeddings}};
}

Json in_float(Json chunk) {
  for (Json& run : chunk["weight_runs"]) {
    run[0] = run[0].get<float>();
  }
  return chunk;
}

}  // namespace

class PromptChunksTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    static const std::string merges = DARKROOM_SOURCE_DIR "/resources/tokenizer/merges.txt";
    tokenizer_ = std::make_unique<ClipTokenizer>(read_file(merges), merges);
  }

  void chunksEqualTheReference() {
    std::ifstream file(DARKROOM_TEST_DATA "/prompt_chunks_golden.jsonl");
    int cases = 0;
    for (std::string line; std::getline(file, line); ++cases) {
      const Json item = Json::parse(line);
      std::vector<EmbeddingName> names;
      for (const Json& name : item.value("embeddings", Json::array())) {
        names.push_back({name.at(0).get<std::string>(), name.at(1).get<int>()});
      }
      ChunkOptions options;
      options.comma_backtrack = item.value("backtrack", 20);
      const std::string prompt = item.at("prompt").get<std::string>();
      const ChunkedPrompt chunked = chunk_prompt(parse_weights(prompt), *tokenizer_, EmbeddingNames(*tokenizer_, names), options);
      QCOMPARE(chunked.tokens, item.at("tokens").get<int>());
      QCOMPARE(chunked.room(), item.at("room").get<int>());
      QCOMPARE(chunked.chunks.size(), item.at("chunks").size());
      QCOMPARE(chunked.cut_tokens, 0);
      for (size_t k = 0; k < chunked.chunks.size(); ++k) {
        const Json found = json_of(chunked.chunks[k]), expected = in_float(item.at("chunks")[k]);
        QVERIFY2(found == expected, qPrintable(QString::fromStdString(prompt + ": " + found.dump() + "\nexpected " + expected.dump())));
      }
    }
    QVERIFY(cases >= 60);
  }

  void aChunkIsStartTokensEndAndPadding() {
    const PromptChunk chunk = chunked("a (cat:1.5)").chunks[0];
    QCOMPARE(chunk.tokens(), 2);
    QCOMPARE(chunk.ids[0], ClipTokenizer::kStart);
    QCOMPARE(chunk.ids[2], 2368);
    QCOMPARE(chunk.weights[2], 1.5F);
    for (size_t i = 3; i < 77; ++i) {
      QCOMPARE(chunk.ids[i], ClipTokenizer::kEnd);
      QCOMPARE(chunk.weights[i], 1.0F);
    }
    QVERIFY(chunked("").chunks[0].ids == empty_chunk().ids);
  }

  void theCommaIsTheCommaOfTheVocabulary() { QCOMPARE(tokenizer_->encode(","), (std::vector<int32_t>{267})); }

  void saysWhatTheCommaRuleMoved() {
    const std::string prompt = repeated("cat ", 60) + ", " + repeated("dog ", 20);
    const ChunkedPrompt result = chunked(prompt);
    QCOMPARE(result.chunks.size(), size_t{2});
    QCOMPARE(result.chunks[0].tokens(), 61);
    QVERIFY(result.chunks[0].end == ChunkEnd::comma);
    QCOMPARE(result.moved.size(), size_t{1});
    QCOMPARE(result.moved[0].tokens, 14);
    QCOMPARE(result.moved[0].into_chunk, 1);
    QVERIFY(result.moved[0].source == (ByteRange{242, 242 + 14 * 4 - 1}));
    QCOMPARE(result.tokens, 75 + 20);
    QCOMPARE(result.room(), 150);
  }

  void saysWhatWasCut() {
    const std::string prompt = repeated("cat ", 60) + ", (dog:1.1) " + repeated("bird ", 20);
    const ChunkedPrompt result = chunked(prompt, {20, 1});
    QCOMPARE(result.chunks.size(), size_t{1});
    QCOMPARE(result.chunks[0].tokens(), 75);
    QVERIFY(result.chunks[0].end == ChunkEnd::cut);
    QCOMPARE(result.cut_tokens, 7);
    QCOMPARE(prompt.substr(result.cut_source.begin, result.cut_source.end - result.cut_source.begin), "bird" + repeated(" bird", 6));
    QCOMPARE(chunked(repeated("cat ", 75), {20, 1}).cut_tokens, 0);
    QCOMPARE(chunked("a BREAK b c", {20, 1}).cut_tokens, 2);
    QVERIFY_EXCEPTION_THROWN(chunked("a", {20, 0}), std::invalid_argument);
  }

  void tokensKnowTheirPlaceInThePrompt() {
    const std::string prompt = "x (caf\u00e9:1.2) \\(cat\\)";
    std::vector<std::string> pieces;
    const PromptChunk chunk = chunked(prompt).chunks[0];
    for (const ByteRange& range : chunk.source) {
      pieces.push_back(prompt.substr(range.begin, range.end - range.begin));
    }
    QCOMPARE(pieces, (std::vector<std::string>{"x", "caf\u00e9", "(", "cat", ")"}));
  }

  void embeddingsAreNeverSplit() {
    const EmbeddingNames names(*tokenizer_, {{"myface", 4}});
    for (int before = 60; before < 90; ++before) {
      const ChunkedPrompt result = chunk_prompt(parse_weights(repeated("cat ", before) + ", myface dog"), *tokenizer_, names);
      int places = 0;
      for (const PromptChunk& chunk : result.chunks) {
        for (const EmbeddingPlace& place : chunk.embeddings) {
          ++places;
          QVERIFY(place.position >= 1 && place.position + place.vectors <= 76);
          for (int i = 0; i < 4; ++i) {
            QCOMPARE(chunk.ids[static_cast<size_t>(place.position + i)], 0);
          }
        }
      }
      QCOMPARE(places, 1);
    }
  }

  void rejectsEmbeddingsThatNoPromptCanHold() {
    QVERIFY_EXCEPTION_THROWN((EmbeddingNames{*tokenizer_, {{"wide", 76}}}), Error);
    QVERIFY_EXCEPTION_THROWN((EmbeddingNames{*tokenizer_, {{"none", 0}}}), Error);
    QVERIFY_EXCEPTION_THROWN((EmbeddingNames{*tokenizer_, {{" ", 1}}}), Error);
  }

  void theCounterShowsTheLongestText() {
    const auto count = [this](const std::string& prompt, PromptSide side = PromptSide::positive) {
      return count_prompt(prompt, PromptSyntax::weighted, side, 20, *tokenizer_).tokens;
    };
    QCOMPARE(count("a cat"), 2);
    QCOMPARE(count("(a cat:1.2)"), 2);
    QCOMPARE(count("[a cat:a very big dog:5]"), 4);
    QCOMPARE(count("a AND a big dog"), 3);
    QCOMPARE(count("a AND a big dog", PromptSide::negative), 5);
    QCOMPARE(count("<lora:x:1>a"), 1);
    QCOMPARE(count_prompt("(a cat)", PromptSyntax::plain, PromptSide::positive, 20, *tokenizer_).tokens, 4);
    QCOMPARE(token_room(0), 75);
    QCOMPARE(token_room(75), 75);
    QCOMPARE(token_room(76), 150);
  }

  void countsTwoThousandCharactersInTime() {
    // Brackets of all kinds, most of them unbalanced; and twenty texts of one prompt.
    const std::vector<std::string> any = {"(",  ")",     "[", "]", ":", "|", "cat ", "extraordinary, ", "1.2", "[a|b]", "[red:blue:7]",
                                          "猫", "BREAK "};
    const std::vector<std::string> whole = {"(cat:1.2) ",     "[red|blue] ", "[a|b|c], ", "[v|w|x|y|z] ",
                                            "[dog:bird:.4] ", "sunset, ",    "((misty)) "};
    for (const auto& [name, atoms] : {std::pair{"any brackets", any}, std::pair{"twenty texts", whole}}) {
      std::mt19937 random(11);
      std::vector<double> times_ms;
      for (int k = 0; k < 100; ++k) {
        std::string prompt;
        while (prompt.size() < 2000) {
          prompt += atoms[random() % atoms.size()];
        }
        const auto begin = std::chrono::steady_clock::now();
        const ChunkedPrompt result = count_prompt(prompt, PromptSyntax::weighted, PromptSide::positive, 20, *tokenizer_);
        times_ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
        for (const PromptChunk& chunk : result.chunks) {
          QVERIFY(chunk.tokens() <= 75);
          for (const ByteRange& range : chunk.source) {
            QVERIFY(range.begin < range.end && range.end <= prompt.size());
          }
        }
      }
      std::sort(times_ms.begin(), times_ms.end());
      qInfo("2,000 characters, %s: shortest %.2f ms, median %.2f ms, longest %.2f ms", name, times_ms[0], times_ms[50], times_ms.back());
      QVERIFY(times_ms[0] <= test::time_limit_ms(2));  // the others depend on what else this machine does
    }
  }

 private:
  ChunkedPrompt chunked(const std::string& prompt, const ChunkOptions& options = {}) const {
    return chunk_prompt(parse_weights(prompt), *tokenizer_, {}, options);
  }

  std::unique_ptr<ClipTokenizer> tokenizer_;
};

DARKROOM_TEST(PromptChunksTest);
#include "prompt_chunks_test.moc"
