// SPDX-License-Identifier: Apache-2.0
#include "core/base/atomic_file.h"

#include <sys/resource.h>

#include <QTemporaryDir>
#include <csignal>

#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

class AtomicFileTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  fs::path path(const char* name) const { return fs::path(folder_.path().toStdString()) / name; }

 private slots:
  void whatWasWrittenIsReadBack() {
    const std::string text("one\0two\n", 8);
    write_file_atomically(path("a"), text);
    QCOMPARE(read_file(path("a")), text);
    write_file_atomically(path("a"), "");
    QCOMPARE(read_file(path("a")), std::string());
    QVERIFY(!fs::exists(path("a.tmp")));
  }

  void aFailedWriteLeavesTheOldContent() {
    write_file_atomically(path("kept"), "old");
    // A limit on the file's size makes write() fail after the first bytes, as a full disk does.
    struct rlimit before {};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit small { 4096, before.rlim_max };
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);
    std::optional<ErrorCode> code;
    try {
      write_file_atomically(path("kept"), std::string(100000, 'x'));
    } catch (const Error& error) {
      code = error.code();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, old_handler);
    QVERIFY(code == ErrorCode::io);
    QCOMPARE(read_file(path("kept")), std::string("old"));
    QVERIFY(!fs::exists(path("kept.tmp")));
  }

  void aMissingFileAndAMissingFolderAreNamed() {
    try {
      read_file(path("nowhere"));
      QFAIL("read");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::not_found);
      QVERIFY(std::string(error.what()).find("nowhere") != std::string::npos);
    }
    QVERIFY_EXCEPTION_THROWN(write_file_atomically(path("no_folder") / "file", "x"), Error);
  }

  void aReservedTailIsCutOff() {
    DurableFile file(path("reserved"));
    file.reserve(1 << 20);
    file.write("abc");
    file.sync_and_close();
    QCOMPARE(fs::file_size(path("reserved")), uintmax_t{3});
    QCOMPARE(file.bytes_written(), uint64_t{3});
  }

  void aRenameReplacesAFile() {
    write_file_atomically(path("from"), "new");
    write_file_atomically(path("to"), "old");
    rename_durably(path("from"), path("to"));
    QCOMPARE(read_file(path("to")), std::string("new"));
    QVERIFY_EXCEPTION_THROWN(rename_durably(path("from"), path("to")), Error);
  }

  void freeSpaceIsThatOfTheNearestFolderThatExists() { QVERIFY(free_bytes(path("not") / "yet" / "there") > 0); }
};

DARKROOM_TEST(AtomicFileTest);
#include "atomic_file_test.moc"
