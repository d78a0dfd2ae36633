// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/live_picture.h"

#include <QImage>
#include <QSignalSpy>
#include <QThreadPool>

#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

class LivePictureTest : public QObject {
  Q_OBJECT

  static GenerateOptions asks(const char* prompt, int64_t seed, int64_t steps = 30) {
    GenerateOptions options;
    options.prompt = prompt;
    options.seed = seed;
    options.steps = steps;
    options.count = 4;
    options.width = options.height = 64;
    return options;
  }

 private slots:
  void aMovedSliderShowsThePictureWithFewStepsAndKeepsNothing() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    studio.engine.start();
    page.setPrompt("a boat");
    page.setSteps(30);
    page.setSeed(5);
    page.live()->toggle("cfg_scale");
    page.setCfg(4);
    page.live()->moved("cfg_scale");
    QTRY_COMPARE_WITH_TIMEOUT(page.canvasNote(), QString("Live, 8 step(s)"), 20000);
    QTRY_VERIFY_WITH_TIMEOUT(!page.live()->busy() && page.canvasWidth() == 64, 20000);
    QCOMPARE(page.canvasSeed(), 5);
    QVERIFY(page.canvasIsPreview());
    QVERIFY(!page.busy());
    QTest::qWait(100);
    QCOMPARE(studio.gallery->rowCount(), 0);
  }

  void aSliderThatIsNotLiveShowsNothing() {
    fixture::Studio studio;
    studio.engine.start();
    studio.generate->setPrompt("a boat");
    QSignalSpy wanted(studio.generate->live(), &LivePicture::wanted);
    studio.generate->live()->moved("steps");
    QTest::qWait(100);
    QCOMPARE(wanted.count(), 0);
    studio.generate->live()->toggle("steps");
    QTRY_COMPARE_WITH_TIMEOUT(wanted.count(), 1, 5000);
    // Several moves in a row are one wish.
    for (int i = 0; i < 5; ++i) {
      studio.generate->live()->moved("steps");
    }
    QTest::qWait(100);
    QCOMPARE(wanted.count(), 2);
    studio.generate->live()->toggle("steps");
    QVERIFY(studio.generate->live()->keys().isEmpty());
  }

  void theNewestSettingsWin() {
    fixture::Studio studio;
    LivePicture live(&studio.sampling, &studio.previews);
    QList<qlonglong> seeds;
    connect(&live, &LivePicture::shown, &live, [&](const QUrl&, const QSize&, qlonglong seed) { seeds << seed; });
    studio.engine.start();
    live.show(asks("slow boat", 1));
    QTRY_VERIFY_WITH_TIMEOUT(!seeds.isEmpty(), 20000);
    live.show(asks("slow boat", 2));
    live.show(asks("a boat", 3));
    QTRY_VERIFY_WITH_TIMEOUT(!live.busy() && seeds.last() == 3, 20000);
    QVERIFY(!seeds.contains(2));
    const qsizetype firsts = seeds.count(1);
    QVERIFY2(firsts < 8, "the older picture was broken off");
  }

  void aRequestEndsTheLivePicture() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    studio.engine.start();
    page.setPrompt("slow boat");
    page.live()->toggle("cfg_scale");
    QTRY_VERIFY_WITH_TIMEOUT(page.live()->busy(), 20000);
    page.generate();
    QTRY_VERIFY_WITH_TIMEOUT(!page.live()->busy(), 20000);
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 1, 20000);
    QVERIFY(page.canvasNote().isEmpty());
  }

  void aPictureThatIsDecodedLateDoesNotEndWhatWasBegunMeanwhile() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    studio.engine.start();
    page.start()->choose(studio.picture("start.png", 64, 64));
    QTRY_COMPARE_WITH_TIMEOUT(page.start()->width(), 64, 5000);
    page.setPrompt("a boat");
    page.live()->toggle("cfg_scale");
    // The last picture is done and its decoding is on the way when the brush is taken.
    connect(page.live(), &LivePicture::busyChanged, &page, [&page] { page.start()->setPainting(!page.live()->busy()); });
    QTRY_VERIFY_WITH_TIMEOUT(page.start()->painting(), 20000);
    QVERIFY(QThreadPool::globalInstance()->waitForDone(5000));
    QCoreApplication::processEvents();
    QVERIFY(page.start()->painting());
  }

  void whatTheEngineRefusesIsTold() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    studio.engine.start();
    page.setPrompt("refuse");
    page.live()->toggle("cfg_scale");
    QTRY_COMPARE_WITH_TIMEOUT(page.errorText(), QString("The fake engine refuses this prompt."), 20000);
    QVERIFY(!page.live()->busy());
  }
};

DARKROOM_TEST(LivePictureTest);
#include "live_picture_test.moc"
