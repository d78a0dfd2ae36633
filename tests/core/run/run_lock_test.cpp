// SPDX-License-Identifier: Apache-2.0
#include "core/run/run_lock.h"

#include <sys/wait.h>
#include <unistd.h>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/core/run/run_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

/// Starts a second process that takes the lock, tells so, and keeps it until it is killed. Its answer: 'h' held, 'b' busy.
struct SecondProcess {
  pid_t pid = -1;
  char answer = '?';

  explicit SecondProcess(const std::filesystem::path& lock_file) {
    int fds[2];
    if (::pipe(fds) != 0) {
      return;
    }
    pid = ::fork();
    if (pid == 0) {
      char told = 'b';
      try {
        const RunLock lock(lock_file);
        told = 'h';
        [[maybe_unused]] const auto written = ::write(fds[1], &told, 1);
        ::pause();
      } catch (const Error& error) {
        told = error.code() == ErrorCode::busy ? 'b' : 'e';
        [[maybe_unused]] const auto written = ::write(fds[1], &told, 1);
      }
      ::_exit(0);
    }
    ::close(fds[1]);
    [[maybe_unused]] const auto count = ::read(fds[0], &answer, 1);
    ::close(fds[0]);
  }
  ~SecondProcess() { kill(); }
  void kill() {
    if (pid > 0) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
      pid = -1;
    }
  }
};

}  // namespace

class RunLockTest : public QObject {
  Q_OBJECT

 private slots:
  void aSecondProcessIsRefusedWhileTheFirstLives() {
    QTemporaryDir folder;
    const auto file = path_of(folder) / "lock";
    QVERIFY(!lock_holder(file));
    {
      const RunLock lock(file);
      QCOMPARE(lock_holder(file)->pid, int64_t{::getpid()});
      QVERIFY(!lock_holder(file)->host.empty() && lock_holder(file)->since > 1e9);
      QCOMPARE(SecondProcess(file).answer, 'b');
    }
    QVERIFY(!lock_holder(file));
    QCOMPARE(SecondProcess(file).answer, 'h');
  }

  void aKilledHolderLeavesNoLock() {
    QTemporaryDir folder;
    const auto file = path_of(folder) / "lock";
    SecondProcess holder(file);
    QCOMPARE(holder.answer, 'h');
    QCOMPARE(lock_holder(file)->pid, int64_t{holder.pid});
    try {
      const RunLock lock(file);
      QFAIL("locked twice");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::busy);
      QVERIFY(std::string(error.what()).find(std::to_string(holder.pid)) != std::string::npos);
    }
    holder.kill();
    QVERIFY(!lock_holder(file));  // the file is still there
    QVERIFY(std::filesystem::exists(file));
    const RunLock lock(file);
  }

  void aMovedLockStaysHeld() {
    QTemporaryDir folder;
    const auto file = path_of(folder) / "lock";
    RunLock first(file);
    const RunLock second(std::move(first));
    QVERIFY(lock_holder(file));
  }

  void aLockFileInAMissingFolderIsAnIoError() {
    QTemporaryDir folder;
    QVERIFY_EXCEPTION_THROWN(RunLock(path_of(folder) / "no" / "lock"), Error);
  }
};

DARKROOM_TEST(RunLockTest);
#include "run_lock_test.moc"
