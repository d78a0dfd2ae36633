// SPDX-License-Identifier: Apache-2.0
#include "core/distributed/rank_environment.h"

#include <QtTest>

#include "core/base/error.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using darkroom::test::error_of;

namespace {

constexpr const char* names[] = {"RANK",
                                 "LOCAL_RANK",
                                 "WORLD_SIZE",
                                 "LOCAL_WORLD_SIZE",
                                 "MASTER_ADDR",
                                 "MASTER_PORT",
                                 "SLURM_PROCID",
                                 "SLURM_NTASKS",
                                 "SLURM_STEP_NUM_TASKS",
                                 "SLURM_LOCALID",
                                 "SLURM_NTASKS_PER_NODE",
                                 "SLURM_RESTART_COUNT",
                                 "TORCHELASTIC_RESTART_COUNT",
                                 "TORCHELASTIC_USE_AGENT_STORE"};

}  // namespace

class RankEnvironmentTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    for (const char* name : names) {
      qunsetenv(name);
    }
  }
  void cleanup() { init(); }

  void slurmsTasksAreRanks() {
    qputenv("SLURM_PROCID", "5");
    qputenv("SLURM_LOCALID", "1");
    qputenv("SLURM_NTASKS", "8");
    qputenv("SLURM_NTASKS_PER_NODE", "4(x2)");
    const auto place = rank_place_from_environment();
    QVERIFY(place);
    QCOMPARE(place->rank, 5);
    QCOMPARE(place->local_rank, 1);
    QCOMPARE(place->world_size, 8);
    QCOMPARE(local_world_size_from_environment(*place), 4);
  }

  void shellOfOneTaskIsNoRank() {
    qputenv("SLURM_PROCID", "0");
    qputenv("SLURM_NTASKS", "1");
    QVERIFY(!rank_place_from_environment());
  }

  void torchrunComesBeforeSlurm() {
    qputenv("SLURM_PROCID", "5");
    qputenv("SLURM_NTASKS", "8");
    qputenv("RANK", "1");
    qputenv("WORLD_SIZE", "2");
    QCOMPARE(rank_place_from_environment()->rank, 1);
  }

  void meetingIsAtTheMasterUnlessItsPortIsZero() {
    QVERIFY(!meeting_point_from_environment());
    qputenv("MASTER_ADDR", "10.0.0.1");
    QVERIFY(error_of([] { meeting_point_from_environment(); }).find("MASTER_PORT is not set") != std::string::npos);
    qputenv("MASTER_PORT", "0");
    QVERIFY(!meeting_point_from_environment());
    qputenv("MASTER_PORT", "29500");
    const auto point = meeting_point_from_environment();
    QVERIFY(point);
    QCOMPARE(point->address, std::string("10.0.0.1"));
    QCOMPARE(int{point->port}, 29500);
    QVERIFY(!point->served);
    qputenv("TORCHELASTIC_USE_AGENT_STORE", "True");
    qputenv("TORCHELASTIC_RESTART_COUNT", "1");
    QVERIFY(meeting_point_from_environment()->served);
    QVERIFY(meeting_point_from_environment()->prefix != point->prefix);  // keys of the first attempt are still in the store
  }

  void secondAttemptIsKnown() {
    QVERIFY(!launched_again());
    qputenv("TORCHELASTIC_RESTART_COUNT", "0");
    QVERIFY(!launched_again());
    qputenv("SLURM_RESTART_COUNT", "1");
    QVERIFY(launched_again());
  }

  void addressTowardsThisMachineIsItsLoopback() {
    QCOMPARE(local_address_towards("127.0.0.1", 29500), std::string("127.0.0.1"));
    QVERIFY(error_of([] { local_address_towards("no.such.host.invalid", 1); }).find("no.such.host.invalid") != std::string::npos);
  }
};

DARKROOM_TEST(RankEnvironmentTest);
#include "rank_environment_test.moc"
