// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/grid_view_model.h"

#include <QImage>

#include "app/viewmodels/grid_axis.h"
#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

class GridViewModelTest : public QObject {
  Q_OBJECT

  static int kindOf(const QString& key) { return static_cast<int>(&gridAxisKind(key) - gridAxisKinds().data()); }
  static void setAxis(GridViewModel& grid, int row, const QString& key, const QString& text) {
    while (grid.axes()->rowCount() <= row) {
      grid.addAxis();
    }
    grid.setKind(row, kindOf(key));
    grid.setText(row, text);
  }
  /// What start() asks for.
  static std::vector<GenerateOptions> asked(GridViewModel& grid) {
    std::vector<GenerateOptions> images;
    connect(&grid, &GridViewModel::asked, &grid, [&](const QString&, const std::vector<GenerateOptions>& all) { images = all; });
    grid.start();
    grid.disconnect(&grid);
    return images;
  }
  /// A form and its grid, without a studio.
  struct Bench : QTemporaryDir {
    Bench() : settings((fixture::fakeEngine(), filePath("grid.ini")), QSettings::IniFormat), form(&settings), grid(&form, &settings) {
      form.setPrompt("a red boat");
      form.setSeedLocked(true);
      form.setSeed(7);
    }
    QSettings settings;
    RequestForm form;
    GridViewModel grid;
  };

 private slots:
  void valuesAreReadAsTheyAreTyped() {
    QCOMPARE(gridValuesFromText("cfg_scale", " 3, 7.5,12 ").values, QStringList({"3", "7.5", "12"}));
    QCOMPARE(gridValuesFromText("steps", "10..50:20").values, QStringList({"10", "30", "50"}));
    QCOMPARE(gridValuesFromText("seed", "5..8").values, QStringList({"5", "6", "7", "8"}));
    QCOMPARE(gridValuesFromText("strength", "0.2..0.4:0.1").values, QStringList({"0.2", "0.3", "0.4"}));
    QCOMPARE(gridValuesFromText("replace", "red, \"blue, dark\", \"say \"\"hi\"\"\"").values,
             QStringList({"red", "blue, dark", "say \"hi\""}));
    QCOMPARE(gridValuesFromText("replace", gridValuesToText({"red", "blue, dark", "say \"hi\""})).values,
             QStringList({"red", "blue, dark", "say \"hi\""}));
    QVERIFY(gridValuesFromText("steps", "").values.isEmpty());
  }

  void valuesThatTheTableRefusesAreNamed() {
    for (const auto& [key, text] : QList<QPair<QString, QString>>{
             {"cfg_scale", "3, many"}, {"cfg_scale", "99"}, {"steps", "2.5"}, {"steps", "0"}, {"seed", "1..100000"}}) {
      const QString problem = gridValuesFromText(key, text).problem;
      QVERIFY2(problem.startsWith(gridAxisKind(key).label), qPrintable(text + " -> " + problem));
    }
  }

  void threeAxesMakeOnePictureACell() {
    Bench bench;
    setAxis(bench.grid, 0, "cfg_scale", "3, 9");
    setAxis(bench.grid, 1, "steps", "5, 6, 7");
    setAxis(bench.grid, 2, "replace", "red, green");
    QVERIFY(!bench.grid.canAdd());
    QCOMPARE(bench.grid.pictures(), 12);
    QCOMPARE(bench.grid.shape(), QString("2 × 3 × 2 sheets"));
    QCOMPARE(bench.grid.problem(), QString());
    const std::vector<GenerateOptions> images = asked(bench.grid);
    QCOMPARE(images.size(), size_t{12});
    QCOMPARE(images[0].cfg_scale, 3.0);
    QCOMPARE(images[1].cfg_scale, 9.0);
    QCOMPARE(*images[2].steps, int64_t{6});
    QCOMPARE(images[5].prompt, std::string("a red boat"));
    QCOMPARE(images[6].prompt, std::string("a green boat"));
    for (const GenerateOptions& image : images) {
      QCOMPARE(image.seed, int64_t{7});
      QCOMPARE(image.count, int64_t{1});
    }
    QCOMPARE(bench.grid.columnLabels(), QStringList({"CFG scale 3", "CFG scale 9"}));
    QCOMPARE(bench.grid.sheetLabels(), QStringList({"red", "green"}));
    QCOMPARE(bench.grid.cells()->rowCount(), 6);
    QCOMPARE(bench.grid.cells()->at(5).label, QString("CFG scale 9, Steps 7, red"));
    bench.grid.setSheet(1);
    QCOMPARE(bench.grid.cells()->at(5).label, QString("CFG scale 9, Steps 7, green"));
  }

  void samplersAndModelsAreChosenFromTheirLists() {
    Bench bench;
    bench.form.setModels({{"Pocket", "pocket", "Built in", {}, false, 96}, {"big", "/models/big", "Models", {}, false, 512}});
    bench.grid.setKind(0, kindOf("model"));
    bench.grid.setKind(1, kindOf("sampler"));
    QVERIFY(bench.grid.problem().contains("no values"));
    bench.grid.setChosen(0, 1, true);
    bench.grid.setChosen(0, 0, true);
    const qsizetype euler = bench.grid.axes()->at(1).options.indexOf("Euler");
    bench.grid.setChosen(1, 0, true);
    bench.grid.setChosen(1, static_cast<int>(euler), true);
    QCOMPARE(bench.grid.axes()->at(0).text, QString("Pocket, big"));
    QCOMPARE(bench.grid.pictures(), 4);
    const std::vector<GenerateOptions> images = asked(bench.grid);
    // Model by model, so that a switch is rare.
    QStringList models;
    for (const GenerateOptions& image : images) {
      models << QString::fromStdString(image.model);
    }
    QCOMPARE(models, QStringList({"/models/big", "/models/big", "pocket", "pocket"}));
    QCOMPARE(*images[1].sampler, std::string("euler"));
    // The cells keep their places: the first picture that is made stands in the second column.
    bench.grid.setRequest(5);
    bench.grid.setMade(5, 0, QUrl("file:///a.png"), 11);
    QCOMPARE(bench.grid.cells()->at(1).imageId, 11);
    QCOMPARE(bench.grid.cells()->at(0).state, QString("waiting"));
    bench.grid.setChosen(0, 0, false);
    QCOMPARE(bench.grid.pictures(), 2);
  }

  void whatCannotBeStartedSaysWhy() {
    Bench bench;
    setAxis(bench.grid, 0, "cfg_scale", "3, many");
    QVERIFY(bench.grid.problem().contains("many"));
    QVERIFY(asked(bench.grid).empty());
    setAxis(bench.grid, 0, "replace", "blue, green");
    QVERIFY(bench.grid.problem().contains("blue"));
    bench.form.setPrompt("a blue boat");
    QCOMPARE(bench.grid.problem(), QString());
    setAxis(bench.grid, 1, "replace", "boat, ship");
    QVERIFY(bench.grid.problem().contains("two axes"));
    setAxis(bench.grid, 0, "seed", "1..150");
    setAxis(bench.grid, 1, "steps", "1..20");
    QVERIFY(bench.grid.problem().contains("3000"));
    bench.form.setPrompt(" ");
    QVERIFY(!bench.grid.problem().isEmpty());
  }

  void axesSurviveARestart() {
    Bench bench;
    setAxis(bench.grid, 0, "seed", "1..3");
    bench.grid.removeAxis(1);
    bench.grid.removeAxis(0);  // one always stays
    const GridViewModel again(&bench.form, &bench.settings);
    QCOMPARE(again.axes()->rowCount(), 1);
    QCOMPARE(again.pictures(), 3);
  }

  void picturesLandOnTheSheetAndInTheGalleryAndTheSheetIsWritten() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    GridViewModel& grid = *page.grid();
    studio.engine.start();
    page.setPrompt("a boat");
    setAxis(grid, 0, "cfg_scale", "3, 9");
    setAxis(grid, 1, "seed", "1, 2");
    grid.setOpen(true);
    grid.start();
    QVERIFY(!grid.open());
    QVERIFY(grid.shown());
    QVERIFY(page.busy());
    QVERIFY(!grid.canExport());
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->rowCount(), 4, 20000);
    QTRY_COMPARE_WITH_TIMEOUT(grid.cells()->at(3).state, QString("done"), 5000);
    const GalleryImage last = studio.gallery->image(grid.cells()->at(3).imageId);
    QCOMPARE(last.cfg, 9.0);
    QCOMPARE(last.seed, 2);
    grid.exportTo(QUrl::fromLocalFile(studio.path("sheet.png")));
    QTRY_COMPARE_WITH_TIMEOUT(grid.exportText(), QString("Written to sheet.png"), 5000);
    const QImage sheet(studio.path("sheet.png"));
    QVERIFY(sheet.width() > 2 * 64);
    QVERIFY(sheet.height() > 2 * 64);
    // A cell opens as a picture; the sheet can come back.
    page.showImage(last.imageId);
    QVERIFY(!grid.shown());
    QCOMPARE(page.canvasImageId(), last.imageId);
    grid.setShown(true);
    QVERIFY(grid.shown());
    page.generate();
    QVERIFY(!grid.shown());
  }

  void cancelledCellsAreNotMadeAndTheSheetIsStillWritten() {
    fixture::Studio studio;
    GenerateViewModel& page = *studio.generate;
    GridViewModel& grid = *page.grid();
    studio.engine.start();
    page.setPrompt("slow boat");
    page.setSteps(10);
    setAxis(grid, 0, "seed", "1..3");
    grid.removeAxis(1);
    setAxis(grid, 1, "replace", "boat, ship");
    grid.start();
    QTRY_COMPARE_WITH_TIMEOUT(grid.cells()->at(0).state, QString("done"), 20000);
    page.cancel();
    QTRY_VERIFY_WITH_TIMEOUT(!page.busy(), 5000);
    QCOMPARE(grid.cells()->at(5).state, QString("failed"));
    grid.exportTo(QUrl::fromLocalFile(studio.path("half")));
    QTRY_COMPARE_WITH_TIMEOUT(grid.exportText(), QString("Written to half.png"), 5000);
    grid.exportTo(QUrl::fromLocalFile(studio.path("no/such/folder.png")));
    QTRY_VERIFY_WITH_TIMEOUT(page.errorText().contains("could not be written"), 5000);
  }
};

DARKROOM_TEST(GridViewModelTest);
#include "grid_view_model_test.moc"
