// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/rules_document.h"

#include <QTemporaryDir>

#include "app/datasets/filter_rows.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

namespace {

FilterRules withAesthetic(double least) {
  FilterRules rules;
  rules.rules = {ColumnRule{.column = MetadataColumn::aesthetic, .min = least}};
  return rules;
}

double least(const RulesDocument& document) { return std::get<ColumnRule>(document.rules().rules.at(0)).min.value_or(-1); }

}  // namespace

class RulesDocumentTest : public QObject {
  Q_OBJECT

 private slots:
  void aDragIsOneUndoStep() {
    RulesDocument document({}, withAesthetic(5));
    for (int i = 1; i <= 20; ++i) {
      document.change(withAesthetic(5 + i * 0.01), "bound 0 low");
    }
    document.undo();
    QCOMPARE(least(document), 5.0);
    QVERIFY(!document.canUndo());
    document.redo();
    QCOMPARE(least(document), 5.2);
    QVERIFY(!document.canRedo());
  }

  void twoDragsAreTwoSteps() {
    RulesDocument document({}, withAesthetic(5));
    document.change(withAesthetic(6), "bound 0 low");
    document.endGesture();
    document.change(withAesthetic(7), "bound 0 low");
    document.undo();
    QCOMPARE(least(document), 6.0);
  }

  void anEditAfterUndoForgetsWhatWasUndone() {
    RulesDocument document({}, withAesthetic(5));
    document.change(withAesthetic(6));
    document.undo();
    document.change(withAesthetic(7));
    QVERIFY(!document.canRedo());
    document.undo();
    QCOMPARE(least(document), 5.0);
  }

  void theFileIsWhatDataFilterTakes() {
    const QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath("a/rules.json").toStdString();
    FilterRules rules = source_run_rules();
    rules.keep = {"http://a.example/1.jpg"};
    rules.drop = {"http://b.example/\"2\".jpg"};
    RulesDocument document(file, withAesthetic(5));
    QVERIFY(document.unsaved());
    document.change(rules);
    document.save();
    QVERIFY(!document.unsaved());
    QCOMPARE(read_filter_rules(file), rules);
    QVERIFY(RulesDocument(file, {}).rules() == rules);
  }

  void aDamagedFileIsToldAndNotOverwritten() {
    const QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath("rules.json").toStdString();
    write_file_atomically(file, R"({"darkroom_rules": 1, "rules": [{"column": "nonsense", "min": 1}]})");
    QVERIFY_EXCEPTION_THROWN(RulesDocument(file, {}), Error);
    QVERIFY(read_file(file).find("nonsense") != std::string::npos);
  }

  void anEndOfARangeTakesTheOtherAlong() {
    ColumnRule rule{.column = MetadataColumn::aspect, .min = 0.5, .max = 2.0};
    setRangeEnd(rule, RangeEnd::low, 2.5);
    QCOMPARE(rule.min.value(), 2.5);
    QCOMPARE(rule.max.value(), 2.5);
    setRangeEnd(rule, RangeEnd::high, 1.0);
    QCOMPARE(rule.min.value(), 1.0);
  }

  void anExclusiveEndStaysExclusive() {
    ColumnRule rule{.column = MetadataColumn::nsfw, .below = 0.5};
    setRangeEnd(rule, RangeEnd::high, 0.1);
    QCOMPARE(rule.below.value(), 0.1);
    QVERIFY(!rule.max.has_value());
    clearRangeEnd(rule, RangeEnd::high);
    QVERIFY(!rangeEnd(rule, RangeEnd::high).has_value());
  }
};
DARKROOM_TEST(RulesDocumentTest);
#include "rules_document_test.moc"
