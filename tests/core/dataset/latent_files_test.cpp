// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/latent_files.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/dataset/latent_index.h"
#include "core/dataset/npy.h"
#include "tests/core/dataset/dataset_on_disk.h"
#include "tests/quiet_progress.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

class LatentFilesTest : public QObject {
  Q_OBJECT
 private slots:
  void namesAreThoseOfTheSourceRun() {
    QCOMPARE(latent_file_name("00012.tar::000120004"), std::string("00012.tar__000120004.npy"));
    QCOMPARE(latent_file_name("a.tar::part/1:2"), std::string("a.tar__part_1:2.npy"));
  }

  void filesHoldTheLatentsAndComeBack() {
    const QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    write_latents(root / "latents", {{"a.tar::1", "h1"}, {"a.tar::2", "h2"}});
    const LatentStore store(root / "latents");
    QCOMPARE(write_latent_files(store, root / "single", quiet, {}), uint64_t{2});
    const std::string bytes = read_file(root / "single" / "a.tar__2.npy");
    const NpyHeader header = parse_npy_header(std::as_bytes(std::span(bytes.data(), bytes.size())), "file");
    QCOMPARE(header.shape, (std::vector<int64_t>{1, 1, 2}));
    QCOMPARE(read_latent_file(root / "single" / "a.tar__2.npy", store.recipe()), (std::vector<uint16_t>{1, 1}));
    QCOMPARE(write_latent_files(store, root / "single", quiet, {}), uint64_t{0});
    write_file_atomically(root / "single" / "a.tar__1.npy", "torn");
    QCOMPARE(write_latent_files(store, root / "single", quiet, {}), uint64_t{1});
  }

  void filesOfAnotherShapeOrWithInfinitiesAreRefused() {
    const QTemporaryDir folder;
    const fs::path file = folder.filePath("x.npy").toStdString();
    const auto write = [&](const std::vector<int64_t>& shape, const std::string& values, const char* type = "<f2") {
      write_file_atomically(file, npy_header(type, shape) + values);
    };
    write({1, 1, 2}, std::string("\0\x3C\0\x3C", 4));
    QCOMPARE(read_latent_file(file, small_recipe()), (std::vector<uint16_t>{0x3C00, 0x3C00}));
    write({1, 1, 2}, std::string("\0\x3C\0\x7C", 4));
    QVERIFY_EXCEPTION_THROWN(read_latent_file(file, small_recipe()), Error);
    write({1, 2, 1}, std::string("\0\x3C\0\x3C", 4));
    QVERIFY_EXCEPTION_THROWN(read_latent_file(file, small_recipe()), Error);
    write({1, 1, 2}, std::string("\0\x3C\0", 3));
    QVERIFY_EXCEPTION_THROWN(read_latent_file(file, small_recipe()), Error);
    write({1, 1, 2}, std::string(8, '\0'), "<f4");
    QVERIFY_EXCEPTION_THROWN(read_latent_file(file, small_recipe()), Error);
  }

  void aShardIsWrittenAnewWithTheRowsThatStay() {
    const QTemporaryDir folder;
    const fs::path latents = fs::path(folder.path().toStdString()) / "latents";
    write_latents(latents, {{"a", "1"}, {"b", "2"}, {"c", "3"}});
    LatentStoreWriter writer(latents, small_recipe());
    writer.keep_rows(0, {0, 2}, {{.key = "d", .image_hash = "4", .reason = "flat"}});
    const LatentStore store(latents);
    QCOMPARE(store.size(), uint64_t{2});
    QCOMPARE(store.key(1), std::string("c"));
    QCOMPARE(store.latent(1)[0], uint16_t{2});
    QCOMPARE(store.dropped().size(), size_t{1});
    QCOMPARE(complete_shards(latents), std::vector<int>{1});
    LatentStoreWriter again(latents, small_recipe());
    again.keep_rows(1, {}, {});
    QVERIFY(complete_shards(latents).empty());
    QVERIFY_EXCEPTION_THROWN(again.keep_rows(5, {}, {}), std::invalid_argument);
  }

  void anUnusualScaleIsRemarkedUpon() {
    const LatentStatistics usual{.mean = {0.8, -0.3, 0.2, -0.2}, .std = {1.1, 0.9, 0.8, 0.9}, .count = 10};
    QVERIFY(latent_scale_remarks(usual, 0.18215).empty());
    LatentStatistics raw = usual;
    for (double& value : raw.std) {
      value /= 0.18215;
    }
    QCOMPARE(latent_scale_remarks(raw, 0.18215).size(), size_t{1});
    LatentStatistics dead = usual;
    dead.std[2] = 0;
    QVERIFY(latent_scale_remarks(dead, 0.18215).at(0).find("Channel 2") != std::string::npos);
  }
};

DARKROOM_TEST(LatentFilesTest);
#include "latent_files_test.moc"
