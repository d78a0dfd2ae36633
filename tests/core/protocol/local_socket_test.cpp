// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/local_socket.h"

#include <sys/stat.h>

#include <QTemporaryDir>
#include <thread>

#include "core/base/atomic_file.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

class LocalSocketTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

  static unsigned mode(const fs::path& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
  }

 private slots:
  void initTestCase() { qputenv("XDG_RUNTIME_DIR", folder_.path().toUtf8()); }

  void aSocketIsThisUsersAloneAndCarriesMessages() {
    const fs::path path = local_socket_path("engine-1");
    LocalListener listener(path);
    QCOMPARE(mode(path), 0600U);
    QCOMPARE(mode(path.parent_path()), 0700U);
    QVERIFY(!listener.accept(0));
    const auto studio = connect_local(path);
    const auto engine = listener.accept(20000);
    QVERIFY(engine != nullptr);
    studio->send(message::FromStudio(message::Ping{"1"}));
    QVERIFY(engine->receive(20000));
  }

  void aLeftoverSocketIsReplacedAndALivingOneIsNot() {
    const fs::path path = local_socket_path("engine-2");
    {
      LocalListener first(path);
      try {
        LocalListener second(path);
        QFAIL("two listeners");
      } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::busy);
      }
    }
    QVERIFY(!fs::exists(path));
    {
      // A killed engine leaves its file: a hard link keeps it through the listener's end.
      LocalListener killed(path);
      fs::create_hard_link(path, path.string() + ".kept");
    }
    fs::rename(path.string() + ".kept", path);
    LocalListener next(path);
    QVERIFY(connect_local(path) != nullptr);
  }

  void nobodyListeningIsNotFound() {
    try {
      connect_local(local_socket_path("nobody"));
      QFAIL("connected");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::not_found);
    }
  }

  void aFileThatIsNoSocketIsLeftAlone() {
    const fs::path path = local_socket_path("file");
    write_file_atomically(path, "precious");
    QVERIFY_EXCEPTION_THROWN(LocalListener listener(path), Error);
    QCOMPARE(read_file(path), std::string("precious"));
  }

  void aFolderThatOthersMayEnterIsRefused() {
    QTemporaryDir open_folder;
    qputenv("XDG_RUNTIME_DIR", open_folder.path().toUtf8());
    const fs::path inner = fs::path(open_folder.path().toStdString()) / "darkroom";
    fs::create_directory(inner);
    fs::permissions(inner, fs::perms::owner_all | fs::perms::group_all);
    QVERIFY_EXCEPTION_THROWN(local_socket_path("x"), Error);
    qputenv("XDG_RUNTIME_DIR", folder_.path().toUtf8());
    QVERIFY_EXCEPTION_THROWN(local_socket_path(""), Error);
    QCOMPARE(local_socket_path("/a/b.sock").string(), std::string("/a/b.sock"));
    QVERIFY_EXCEPTION_THROWN(LocalListener listener(fs::path("/tmp") / std::string(200, 'x')), Error);
  }
};

DARKROOM_TEST(LocalSocketTest);
#include "local_socket_test.moc"
