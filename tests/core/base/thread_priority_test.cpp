// SPDX-License-Identifier: Apache-2.0
#include "core/base/thread_priority.h"

#include <sys/resource.h>

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
    if (before >= 10) {
      QSKIP("the tests themselves run at a low priority");
    }
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
    QCOMPARE(lowered, 10);
    QCOMPARE(twice, 10);
    QCOMPARE(inherited, 10);
    QCOMPARE(nice_value(), before);
  }
};

DARKROOM_TEST(ThreadPriorityTest);
#include "thread_priority_test.moc"
