// SPDX-License-Identifier: Apache-2.0
#include "core/sample/model_shelf.h"

#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;

class ModelShelfTest : public QObject {
  Q_OBJECT

  static GenerateOptions pocket(const char* dtype) {
    GenerateOptions options;
    options.model = DARKROOM_SOURCE_DIR "/resources/pocket";
    options.dtype = dtype;
    return options;
  }

 private slots:
  void comingBackLoadsNothing() {
    ModelShelf shelf(uint64_t{1} << 40);
    int loads = 0;
    const auto count = [&loads] { ++loads; };
    SamplingModel* first = &shelf.take(pocket("fp32"), torch::kCPU, count);
    shelf.take(pocket("bf16"), torch::kCPU, count);
    QCOMPARE(&shelf.take(pocket("fp32"), torch::kCPU, count), first);
    QCOMPARE(loads, 2);
    QCOMPARE(shelf.size(), size_t{2});
  }

  void theOneNotUsedForLongestGoesFirst() {
    ModelShelf one(1);  // room for none beside the one in use
    one.take(pocket("fp32"), torch::kCPU);
    one.take(pocket("bf16"), torch::kCPU);
    QCOMPARE(one.size(), size_t{1});

    const uint64_t both = [] {
      ModelShelf shelf(uint64_t{1} << 40);
      shelf.take(pocket("fp32"), torch::kCPU);
      shelf.take(pocket("bf16"), torch::kCPU);
      return shelf.bytes();
    }();
    ModelShelf two(both + (uint64_t{40} << 20));
    two.take(pocket("fp32"), torch::kCPU);
    two.take(pocket("bf16"), torch::kCPU);
    QCOMPARE(two.size(), size_t{2});
    int loads = 0;
    two.take(pocket("fp32"), torch::kCPU, [&loads] { ++loads; });  // now bf16 is the older one
    GenerateOptions third = pocket("fp16");
    two.take(third, torch::kCPU, [&loads] { ++loads; });
    two.take(pocket("fp32"), torch::kCPU, [&loads] { ++loads; });
    QCOMPARE(loads, 1);
  }

  void aModelThatCannotBeReadLeavesTheOthers() {
    ModelShelf shelf(uint64_t{1} << 40);
    shelf.take(pocket("fp32"), torch::kCPU);
    GenerateOptions missing;
    missing.model = "/nowhere/model";
    QVERIFY_THROWS_EXCEPTION(Error, shelf.take(missing, torch::kCPU));
    QCOMPARE(shelf.size(), size_t{1});
  }
};

DARKROOM_TEST(ModelShelfTest);
#include "model_shelf_test.moc"
