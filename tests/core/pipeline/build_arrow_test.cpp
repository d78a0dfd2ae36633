// SPDX-License-Identifier: Apache-2.0
#include <QTemporaryDir>
#include <set>

#include "core/base/error.h"
#include "core/base/format.h"
#include "core/dataset/arrow_dataset.h"
#include "core/pipeline/build_arrow.h"
#include "tests/core/dataset/dataset_on_disk.h"
#include "tests/quiet_progress.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

std::set<std::string> keys_of(const fs::path& folder) {
  const ArrowDataset rows(folder);
  std::set<std::string> keys;
  for (uint64_t row = 0; row < rows.size(); ++row) {
    keys.emplace(rows.text("image_key", row));
  }
  return keys;
}

std::vector<ImageRecord> records(const std::string& prefix, int count) {
  std::vector<ImageRecord> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(a_record(format("{}{}", prefix, i)));
  }
  return all;
}

BuildArrowSummary build_set(const fs::path& root, const SplitOptions& options) {
  return build_arrow({root / "t1", root / "t2"}, root / "set", options, quiet, CancelToken());
}

}  // namespace

class BuildArrowTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  fs::path root_;

 private slots:
  void init() {
    root_ = folder_.path().toStdString();
    fs::remove_all(root_ / "set");
    write_split(root_ / "t1", records("a", 150));
    write_split(root_ / "t2", records("b", 50));
  }

  void splitsAreDisjointCompleteAndOfTheAskedSize() {
    const BuildArrowSummary summary = build_set(root_, {.validation_share = 0.1, .validation_max = 500, .seed = 42});
    QCOMPARE(summary.validation_rows, uint64_t{20});
    QCOMPARE(summary.train_rows, uint64_t{180});
    const auto train = keys_of(root_ / "set" / "train");
    const auto validation = keys_of(root_ / "set" / "validation");
    QCOMPARE(train.size() + validation.size(), size_t{200});
    for (const std::string& key : validation) {
      QVERIFY(!train.contains(key));
    }
    QCOMPARE(dataset_splits(root_ / "set"), (std::vector<std::string>{"train", "validation"}));
  }

  void seedDecides() {
    const auto chosen = [&](uint64_t seed) {
      build_set(root_, {.validation_share = 0.1, .validation_max = 500, .seed = seed});
      return keys_of(root_ / "set" / "validation");
    };
    const auto first = chosen(1);
    const auto second = chosen(2);
    QVERIFY(first != second);
    QVERIFY(first == chosen(1));
  }

  void maximumHolds() {
    QCOMPARE(build_set(root_, {.validation_share = 0.5, .validation_max = 7, .seed = 0}).validation_rows, uint64_t{7});
  }

  void withoutValidationThereIsOneSplit() {
    build_set(root_, {.validation_share = 0.1});
    const BuildArrowSummary summary = build_set(root_, {.validation_share = 0});
    QCOMPARE(summary.validation_rows, uint64_t{0});
    QCOMPARE(dataset_splits(root_ / "set"), std::vector<std::string>{"train"});
    QVERIFY(!fs::exists(root_ / "set" / "validation"));
  }

  void sameInputsAreNotBuiltAgain() {
    QVERIFY(!build_set(root_, {}).skipped);
    const BuildArrowSummary again = build_set(root_, {});
    QVERIFY(again.skipped);
    QCOMPARE(again.train_rows, uint64_t{190});
    write_split(root_ / "t2", records("c", 50));
    QVERIFY(!build_set(root_, {}).skipped);
  }

  void copiesOfAPictureStayOnOneSide() {
    std::vector<ImageRecord> copies;
    for (int i = 0; i < 50; ++i) {
      copies.push_back(a_record(format("c{}", i), format("hash of a{}", i)));
    }
    write_split(root_ / "t2", copies);
    build_set(root_, {.validation_share = 0.3});
    const auto validation = keys_of(root_ / "set" / "validation");
    QVERIFY(validation.size() > 20);
    for (int i = 0; i < 50; ++i) {
      QCOMPARE(validation.contains(format("a{}", i)), validation.contains(format("c{}", i)));
    }
  }

  void aKeyThatStandsTwiceIsRefused() {
    write_split(root_ / "t2", records("a", 3));
    QVERIFY_EXCEPTION_THROWN(build_set(root_, {}), Error);
  }

  void noRowsAtAllIsAnError() {
    write_split(root_ / "t1", {});
    write_split(root_ / "t2", {});
    QVERIFY_EXCEPTION_THROWN(build_set(root_, {}), Error);
  }
};

DARKROOM_TEST(BuildArrowTest);
#include "build_arrow_test.moc"
