// SPDX-License-Identifier: Apache-2.0
#include "core/base/thread_priority.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

/// The calling thread's own, as Linux keeps it.
int nice_value() { return ::getpriority(PRIO_PROCESS, 0); }

}  // namespace

class ThreadPriorityTest : public QObject {
  Q_OBJECT

 private slots:
  void aThreadStandsBackAloneAndWithThoseThatItMakes() {
    const int before = nice_value();
    const int wanted = std::max(before, 10);  // one that is lower already stays there
    int lowered = 0;
    int twice = 0;
    int inherited = 0;
    std::thread([&] {
      lower_thread_priority();
      lowered = nice_value();
      lower_thread_priority();
      twice = nice_value();
      std::thread([&] { inherited = nice_value(); }).join();
    }).join();
    QCOMPARE(lowered, wanted);
    QCOMPARE(twice, wanted);
    QCOMPARE(inherited, wanted);
    QCOMPARE(nice_value(), before);
  }
};

DARKROOM_TEST(ThreadPriorityTest);
#include "thread_priority_test.moc"
