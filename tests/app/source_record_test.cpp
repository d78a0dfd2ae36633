// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/source_record.h"

#include <QTemporaryDir>
#include <fstream>

#include "app/datasets/stage_commands.h"
#include "core/base/error.h"
#include "core/base/resources.h"
#include "core/columns/column_store.h"
#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT
namespace fs = std::filesystem;

namespace {

void touch(const QTemporaryDir& folder, const QString& name) {
  const fs::path file = folder.filePath(name).toStdString();
  fs::create_directories(file.parent_path());
  std::ofstream(file) << "x";
}

SourceRecord detected(const QTemporaryDir& folder) { return detectSource({folder.path().toStdString()}); }

}  // namespace

class SourceRecordTest : public QObject {
  Q_OBJECT

 private slots:
  void eachLayoutIsKnownByItsFiles_data() {
    QTest::addColumn<QStringList>("files");
    QTest::addColumn<QString>("kind");
    QTest::newRow("parquet") << QStringList{"part-00000.snappy.parquet"} << "parquet";
    QTest::newRow("img2dataset") << QStringList{"00000.tar", "00000.parquet"} << "parquet";
    QTest::newRow("tars") << QStringList{"a-000000.tar"} << "tars";
    QTest::newRow("folder") << QStringList{"a/1.jpg", "a/1.txt"} << "folder";
    QTest::newRow("arrow") << QStringList{"data-00000-of-00001.arrow", "state.json", "dataset_info.json"} << "arrow";
    QTest::newRow("coco") << QStringList{"val2017/1.jpg", "annotations/captions_val2017.json"} << "coco";
    QTest::newRow("vggface2") << QStringList{"train/n000002/0001_01.jpg", "identity_meta.csv"} << "vggface2";
    QTest::newRow("diffusiondb") << QStringList{"part-000001.zip", "metadata.parquet"} << "diffusiondb";
    QTest::newRow("journeydb") << QStringList{"imgs/000.tgz", "train_anno_realease_repath.jsonl.tgz"} << "journeydb";
  }
  void eachLayoutIsKnownByItsFiles() {
    QFETCH(const QStringList, files);
    QFETCH(const QString, kind);
    const QTemporaryDir folder;
    for (const QString& file : files) {
      touch(folder, file);
    }
    QCOMPARE(sourceKindKey(detected(folder).kind), kind);
  }

  void aFolderWithoutPicturesIsRefusedInWords() {
    const QTemporaryDir folder;
    touch(folder, "notes.docx");
    try {
      [[maybe_unused]] const SourceRecord source = detected(folder);
      QFAIL("it was taken");
    } catch (const Error& error) {
      QVERIFY(std::string(error.what()).find(folder.path().toStdString()) != std::string::npos);
      QCOMPARE(error.code(), ErrorCode::bad_input);
    }
  }

  void whatIsWrittenIsReadBack() {
    const QTemporaryDir folder;
    SourceRecord source{.name = "a", .title = QString::fromUtf8("Ä photo"), .kind = SourceKind::coco, .inputs = {"/data/val2017"}};
    source.captions = "/data/captions.json";
    source.folder = folder.filePath("a").toStdString();
    writeSource(source);
    QCOMPARE(readSource(source.folder), source);
    const std::vector<SourceRecord> all = listSources(folder.path().toStdString());
    QCOMPARE(all.size(), size_t{1});
  }

  void tarsBecomeMetadataOnceAndAgainWhenTheyChange() {
    fixture::fakeEngine();  // sets where the resources lie
    const QTemporaryDir folder;
    const fs::path tar = folder.filePath("demo-000000.tar").toStdString();
    fs::copy_file(resource_path("demo") / "demo-000000.tar", tar);
    SourceRecord source{.name = "demo", .title = "demo", .kind = SourceKind::tars, .inputs = {tar}};
    source.folder = folder.filePath("datasets/demo").toStdString();
    const std::vector<fs::path> files = metadataFiles(source, {}, {});
    QCOMPARE(files.size(), size_t{1});
    const auto store = ColumnStore::open_or_import(folder.filePath("cache").toStdString(), files, {}, {}, {});
    QVERIFY(store->rows() > 100);
    const uint64_t rows[] = {0};
    const MetadataColumn columns[] = {MetadataColumn::key, MetadataColumn::caption};
    const RowTexts texts = store->fetch_texts(rows, columns).front();
    QVERIFY(texts[0].value_or("").starts_with("demo-000000.tar::"));
    QVERIFY(!texts[1].value_or("").empty());
    QCOMPARE(store->number(MetadataColumn::width, 0) > 0, true);
    const auto made = fs::last_write_time(files[0]);
    metadataFiles(source, {}, {});
    QCOMPARE(fs::last_write_time(files[0]), made);
    fs::copy_file(resource_path("demo") / "demo-000001.tar", folder.filePath("demo-000001.tar").toStdString());
    source.inputs = {folder.path().toStdString()};
    metadataFiles(source, {}, {});
    const auto more = ColumnStore::open_or_import(folder.filePath("cache").toStdString(), files, {}, {}, {});
    QVERIFY(more->rows() > store->rows());
  }

  void stagesKnowWhatASourceNeeds() {
    SourceRecord hub{.name = "laion", .title = "laion", .kind = SourceKind::parquet, .inputs = {"/w/laion/stages/fetch"}};
    hub.repository = "datasets/laion/laion2B-en";
    hub.folder = "/w/laion";
    QCOMPARE(stageCommand(hub, Stage::fetch).arguments.mid(0, 3), QStringList({"data", "fetch", "datasets/laion/laion2B-en"}));
    QVERIFY(stageCommand(hub, Stage::filter).arguments.contains("/w/laion/rules.json"));
    hub.imageSize = 256;
    QVERIFY(stageCommand(hub, Stage::download).arguments.contains("256"));
    QVERIFY(stageCommand(hub, Stage::shards).arguments.isEmpty());
    SourceRecord folder{.name = "own", .title = "own", .kind = SourceKind::folder, .inputs = {"/pictures"}};
    folder.folder = "/w/own";
    QVERIFY(stageCommand(folder, Stage::download).arguments.isEmpty());
    QVERIFY(!stageCommand(folder, Stage::download).unneeded.isEmpty());
    QCOMPARE(stageCommand(folder, Stage::shards).arguments.mid(0, 5), QStringList({"data", "shards", "/pictures", "--source", "folder"}));
  }

  void thereAreNoShardsBeforeTheyAreMade() {
    const QTemporaryDir folder;
    SourceRecord source{.name = "own", .title = "own", .kind = SourceKind::folder, .inputs = {"/pictures"}};
    source.folder = folder.filePath("own").toStdString();
    QVERIFY(shardFiles(source).empty());
    for (const char* name : {"b.tar", "a.tar", "a.json"}) {
      touch(folder, QStringLiteral("own/stages/shards/") + name);
    }
    QCOMPARE(shardFiles(source), (std::vector<fs::path>{source.stageFolder("shards") / "a.tar", source.stageFolder("shards") / "b.tar"}));
  }
};
DARKROOM_TEST(SourceRecordTest);
#include "source_record_test.moc"
