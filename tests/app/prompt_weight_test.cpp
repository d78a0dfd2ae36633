// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/prompt_weight.h"
#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

class PromptWeightTest : public QObject {
  Q_OBJECT

 private slots:
  void aWordGetsBracketsAndLosesThemAtOne() {
    WeightedPrompt changed = changeWeightOf("a red boat", 3, 3, 0.1);
    QCOMPARE(changed.text, QString("a (red:1.1) boat"));
    QCOMPARE(changed.text.mid(changed.from, changed.to - changed.from), QString("red"));
    changed = changeWeightOf(changed.text, changed.from, changed.to, 0.1);
    QCOMPARE(changed.text, QString("a (red:1.2) boat"));
    changed = changeWeightOf(changed.text, changed.from, changed.to, -0.2);
    QCOMPARE(changed.text, QString("a red boat"));
  }

  void aSelectionIsWeightedAsAWhole() {
    QCOMPARE(changeWeightOf("misty pine forest", 0, 10, -0.2).text, QString("(misty pine:0.8) forest"));
  }

  void weightsStayInTheirRange() {
    QCOMPARE(changeWeightOf("(fog:2)", 1, 4, 0.5).text, QString("(fog:2)"));
    QCOMPARE(changeWeightOf("(fog:0.1)", 0, 9, -0.5).text, QString("(fog:0.1)"));
  }

  void nothingToWeighChangesNothing() { QCOMPARE(changeWeightOf("a  b", 2, 2, 0.1).text, QString("a  b")); }
};

DARKROOM_TEST(PromptWeightTest);
#include "prompt_weight_test.moc"
