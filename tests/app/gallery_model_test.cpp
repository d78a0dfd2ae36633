// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/gallery_model.h"

#include <QSignalSpy>

#include "app/viewmodels/gallery_row_model.h"
#include "core/base/atomic_file.h"
#include "core/image/image_encode.h"
#include "core/image/image_metadata.h"
#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

class GalleryModelTest : public QObject {
  Q_OBJECT

  static void add(fixture::Studio& studio, const char* prompt, int64_t seed) {
    ImageRow row;
    row.prompt = prompt;
    row.seed = seed;
    row.model = "pocket";
    row.options_json = "{}";
    bool added = false;
    studio.images.add("no picture, only a file", row, studio.gallery.get(), [&](const ImageStore::Added& answer) {
      QVERIFY2(answer.error.empty(), answer.error.c_str());
      added = true;
    });
    QTRY_VERIFY_WITH_TIMEOUT(added, 5000);
    studio.gallery->reload();
  }

 private slots:
  void newestComesFirstAndSearchFindsWords() {
    fixture::Studio studio;
    add(studio, "a red fox in snow", 1);
    add(studio, "an owl", 2);
    add(studio, "a red boat", 3);
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 3, 5000);
    QCOMPARE(studio.gallery->at(0).prompt, QString("a red boat"));
    studio.gallery->setSearch("snow red");
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 1, 5000);
    QCOMPARE(studio.gallery->at(0).seed, 1);
    QCOMPARE(studio.gallery->total(), 3);
    QCOMPARE(studio.gallery->matching(), 1);
    studio.gallery->clearFilter();
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 3, 5000);
  }

  void olderPicturesAreLeftOutByThePeriod() {
    fixture::Studio studio;
    add(studio, "new", 1);
    // Dated by the file's last change, ten days ago.
    GenerationRecord record;
    record.options.prompt = "old";
    write_png(studio.workspace.images() / "old.png", Image(8, 8), generation_texts(record));
    std::filesystem::last_write_time(studio.workspace.images() / "old.png",
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(10 * 24));
    GalleryModel gallery(&studio.images);
    QTRY_COMPARE_WITH_TIMEOUT(gallery.rowCount(), 2, 5000);
    gallery.setPeriod("week");
    QVERIFY(gallery.filtered());
    QTRY_COMPARE_WITH_TIMEOUT(gallery.rowCount(), 1, 5000);
    QCOMPARE(gallery.at(0).prompt, QString("new"));
    gallery.setPeriod("month");
    QTRY_COMPARE_WITH_TIMEOUT(gallery.rowCount(), 2, 5000);
    gallery.setPeriod("today");
    QTRY_COMPARE_WITH_TIMEOUT(gallery.rowCount(), 1, 5000);
    gallery.setPeriod("no such period");
    QVERIFY(!gallery.filtered());
    QTRY_COMPARE_WITH_TIMEOUT(gallery.rowCount(), 2, 5000);
  }

  void picturesOfTheCommandLineAreFoundOnce() {
    fixture::Studio studio;
    GenerationRecord record;
    record.options.prompt = "a lighthouse";
    record.options.seed = 7;
    record.options.width = 96;
    record.options.height = 64;
    record.image_index = 2;
    write_png(studio.workspace.images() / "made.png", Image(96, 64), generation_texts(record));
    std::filesystem::create_directories(studio.workspace.images() / "2026-11-24");
    write_png(studio.workspace.images() / "2026-11-24" / "says_nothing.png", Image(8, 8));
    write_file_atomically(studio.workspace.images() / "broken.png", "no picture");
    GalleryModel gallery(&studio.images);
    QTRY_COMPARE_WITH_TIMEOUT(gallery.rowCount(), 1, 5000);
    QCOMPARE(gallery.at(0).prompt, QString("a lighthouse"));
    QCOMPARE(gallery.at(0).seed, 9);
    QCOMPARE(gallery.at(0).width, 96);
    QCOMPARE(gallery.at(0).height, 64);
    GalleryModel again(&studio.images);
    QSignalSpy reloads(&again, &GalleryModel::reloaded);
    QTRY_COMPARE_WITH_TIMEOUT(again.rowCount(), 1, 5000);
    QTest::qWait(200);
    QCOMPARE(again.total(), 1);
    QCOMPARE(reloads.count(), 1);
  }

  void ratingsAreKeptAndFiltered() {
    fixture::Studio studio;
    add(studio, "one", 1);
    add(studio, "two", 2);
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 2, 5000);
    studio.gallery->setRating(studio.gallery->at(1).imageId, 4);
    QCOMPARE(studio.gallery->at(1).rating, 4);
    studio.gallery->setMinimumRating(3);
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 1, 5000);
    QCOMPARE(studio.gallery->at(0).prompt, QString("one"));
  }

  void deletedPictureComesBackByUndoAndGoesForGoodWithTheNext() {
    fixture::Studio studio;
    add(studio, "one", 1);
    add(studio, "two", 2);
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 2, 5000);
    const GalleryImage two = studio.gallery->at(0);
    const GalleryImage one = studio.gallery->at(1);
    studio.gallery->setSelectedId(two.imageId);
    studio.gallery->remove(two.imageId);
    QCOMPARE(studio.gallery->rowCount(), 1);
    QCOMPARE(studio.gallery->selectedId(), one.imageId);
    QVERIFY(studio.gallery->canUndo());
    studio.gallery->undoRemove();
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 2, 5000);
    QVERIFY(QFile::exists(two.filePath));
    studio.gallery->remove(two.imageId);
    studio.gallery->remove(one.imageId);
    QTRY_VERIFY_WITH_TIMEOUT(!QFile::exists(two.filePath), 5000);
    QVERIFY(QFile::exists(one.filePath));
    studio.gallery->undoRemove();
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 1, 5000);
    QCOMPARE(studio.gallery->at(0).prompt, QString("one"));
  }

  void linesHaveDayHeadingsAndColumns() {
    fixture::Studio studio;
    GalleryRowModel lines;
    lines.setGallery(studio.gallery.get());
    for (int i = 0; i < 5; ++i) {
      add(studio, "picture", i);
    }
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 5, 5000);
    QCOMPARE(lines.rowCount(), 4);
    QVERIFY(lines.at(0).heading);
    QCOMPARE(lines.at(0).title, QString("Today"));
    QCOMPARE(lines.at(0).dayCount, 5);
    QCOMPARE(lines.at(1).images().size(), 2);
    QCOMPARE(lines.at(3).images().size(), 1);
    QCOMPARE(lines.lineOf(studio.gallery->at(4).imageId), 3);
    lines.setColumns(3);
    QCOMPARE(lines.rowCount(), 3);
  }

  void brokenIndexIsAnErrorStateWithASentence() {
    QTemporaryDir folder;
    const Workspace workspace(folder.path().toStdString());
    write_file_atomically(workspace.index_file(), std::string(4096, 'x'));
    ImageStore images(workspace);
    GalleryModel gallery(&images);
    QTRY_COMPARE_WITH_TIMEOUT(gallery.state(), GalleryModel::Failed, 5000);
    QVERIFY2(gallery.errorText().contains("index.sqlite"), qPrintable(gallery.errorText()));
  }
};

DARKROOM_TEST(GalleryModelTest);
#include "gallery_model_test.moc"
