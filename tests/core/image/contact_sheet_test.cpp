// SPDX-License-Identifier: Apache-2.0
#include "core/image/contact_sheet.h"

#include <cstdlib>
#include <stdexcept>

#include "core/base/error.h"
#include "core/image/image_encode.h"
#include "core/image/label_text.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

Image flat(int width, int height, uint8_t grey) {
  Image image(width, height);
  std::fill(image.pixels.begin(), image.pixels.end(), grey);
  return image;
}

int grey_at(const Image& image, int x, int y) { return image.row(y)[static_cast<size_t>(x) * Image::channels]; }

// Whether any pixel of the part differs from the background.
bool has_ink(const Image& image, const Rectangle& part, uint8_t background) {
  for (const uint8_t value : crop_image(image, part).pixels) {
    if (value != background) {
      return true;
    }
  }
  return false;
}

GridSheet a_grid() {
  GridSheet grid;
  grid.title = "model: pocket";
  grid.column_labels = {"cfg: 3", "cfg: 7.5", "cfg: 12"};
  grid.row_labels = {"sampler: ddim", "sampler: dpmpp_2m"};
  for (int i = 0; i < 6; ++i) {
    grid.cells.push_back(flat(256, 256, static_cast<uint8_t>(40 * i)));
  }
  return grid;
}

}  // namespace

class ContactSheetTest : public QObject {
  Q_OBJECT
 private slots:
  void cellsStandRowByRowWithTheGapBetween() {
    const std::vector<Image> pictures{flat(4, 4, 10), flat(4, 4, 20), flat(2, 4, 30)};
    const Image sheet = contact_sheet(pictures, 2, 3);
    QCOMPARE(sheet.width, 3 + 2 * 7);
    QCOMPARE(sheet.height, 3 + 2 * 7);
    QCOMPARE(grey_at(sheet, 3, 3), 10);
    QCOMPARE(grey_at(sheet, 10, 6), 20);
    QCOMPARE(grey_at(sheet, 3, 10), int(sheet_grey));  // the third is narrower and centred
    QCOMPARE(grey_at(sheet, 4, 10), 30);
  }

  void gridPutsHeadersBesideCellsAndNothingOnThem() {
    const GridSheet grid = a_grid();
    const Image sheet = grid_sheet(grid);
    const LabelStyle style{8, 0xFF};
    const int header_width = label_width("sampler: dpmpp_2m", style);
    const int left = 8 + header_width + 8;
    const int top = 8 + label_height({10, 0xFF}) + 8 + label_height(style) + 8;
    QCOMPARE(sheet.width, left + 3 * 264);
    QCOMPARE(sheet.height, top + 2 * 264);
    for (int row = 0; row < 2; ++row) {
      for (int column = 0; column < 3; ++column) {
        const Image cell = crop_image(sheet, {left + column * 264, top + row * 264, 256, 256});
        QVERIFY(cell == grid.cells[static_cast<size_t>(row * 3 + column)]);
      }
      QVERIFY(has_ink(sheet, {8, top + row * 264 + 110, header_width, 36}, sheet_grey));
      QVERIFY(!has_ink(sheet, {8, top + row * 264, header_width, 100}, sheet_grey));
    }
    for (int column = 0; column < 3; ++column) {
      QVERIFY(has_ink(sheet, {left + column * 264, top - 8 - label_height(style), 256, label_height(style)}, sheet_grey));
    }
    QVERIFY(has_ink(sheet, {8, 8, 200, label_height({10, 0xFF})}, sheet_grey));
    QVERIFY(!has_ink(sheet, {0, top, 8, sheet.height - top}, sheet_grey));
  }

  void sheetWithoutLabelsIsTheCellsAlone() {
    GridSheet grid;
    grid.column_labels = {"", ""};
    grid.row_labels = {""};
    grid.cells = {flat(5, 4, 1), flat(5, 4, 2)};
    grid.gap = 1;
    const Image sheet = grid_sheet(grid);
    QCOMPARE(sheet.width, 1 + 2 * 6);
    QCOMPARE(sheet.height, 1 + 5);
    QCOMPARE(grey_at(sheet, 1, 1), 1);
    QCOMPARE(grey_at(sheet, 11, 4), 2);
  }

  void longLabelsStayInTheirRoom() {
    GridSheet grid = a_grid();
    grid.column_labels[1] = std::string(300, 'W');
    grid.row_labels[0] = std::string(300, 'W');
    grid.title = std::string(900, 'W');
    const Image sheet = grid_sheet(grid);
    const int left = 8 + 128 + 12 * 8 + 8;
    QCOMPARE(sheet.width, left + 3 * 264);
    // Between the columns' headers the gap is free of ink.
    QVERIFY(!has_ink(sheet, {left + 264 - 8, 30, 8, 20}, sheet_grey));
    QVERIFY(!has_ink(sheet, {left + 2 * 264 - 8, 30, 8, 20}, sheet_grey));
    QVERIFY(!has_ink(sheet, {sheet.width - 8, 0, 8, 40}, sheet_grey));
  }

  void missingPictureIsACrossAndSmallOnesAreCentred() {
    GridSheet grid = a_grid();
    grid.cells[1] = Image();
    grid.cells[2] = flat(128, 64, 200);
    const Image sheet = grid_sheet(grid);
    const int left = sheet.width - 3 * 264;
    const int top = sheet.height - 2 * 264;
    QCOMPARE(grey_at(sheet, left + 264, top), 255);
    QCOMPARE(grey_at(sheet, left + 264 + 255, top), 255);
    QCOMPARE(grey_at(sheet, left + 264 + 128, top + 3), int(sheet_grey));
    QCOMPARE(grey_at(sheet, left + 2 * 264 + 64, top + 96), 200);
    QCOMPARE(grey_at(sheet, left + 2 * 264 + 63, top + 96), int(sheet_grey));
  }

  void labelsAreDarkOnALightGround() {
    GridSheet grid = a_grid();
    grid.background = 0xF0;
    const Image sheet = grid_sheet(grid);
    int darkest = 255;
    for (const uint8_t value : crop_image(sheet, {8, 8, 200, 20}).pixels) {
      darkest = std::min<int>(darkest, value);
    }
    QVERIFY(darkest < 60);
  }

  void wrongTablesAreRefused() {
    GridSheet grid = a_grid();
    grid.cells.pop_back();
    QVERIFY_EXCEPTION_THROWN(grid_sheet(grid), std::invalid_argument);
    grid.cells.assign(6, Image());
    QVERIFY_EXCEPTION_THROWN(grid_sheet(grid), std::invalid_argument);
    grid = a_grid();
    grid.gap = -1;
    QVERIFY_EXCEPTION_THROWN(grid_sheet(grid), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(grid_sheet({}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(contact_sheet({}, 1), std::invalid_argument);
    grid = a_grid();
    grid.gap = 20000;
    QVERIFY_EXCEPTION_THROWN(grid_sheet(grid), Error);
  }

  // For the eye: DARKROOM_WRITE_SAMPLES=FOLDER writes a sheet there.
  void sheetForTheEye() {
    const char* const folder = std::getenv("DARKROOM_WRITE_SAMPLES");
    if (folder == nullptr) {
      QSKIP("only with DARKROOM_WRITE_SAMPLES");
    }
    GridSheet grid;
    grid.title = "model: v1-5-pruned-emaonly.safetensors  |  The quick brown fox jumps over the lazy dog 0123456789";
    grid.column_labels = {"cfg: 3", "cfg: 7.5",
                          "prompt: a castle on a hill at dawn, oil on canvas, \xE7\x8C\xAB, highly detailed, by everyone"};
    grid.row_labels = {"sampler: ddim", "sampler: dpmpp_2m_sde, karras", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"};
    for (int i = 0; i < 9; ++i) {
      grid.cells.push_back(flat(384, 384, static_cast<uint8_t>(28 * i)));
    }
    grid.cells[4] = Image();
    const std::string glyphs = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
    for (int line = 0; line < 4; ++line) {
      draw_label(grid.cells[0], 4, 20 + 50 * line, glyphs.substr(static_cast<size_t>(line) * 24, 24), {20, 0xFF});
    }
    write_png(std::filesystem::path(folder) / "sheet.png", grid_sheet(grid));
  }
};

DARKROOM_TEST(ContactSheetTest);
#include "contact_sheet_test.moc"
