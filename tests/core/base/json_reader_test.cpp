// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"

#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;

class JsonReaderTest : public QObject {
  Q_OBJECT

 private slots:
  void wrongValuesKeepTheDefaultAndAreAllReported() {
    const Json json = parse_json(R"({"count": "three", "rate": 7, "on": 1, "name": null, "kind": "cosin"})", "test");
    std::vector<Problem> problems;
    JsonReader reader(json, "/part", problems);
    int64_t count = 3;
    double rate = 0.5;
    bool on = true;
    std::string name = "x";
    std::string kind = "constant";
    reader.read("count", count, 1, 10);
    reader.read("rate", rate, 0, 1);
    reader.read("on", on);
    reader.read("name", name);
    reader.read_choice("kind", kind, {"cosine", "constant"});
    reader.finish();
    QCOMPARE(problems.size(), size_t{5});
    QCOMPARE(problems[0].pointer, std::string("/part/count"));
    QVERIFY(problems[1].message.find("from 0 to 1") != std::string::npos);
    QVERIFY(problems[4].message.find("did you mean cosine?") != std::string::npos);
    QCOMPARE(count, int64_t{3});
    QCOMPARE(rate, 0.5);
    QCOMPARE(name, std::string("x"));
  }

  void unknownKeysAreReportedWithTheNearestKnownOne() {
    const Json json = parse_json(R"({"peek_lr": 1, "zzzzzz": 2})", "test");
    std::vector<Problem> problems;
    JsonReader reader(json, "", problems);
    double rate = 0;
    reader.read("peak_lr", rate);
    reader.finish();
    QCOMPARE(problems.size(), size_t{2});
    QCOMPARE(problems[0].pointer, std::string("/peek_lr"));
    QVERIFY(problems[0].message.find("did you mean peak_lr?") != std::string::npos);
    QVERIFY(problems[1].message.find("known are") != std::string::npos);
  }

  void pointersEscapeSlashAndTilde() {
    const Json json = parse_json(R"({"a/b~c": 1})", "test");
    std::vector<Problem> problems;
    JsonReader(json, "", problems).finish();
    QCOMPARE(problems[0].pointer, std::string("/a~1b~0c"));
  }

  void somethingElseThanAnObjectIsOneProblem() {
    const Json json = parse_json("[1]", "test");
    std::vector<Problem> problems;
    JsonReader reader(json, "/model", problems);
    bool value = false;
    reader.read("x", value);
    reader.require("x");
    reader.finish();
    QCOMPARE(problems.size(), size_t{1});
    QCOMPARE(problems[0].pointer, std::string("/model"));
  }

  void wholeNumbersMayBeWrittenAsDecimals() {
    const Json json = parse_json(R"({"a": 8.0, "b": 8.5})", "test");
    std::vector<Problem> problems;
    JsonReader reader(json, "", problems);
    int64_t a = 0;
    int64_t b = 0;
    reader.read("a", a);
    reader.read("b", b);
    QCOMPARE(a, int64_t{8});
    QCOMPARE(problems.size(), size_t{1});
  }

  void nearestNameWantsResemblance() {
    QCOMPARE(nearest_name("stesp", {"steps", "seed"}).value_or("-"), std::string("steps"));
    QVERIFY(!nearest_name("completely_different", {"steps", "seed"}));
  }

  void syntaxErrorsNameLineAndColumn() {
    try {
      parse_json("{\n  \"a\": tru\n}", "plan.json");
      QFAIL("parsed");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::bad_input);
      QVERIFY2(std::string(error.what()).starts_with("plan.json: line 2, column "), error.what());
    }
  }
};

DARKROOM_TEST(JsonReaderTest);
#include "json_reader_test.moc"
