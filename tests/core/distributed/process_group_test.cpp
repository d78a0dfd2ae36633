// SPDX-License-Identifier: Apache-2.0
#include "core/distributed/process_group.h"

#include <QElapsedTimer>
#include <fstream>
#include <set>
#include <sstream>

#include "core/base/error.h"
#include "tests/core/distributed/rank_threads.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
using namespace std::chrono_literals;

namespace {

/// What went wrong, as a user reads it; empty when nothing did. Another kind of exception passes through.
template <typename Action>
std::string peer_error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code() == ErrorCode::peer_died ? error.what() : "not peer_died: " + std::string(error.what());
  }
  return {};
}

/// Inodes of this process's sockets.
std::set<std::string> own_sockets() {
  std::set<std::string> inodes;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (target.starts_with("socket:[")) {
      inodes.insert(target.substr(8, target.size() - 9));
    }
  }
  return inodes;
}

/// Local addresses (hexadecimal, as /proc writes them) on which this process waits for TCP connections.
std::multiset<std::string> listening_addresses() {
  constexpr const char* listening = "0A";
  const std::set<std::string> own = own_sockets();
  std::multiset<std::string> addresses;
  for (const char* table : {"/proc/self/net/tcp", "/proc/self/net/tcp6"}) {
    std::ifstream file(table);
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
      words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
      if (state == listening && own.contains(inode)) {
        addresses.insert(local.substr(0, local.find(':')));
      }
    }
  }
  return addresses;
}

constexpr const char* loopback = "0100007F";  // 127.0.0.1, in the byte order of /proc

}  // namespace

class ProcessGroupTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    for (const char* name : {"RANK", "LOCAL_RANK", "WORLD_SIZE"}) {
      qunsetenv(name);
    }
  }
  void cleanupTestCase() { init(); }

  void allReduceLeavesTheSumAtEveryRank() {
    const auto sums = on_ranks(2, [](ProcessGroup& group) {
      const auto rank = static_cast<float>(group.place().rank);
      torch::Tensor tensor = torch::tensor({1.0F + rank, 10.0F, -3.0F * rank});
      group.all_reduce_sum(tensor)->wait();
      return tensor;
    });
    for (const torch::Tensor& sum : sums) {
      QVERIFY(torch::equal(sum, torch::tensor({3.0F, 20.0F, -3.0F})));
    }
  }

  void aSliceIsSummedInPlaceAndItsNeighboursStay() {
    const auto buffers = on_ranks(2, [](ProcessGroup& group) {
      torch::Tensor buffer = torch::full({6}, 1.0 + group.place().rank, torch::kFloat64);
      group.all_reduce_sum(buffer.slice(0, 2, 4))->wait();
      return buffer;
    });
    QVERIFY(torch::equal(buffers[0], torch::tensor({1.0, 1.0, 3.0, 3.0, 1.0, 1.0}, torch::kFloat64)));
    QVERIFY(torch::equal(buffers[1], torch::tensor({2.0, 2.0, 3.0, 3.0, 2.0, 2.0}, torch::kFloat64)));
  }

  void severalSumsMayBeUnderWayAtOnce() {
    const auto results = on_ranks(3, [](ProcessGroup& group) {
      torch::Tensor rows = torch::full({50, 1000}, 1.0 + group.place().rank);
      rows *= torch::arange(50).unsqueeze(1);
      std::vector<std::unique_ptr<Collective>> flying;
      for (int64_t row = 0; row < 50; ++row) {
        flying.push_back(group.all_reduce_sum(rows[row]));
      }
      for (const auto& collective : flying) {
        collective->wait();
      }
      return rows;
    });
    const torch::Tensor expected = (6 * torch::arange(50, torch::kFloat32)).unsqueeze(1).expand({50, 1000});
    for (const torch::Tensor& rows : results) {
      QVERIFY(torch::equal(rows, expected));
    }
  }

  void broadcastGivesAllWhatTheFirstHas() {
    const auto values = on_ranks(3, [](ProcessGroup& group) {
      torch::Tensor step = torch::full({1}, 40 + group.place().rank, torch::kInt64);
      group.broadcast_from_first(step);
      return step.item<int64_t>();
    });
    QVERIFY((values == std::vector<int64_t>{40, 40, 40}));
  }

  void barrierWaitsForTheSlowest() {
    std::atomic<bool> slow_came = false;
    const auto saw = on_ranks(2, [&](ProcessGroup& group) {
      if (group.place().rank == 1) {
        std::this_thread::sleep_for(200ms);
        slow_came = true;
      }
      group.barrier();
      return slow_came.load();
    });
    QVERIFY(saw[0]);
  }

  void ranksKnowTheirPlaceAndBackend() {
    const auto places = on_ranks(2, [](ProcessGroup& group) { return std::tuple(group.place(), std::string(group.backend())); });
    for (int rank = 0; rank < 2; ++rank) {
      const auto& [place, backend] = places[static_cast<size_t>(rank)];
      QCOMPARE(place.rank, rank);
      QCOMPARE(place.world_size, 2);
      QCOMPARE(backend, std::string("gloo"));
    }
  }

  void aloneThereIsNobodyToWaitFor() {
    const auto group = join_process_group({});
    QCOMPARE(std::string(group->backend()), std::string("none"));
    QCOMPARE(group->place().world_size, 1);
    torch::Tensor tensor = torch::ones({3});
    group->all_reduce_sum(tensor)->wait();
    group->broadcast_from_first(tensor);
    group->barrier();
    QVERIFY(torch::equal(tensor, torch::ones({3})));
  }

  void nothingListensBeyondThisMachine() {
    const auto before = listening_addresses();
    const auto while_joined = on_ranks(2, [](ProcessGroup& group) {
      const auto addresses = listening_addresses();
      group.barrier();  // both still hold their sockets
      return addresses;
    });
    for (const auto& addresses : while_joined) {
      QVERIFY2(addresses.size() > before.size(), "Gloo is expected to wait for its peers on a socket");
      for (const std::string& address : addresses) {
        QCOMPARE(address, std::string(loopback));
      }
    }
  }

  void aRankThatNeverComesIsAnErrorInTime() {
    const QTemporaryDir folder;
    QElapsedTimer timer;
    timer.start();
    const std::string said = peer_error_of([&] { join_process_group(rank_options(folder, 0, 2, 500ms)); });
    QVERIFY2(said.starts_with("Rank 0 of 2 lost the others during the meeting of the ranks: "), said.c_str());
    QVERIFY2(said.find("#0") == std::string::npos && said.find("frame #") == std::string::npos, said.c_str());  // a sentence, no backtrace
    QVERIFY2(timer.elapsed() < 5000, std::to_string(timer.elapsed()).c_str());
  }

  void aRankThatLeavesIsAnErrorAtOnce() {
    QElapsedTimer timer;
    timer.start();
    const auto said = on_ranks(2, [](ProcessGroup& group) {
      group.barrier();  // both have met
      if (group.place().rank == 1) {
        return std::string();  // its group closes its sockets; the timeout of on_ranks is not needed
      }
      return peer_error_of([&] {
        torch::Tensor tensor = torch::ones({4});
        group.all_reduce_sum(tensor)->wait();
      });
    });
    QVERIFY2(said[0].starts_with("Rank 0 of 2 lost the others during all-reduce: "), said[0].c_str());
    QVERIFY2(timer.elapsed() < 5000, std::to_string(timer.elapsed()).c_str());
  }

  void aRankThatHangsIsAnErrorInTime_data() {
    QTest::addColumn<int>("collective");
    QTest::addColumn<QByteArray>("name");
    QTest::newRow("all-reduce") << 0 << QByteArray("all-reduce");
    QTest::newRow("broadcast") << 1 << QByteArray("broadcast");
    QTest::newRow("barrier") << 2 << QByteArray("barrier");
  }
  void aRankThatHangsIsAnErrorInTime() {
    QFETCH(int, collective);
    QFETCH(QByteArray, name);
    const QTemporaryDir folder;
    std::promise<void> noticed;
    QElapsedTimer timer;
    timer.start();
    auto hanging = std::async(std::launch::async, [&, until = noticed.get_future()]() mutable {
      const auto group = join_process_group(rank_options(folder, 0, 2));
      until.wait_for(10s);  // holds its place and calls nothing
    });
    std::string said;
    {
      const auto group = join_process_group(rank_options(folder, 1, 2, 1000ms));
      said = peer_error_of([&] {
        torch::Tensor tensor = torch::ones({4});
        collective == 0 ? group->all_reduce_sum(tensor)->wait() : collective == 1 ? group->broadcast_from_first(tensor) : group->barrier();
      });
    }
    noticed.set_value();
    hanging.get();
    QVERIFY2(said.starts_with("Rank 1 of 2 lost the others during " + name.toStdString() + ": "), said.c_str());
    QVERIFY2(timer.elapsed() < 5000, std::to_string(timer.elapsed()).c_str());
  }

  void environmentOfTorchrunIsRead() {
    QVERIFY(!rank_place_from_environment());
    qputenv("WORLD_SIZE", "8");
    QVERIFY(!rank_place_from_environment());  // without RANK this process is no rank
    qputenv("RANK", "5");
    QCOMPARE(rank_place_from_environment()->rank, 5);
    QCOMPARE(rank_place_from_environment()->local_rank, 5);  // one machine unless said otherwise
    QCOMPARE(rank_place_from_environment()->world_size, 8);
    qputenv("LOCAL_RANK", "1");
    QCOMPARE(rank_place_from_environment()->local_rank, 1);
    qunsetenv("WORLD_SIZE");
    qputenv("RANK", "0");
    QCOMPARE(rank_place_from_environment()->world_size, 1);
    qputenv("RANK", "");
    QVERIFY(!rank_place_from_environment());
  }

  void rejectsAnEnvironmentThatMakesNoSense_data() {
    QTest::addColumn<QByteArray>("rank");
    QTest::addColumn<QByteArray>("local_rank");
    QTest::addColumn<QByteArray>("world_size");
    QTest::addColumn<QByteArray>("named");
    QTest::newRow("rank is a word") << QByteArray("first") << QByteArray("0") << QByteArray("2") << QByteArray("variable RANK must");
    QTest::newRow("rank below 0") << QByteArray("-1") << QByteArray("0") << QByteArray("2") << QByteArray("variable RANK must");
    QTest::newRow("rank is a fraction") << QByteArray("0.5") << QByteArray("0") << QByteArray("2") << QByteArray("variable RANK must");
    QTest::newRow("rank beyond the world") << QByteArray("2") << QByteArray("0") << QByteArray("2") << QByteArray("RANK is 2");
    QTest::newRow("local rank is a word") << QByteArray("0") << QByteArray("gpu0") << QByteArray("2")
                                          << QByteArray("variable LOCAL_RANK must");
    QTest::newRow("empty world") << QByteArray("0") << QByteArray("0") << QByteArray("0") << QByteArray("WORLD_SIZE is 0");
    QTest::newRow("world with a unit") << QByteArray("0") << QByteArray("0") << QByteArray("2 ranks")
                                       << QByteArray("variable WORLD_SIZE must");
    QTest::newRow("absurd world") << QByteArray("0") << QByteArray("0") << QByteArray("99999999999999999999")
                                  << QByteArray("variable WORLD_SIZE must");
  }
  void rejectsAnEnvironmentThatMakesNoSense() {
    QFETCH(QByteArray, rank);
    QFETCH(QByteArray, local_rank);
    QFETCH(QByteArray, world_size);
    QFETCH(QByteArray, named);
    qputenv("RANK", rank);
    qputenv("LOCAL_RANK", local_rank);
    qputenv("WORLD_SIZE", world_size);
    try {
      rank_place_from_environment();
      QFAIL("accepted");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::usage);
      QVERIFY2(std::string(error.what()).find(named.toStdString()) != std::string::npos, error.what());
    }
  }
};

DARKROOM_TEST(ProcessGroupTest);
#include "process_group_test.moc"
