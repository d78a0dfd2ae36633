// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/request_form.h"

#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>

#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

namespace {

/// A form without a studio.
struct Form : QTemporaryDir {
  Form() : settings((fixture::fakeEngine(), filePath("form.ini")), QSettings::IniFormat), form(&settings) {}
  QSettings settings;
  RequestForm form;
};

const ModelItem kPocket{"Pocket", "pocket", "Built in", {}, false, 96};
const ModelItem kBig{"big", "/models/big", "Models", {}, false, 512};

}  // namespace

class RequestFormTest : public QObject {
  Q_OBJECT

 private slots:
  void tokensAreCountedAndTheSecondChunkIsMarked() {
    Form page;
    page.form.setPrompt("a red boat on a calm lake");
    QTRY_COMPARE_WITH_TIMEOUT(page.form.promptCount().tokens, 7, 10000);
    QCOMPARE(page.form.promptCount().markAt, -1);
    QCOMPARE(page.form.promptCount().room, 75);
    page.form.setPrompt(QString("boat ").repeated(80));
    QCOMPARE(page.form.promptCount().tokens, 80);
    QCOMPARE(page.form.promptCount().room, 150);
    QVERIFY(page.form.promptCount().markAt >= 74 * 5 && page.form.promptCount().markAt <= 76 * 5);
    page.form.setPrompt("a (red:1.5) boat");  // brackets and weights are no tokens
    QCOMPARE(page.form.promptCount().tokens, 3);
  }

  void valuesStayInTheLimitsOfTheParameterTable() {
    Form page;
    page.form.setSteps(0);
    QCOMPARE(page.form.steps(), 1);
    page.form.setCfg(99);
    QCOMPARE(page.form.cfg(), 30.0);
    page.form.setSeed(-5);
    QCOMPARE(page.form.seed(), 0);
    page.form.setWeights("both");
    QCOMPARE(page.form.weights(), QString("ema"));
    page.form.setSamplerIndex(99);
    QCOMPARE(page.form.samplerIndex(), 0);
    page.form.setModelIndex(-1);
    QCOMPARE(page.form.modelIndex(), 0);
  }

  void emptyPromptIsAProblem() {
    Form page;
    QSignalSpy told(&page.form, &RequestForm::problemChanged);
    page.form.setPrompt("   ");
    QVERIFY(!page.form.problem().isEmpty());
    page.form.setPrompt("a boat");
    QVERIFY(page.form.problem().isEmpty());
    QCOMPARE(told.count(), 2);
  }

  void formIsAsItWasLeft() {
    Form page;
    page.form.setModels({kPocket, kBig});
    QVERIFY(page.form.chooseModel(kBig.path));
    page.form.setPrompt("a quiet sea");
    page.form.setSteps(17);
    page.form.setSidesLinked(false);
    page.form.setWidth(640);
    RequestForm again(&page.settings);
    QCOMPARE(again.prompt(), QString("a quiet sea"));
    QCOMPARE(again.steps(), 17);
    QCOMPARE(again.sides().width, 640);
    // The model comes back as soon as it was found; what it is best with does not overwrite the form.
    again.setModels({kPocket, kBig});
    QCOMPARE(again.model().path, kBig.path);
    QCOMPARE(again.steps(), 17);
  }

  void modelThatIsGoneGivesWayToTheBuiltInOne() {
    Form page;
    page.form.setModels({kPocket, kBig});
    page.form.setModelIndex(1);
    page.form.setModels({kPocket});
    QCOMPARE(page.form.model().path, kPocket.path);
    page.form.setModels({});
    QCOMPARE(page.form.models()->rowCount(), 1);
    QVERIFY(!page.form.chooseModel(kBig.path));
  }

  void otherModelKeepsTheShapeInItsOwnSize() {
    Form page;
    page.form.setModels({kPocket, kBig});
    page.form.setAspect("3:2");
    page.form.setModelIndex(1);
    QCOMPARE(page.form.aspect(), QString("3:2"));
    QVERIFY(page.form.sides().width > 512);
    page.form.swapSides();
    QCOMPARE(page.form.aspect(), QString("2:3"));
  }

  void openSeedIsRolledFromTheSecondRequestOn() {
    Form page;
    page.form.setSeed(7);
    page.form.setPrompt("one");
    QCOMPARE(page.form.submit().seed, 7);
    const int64_t second = page.form.submit().seed;
    QVERIFY(second != 7);
    QCOMPARE(page.form.seed(), second);
    page.form.setSeedLocked(true);
    QCOMPARE(page.form.submit().seed, second);
  }

  void promptsComeBackFromTheHistory() {
    Form page;
    for (const char* prompt : {"one", "two", "three", "two"}) {
      page.form.setPrompt(prompt);
      page.form.submit();
    }
    page.form.previousPrompt();
    QCOMPARE(page.form.prompt(), QString("three"));
    page.form.previousPrompt();
    page.form.previousPrompt();
    QCOMPARE(page.form.prompt(), QString("one"));
    page.form.nextPrompt();
    QCOMPARE(page.form.prompt(), QString("three"));
  }

  void optionsComeBackAsTheyWere() {
    Form page;
    page.form.setModels({kPocket, kBig});
    page.form.setModelIndex(1);
    page.form.setPrompt("a boat");
    page.form.setNegative("fog");
    page.form.setCfg(3.5);
    page.form.setSteps(12);
    page.form.setAspect("16:9");
    const GenerateOptions options = page.form.options();
    Form other;
    other.form.setModels({kPocket, kBig});
    other.form.apply(options);
    GenerateOptions applied = other.form.options();
    QVERIFY(applied == options);
    QVERIFY(other.form.seedLocked());
    // What a file does not say stays as it is.
    GenerateOptions sparse;
    sparse.prompt = "an owl";
    sparse.model = "/models/gone";
    other.form.apply(sparse);
    QCOMPARE(other.form.prompt(), QString("an owl"));
    QCOMPARE(other.form.steps(), 12);
    QCOMPARE(other.form.model().path, kBig.path);
  }
};

DARKROOM_TEST(RequestFormTest);
#include "request_form_test.moc"
