// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/compare_view_model.h"

#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

class CompareViewModelTest : public QObject {
  Q_OBJECT

  static void add(fixture::Studio& studio, int64_t seed, double cfg) {
    ImageRow row;
    GenerateOptions options;
    options.prompt = row.prompt = "a boat";
    options.cfg_scale = cfg;
    options.sampler = "ddim";
    options.seed = row.seed = seed;
    row.model = "pocket";
    row.options_json = to_json(options).dump();
    bool added = false;
    studio.images.add("no picture, only a file", row, studio.gallery.get(), [&](const ImageStore::Added&) { added = true; });
    QTRY_VERIFY_WITH_TIMEOUT(added, 5000);
    studio.gallery->reload();
  }
  /// Three pictures, newest first: CFG 9, 7.5, 3.
  static void fill(fixture::Studio& studio) {
    add(studio, 1, 3);
    add(studio, 1, 7.5);
    add(studio, 2, 9);
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 3, 5000);
  }

 private slots:
  void aPictureIsComparedWithTheOneBeforeIt() {
    fixture::Studio studio;
    fill(studio);
    CompareViewModel& compare = *studio.generate->compare();
    compare.toggle(CompareViewModel::Wipe, studio.gallery->at(0).imageId);
    QVERIFY(compare.on());
    QCOMPARE(compare.a().imageId, studio.gallery->at(1).imageId);
    QCOMPARE(compare.b().imageId, studio.gallery->at(0).imageId);
    QCOMPARE(compare.wipe(), 0.5);
    compare.toggle(CompareViewModel::SideBySide, 0);
    QCOMPARE(compare.mode(), CompareViewModel::SideBySide);
    compare.toggle(CompareViewModel::SideBySide, 0);
    QVERIFY(!compare.on());
    // The oldest has none before it.
    compare.toggle(CompareViewModel::Wipe, studio.gallery->at(2).imageId);
    QCOMPARE(compare.a().imageId, studio.gallery->at(1).imageId);
  }

  void labelsSayWhatDiffersAndNothingElse() {
    fixture::Studio studio;
    fill(studio);
    CompareViewModel& compare = *studio.generate->compare();
    compare.start(studio.gallery->at(2).imageId, studio.gallery->at(1).imageId);
    QCOMPARE(compare.labelA(), QString("CFG scale 3.0"));
    QCOMPARE(compare.labelB(), QString("CFG scale 7.5"));
    compare.start(studio.gallery->at(1).imageId, studio.gallery->at(0).imageId);
    QCOMPARE(compare.labelB(), QString("CFG scale 9.0 · seed 2"));
    compare.swap();
    QCOMPARE(compare.labelA(), QString("CFG scale 9.0 · seed 2"));
  }

  void theGalleryFillsTheActiveSide() {
    fixture::Studio studio;
    fill(studio);
    CompareViewModel& compare = *studio.generate->compare();
    const GalleryImage newest = studio.gallery->at(0);
    const GalleryImage middle = studio.gallery->at(1);
    const GalleryImage oldest = studio.gallery->at(2);
    compare.start(oldest.imageId, middle.imageId);
    studio.generate->showImage(newest.imageId);
    QCOMPARE(compare.b().imageId, newest.imageId);
    QVERIFY(studio.generate->canvasUrl().isEmpty());
    compare.setActive(CompareViewModel::SideA);
    studio.generate->showImage(middle.imageId);
    QCOMPARE(compare.a().imageId, middle.imageId);
    // A picture is not compared with itself.
    studio.generate->showImage(newest.imageId);
    QCOMPARE(compare.a().imageId, middle.imageId);
  }

  void aAndBShowOneAloneAndBothAgain() {
    fixture::Studio studio;
    fill(studio);
    CompareViewModel& compare = *studio.generate->compare();
    compare.start(studio.gallery->at(0).imageId, studio.gallery->at(1).imageId);
    compare.press(CompareViewModel::SideA);
    QCOMPARE(compare.wipe(), 1.0);
    compare.press(CompareViewModel::SideB);
    QCOMPARE(compare.wipe(), 0.0);
    compare.press(CompareViewModel::SideB);
    QCOMPARE(compare.wipe(), 0.5);
    compare.setWipe(7);
    QCOMPARE(compare.wipe(), 1.0);
  }

  void deletedPicturesAndEscEndIt() {
    fixture::Studio studio;
    fill(studio);
    CompareViewModel& compare = *studio.generate->compare();
    const qlonglong first = studio.gallery->at(0).imageId;
    const qlonglong second = studio.gallery->at(1).imageId;
    compare.start(first, second);
    studio.generate->leave();
    QVERIFY(!compare.on());
    compare.start(first, second);
    studio.gallery->remove(second);
    QVERIFY(!compare.on());
    compare.start(first, second);
    QVERIFY(!compare.on());
  }
};

DARKROOM_TEST(CompareViewModelTest);
#include "compare_view_model_test.moc"
