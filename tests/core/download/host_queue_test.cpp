// SPDX-License-Identifier: Apache-2.0
#include "core/download/host_queue.h"

#include <set>

#include "core/download/body_budget.h"
#include "tests/test_registry.h"

using namespace darkroom;

class HostQueueTest : public QObject {
  Q_OBJECT

 private slots:
  void noHostGetsMoreThanItsShare() {
    HostQueue queue(2);
    for (uint64_t id = 0; id < 5; ++id) {
      queue.add("a", id);
    }
    queue.add("b", 9);
    QCOMPARE(queue.next(1), std::optional<uint64_t>(0));
    QCOMPARE(queue.next(1), std::optional<uint64_t>(9));
    QCOMPARE(queue.next(1), std::optional<uint64_t>(1));
    QVERIFY(!queue.next(1));
    for (const uint64_t id : {2, 3, 4}) {
      queue.done("a");
      QCOMPARE(queue.next(1), std::optional<uint64_t>(id));
      QVERIFY(!queue.next(1));
    }
    queue.done("a");
    QVERIFY(!queue.next(1));
  }

  void aHostIsLeftAloneAsLongAsItAsks() {
    HostQueue queue(4);
    queue.add("a", 1);
    QCOMPARE(queue.next(10), std::optional<uint64_t>(1));
    queue.leave_alone("a", 20);
    queue.done("a");
    queue.add("a", 2);
    QVERIFY(!queue.next(19));
    QCOMPARE(queue.next_time(), std::optional<double>(20));
    QCOMPARE(queue.next(20), std::optional<uint64_t>(2));
    QVERIFY(!queue.next_time());
  }

  void aRequestComesAtItsTime() {
    HostQueue queue(1);
    queue.add("a", 1, 5);
    queue.add("a", 2, 3);
    QVERIFY(!queue.next(2));
    QCOMPARE(queue.next_time(), std::optional<double>(3));
    QCOMPARE(queue.next(4), std::optional<uint64_t>(2));
    QVERIFY(!queue.next(6));  // one at a time
    queue.done("a");
    QCOMPARE(queue.next(6), std::optional<uint64_t>(1));
    queue.done("a");
    QVERIFY(!queue.next(1000) && !queue.next_time());
  }

  void everyRequestComesOnce() {
    HostQueue queue(3);
    std::set<uint64_t> seen;
    for (uint64_t id = 0; id < 1000; ++id) {
      queue.add("host" + std::to_string(id % 37), id, id % 5 == 0 ? static_cast<double>(id) : 0);
    }
    std::deque<uint64_t> running;
    for (double now = 1; seen.size() < 1000 && now < 3000; now += 1) {
      while (const std::optional<uint64_t> id = queue.next(now)) {
        QVERIFY(seen.insert(*id).second);
        running.push_back(*id);
      }
      if (!running.empty()) {
        queue.done("host" + std::to_string(running.front() % 37));
        running.pop_front();
      }
    }
    QCOMPARE(seen.size(), size_t{1000});
  }

  void largeBodiesAreBounded() {
    BodyBudget budget(10, 4);
    const LargeBodyPermit first = budget.take();
    LargeBodyPermit second = budget.take();
    QVERIFY(first && second);
    QVERIFY(!budget.take());
    const LargeBodyPermit copy = second;
    second.reset();
    QVERIFY(!budget.take());  // a copy still holds it
    QCOMPARE(BodyBudget(1, 100).free(), int64_t{1});
  }

  void aPermitOutlivesItsBudget() {
    LargeBodyPermit permit;
    {
      BodyBudget budget(10, 4);
      permit = budget.take();
    }
    permit.reset();
  }
};

DARKROOM_TEST(HostQueueTest);
#include "host_queue_test.moc"
