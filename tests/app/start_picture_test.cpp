// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/start_picture.h"

#include <QDir>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>

#include "core/image/image_encode.h"
#include "core/image/mask.h"
#include "core/plan/parameter_spec.h"
#include "tests/test_registry.h"

using darkroom::GenerateOptions;
using darkroom::Image;
using darkroom::app::StartPicture;

namespace {

/// A start picture without a studio, in a folder of its own.
struct Start : QTemporaryDir {
  Start() : settings(filePath("start.ini"), QSettings::IniFormat), picture(&settings) {
    picture.setMaskFolder(filePath("masks"));
    darkroom::write_png(filePath("boat.png").toStdString(), Image(40, 24));
  }
  void choose(const QString& name) {
    picture.choose(QUrl::fromLocalFile(filePath(name)));
    QTRY_VERIFY_WITH_TIMEOUT(picture.width() > 0 || !picture.problem().isEmpty(), 5000);
  }
  void paint(double x, double y) {
    picture.mask()->begin(x, y, 6, false);
    picture.mask()->end();
  }
  GenerateOptions options() const {
    GenerateOptions options;
    picture.addTo(options);
    return options;
  }
  void store() {
    bool stored = false;
    picture.whenStored([&stored] { stored = true; });
    QTRY_VERIFY_WITH_TIMEOUT(stored, 5000);
  }
  QStringList masks() const { return QDir(filePath("masks")).entryList({"*.png"}, QDir::Files); }

  QSettings settings;
  StartPicture picture;
};

}  // namespace

class StartPictureTest : public QObject {
  Q_OBJECT

 private slots:
  void withoutAPictureTheOptionsStayAsTheyAre() {
    Start start;
    start.picture.setStrength(0.3);
    QVERIFY(start.options() == GenerateOptions());
    start.picture.setPainting(true);
    QVERIFY(!start.picture.painting());
  }

  void pictureAndStrengthGoIntoTheOptions() {
    Start start;
    start.choose("boat.png");
    QCOMPARE(start.picture.width(), 40);
    QCOMPARE(start.picture.height(), 24);
    start.picture.setStrength(7);
    QCOMPARE(start.picture.strength(), 1.0);
    start.picture.setStrength(0.4);
    QCOMPARE(start.options().init_image, start.filePath("boat.png").toStdString());
    QCOMPARE(start.options().strength, 0.4);
    QVERIFY(start.options().mask.empty());
    start.picture.clear();
    QVERIFY(start.options().init_image.empty());
  }

  void maskIsAPngOfThePicturesSizeBeforeAnybodyAsksTheEngine() {
    Start start;
    start.choose("boat.png");
    start.paint(10, 10);
    QVERIFY(start.picture.masked());
    start.store();
    const GenerateOptions options = start.options();
    QCOMPARE(start.masks().size(), 1);
    QVERIFY2(QString::fromStdString(options.mask).startsWith(start.filePath("masks/")), options.mask.c_str());
    const Image mask = darkroom::read_mask_file(options.mask);
    QCOMPARE(mask.width, 40);
    QCOMPARE(mask.height, 24);
    QCOMPARE(int{mask.row(10)[10 * 3]}, 255);
    QCOMPARE(int{mask.row(10)[30 * 3]}, 0);
  }

  void otherStrokesAreAnotherFileAndTheSameOnesTheSame() {
    Start start;
    start.choose("boat.png");
    start.paint(10, 10);
    start.store();
    const std::string first = start.options().mask;
    start.paint(30, 10);
    start.store();
    QVERIFY(start.options().mask != first);
    QCOMPARE(start.masks().size(), 2);
    start.picture.mask()->undo();
    start.store();
    QCOMPARE(start.options().mask, first);
    QCOMPARE(start.masks().size(), 2);
    start.picture.mask()->clear();
    QVERIFY(!start.picture.masked());
    QVERIFY(start.options().mask.empty());
  }

  void largePictureGetsAMaskOfItsOwnSize() {
    Start start;
    darkroom::write_png(start.filePath("large.png").toStdString(), Image(3000, 20));
    start.choose("large.png");
    start.picture.mask()->begin(1500, 10, 40, false);
    start.picture.mask()->end();
    start.store();
    const Image mask = darkroom::read_mask_file(start.options().mask);
    QCOMPARE(mask.width, 3000);
    QCOMPARE(mask.height, 20);
    QCOMPARE(int{mask.row(10)[1500 * 3]}, 255);
    QCOMPARE(int{mask.row(10)[1450 * 3]}, 0);
  }

  void pictureAndMaskComeBackAfterARestart() {
    Start start;
    start.choose("boat.png");
    start.picture.setMaskBlur(9);
    start.paint(10, 10);
    start.store();
    const GenerateOptions before = start.options();
    StartPicture again(&start.settings);
    again.setMaskFolder(start.filePath("masks"));
    // The mask counts already while it is still being read.
    GenerateOptions early;
    again.addTo(early);
    QVERIFY(early == before);
    QTRY_VERIFY_WITH_TIMEOUT(!again.mask()->isBlank(), 5000);
    QCOMPARE(again.mask()->image(), start.picture.mask()->image());
    GenerateOptions late;
    again.addTo(late);
    QVERIFY(late == before);
  }

  void settingsOfAPictureReplaceWhatWasChosen() {
    Start start;
    start.choose("boat.png");
    start.paint(10, 10);
    start.store();
    const GenerateOptions with_mask = start.options();
    GenerateOptions other;
    other.init_image = with_mask.init_image;
    other.strength = 0.2;
    start.picture.take(other);
    QTRY_COMPARE_WITH_TIMEOUT(start.picture.width(), 40, 5000);
    QVERIFY(start.options().mask.empty());
    QCOMPARE(start.options().strength, 0.2);
    start.picture.take(with_mask);
    QTRY_VERIFY_WITH_TIMEOUT(!start.picture.mask()->isBlank(), 5000);
    QVERIFY(start.options() == with_mask);
    start.picture.take(GenerateOptions());
    QVERIFY(start.picture.url().isEmpty());
  }

  void whatIsNoPictureIsNamedAndCannotBePainted() {
    Start start;
    QFile file(start.filePath("notes.png"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("no picture");
    file.close();
    start.choose("notes.png");
    QVERIFY2(start.picture.problem().contains("notes.png"), qPrintable(start.picture.problem()));
    start.picture.setPainting(true);
    QVERIFY(!start.picture.painting());
    start.choose("boat.png");
    QVERIFY(start.picture.problem().isEmpty());
    start.picture.setPainting(true);
    QVERIFY(start.picture.painting());
    start.picture.clear();
    QVERIFY(!start.picture.painting());
  }

  void maskThatIsGoneOrCannotBeKeptIsTold() {
    Start start;
    QSignalSpy failed(&start.picture, &StartPicture::failed);
    GenerateOptions options;
    options.init_image = start.filePath("boat.png").toStdString();
    options.mask = start.filePath("masks/gone.png").toStdString();
    start.picture.take(options);
    QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, 5000);
    QVERIFY(failed[0][0].toString().contains("gone.png"));
    QFile blocker(start.filePath("blocked"));
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    start.picture.setMaskFolder(start.filePath("blocked"));
    start.paint(10, 10);
    bool went = false;
    start.picture.whenStored([&went] { went = true; });
    QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 2, 5000);
    QVERIFY(!went);
    start.picture.choose(QUrl("https://example.org/boat.png"));
    QCOMPARE(failed.count(), 3);
  }
};

DARKROOM_TEST(StartPictureTest);
#include "start_picture_test.moc"
