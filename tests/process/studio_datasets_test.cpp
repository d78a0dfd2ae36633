// SPDX-License-Identifier: GPL-3.0-or-later
// The Datasets page on the real engine: from a hub's metadata, through a host that fails as hosts do, to a mixture that the trainer takes.
// The engine is killed again and again, and the studio started anew; the page goes on each time. DARKROOM_PAGE_ROWS=5000 makes it as long
// as a set that is worth the page.
#include <QCoreApplication>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <csignal>
#include <thread>

#include "app/datasets/datasets_view_model.h"
#include "app/viewmodels/format.h"
#include "core/base/atomic_file.h"
#include "core/dataset/dataset_card.h"
#include "core/dataset/tar_source.h"
#include "core/image/image_decode.h"
#include "core/image/image_encode.h"
#include "core/plan/mixture_file.h"
#include "tests/app/studio_fixture.h"
#include "tests/byte_view.h"
#include "tests/core/download/url_file.h"
#include "tests/core/hub/http_server.h"
#include "tests/process/engine_traces.h"
#include "tests/process/small_training.h"
#include "tests/process/studio_patience.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT
using darkroom::app::fixture::kPatience_ms;
using darkroom::test::children_of;
using darkroom::test::SmallTraining;
namespace fs = std::filesystem;

namespace {

constexpr int kSide = 128;  ///< px: large enough that making latents can be interrupted
constexpr int kUsualRows = 96;
constexpr int kLongCaption = 38;  ///< characters: about a third of the captions have fewer
constexpr int kOwn = 40;          ///< pictures of the folder, and a copy of the first

struct Picture {
  std::string bytes;
  std::string caption;
};

int rowCount() {
  static const int rows = std::max(kUsualRows, qEnvironmentVariableIntValue("DARKROOM_PAGE_ROWS"));
  return rows;
}

int patience() { return kPatience_ms * std::max(1, rowCount() / 500); }

std::vector<Picture> demoPictures(int number, int count) {
  const TarSource tar(DARKROOM_SOURCE_DIR "/resources/demo/demo-00000" + std::to_string(number) + ".tar");
  std::vector<Picture> pictures;
  for (int i = 0; i < count; ++i) {
    const TarSample& sample = tar.samples().at(static_cast<size_t>(i));
    pictures.push_back({.bytes = tar.read(*sample.image()), .caption = tar.read(*sample.find("txt"))});
  }
  return pictures;
}

/// What becomes of a row.
enum class Fate { good, dropped, dead, page, cut, broken };

Fate fateOf(int row) {
  constexpr Fate fates[] = {Fate::good, Fate::dropped, Fate::good, Fate::dead, Fate::good, Fate::page, Fate::good, Fate::cut,
                            Fate::good, Fate::good,    Fate::good, Fate::dead, Fate::good, Fate::page, Fate::good, Fate::broken};
  return fates[row % std::ssize(fates)];
}

int countOf(std::initializer_list<Fate> fates) {
  int count = 0;
  for (int row = 0; row < rowCount(); ++row) {
    count += std::find(fates.begin(), fates.end(), fateOf(row)) != fates.end() ? 1 : 0;
  }
  return count;
}

/// "/N.jpg": picture N, slowly, unless its fate is another.
class Host {
 public:
  Host()
      : pictures_(demoPictures(0, kUsualRows)), server_([this](const test::ServedRequest& request, test::Connection& connection) {
          answer(std::atoi(request.target.c_str() + 1), connection);
        }) {}

  void writeMetadata(const fs::path& file) const {
    std::vector<test::UrlFileRow> rows;
    for (int row = 0; row < rowCount(); ++row) {
      rows.push_back({.url = server_.url() + "/" + std::to_string(row) + ".jpg",
                      .caption = pictures_.at(static_cast<size_t>(row % kUsualRows)).caption + ", a drawing on a light ground",
                      .aesthetic = fateOf(row) == Fate::dropped ? 5.0 : 6.75});
    }
    test::write_url_file(file, rows);
  }

 private:
  // A later round of the same pictures is darker.
  std::string bytesOf(int row) const {
    const std::string& bytes = pictures_.at(static_cast<size_t>(row % kUsualRows)).bytes;
    const int round = row / kUsualRows;
    if (round == 0) {
      return bytes;
    }
    Image image = decode_image(test::bytes_of(bytes), "demo picture");
    std::transform(image.pixels.begin(), image.pixels.end(), image.pixels.begin(),
                   [round](uint8_t value) { return static_cast<uint8_t>(std::max(0, value - round)); });
    return encode_image(image, ImageFormat::jpeg, {}, 90);
  }

  void answer(int row, test::Connection& connection) const {
    const std::string bytes = bytesOf(row);
    std::this_thread::sleep_for(std::chrono::milliseconds(40));
    switch (fateOf(row)) {
      case Fate::dead:
        return connection.answer(404, "no such thing");
      case Fate::page:
        return connection.answer(200, "<html><body>It was taken away.</body></html>", {{"Content-Type", "text/html"}});
      case Fate::cut:
        connection.head(200, {{"Connection", "close"}});
        connection.send(bytes.substr(0, bytes.size() / 2));
        return connection.break_off();
      case Fate::broken:
        connection.head(200, {{"Content-Length", std::to_string(bytes.size())}});
        connection.send(bytes.substr(0, bytes.size() / 2));
        return connection.break_off();
      default:
        return connection.answer(200, bytes, {{"Content-Type", "image/jpeg"}});
    }
  }

  std::vector<Picture> pictures_;
  test::HttpServer server_;
};

bool killEngine() {
  const std::vector<pid_t> engines = children_of(QCoreApplication::applicationPid());
  for (const pid_t engine : engines) {
    ::kill(engine, SIGKILL);
  }
  return !engines.empty();
}

StageItem stageOf(const DatasetsViewModel& page, const QString& key) {
  for (const StageItem& item : page.pipeline()->stages()->rows()) {
    if (item.key == key) {
      return item;
    }
  }
  return {};
}

int ruleAbout(const DatasetsViewModel& page, const QString& column) {
  for (int row = 0; row < page.filters()->rowCount(); ++row) {
    if (page.filters()->at(row).column == column) {
      return row;
    }
  }
  return -1;
}

bool isReady(const DatasetsViewModel& page) {
  return page.state() == DatasetsViewModel::Ready && page.settled() && !page.keptText().isEmpty();
}

void chooseOptions(DatasetPipeline& pipeline) {
  pipeline.setImageSize(kSide);
  pipeline.setDevices("cpu");
}

/// Runs up to a stage, and kills the engine in the middle of it.
void runAndKill(DatasetsViewModel& page, const QString& key) {
  DatasetPipeline& pipeline = *page.pipeline();
  bool killed = false;
  const auto connection = QObject::connect(&pipeline, &DatasetPipeline::changed, [&] {
    const StageItem item = stageOf(page, key);
    if (!killed && item.state == "running" && item.progress > 0 && item.progress < 1) {
      killed = killEngine();
    }
  });
  pipeline.runTo(key);
  QTRY_VERIFY_WITH_TIMEOUT(!pipeline.active(), patience());
  QObject::disconnect(connection);
  QVERIFY2(killed, qPrintable(stageOf(page, key).line));
  QCOMPARE(stageOf(page, key).state, QString("failed"));
  QVERIFY2(stageOf(page, key).problem.contains("signal"), qPrintable(stageOf(page, key).problem));
}

void runToEnd(DatasetsViewModel& page, const QString& key) {
  page.pipeline()->runTo(key);
  QTRY_VERIFY_WITH_TIMEOUT(!page.pipeline()->active(), patience());
  QVERIFY2(stageOf(page, key).state == "done", qPrintable(stageOf(page, key).problem + stageOf(page, key).log));
}

QString countText(int count) { return Format::count(count); }

int countOf(QString text) { return text.remove(',').toInt(); }

}  // namespace

class StudioDatasetsTest : public QObject {
  Q_OBJECT

 private slots:
  void fromMetadataToAMixtureWithKillsInBetween() {
    fixture::fakeEngine();  // for the resources of the source tree
    qputenv("NO_PROXY", "127.0.0.1");
    const QTemporaryDir folder;
    const Host host;
    host.writeMetadata(folder.filePath("hub.parquet").toStdString());
    std::unique_ptr<DatasetsViewModel> page = open(folder);

    // The first source: rules keep rows, the host gives most of them.
    page->addDropped({QUrl::fromLocalFile(folder.filePath("hub.parquet"))});
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*page), patience());
    QCOMPARE(page->keptText(), countText(rowCount() - countOf({Fate::dropped})));
    chooseOptions(*page->pipeline());
    QVERIFY(page->pipeline()->downloads());
    page->pipeline()->setNetworks("127.0.0.1");
    runAndKill(*page, "download");
    runToEnd(*page, "download");
    const fs::path first = folder.filePath("datasets/hub").toStdString();
    const Json download = read_json_file(first / "stages/download.json");
    QVERIFY(download.value("done", Json::object()).value("rows_resumed", 0) > 0);
    const int good = countOf({Fate::good});
    QCOMPARE(stageOf(*page, "download").line, QString("%1 of %2").arg(countText(good), countText(rowCount() - countOf({Fate::dropped}))));
    QCOMPARE(stageOf(*page, "download").quarantined, countOf({Fate::dead, Fate::page, Fate::cut, Fate::broken}));
    page->pipeline()->showQuarantine("download");
    QVERIFY(page->pipeline()->quarantine()->rowCount() > 0);

    // With other rules the pictures are other ones: what is there is not mixed with them.
    page->setBound(ruleAbout(*page, "caption_chars"), "low", kLongCaption);
    QTRY_VERIFY_WITH_TIMEOUT(page->settled() && countOf(page->keptText()) < rowCount() - countOf({Fate::dropped}), patience());
    const int kept = countOf(page->keptText());
    QVERIFY(kept > rowCount() / 4);
    page->pipeline()->runTo("download");
    QTRY_VERIFY_WITH_TIMEOUT(!page->pipeline()->active(), patience());
    QVERIFY2(stageOf(*page, "download").problem.contains("other inputs"), qPrintable(stageOf(*page, "download").problem));
    QVERIFY(stageOf(*page, "download").anew);
    page->pipeline()->startAnew();
    QTRY_VERIFY_WITH_TIMEOUT(!page->pipeline()->active(), patience());
    QCOMPARE(stageOf(*page, "download").state, QString("done"));
    const int whole = countOf(stageOf(*page, "download").line.section(' ', 0, 0));
    QCOMPARE(whole + stageOf(*page, "download").quarantined, kept);
    // Only what had not come was asked for again.
    const Json anew = read_json_file(first / "stages/download.json").value("done", Json::object());
    QCOMPARE(anew.value("rows_reused", 0), whole);
    QCOMPARE(anew.value("rows_downloaded", 0), kept - whole);
    QTRY_VERIFY_WITH_TIMEOUT(foldersBeside(first / "stages/shards") == 0, patience());

    // The studio is closed while its latents are made, and opened again.
    runAndKill(*page, "latents");
    QVERIFY(!QTest::currentTestFailed());
    page = open(folder);
    page->refresh();
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*page), patience());
    QCOMPARE(stageOf(*page, "arrow").state, QString("done"));
    QCOMPARE(stageOf(*page, "latents").state, QString("waiting"));
    runToEnd(*page, "latents");
    verifyWhole(first, whole);

    // The second source: a folder.
    page->addDropped({QUrl::fromLocalFile(makeFolder(folder))});
    QTRY_VERIFY_WITH_TIMEOUT(isReady(*page), patience());
    chooseOptions(*page->pipeline());
    runAndKill(*page, "latents");
    runToEnd(*page, "latents");
    verifyWhole(folder.filePath("datasets/own").toStdString(), kOwn + 1);
    checkAudit(*page);

    QVERIFY(!QTest::currentTestFailed());
    checkMixture(*page->mixtures());
    QVERIFY(!QTest::currentTestFailed());
    checkTraining(folder, page->mixtures()->file());
  }

 private:
  static std::unique_ptr<DatasetsViewModel> open(const QTemporaryDir& folder) {
    return std::make_unique<DatasetsViewModel>(EngineCommand{test::engine_program(), {}, {}}, folder.path());
  }

  static QString makeFolder(const QTemporaryDir& folder) {
    const fs::path own = folder.filePath("own").toStdString();
    fs::create_directories(own);
    const std::vector<Picture> pictures = demoPictures(1, kOwn);
    for (int i = 0; i <= kOwn; ++i) {
      const Picture& picture = pictures.at(static_cast<size_t>(i % kOwn));
      const std::string name = std::to_string(100 + i);
      write_file_atomically(own / (name + ".jpg"), picture.bytes);
      write_file_atomically(own / (name + ".txt"), picture.caption);
    }
    return QString::fromStdString(own.string());
  }

  // Of earlier downloads.
  static int foldersBeside(const fs::path& shards) {
    int count = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(shards.parent_path())) {
      count += entry.path().filename().string().starts_with("shards.") ? 1 : 0;
    }
    return count;
  }

  // Every picture has a latent, or a reason why not; none is there twice.
  static void verifyWhole(const fs::path& dataset, int pictures) {
    const DatasetCard card = read_dataset_card(dataset);
    QCOMPARE(card.image_size, kSide);
    uint64_t rows = 0;
    for (const auto& [name, count] : card.splits) {
      rows += count;
    }
    QCOMPARE(card.latents + card.quarantined, static_cast<uint64_t>(pictures));
    QCOMPARE(rows, static_cast<uint64_t>(pictures));
  }

  // With a limit above the side of every picture each is found, and the copy among them.
  static void checkAudit(DatasetsViewModel& page) {
    DatasetAudit& audit = *page.audit();
    QVERIFY(audit.canRun());
    QCOMPARE(audit.state(), QString("waiting"));
    audit.setTinySide(kSide + 1);
    audit.run();
    QTRY_COMPARE_WITH_TIMEOUT(audit.state(), QString("done"), patience());
    QCOMPARE(audit.kinds()->at(0).key, QString("tiny"));
    QCOMPARE(audit.kinds()->at(0).countText, countText(kOwn + 1));
    QTRY_COMPARE_WITH_TIMEOUT(audit.findings()->rowCount(), kOwn + 1, patience());
    audit.setKind("duplicate");
    QTRY_COMPARE_WITH_TIMEOUT(audit.findings()->rowCount(), 1, patience());
    QVERIFY(!page.pictures().shardPicture(audit.findings()->at(0).name, kSide).isNull());
    audit.setTinySide(kSide);
    QCOMPARE(audit.state(), QString("stale"));
  }

  static void checkMixture(DatasetMixtures& mixtures) {
    mixtures.refresh();
    QCOMPARE(mixtures.parts()->rowCount(), 2);
    mixtures.setOn(0, true);
    mixtures.setOn(1, true);
    mixtures.setShare(0, 70);
    mixtures.setLimit(1, 20);
    mixtures.setName("both");
    QVERIFY2(mixtures.canWrite(), qPrintable(mixtures.cannot()));
    mixtures.write();
    QTRY_COMPARE_WITH_TIMEOUT(mixtures.state(), QString("done"), patience());
    const MixtureFile file = read_mixture_file(mixtures.file().toStdString());
    QCOMPARE(file.sources.size(), size_t{2});
    QVERIFY(std::abs(file.sources[0].share - 0.7) < 1e-9);
    QCOMPARE(file.sources[1].limit.value_or(0), int64_t{20});
    QVERIFY(!mixtures.canWrite());  // it is as it is written
  }

  static void checkTraining(const QTemporaryDir& folder, const QString& mixture) {
    const QString plan = folder.filePath("plan.json");
    write_file_atomically(plan.toStdString(),
                          Json{{"darkroom_plan", 1},
                               {"name", "both"},
                               {"model", {{"layout", "pocket"}, {"vae", "pocket"}, {"text_encoder", "pocket"}}},
                               {"precision", "fp32"},
                               {"batch", {{"per_device", 4}, {"accumulation", 1}}},
                               {"validation", {{"every_epochs", 0}}},
                               {"logging", {{"tensorboard", false}, {"wandb", "off"}}},
                               {"phases", Json::array({{{"name", "one"},
                                                        {"epochs", 1},
                                                        {"sources", Json::array({{{"dataset", mixture.toStdString()}, {"share", 1.0}}})},
                                                        {"warmup_steps", 1}}})}}
                              .dump(2));
    const test::EngineResult check = test::run_engine({"plan", "check", plan, "--json"});
    QVERIFY2(check.exit_code == 0, (check.output + check.errors).constData());
    const QString run = folder.filePath("run");
    const test::EngineResult trained = test::run_engine({"train", "--plan", plan, "--run", run, "--devices", "cpu", "--max-steps", "1"});
    QVERIFY2(trained.exit_code == 0, (trained.output + trained.errors).constData());
    QCOMPARE(SmallTraining::steps_of(run), std::vector<int64_t>{1});
  }
};

DARKROOM_TEST(StudioDatasetsTest);
#include "studio_datasets_test.moc"
