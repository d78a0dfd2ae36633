// SPDX-License-Identifier: Apache-2.0
// One save, with every system call of it failing in turn. This program's own write(), fsync() and so on stand before the C library's, so
// that the save meets them; the calls of other threads and outside of a trial pass through.
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <QDir>
#include <QTemporaryDir>
#include <cerrno>
#include <csignal>

#include "core/base/error.h"
#include "core/checkpoint/state_hash.h"
#include "tests/core/checkpoint/small_checkpoint.h"
#include "tests/test_registry.h"

namespace {

enum class Way {
  once,        ///< the call fails, later ones work
  persistent,  ///< it and all later calls that add data fail, as on a full or broken disk
  power_cut,   ///< the file system is shut down at once: what was not yet on the disk is lost
  death,       ///< it and every later call has no effect at all: the process was killed, or the power was cut
};

struct Trial {
  bool armed = false;
  int fail_at = 0;  ///< 1 for the first call
  int error = 0;    ///< errno; 0: half of a write is done, and no error
  Way way = Way::once;
  int calls = 0;
  bool failed = false;
  const char* mounted = nullptr;  ///< the file system of a power cut
};

thread_local Trial trial;

/// ext4's own way of playing dead: nothing of its memory reaches the disk any more.
void cut_power(const char* mounted) {
  constexpr unsigned long ext4_shutdown = 0x8004587d;
  constexpr uint32_t without_flush = 2;
  const int fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, mounted, O_RDONLY | O_DIRECTORY));
  ioctl(fd, ext4_shutdown, &without_flush);
  syscall(SYS_close, fd);
}

/// Whether this call is to fail. `adds`: it needs the disk to work, rather than to give space back.
bool fails(bool adds) {
  if (!trial.armed) {
    return false;
  }
  if (trial.failed) {
    return trial.way == Way::death || (trial.way == Way::persistent && adds);
  }
  if (!adds && trial.way != Way::death) {
    return false;
  }
  trial.failed = ++trial.calls == trial.fail_at;
  if (trial.failed && trial.way == Way::power_cut) {
    cut_power(trial.mounted);
    return false;  // the call itself goes on, and meets a dead disk
  }
  return trial.failed;
}

/// Hundreds of saves: where there is a disk in memory, its syncs cost nothing.
QString in_memory() {
  const bool there = QFileInfo("/dev/shm").isWritable();
  return (there ? QStringLiteral("/dev/shm") : QDir::tempPath()) + QStringLiteral("/darkroom-saves-XXXXXX");
}

int failure() {
  errno = trial.error;
  return -1;
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t count) {
  if (fails(true)) {
    if (trial.error == 0) {
      return syscall(SYS_write, fd, bytes, (count + 1) / 2);
    }
    return failure();
  }
  return syscall(SYS_write, fd, bytes, count);
}

int fsync(int fd) { return fails(true) ? failure() : static_cast<int>(syscall(SYS_fsync, fd)); }

int ftruncate(int fd, off_t length) noexcept { return fails(true) ? failure() : static_cast<int>(syscall(SYS_ftruncate, fd, length)); }

int posix_fallocate(int fd, off_t offset, off_t length) {
  if (fails(true)) {
    return trial.error;
  }
  return syscall(SYS_fallocate, fd, 0, offset, length) == 0 ? 0 : errno;
}

int rename(const char* from, const char* to) noexcept {
  return fails(true) ? failure() : static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int mkdir(const char* path, mode_t mode) noexcept {
  return fails(true) ? failure() : static_cast<int>(syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

int unlink(const char* path) noexcept { return fails(false) ? failure() : static_cast<int>(syscall(SYS_unlinkat, AT_FDCWD, path, 0)); }

int unlinkat(int fd, const char* path, int flags) noexcept {
  return fails(false) ? failure() : static_cast<int>(syscall(SYS_unlinkat, fd, path, flags));
}

}  // extern "C"

using namespace darkroom;
using namespace darkroom::test;

class SaveFaultsTest : public QObject {
  Q_OBJECT

  const ParameterLayout layout_ = small_layout();

  /// Saves step 2 beside step 1 with the n-th call failing. Returns false when the save has fewer calls.
  bool save_with_fault(const std::filesystem::path& folder, int n, int error, Way way, std::string& said) const {
    const CheckpointContent content = small_content(layout_, 2);
    trial = {.armed = true, .fail_at = n, .error = error, .way = way};
    try {
      write_checkpoint(step_folder(folder, 2), content);
    } catch (const Error& failed) {
      said = failed.what();
    } catch (const std::exception& failed) {
      said = failed.what();
    }
    const bool met = trial.failed;
    trial = {};
    return met;
  }

 private slots:
  void everyFailingCallLeavesTheCheckpointBeforeAndTheNextSaveWorks_data() {
    QTest::addColumn<int>("error");
    QTest::addColumn<int>("way");
    for (const auto& [name, error] : {std::pair{"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EDQUOT", EDQUOT}}) {
      QTest::addRow("%s once", name) << error << static_cast<int>(Way::once);
      QTest::addRow("%s for good", name) << error << static_cast<int>(Way::persistent);
    }
    QTest::addRow("death") << EIO << static_cast<int>(Way::death);
  }

  void everyFailingCallLeavesTheCheckpointBeforeAndTheNextSaveWorks() {
    QFETCH(const int, error);
    QFETCH(const int, way);
    const QTemporaryDir temporary(in_memory());
    const std::filesystem::path folder = temporary.path().toStdString();
    write_checkpoint(step_folder(folder, 1), small_content(layout_, 1));
    const std::string before = checkpoint_state_hash(step_folder(folder, 1));
    write_checkpoint(folder / "other", small_content(layout_, 2));
    const std::string expected = checkpoint_state_hash(folder / "other");
    int n = 1;
    for (;; ++n) {
      std::string said;
      if (!save_with_fault(folder, n, error, static_cast<Way>(way), said)) {
        QVERIFY2(said.empty(), said.c_str());
        break;
      }
      verify_checkpoint(step_folder(folder, 1));
      QCOMPARE(checkpoint_state_hash(step_folder(folder, 1)), before);
      // The new one is complete or not there; a call that failed is told unless all that it failed to do was done.
      const bool there = std::filesystem::exists(step_folder(folder, 2) / "meta.json");
      if (there) {
        verify_checkpoint(step_folder(folder, 2));
        QCOMPARE(checkpoint_state_hash(step_folder(folder, 2)), expected);
      }
      QVERIFY2(!said.empty(), QByteArray::number(n).constData());
      // The next try works, also over a checkpoint that is there and whose last sync failed.
      QVERIFY2(way == static_cast<int>(Way::death) || said.find(temporary.path().toStdString()) != std::string::npos, said.c_str());
      write_checkpoint(step_folder(folder, 2), small_content(layout_, 2));
      verify_checkpoint(step_folder(folder, 2));
      std::filesystem::remove_all(step_folder(folder, 2));
    }
    QVERIFY2(n > 40, QByteArray::number(n).constData());  // a save makes some fifty calls that can fail
  }

  // After each of the save's calls in turn (some of them by default, all with DARKROOM_CAMPAIGN) the power goes.
  void powerCutLeavesWhatWasSaved() {
    const QTemporaryDir temporary;
    const std::string image = temporary.filePath("disk").toStdString();
    const std::string mounted = temporary.filePath("mounted").toStdString();
    std::filesystem::create_directory(mounted);
    const auto command = [](const std::string& line) { return std::system((line + " >/dev/null 2>&1").c_str()) == 0; };
    const auto plug_in = [&] { return command("mount -o loop " + image + " " + mounted); };
    const auto pull_out = [&] { return command("umount " + mounted); };
    if (geteuid() != 0 || !command("truncate -s 16M " + image + " && mkfs.ext4 -q " + image) || !plug_in()) {
      QSKIP("no right to mount a disk of its own here");
    }
    const std::filesystem::path folder = mounted;
    write_checkpoint(step_folder(folder, 1), small_content(layout_, 1));
    const std::string before = checkpoint_state_hash(step_folder(folder, 1));
    const int every = qEnvironmentVariableIsSet("DARKROOM_CAMPAIGN") ? 1 : 6;
    int cuts = 0;
    int complete = 0;
    for (int n = 1;; n += every) {
      const CheckpointContent content = small_content(layout_, 2);
      trial = {.armed = true, .fail_at = n, .way = Way::power_cut, .mounted = mounted.c_str()};
      bool reported = true;
      try {
        write_checkpoint(step_folder(folder, 2), content);
      } catch (const std::exception&) {
        reported = false;
      }
      const bool met = trial.failed;
      trial = {};
      if (!met) {
        cut_power(mounted.c_str());  // right after the save has returned
      }
      QVERIFY(pull_out());
      QVERIFY(plug_in());
      verify_checkpoint(step_folder(folder, 1));
      QCOMPARE(checkpoint_state_hash(step_folder(folder, 1)), before);
      const bool there = std::filesystem::exists(step_folder(folder, 2));
      QVERIFY2(there || !reported, "a checkpoint that was reported saved is gone");
      if (there) {
        verify_checkpoint(step_folder(folder, 2));
        ++complete;
      }
      ++cuts;
      std::filesystem::remove_all(step_folder(folder, 2));
      std::filesystem::remove_all(step_folder(folder, 2).string() + ".partial");
      if (!met) {
        QVERIFY(reported && there);
        break;
      }
    }
    pull_out();
    qInfo("%d power cuts; %d times the new checkpoint was there, and whole", cuts, complete);
  }

  void interruptedAndShortWritesAreGoneOnWith_data() {
    QTest::addColumn<int>("error");
    QTest::addRow("EINTR") << EINTR;
    QTest::addRow("short") << 0;
  }

  // Only write() may be interrupted or be short; the other calls of a save are not.
  void interruptedAndShortWritesAreGoneOnWith() {
    QFETCH(const int, error);
    const QTemporaryDir temporary(in_memory());
    const std::filesystem::path folder = temporary.path().toStdString();
    int writes = 0;
    for (int n = 1;; ++n) {
      std::string said;
      if (!save_with_fault(folder, n, error, Way::once, said)) {
        break;
      }
      if (said.empty() && std::filesystem::exists(step_folder(folder, 2) / "meta.json")) {
        verify_checkpoint(step_folder(folder, 2));
        ++writes;
      }
      std::filesystem::remove_all(step_folder(folder, 2));
    }
    QVERIFY2(writes >= 10, QByteArray::number(writes).constData());
  }

  void limitOfTheFileSizeIsAnErrorWithTheFile() {
    const QTemporaryDir temporary;
    const std::filesystem::path folder = temporary.path().toStdString();
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit small{1000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    std::string said;
    try {
      write_checkpoint(step_folder(folder, 2), small_content(layout_, 2));
    } catch (const Error& error) {
      said = error.what();
    }
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, SIG_DFL);
    QVERIFY2(said.find("File too large") != std::string::npos && said.find(".safetensors") != std::string::npos, said.c_str());
    QVERIFY(!std::filesystem::exists(step_folder(folder, 2)));
  }

  void smallDiskIsSaidBeforeTheFirstByte() {
    const QTemporaryDir temporary;
    if (mount("none", temporary.path().toUtf8().constData(), "tmpfs", 0, "size=64k") != 0) {
      QSKIP("no right to mount a small disk here");
    }
    const std::filesystem::path folder = temporary.path().toStdString();
    std::string said;
    try {
      write_checkpoint(step_folder(folder, 2), small_content(layout_, 2));
    } catch (const Error& error) {
      said = error.what();
    }
    const bool empty = std::filesystem::is_empty(folder);
    umount(temporary.path().toUtf8().constData());
    QVERIFY2(said.find("its disk has only") != std::string::npos, said.c_str());
    QVERIFY(empty);
  }
};

DARKROOM_TEST(SaveFaultsTest);
#include "save_faults_test.moc"
