// SPDX-License-Identifier: Apache-2.0
#include <QTemporaryDir>
#include <stdexcept>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/dataset/latent_store.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

namespace {

constexpr uint16_t one = 0x3C00;
constexpr uint16_t two = 0x4000;
constexpr uint16_t three = 0x4200;

LatentRecipe recipe() { return {.shape = {2, 1, 2}, .scaling_factor = 0.18215, .vae = "abc", .image_size = 16, .crop = "centre"}; }

}  // namespace

class LatentStoreTest : public QObject {
  Q_OBJECT
 private slots:
  void rowsComeBackByKey() {
    const QTemporaryDir folder;
    const fs::path path = folder.filePath("latents").toStdString();
    LatentStoreWriter writer(path, recipe());
    writer.write_shard(1, {.rows = {{"c", "h3"}}, .dropped = {}, .sum = {}, .sum_squares = {}},
                       std::vector<uint16_t>{three, three, three, three});
    writer.write_shard(0, {.rows = {{"a", "h1"}, {"b", "h2"}}, .dropped = {{"d", "h4", "flat"}}, .sum = {}, .sum_squares = {}},
                       std::vector<uint16_t>{one, one, two, two, one, two, one, two});
    const LatentStore store(path);
    QCOMPARE(store.size(), uint64_t{3});
    QCOMPARE(store.key(2), std::string("c"));
    QCOMPARE(store.find("b").value(), uint64_t{1});
    QVERIFY(!store.find("x"));
    const auto latent = store.latent(1);
    QCOMPARE(std::vector<uint16_t>(latent.begin(), latent.end()), (std::vector<uint16_t>{one, two, one, two}));
    QCOMPARE(store.dropped().size(), size_t{1});
    QCOMPARE(store.dropped()[0].reason, std::string("flat"));
    QVERIFY(store.recipe() == recipe());
  }

  void statisticsAreThoseOfTheStoredValues() {
    const QTemporaryDir folder;
    const fs::path path = folder.filePath("latents").toStdString();
    LatentStoreWriter(path, recipe())
        .write_shard(0, {.rows = {{"a", ""}}, .dropped = {}, .sum = {}, .sum_squares = {}}, std::vector<uint16_t>{one, three, two, two});
    const LatentStatistics statistics = LatentStore(path).statistics();
    QCOMPARE(statistics.mean, (std::vector<double>{2, 2}));
    QCOMPARE(statistics.std, (std::vector<double>{1, 0}));
    QCOMPARE(statistics.count, uint64_t{1});
  }

  void whatAKilledWriterLeftIsIgnoredAndRemoved() {
    const QTemporaryDir folder;
    const fs::path path = folder.filePath("latents").toStdString();
    LatentStoreWriter(path, recipe())
        .write_shard(0, {.rows = {{"a", ""}}, .dropped = {}, .sum = {}, .sum_squares = {}}, std::vector<uint16_t>(4, one));
    write_file_atomically(path / "latents-00001.npy", "complete data, but no index yet");
    write_file_atomically(path / "latents-00002.npy.tmp", "half");
    QCOMPARE(LatentStore(path).size(), uint64_t{1});
    LatentStoreWriter again(path, recipe());
    QCOMPARE(again.shards().size(), size_t{1});
    QVERIFY(!fs::exists(path / "latents-00001.npy"));
    QVERIFY(!fs::exists(path / "latents-00002.npy.tmp"));
    QCOMPARE(again.free_numbers(2), (std::vector<int>{1, 2}));
    again.remove_shard(0);
    QCOMPARE(again.free_numbers(1), std::vector<int>{0});
    QCOMPARE(LatentStore(path).size(), uint64_t{0});
  }

  void latentsOfAnotherVaeNeverMix() {
    const QTemporaryDir folder;
    const fs::path path = folder.filePath("latents").toStdString();
    LatentStoreWriter(path, recipe());
    LatentRecipe other = recipe();
    other.vae = "def";
    try {
      LatentStoreWriter(path, other);
      QFAIL("accepted another VAE");
    } catch (const Error& error) {
      QVERIFY(error.code() == ErrorCode::busy);
      QVERIFY(std::string(error.what()).find("vae \"abc\" instead of \"def\"") != std::string::npos);
    }
  }

  void damagedShardsAreRefused() {
    const QTemporaryDir folder;
    const fs::path path = folder.filePath("latents").toStdString();
    QVERIFY_EXCEPTION_THROWN(LatentStore{path}, Error);
    LatentStoreWriter(path, recipe())
        .write_shard(0, {.rows = {{"a", ""}}, .dropped = {}, .sum = {}, .sum_squares = {}}, std::vector<uint16_t>(4, one));
    const std::string good = read_file(path / "latents-00000.npy");
    write_file_atomically(path / "latents-00000.npy", good.substr(0, good.size() - 2));
    QVERIFY_EXCEPTION_THROWN(LatentStore{path}, Error);
    write_file_atomically(path / "latents-00000.npy", good);
    write_file_atomically(path / "latents-00000.json",
                          R"({"rows": [["a", ""], ["a", ""]], "dropped": [], "sum": [0, 0], "sum_squares": [0, 0]})");
    QVERIFY_EXCEPTION_THROWN(LatentStore{path}, Error);
    write_file_atomically(path / "latents-00000.json", R"({"rows": [["a"]], "dropped": [], "sum": [0, 0], "sum_squares": [0, 0]})");
    QVERIFY_EXCEPTION_THROWN(LatentStore{path}, Error);
    QVERIFY_EXCEPTION_THROWN(LatentStoreWriter(path, {}), std::invalid_argument);
  }

  void onePictureHasOneLatent() {
    const QTemporaryDir folder;
    const fs::path path = folder.filePath("latents").toStdString();
    LatentStoreWriter writer(path, recipe());
    for (int number = 0; number < 2; ++number) {
      writer.write_shard(number, {.rows = {{"a", ""}}, .dropped = {}, .sum = {}, .sum_squares = {}}, std::vector<uint16_t>(4, one));
    }
    QVERIFY_EXCEPTION_THROWN(LatentStore{path}, Error);
    QVERIFY_EXCEPTION_THROWN(writer.write_shard(2, {.rows = {{"b", ""}}, .dropped = {}, .sum = {}, .sum_squares = {}}, {}),
                             std::invalid_argument);
  }
};

DARKROOM_TEST(LatentStoreTest);
#include "latent_store_test.moc"
