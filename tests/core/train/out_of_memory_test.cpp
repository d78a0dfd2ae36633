// SPDX-License-Identifier: Apache-2.0
#include "core/train/out_of_memory.h"

#include <c10/util/Exception.h>

#include <new>
#include <stdexcept>

#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

// As the caching allocator of a GPU throws it: c10/cuda/CUDACachingAllocator.cpp.
void run_out_on_a_gpu() { TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 1 has …"); }

template <typename Work>
bool told_as_out_of_memory(Work&& work) {
  try {
    work();
  } catch (const std::exception& error) {
    return is_out_of_memory(error);
  }
  throw std::logic_error("nothing was thrown");
}

}  // namespace

class OutOfMemoryTest : public QObject {
  Q_OBJECT

 private slots:
  void everyAllocatorsWordIsKnown() {
    QVERIFY(told_as_out_of_memory(run_out_on_a_gpu));
    QVERIFY(told_as_out_of_memory([] { throw std::bad_alloc(); }));
    // The CPU's allocator, asked for an exbibyte.
    QVERIFY(told_as_out_of_memory([] { torch::empty({int64_t{1} << 60}, torch::kByte); }));
  }

  void otherErrorsAreNot() {
    QVERIFY(!told_as_out_of_memory([] { TORCH_CHECK(false, "CUDA error: an illegal memory access was encountered"); }));
    QVERIFY(!told_as_out_of_memory([] { throw Error(ErrorCode::io, "the disk is full"); }));
  }

  void theAdviceNamesTheDeviceAndKeepsTheBatchOfAStep() {
    try {
      run_out_on_a_gpu();
    } catch (const std::exception& error) {
      BatchPlan batch;
      batch.per_device = 96;
      batch.accumulation = 2;
      const std::string advice = out_of_memory_advice(error, torch::Device(torch::kCUDA, 1), batch, false, 4711);
      QCOMPARE(
          advice,
          std::string("The memory of cuda:1 ran out in the step after 4711. To go on, set batch.per_device from 96 to 64 and "
                      "batch.accumulation from 2 to 3 (the batch of a step stays the same), or set recompute to \"blocks\"; then "
                      "`train --resume --plan` with the changed plan. The state is saved up to that step. (CUDA out of memory. Tried to "
                      "allocate 2.50 GiB. GPU 1 has …)"));
      batch = {};
      batch.per_device = batch.accumulation = 1;
      QVERIFY(out_of_memory_advice(error, torch::kCPU, batch, true, 1).find("a device with more memory") != std::string::npos);
    }
  }
};

DARKROOM_TEST(OutOfMemoryTest);
#include "out_of_memory_test.moc"
