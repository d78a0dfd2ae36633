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

  void latentsInMemoryAreThoseOfTheFiles() {
    const QTemporaryDir folder;
    const fs::path path = folder.filePath("latents").toStdString();
    const LatentStoreWriter writer(path, recipe());
    constexpr int shards = 3;
    constexpr uint16_t rows = 7;
    for (int shard = 0; shard < shards; ++shard) {
      std::vector<LatentRow> names;
      std::vector<uint16_t> values;
      for (uint16_t row = 0; row < rows; ++row) {
        names.push_back({std::to_string(shard) + "-" + std::to_string(row), ""});
        const auto first = static_cast<uint16_t>(shard * 1000 + row * 4);
        for (uint16_t k = 0; k < 4; ++k) {
          values.push_back(static_cast<uint16_t>(first + k));
        }
      }
      writer.write_shard(shard, {.rows = names, .dropped = {}, .sum = {}, .sum_squares = {}}, values);
    }
    const LatentStore mapped(path);
    for (const auto& [fraction, threads, held] : {std::tuple{1.0, 16, 21}, {0.5, 3, 11}, {0.0, 1, 0}, {1.0, 1, 21}}) {
      LatentStore store(path);
      QCOMPARE(store.hold_in_memory(fraction, threads), static_cast<uint64_t>(held));
      for (uint64_t row = 0; row < store.size(); ++row) {
        const auto latent = store.latent(row);
        const auto expected = mapped.latent(row);
        QVERIFY(std::equal(latent.begin(), latent.end(), expected.begin(), expected.end()));
      }
    }
    LatentStore store(path);
    store.hold_in_memory(1.0, 2);
    // A file that is lost under its mapping would be read no more; those in memory are.
    const auto kept = std::vector<uint16_t>(store.latent(20).begin(), store.latent(20).end());
    fs::resize_file(path / latent_shard_name(2), 0);
    QVERIFY(std::equal(kept.begin(), kept.end(), store.latent(20).begin()));
    QVERIFY_EXCEPTION_THROWN(store.hold_in_memory(1.5, 1), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(store.hold_in_memory(0.5, 0), std::invalid_argument);
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

  void latentsOfAnotherDecoderNeverMix() {
    const QTemporaryDir folder;
    const fs::path path = folder.filePath("latents").toStdString();
    LatentRecipe first = recipe();
    first.decoder = "opencv 1, reduced by rule 1";
    LatentStoreWriter(path, first);
    QCOMPARE(LatentStore(path).recipe().decoder, first.decoder);
    LatentStoreWriter(path, first);  // the same goes on
    LatentRecipe other = first;
    other.decoder = "opencv 1, reduced by rule 2";
    try {
      LatentStoreWriter(path, other);
      QFAIL("accepted another decoder");
    } catch (const Error& error) {
      QVERIFY(error.code() == ErrorCode::busy);
      QVERIFY(std::string(error.what()).find("decoder \"opencv 1, reduced by rule 1\" instead of") != std::string::npos);
    }
  }

  void aDecoderThatWasNotRecordedIsAnotherOne() {
    const QTemporaryDir folder;
    const fs::path path = folder.filePath("latents").toStdString();
    LatentStoreWriter(path, recipe());
    Json old = to_json(recipe());
    old.erase("decoder");
    write_file_atomically(path / "latents.json", old.dump());
    QCOMPARE(LatentStore(path).recipe().decoder, std::string());  // what is there is still read
    LatentRecipe known = recipe();
    known.decoder = "opencv 1, in full";
    QVERIFY_EXCEPTION_THROWN(LatentStoreWriter(path, known), Error);
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
