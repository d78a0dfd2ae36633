// SPDX-License-Identifier: Apache-2.0
// Golden: tests/parity/make_prompt_goldens.py.
#include "core/text/prompt_syntax.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/text/prompt_schedule.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

std::vector<Json> golden_cases() {
  std::ifstream file(DARKROOM_TEST_DATA "/prompt_syntax_golden.jsonl");
  std::vector<Json> cases;
  for (std::string line; std::getline(file, line);) {
    cases.push_back(Json::parse(line));
  }
  return cases;
}

PromptSchedule schedule_of(const Json& item) {
  SchedulePass pass{item.at("steps").get<int>(), std::nullopt};
  if (item.contains("first_pass")) {
    pass.first_pass_steps = item.at("first_pass").get<int>();
  }
  return schedule_prompt(item.at("prompt").get<std::string>(), PromptSyntax::weighted,
                         item.contains("negative") ? PromptSide::negative : PromptSide::positive, pass);
}

Json parts_json(const PromptSchedule& schedule, int steps) {
  Json parts = Json::array();
  for (const PromptPart& part : schedule.parts) {
    Json texts = Json::array(), calls = Json::array();
    for (const ScheduledText& item : part.schedule) {
      texts.push_back({item.until_step, item.text.text()});
    }
    for (int call = 0; call < steps; ++call) {
      calls.push_back(part.at(call));
    }
    parts.push_back({{"weight", part.weight}, {"schedule", texts}, {"calls", calls}});
  }
  return parts;
}

Json weights_json(const std::vector<WeightedText>& items) {
  Json result = Json::array();
  for (const WeightedText& item : items) {
    result.push_back({item.text.text(), item.weight});
  }
  return result;
}

/// The text that the ranges of a source make.
std::string from_source(const SourcedText& text, const std::string& source) {
  std::string result;
  for (const ByteRange& range : text.pieces()) {
    result += source.substr(range.begin, range.end - range.begin);
  }
  return result;
}

std::string random_prompt(std::mt19937& random, size_t length) {
  static const std::vector<std::string> atoms = {"(",     ")",     "[",      "]",       ":",    "|",     "\\",   "a",     "b ",
                                                 ",",     "1",     ".5",     "-",       "e3",   " ",     "\n",   ":1.3)", ":3]",
                                                 "[a|b]", " AND ", " BREAK", "<lora:x", ":1>",  "<",     "日本", "\xff",  "\xe3\x81",
                                                 "é",     "\\(",   "[x:",    "((",      "[[[[", "\u3000"};
  std::string prompt;
  while (prompt.size() < length) {
    prompt += atoms[random() % atoms.size()];
  }
  return prompt;
}

}  // namespace

class PromptSyntaxTest : public QObject {
  Q_OBJECT

 private slots:
  void schedulesEqualTheReference() {
    const std::vector<Json> cases = golden_cases();
    QVERIFY(cases.size() >= 500);
    for (const Json& item : cases) {
      const Json parts = parts_json(schedule_of(item), item.at("steps").get<int>());
      QVERIFY2(parts == item.at("parts"), qPrintable(QString::fromStdString(item.at("prompt").dump() + ": " + parts.dump())));
    }
  }

  void weightsEqualTheReferenceBitForBit() {
    for (const Json& item : golden_cases()) {
      std::vector<std::string> seen;
      size_t next = 0;
      const PromptSchedule schedule = schedule_of(item);
      for (const PromptPart& part : schedule.parts) {
        for (const ScheduledText& scheduled : part.schedule) {
          if (std::find(seen.begin(), seen.end(), scheduled.text.text()) != seen.end()) {
            continue;
          }
          seen.push_back(scheduled.text.text());
          const Json weights = weights_json(parse_weights(scheduled.text));
          QVERIFY2(weights == item.at("weights").at(next),
                   qPrintable(QString::fromStdString(scheduled.text.text() + ": " + weights.dump())));
          ++next;
        }
      }
      QCOMPARE(next, item.at("weights").size());
    }
  }

  void tagsEqualTheReference() {
    int with_tags = 0;
    for (const Json& item : golden_cases()) {
      Json tags = Json::array();
      for (const ExtraNetworkTag& tag : schedule_of(item).tags) {
        QVERIFY(tag.problem.empty());
        tags.push_back({tag.kind, tag.name, tag.text_weight, tag.unet_weight});
      }
      QCOMPARE(QString::fromStdString(tags.dump()), QString::fromStdString(item.value("tags", Json::array()).dump()));
      with_tags += tags.empty() ? 0 : 1;
    }
    QVERIFY(with_tags >= 8);
  }

  void bracketsMultiply() {
    const std::vector<WeightedText> items = parse_weights("a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).");
    QCOMPARE(items.size(), size_t{9});
    QCOMPARE(items[1].text.text(), std::string("house"));
    QCOMPARE(items[1].weight, 1.3 * 1.1 * 1.1);
    QCOMPARE(items[3].weight, 1.0 * (1 / 1.1) * 1.1);
    QCOMPARE(items[5].weight, 0.5 * 1.1);
  }

  void numbersThatAreNoneStayText() {
    QCOMPARE(parse_weights("(a:1.2.3)")[0].text.text(), std::string("a:1.2.3"));
    QCOMPARE(parse_weights("(a:1.2.3)")[0].weight, 1.1);
    QVERIFY(std::isinf(parse_weights("(a:" + std::string(400, '9') + ")")[0].weight));
  }

  void breakIsAWordOnlyWithItsWeight() {
    QVERIFY(parse_weights("a BREAK b")[1].ends_chunk());
    QVERIFY(!parse_weights("(a BREAK b)")[1].ends_chunk());
    QCOMPARE(parse_weights("aBREAK").size(), size_t{1});
  }

  void everyByteIsTracedToItsPlace() {
    for (const Json& item : golden_cases()) {
      const std::string prompt = item.at("prompt").get<std::string>();
      const PromptSchedule schedule = schedule_of(item);
      for (const PromptPart& part : schedule.parts) {
        for (const ScheduledText& scheduled : part.schedule) {
          QCOMPARE(from_source(scheduled.text, prompt), scheduled.text.text());
          for (const WeightedText& weighted : parse_weights(scheduled.text)) {
            QCOMPARE(from_source(weighted.text, prompt), weighted.text.text());
          }
        }
      }
    }
    const std::string prompt = "x [a:(b\\)c:1.2):3]";
    const PromptSchedule schedule = schedule_prompt(prompt, PromptSyntax::weighted, PromptSide::positive, {10, std::nullopt});
    const std::vector<WeightedText> items = parse_weights(schedule.parts[0].schedule[1].text);
    QCOMPARE(items[1].text.text(), std::string("b)c"));
    QVERIFY(items[1].text.source_range(0, 3) == (ByteRange{6, 10}));
    QVERIFY(items[1].text.pieces() == (std::vector<ByteRange>{{6, 7}, {8, 10}}));
  }

  void plainTextMeansItself() {
    const std::string prompt = "(a:1.3) [b|c] AND <lora:x:1> BREAK \\(:2";
    const PromptSchedule schedule = schedule_prompt(prompt, PromptSyntax::plain, PromptSide::positive, {20, std::nullopt});
    QCOMPARE(schedule.parts.size(), size_t{1});
    QVERIFY(schedule.tags.empty());
    QCOMPARE(schedule.parts[0].schedule[0].until_step, 20);
    const std::vector<WeightedText> items = parse_weights(schedule.parts[0].schedule[0].text, PromptSyntax::plain);
    QCOMPARE(items.size(), size_t{1});
    QCOMPARE(items[0].text.text(), prompt);
    QCOMPARE(items[0].weight, 1.0);
  }

  void aTextServesTheCallsUpToItsStep() {
    const PromptSchedule schedule = schedule_prompt("[a:b:3]", PromptSyntax::weighted, PromptSide::positive, {10, std::nullopt});
    QCOMPARE(schedule.parts[0].at(3), size_t{0});
    QCOMPARE(schedule.parts[0].at(4), size_t{1});
    QCOMPARE(schedule.parts[0].at(99), size_t{1});
  }

  void groupsBeforeStrayBracketsStayGroups() {
    // The reference's own answer is random here (see make_prompt_goldens.py).
    const PromptSchedule schedule = schedule_prompt("(x, [a:b:3])) c", PromptSyntax::weighted, PromptSide::positive, {10, std::nullopt});
    QCOMPARE(schedule.parts[0].schedule.size(), size_t{2});
    QCOMPARE(schedule.parts[0].schedule[0].text.text(), std::string("(x, a)) c"));
  }

  void tagsSayWhatIsWrongWithThem() {
    const TaglessPrompt prompt = take_extra_networks("a <lora:x:strong> b<lora:te=1>");
    QCOMPARE(prompt.text.text(), std::string("a  b"));
    QCOMPARE(prompt.tags[0].name, std::string("x"));
    QCOMPARE(prompt.tags[0].text_weight, 1.0);
    QVERIFY(prompt.tags[0].source == (ByteRange{2, 17}));
    QVERIFY(QString::fromStdString(prompt.tags[0].problem).contains("\"strong\""));
    QVERIFY(QString::fromStdString(prompt.tags[1].problem).contains("no name"));
  }

  void namesOfSyntaxesReadBack() {
    QVERIFY(prompt_syntax_from_name(prompt_syntax_name(PromptSyntax::plain)) == PromptSyntax::plain);
    QVERIFY(prompt_syntax_from_name("weighted") == PromptSyntax::weighted);
    QVERIFY_EXCEPTION_THROWN(prompt_syntax_from_name("compel"), Error);
  }

  void rejectsAPassWithoutSteps() {
    QVERIFY_EXCEPTION_THROWN(schedule_prompt("a", PromptSyntax::weighted, PromptSide::positive, {0, std::nullopt}), std::invalid_argument);
  }

  void anyTextIsRead() {
    std::mt19937 random(7);
    for (int k = 0; k < 4000; ++k) {
      const std::string prompt = random_prompt(random, k % 97);
      const PromptSide side = k % 5 == 0 ? PromptSide::negative : PromptSide::positive;
      const PromptSchedule schedule = schedule_prompt(prompt, PromptSyntax::weighted, side, {1 + k % 13, std::nullopt});
      QVERIFY(!schedule.parts.empty());
      for (const PromptPart& part : schedule.parts) {
        QCOMPARE(part.schedule.back().until_step, 1 + k % 13);
        for (const ScheduledText& scheduled : part.schedule) {
          QCOMPARE(from_source(scheduled.text, prompt), scheduled.text.text());
          QVERIFY(!parse_weights(scheduled.text).empty());
        }
      }
    }
  }

  void longNestsAreReadInTime() {
    for (const char* atom : {"[", "(", "[a:", "[a|", "(a", "[a:b:3]", "[(", "<l:", "\\", ":", "[[a|b]:3]", "BREAK "}) {
      std::string prompt;
      while (prompt.size() < 100'000) {
        prompt += atom;
      }
      QVERIFY(!schedule_prompt(prompt, PromptSyntax::weighted, PromptSide::positive, {10, std::nullopt}).parts.empty());
      QVERIFY(!parse_weights(prompt.substr(0, 20'000)).empty());
    }
    std::string deep(50'000, '[');
    deep += 'a';
    for (int k = 0; k < 50'000; ++k) {
      deep += ":3]";
    }
    QCOMPARE(schedule_prompt(deep, PromptSyntax::weighted, PromptSide::positive, {10, std::nullopt}).parts[0].schedule.back().text.text(),
             std::string("a"));
  }
};

DARKROOM_TEST(PromptSyntaxTest);
#include "prompt_syntax_test.moc"
