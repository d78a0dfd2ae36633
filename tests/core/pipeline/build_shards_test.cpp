// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/build_shards.h"

#include <QTemporaryDir>
#include <span>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/dataset/tar_source.h"
#include "core/image/image_decode.h"
#include "tests/quiet_progress.h"
#include "tests/test_registry.h"

using namespace darkroom;
using darkroom::test::quiet;
namespace fs = std::filesystem;

namespace {

const fs::path source_data = fs::path(DARKROOM_SOURCE_DIR) / "tests/core/source/data";
ShardSummary build(const PictureSource& source, const fs::path& out, ShardOptions options = {.size = 16}) {
  return build_shards(source, out, options, quiet, {});
}

}  // namespace

class BuildShardsTest : public QObject {
  Q_OBJECT

 private slots:
  void samplesHaveSquarePicturesCaptionsAndFacts() {
    const QTemporaryDir folder;
    const fs::path out = folder.path().toStdString();
    const ShardSummary summary = build(*open_folder_source(source_data / "folder", 100), out);
    QCOMPARE(summary.pictures, uint64_t{2});
    QCOMPARE(summary.quarantined.size(), size_t{2});
    QVERIFY(summary.quarantined[0].reason.find("has no caption") != std::string::npos);
    QCOMPARE(summary.quarantined[1].item, std::string("deep/d.jpg"));
    const TarSource tar(out / "folder-000000.tar");
    QCOMPARE(tar.samples().size(), size_t{2});
    QCOMPARE(tar.samples()[1].key, std::string("000000001"));
    QCOMPARE(tar.read(*tar.samples()[0].find("txt")), std::string("a red thing"));
    const std::string jpeg = tar.read(*tar.samples()[0].image());
    const ImageInfo info = read_image_info(std::as_bytes(std::span(jpeg.data(), jpeg.size())), "sample");
    QCOMPARE(info.width, 16);
    QCOMPARE(info.height, 16);
    const Json facts = Json::parse(tar.read(*tar.samples()[0].find("json")));
    QCOMPARE(facts["source_key"].get<std::string>(), std::string("a.jpg"));
    QCOMPARE(facts["original_width"].get<int>(), 40);
    QVERIFY(facts["crop"] == Json::array({10, 0, 20, 20}));
    QCOMPARE(read_quarantine(out / "quarantine.jsonl").size(), size_t{2});
  }

  void aRunThatWasBrokenOffEndsWithTheSameBytes() {
    const QTemporaryDir folder;
    const fs::path whole = folder.filePath("whole").toStdString();
    const fs::path broken = folder.filePath("broken").toStdString();
    const auto source = open_journeydb_source(source_data / "journeydb", {});
    build(*source, whole);
    build(*source, broken);
    fs::remove(broken / "journeydb-001_stats.json");  // killed before the second shard was done
    fs::resize_file(broken / "journeydb-001.tar", 100);
    const ShardSummary resumed = build(*source, broken);
    QCOMPARE(resumed.shards_skipped, uint64_t{1});
    QCOMPARE(resumed.pictures, uint64_t{4});
    for (const char* name : {"journeydb-000.tar", "journeydb-001.tar", "journeydb-000_stats.json", "journeydb-001_stats.json"}) {
      QVERIFY2(read_file(whole / name) == read_file(broken / name), name);
    }
  }

  void otherOptionsMakeTheShardsAnew() {
    const QTemporaryDir folder;
    const fs::path out = folder.path().toStdString();
    const auto source = open_diffusiondb_source(source_data / "diffusiondb");
    build(*source, out);
    QCOMPARE(build(*source, out).shards_skipped, uint64_t{1});
    QCOMPARE(build(*source, out, {.size = 24}).shards_skipped, uint64_t{0});
  }

  void smallPicturesAndShortCaptionsAreLeftOutWithAReason() {
    const QTemporaryDir folder;
    const auto source = open_diffusiondb_source(source_data / "diffusiondb");
    const ShardSummary small = build(*source, folder.filePath("a").toStdString(), {.size = 16, .min_side = 33});
    QCOMPARE(small.pictures, uint64_t{0});
    QVERIFY(small.quarantined[0].reason.find("32x32") != std::string::npos);
    const ShardSummary brief = build(*source, folder.filePath("b").toStdString(), {.size = 16, .min_caption_chars = 12});
    QCOMPARE(brief.pictures, uint64_t{1});
  }

  void theSquareLiesAroundTheBoxAndInsideThePicture() {
    const auto square = [](int x, int y, int width, int height) {
      return square_part(100, 60, Rectangle{.x = x, .y = y, .width = width, .height = height});
    };
    QVERIFY(square(40, 10, 20, 30) == (Rectangle{.x = 35, .y = 10, .width = 30, .height = 30}));
    QVERIFY(square(0, 0, 10, 40) == (Rectangle{.x = 0, .y = 0, .width = 40, .height = 40}));
    QVERIFY(square(90, 50, 20, 20) == (Rectangle{.x = 80, .y = 40, .width = 20, .height = 20}));
    QVERIFY(square(-50, -50, 300, 300) == (Rectangle{.x = 40, .y = 0, .width = 60, .height = 60}));
    QVERIFY(square_part(100, 60, std::nullopt) == (Rectangle{.x = 20, .y = 0, .width = 60, .height = 60}));
  }

  void cancelledItLeavesNoHalfShard() {
    const QTemporaryDir folder;
    const fs::path out = folder.path().toStdString();
    CancelToken cancel;
    cancel.cancel();
    QVERIFY_EXCEPTION_THROWN(build_shards(*open_folder_source(source_data / "folder", 100), out, {.size = 16}, quiet, cancel), Error);
    QVERIFY(!fs::exists(out / "folder-000000.tar"));
  }
};
DARKROOM_TEST(BuildShardsTest);
#include "build_shards_test.moc"
