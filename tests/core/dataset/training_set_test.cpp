// SPDX-License-Identifier: Apache-2.0
#include <QTemporaryDir>

#include "core/base/error.h"
#include "core/dataset/dataset_card.h"
#include "core/dataset/training_set.h"
#include "tests/core/dataset/dataset_on_disk.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

std::string reason_of(const fs::path& folder, const std::string& split = "train") {
  try {
    TrainingSet(folder, split);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

class TrainingSetTest : public QObject {
  Q_OBJECT
 private slots:
  void captionsMeetTheirOwnLatentsWhateverTheOrder() {
    const QTemporaryDir folder;
    const fs::path path = folder.path().toStdString();
    write_split(path / "train", {a_record("a"), a_record("b"), a_record("c")});
    write_split(path / "validation", {a_record("d")});
    write_dataset_dict(path, {"train", "validation"});
    write_latents(path / "latents", {{"d", "hash of d"}, {"c", "hash of c"}, {"a", "hash of a"}});
    const TrainingSet train(path, "train");
    QCOMPARE(train.size(), uint64_t{2});
    QCOMPARE(train.left_out(), uint64_t{1});  // b was dropped by the encoder
    QCOMPARE(train.key(0), std::string_view("a"));
    QCOMPARE(int(train.latent(0)[0]), 2);
    QCOMPARE(train.key(1), std::string_view("c"));
    QCOMPARE(int(train.latent(1)[1]), 1);
    QCOMPARE(train.caption(1), std::string_view("a picture of c"));
    QCOMPARE(train.category(1), std::string_view("animals"));
    QCOMPARE(train.ids(1)[1], int32_t{'c'});
    QCOMPARE(train.mask(1)[3], 0);
    QCOMPARE(train.latent_shape()[2], int64_t{2});
    const TrainingSet validation(path, "validation");
    QCOMPARE(validation.size(), uint64_t{1});
    QCOMPARE(int(validation.latent(0)[0]), 0);
    QVERIFY(train.fingerprint() != validation.fingerprint());
    QCOMPARE(train.fingerprint(), TrainingSet(path, "train").fingerprint());
  }

  void captionNeverPairsWithAnotherPicture() {
    const QTemporaryDir folder;
    const fs::path path = folder.path().toStdString();
    write_split(path / "train", {a_record("a")});
    write_dataset_dict(path, {"train"});
    write_latents(path / "latents", {{"a", "hash of something else"}});
    QVERIFY(reason_of(path).find("belongs to another picture") != std::string::npos);
  }

  void aKeyStandsOnce() {
    const QTemporaryDir folder;
    const fs::path path = folder.path().toStdString();
    write_split(path / "train", {a_record("a"), a_record("a")});
    write_dataset_dict(path, {"train"});
    write_latents(path / "latents", {{"a", "hash of a"}});
    QVERIFY(reason_of(path).find("stands twice") != std::string::npos);
  }

  void missingSplitsAndFoldersAreNamed() {
    const QTemporaryDir folder;
    const fs::path path = folder.path().toStdString();
    write_split(path / "train", {a_record("a")});
    write_dataset_dict(path, {"train"});
    QVERIFY(reason_of(path).find("no latents here") != std::string::npos);
    write_latents(path / "latents", {{"a", "hash of a"}});
    QVERIFY(reason_of(path).empty());
    QVERIFY(reason_of(path, "validation").find("no split \"validation\"; it has train") != std::string::npos);
    QVERIFY(reason_of(path / "nowhere").find("no such dataset folder") != std::string::npos);
  }

  void cardComesBack() {
    const QTemporaryDir folder;
    const fs::path path = folder.path().toStdString();
    QVERIFY_EXCEPTION_THROWN(read_dataset_card(path), Error);
    DatasetCard card;
    card.image_size = 96;
    card.splits = {{"train", 650}, {"validation", 51}};
    card.latents = 700;
    card.quarantined = 1;
    card.latent_recipe = small_recipe();
    card.latent_statistics = {.mean = {0.5}, .std = {1.25}, .count = 700};
    card.recipe = Json{{"seed", 42}};
    write_dataset_card(path, card);
    const DatasetCard read = read_dataset_card(path);
    QVERIFY(to_json(read) == to_json(card));
  }
};

DARKROOM_TEST(TrainingSetTest);
#include "training_set_test.moc"
