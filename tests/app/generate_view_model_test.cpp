// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/generate_view_model.h"

#include <QDir>
#include <QProcess>
#include <QSignalSpy>

#include "core/image/image_encode.h"
#include "core/image/image_metadata.h"
#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

class GenerateViewModelTest : public QObject {
  Q_OBJECT

 private slots:
  void generatedImagesLandInTheGalleryWithTheirFiles() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    QSignalSpy canvas(&page, &GenerateViewModel::canvasChanged);
    studio.engine.start();
    page.setPrompt("slow boat");
    page.setSeedLocked(true);
    page.setSeed(41);
    page.setCount(2);
    page.generate();
    QVERIFY(page.busy());
    QCOMPARE(page.batch()->rowCount(), 2);
    QTRY_VERIFY_WITH_TIMEOUT(page.canvasIsPreview(), 20000);
    QVERIFY(page.canvasUrl().toString().startsWith("image://preview/"));
    QCOMPARE(page.canvasSeed(), 41);
    QTRY_VERIFY_WITH_TIMEOUT(!page.busy(), 20000);
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 2, 5000);
    const GalleryImage newest = studio.gallery->at(0);
    QCOMPARE(newest.seed, 42);
    QCOMPARE(newest.prompt, QString("slow boat"));
    QCOMPARE(newest.sampler, QString("ddim"));
    QCOMPARE(newest.steps, 8);
    QCOMPARE(newest.day, QString("Today"));
    QVERIFY2(QFile::exists(newest.filePath), qPrintable(newest.filePath));
    QVERIFY(newest.filePath.startsWith(studio.path("images/")));
    QCOMPARE(QImage(newest.filePath).size(), QSize(64, 64));
    QVERIFY(!page.canvasIsPreview());
    QCOMPARE(page.batch()->at(1).state, QString("done"));
    QCOMPARE(page.batch()->at(1).imageId, newest.imageId);
    QVERIFY(page.errorText().isEmpty());
    QVERIFY(!page.resultText().isEmpty());
    QCOMPARE(page.firstStep(), 2);
  }

  void cancelKeepsWhatIsDoneAndClearsTheRest() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    studio.engine.start();
    page.setPrompt("slow boat");
    page.setSteps(200);
    page.generate();
    QTRY_VERIFY_WITH_TIMEOUT(page.step() > 1, 20000);
    page.cancel();
    QTRY_VERIFY_WITH_TIMEOUT(!page.busy(), 5000);
    QVERIFY(page.errorText().isEmpty());
    QVERIFY(page.canvasUrl().isEmpty());
    QCOMPARE(studio.gallery->rowCount(), 0);
  }

  void deathOfTheEngineIsToldAndTheNextRequestWorks() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    studio.engine.start();
    page.setPrompt("die");
    page.generate();
    QTRY_VERIFY_WITH_TIMEOUT(!page.errorText().isEmpty(), 20000);
    QVERIFY(!page.busy());
    QVERIFY2(page.errorText().contains("engine ended"), qPrintable(page.errorText()));
    QVERIFY(page.errorDetail().contains("last words"));
    page.setPrompt("a boat");
    page.generate();
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 1, 20000);
    QVERIFY(page.errorText().isEmpty());
  }

  void killedEngineKeepsWhatIsDoneAndClearsThePreview() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    studio.engine.start();
    page.setPrompt("slow boat");
    page.setSteps(20);
    page.setCount(3);
    page.generate();
    QTRY_VERIFY_WITH_TIMEOUT(page.imageNumber() == 2 && page.canvasIsPreview() && page.step() > 1, 20000);
    QCOMPARE(QProcess::execute("kill", {"-9", QString::number(studio.engine.processId())}), 0);
    QTRY_VERIFY_WITH_TIMEOUT(!page.errorText().isEmpty(), 10000);
    QVERIFY2(page.errorText().contains("signal"), qPrintable(page.errorText()));
    QVERIFY(!page.busy());
    QVERIFY(!page.canvasIsPreview());
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 1, 5000);
    QCOMPARE(page.batch()->at(0).state, QString("done"));
    QCOMPARE(page.batch()->at(1).state, QString("failed"));
    QCOMPARE(page.batch()->at(2).state, QString("failed"));
    page.showBatchImage(0);
    QCOMPARE(page.canvasImageId(), page.batch()->at(0).imageId);
    QTRY_COMPARE_WITH_TIMEOUT(studio.engine.state(), EngineSupervisor::State::ready, 20000);
  }

  void batchShowsItsPicturesWhateverTheGalleryFilters() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    studio.engine.start();
    studio.gallery->setSearch("owl");
    page.setPrompt("a boat");
    page.setCount(2);
    page.generate();
    QTRY_VERIFY_WITH_TIMEOUT(page.batch()->rowCount() == 2 && page.batch()->at(1).imageId != 0, 20000);
    const qlonglong first = page.batch()->at(0).imageId;
    QCOMPARE(studio.gallery->rowOf(first), -1);
    page.showBatchImage(0);
    QCOMPARE(page.canvasImageId(), first);
    QCOMPARE(page.canvasUrl(), page.batch()->at(0).imageUrl);
    page.showBatchImage(1);
    QCOMPARE(page.canvasImageId(), page.batch()->at(1).imageId);
    // A deleted one is not shown again, until it is brought back.
    studio.gallery->clearFilter();
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 2, 5000);
    studio.gallery->remove(first);
    page.showBatchImage(0);
    QVERIFY(page.canvasUrl().isEmpty());
    studio.gallery->undoRemove();
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 2, 5000);
    page.showBatchImage(0);
    QCOMPARE(page.canvasImageId(), first);
  }

  void pictureThatCannotBeStoredIsTold() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    studio.engine.start();
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->state(), GalleryModel::Ready, 5000);
    // A file stands where the folder of pictures should be.
    QVERIFY(QDir(studio.path("images")).removeRecursively());
    QFile blocker(studio.path("images"));
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    page.setPrompt("a boat");
    page.generate();
    QTRY_VERIFY_WITH_TIMEOUT(!page.errorText().isEmpty(), 20000);
    QVERIFY2(page.errorText().contains("could not be stored"), qPrintable(page.errorText()));
    QVERIFY(!page.errorDetail().isEmpty());
    QCOMPARE(page.batch()->at(0).state, QString("failed"));
    QVERIFY(!page.busy());
  }

  void startPictureMaskAndLorasReachTheEngine() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    studio.engine.start();
    page.start()->choose(studio.picture("start.png", 64, 64));
    page.start()->setStrength(0.6);
    QTRY_COMPARE_WITH_TIMEOUT(page.start()->width(), 64, 5000);
    page.start()->setPainting(true);
    page.start()->mask()->begin(20, 20, 12, false);
    page.start()->mask()->end();
    page.loras()->addPath("/loras/ink.safetensors");
    page.loras()->setScale(0, 0.7);
    page.setPrompt("a boat");
    page.generate();
    QVERIFY(!page.start()->painting());
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 1, 20000);
    std::vector<Problem> problems;
    const GenerateOptions used = generate_options_from_json(Json::parse(studio.gallery->at(0).optionsJson.toStdString()), problems);
    QCOMPARE(used.init_image, studio.path("start.png").toStdString());
    QCOMPARE(used.strength, 0.6);
    QVERIFY2(QFile::exists(QString::fromStdString(used.mask)), used.mask.c_str());
    QVERIFY(used.mask.starts_with(studio.path("masks/").toStdString()));
    QCOMPARE(used.loras.size(), size_t{1});
    QCOMPARE(used.loras[0].scale, 0.7);
    // And come back from the picture.
    page.start()->clear();
    page.loras()->remove(0);
    QVERIFY(page.restoreFrom(studio.gallery->at(0).imageId));
    QTRY_VERIFY_WITH_TIMEOUT(!page.start()->mask()->isBlank(), 5000);
    QCOMPARE(page.loras()->at(0).name, QString("ink"));
    page.useAsStart();
    QCOMPARE(page.start()->url(), page.canvasUrl());
    QVERIFY(!page.start()->masked());
    page.saveCanvasAs(QUrl::fromLocalFile(studio.path("copy.png")));
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(studio.path("copy.png")), 5000);
  }

  void escLeavesTheToolsBeforeItCancels() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    studio.engine.start();
    page.setPrompt("slow boat");
    page.setSteps(200);
    page.generate();
    QTRY_VERIFY_WITH_TIMEOUT(page.step() > 1, 20000);
    page.grid()->setOpen(true);
    page.leave();
    QVERIFY(!page.grid()->open());
    QTest::qWait(100);
    QVERIFY(page.busy());
    page.leave();
    QTRY_VERIFY_WITH_TIMEOUT(!page.busy(), 5000);
  }

  void emptyPromptStartsNothing() {
    fixture::Studio studio;
    studio.generate->setPrompt("   ");
    QVERIFY(!studio.generate->cannotGenerate().isEmpty());
    studio.generate->generate();
    QVERIFY(!studio.generate->busy());
  }

  void refusalShowsTheEnginesSentence() {
    fixture::Studio studio;
    studio.engine.start();
    studio.generate->setPrompt("refuse");
    studio.generate->generate();
    QTRY_COMPARE_WITH_TIMEOUT(studio.generate->errorText(), QString("The fake engine refuses this prompt."), 20000);
  }

  void settingsComeBackFromAPictureAndFromAFile() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    studio.engine.start();
    page.setPrompt("a boat");
    page.setNegative("fog");
    page.setCfg(3.5);
    page.setSeedLocked(true);
    page.setSeed(77);
    page.generate();
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 1, 20000);
    page.setPrompt("something else");
    page.setNegative({});
    page.setCfg(9);
    page.setSeed(1);
    page.setSteps(33);
    QVERIFY(page.restoreFrom(studio.gallery->at(0).imageId));
    QCOMPARE(page.prompt(), QString("a boat"));
    QCOMPARE(page.negative(), QString("fog"));
    QCOMPARE(page.cfg(), 3.5);
    QCOMPARE(page.seed(), 77);
    QCOMPARE(page.steps(), 8);

    Image image(8, 8);
    const std::vector<PngText> texts{
        {"parameters", "an owl\nNegative prompt: blur\nSteps: 12, Sampler: DDIM, CFG scale: 5, Seed: 99, Size: 64x96"}};
    write_png(studio.path("dropped.png").toStdString(), image, texts);
    page.restoreFromFile(QUrl::fromLocalFile(studio.path("dropped.png")));
    QTRY_COMPARE_WITH_TIMEOUT(page.prompt(), QString("an owl"), 5000);
    QCOMPARE(page.seed(), 99);
    QCOMPARE(page.height(), 96);
    write_png(studio.path("silent.png").toStdString(), image);
    // As they are dropped on the page: of the picture the settings are asked for, the LoRA is added.
    page.takeFiles({QUrl::fromLocalFile(studio.path("ink.safetensors")), QUrl::fromLocalFile(studio.path("silent.png"))});
    QCOMPARE(page.loras()->rowCount(), 1);
    QTRY_VERIFY_WITH_TIMEOUT(page.errorText().contains("silent.png"), 5000);
  }
};

DARKROOM_TEST(GenerateViewModelTest);
#include "generate_view_model_test.moc"
