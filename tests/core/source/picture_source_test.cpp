// SPDX-License-Identifier: Apache-2.0
// The sets are made by tests/parity/make_source_goldens.py.
#include "core/source/picture_source.h"

#include <QTemporaryDir>
#include <fstream>
#include <set>

#include "core/base/error.h"
#include "core/source/archive_stream.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using darkroom::test::error_of;
namespace fs = std::filesystem;

namespace {

const fs::path data = fs::path(DARKROOM_SOURCE_DIR) / "tests/core/source/data";

std::vector<SourcePicture> all_of(const PictureSource& source) {
  std::vector<SourcePicture> pictures;
  for (size_t part = 0; part < source.parts().size(); ++part) {
    source.read(part, [&](SourcePicture&& picture) {
      pictures.push_back(std::move(picture));
      return true;
    });
  }
  return pictures;
}

std::string coco(const char* name) { return (data / "coco" / name).string(); }

bool says(const std::string& text, const char* words) { return text.find(words) != std::string::npos; }

}  // namespace

class PictureSourceTest : public QObject {
  Q_OBJECT

 private slots:
  void aFolderGivesItsPicturesWithTheCaptionsBesideThem() {
    const auto source = open_folder_source(data / "folder", 3);
    QCOMPARE(source->parts().size(), size_t{2});
    QCOMPARE(source->parts()[0].pictures, uint64_t{3});
    const std::vector<SourcePicture> pictures = all_of(*source);
    QCOMPARE(pictures.size(), size_t{4});
    QCOMPARE(pictures[0].key, std::string("a.jpg"));
    QCOMPARE(pictures[0].caption, std::string("a red thing\n"));
    QCOMPARE(pictures[1].caption, std::string("a green thing"));
    QCOMPARE(pictures[2].key, std::string("deep/c.webp"));
    QVERIFY(pictures[2].caption.empty());
    QCOMPARE(pictures[3].caption, std::string("a broken thing"));
  }

  void cocoGivesOneOfAPicturesOwnCaptions() {
    const auto source = open_coco_source(coco("train2017"), coco("captions_train2017.json"), "", {}, {}, 100);
    const std::vector<SourcePicture> pictures = all_of(*source);
    QCOMPARE(pictures.size(), size_t{3});  // the one whose file is missing is not there
    for (size_t i = 0; i < pictures.size(); ++i) {
      QVERIFY2(says(pictures[i].caption, ("of picture " + std::to_string(i)).c_str()), pictures[i].caption.c_str());
      QCOMPARE(pictures[i].facts["captions"].size(), size_t{3});
    }
    const auto again = open_coco_source(coco("train2017"), coco("captions_train2017.json"), "", {}, {}, 100);
    QCOMPARE(all_of(*again)[0].caption, pictures[0].caption);
    std::set<std::string> chosen;
    for (uint64_t seed = 0; seed < 20; ++seed) {
      chosen.insert(all_of(*open_coco_source(coco("train2017"), coco("captions_train2017.json"), "", {}, {.seed = seed}, 100))[0].caption);
    }
    QCOMPARE(chosen.size(), size_t{3});
  }

  void cocoWithoutCaptionsNamesItsCategoriesByArea() {
    const auto source = open_coco_source(coco("train2017"), "", coco("instances_train2017.json"), {}, {}, 100);
    const std::vector<SourcePicture> pictures = all_of(*source);
    QVERIFY2(says(pictures[1].caption, "dog, person"), pictures[1].caption.c_str());
    QVERIFY(pictures[2].caption.empty());  // a crowd alone names nothing
  }

  void thePersonRuleKeepsTallPersonsAndTheirBoxes() {
    const auto source = open_coco_source(coco("train2017"), coco("captions_train2017.json"), coco("instances_train2017.json"),
                                         {.min_person_height = 0.55}, {}, 100);
    const std::vector<SourcePicture> pictures = all_of(*source);
    QCOMPARE(pictures.size(), size_t{1});  // 40 of 48 px; the other person has 20 of 64, the crowd is none
    QVERIFY(pictures[0].box == (Rectangle{.x = 10, .y = 4, .width = 20, .height = 40}));
  }

  void cocoSaysWhatIsMissing() {
    QVERIFY(says(error_of([] { open_coco_source(coco("train2017"), "", "", {}, {}, 1); }), "annotation file"));
    QVERIFY(
        says(error_of([] { open_coco_source(coco("train2017"), coco("captions_train2017.json"), "", {.min_person_height = 0.5}, {}, 1); }),
             "--instances"));
    QVERIFY(says(error_of([] { open_coco_source(data / "folder", coco("captions_train2017.json"), "", {}, {}, 1); }), "none of the 4"));
    const QTemporaryDir folder;
    const fs::path bad = folder.filePath("bad.json").toStdString();
    std::ofstream(bad) << "{\"images\": [{\"id\": 1}]}";
    QVERIFY(says(error_of([&] { open_coco_source(data, bad, "", {}, {}, 1); }), "file_name"));
    std::ofstream(bad) << "{\"images\": [";
    QVERIFY(says(error_of([&] { open_coco_source(data, bad, "", {}, {}, 1); }), "bad.json"));
  }

  void facesHaveNamesAndBoxesWithMargin() {
    const auto source = open_vggface_source(data / "vggface2", {.margin = 0.5, .min_face = 0}, {}, 100);
    const std::vector<SourcePicture> pictures = all_of(*source);
    QCOMPARE(pictures.size(), size_t{4});
    QVERIFY2(says(pictures[0].caption, "Ann Example, Jr."), pictures[0].caption.c_str());
    QCOMPARE(pictures[0].facts["gender"].get<std::string>(), std::string("f"));
    QVERIFY(pictures[0].box == (Rectangle{.x = -2, .y = -4, .width = 44, .height = 48}));  // 12 px more on each side
    const auto large = open_vggface_source(data / "vggface2", {.margin = 0.5, .min_face = 15}, {}, 100);
    QCOMPARE(all_of(*large).size(), size_t{3});
  }

  void diffusionDbPairsPromptsInsideItsArchive() {
    const auto source = open_diffusiondb_source(data / "diffusiondb");
    QCOMPARE(source->parts()[0].name, std::string("diffusiondb-part-000001"));
    const std::vector<SourcePicture> pictures = all_of(*source);
    QCOMPARE(pictures.size(), size_t{2});
    QCOMPARE(pictures[0].caption, std::string("a blue lake"));
    QCOMPARE(pictures[1].facts["seed"].get<int>(), 8);
    QVERIFY(pictures[0].bytes.starts_with("\x89PNG"));
  }

  void journeyDbPairsLinesOfItsArchivesFolder() {
    const auto source = open_journeydb_source(data / "journeydb", {});
    QCOMPARE(source->parts().size(), size_t{2});
    const std::vector<SourcePicture> pictures = all_of(*source);
    QCOMPARE(pictures.size(), size_t{4});
    QCOMPARE(pictures[3].key, std::string("001/y.jpg"));
    QCOMPARE(pictures[3].caption, std::string("prompt 001 y"));
    QCOMPARE(all_of(*open_journeydb_source(data / "journeydb", {.kind = "caption"}))[0].caption, std::string("caption 000 x"));
  }

  void damagedArchivesAreNamed() {
    const QTemporaryDir folder;
    const fs::path cut = folder.filePath("part-000009.zip").toStdString();
    fs::copy_file(data / "diffusiondb" / "part-000001.zip", cut);
    fs::resize_file(cut, fs::file_size(cut) / 3);
    QVERIFY(says(error_of([&] { all_of(*open_diffusiondb_source(folder.path().toStdString())); }), "part-000009.zip"));
    QVERIFY(says(error_of([&] { open_journeydb_source(folder.path().toStdString(), {}); }), "JourneyDB needs"));
    QVERIFY(says(error_of([&] { open_folder_source(folder.filePath("none").toStdString(), 1); }), "none"));
  }

  void readingStopsWhenAsked() {
    const auto source = open_diffusiondb_source(data / "diffusiondb");
    int seen = 0;
    source->read(0, [&](SourcePicture&&) { return ++seen < 1; });
    QCOMPARE(seen, 1);
  }
};
DARKROOM_TEST(PictureSourceTest);
#include "picture_source_test.moc"
