// SPDX-License-Identifier: Apache-2.0
#include "core/store/workspace.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

class WorkspaceTest : public QObject {
  Q_OBJECT

 private slots:
  void aNewFolderGetsTheLayoutAndKeepsItsSettings() {
    QTemporaryDir temporary;
    const fs::path folder = fs::path(temporary.path().toStdString()) / "deep" / "studio";
    {
      Workspace workspace(folder.string() + "/");
      QCOMPARE(workspace.name(), std::string("studio"));
      for (const char* part : {"images", "datasets", "plans", "runs", "models", "workspace.json"}) {
        QVERIFY2(fs::exists(folder / part), part);
      }
      workspace.save_settings(Json{{"page", "generate"}});
    }
    fs::remove_all(folder / "plans");
    const Workspace again(folder);
    QCOMPARE(again.settings()["page"].get<std::string>(), std::string("generate"));
    QVERIFY(fs::exists(folder / "plans"));
  }

  void pathsInsideAreStoredRelative() {
    QTemporaryDir temporary;
    const Workspace workspace(temporary.path().toStdString());
    QCOMPARE(workspace.stored_path(workspace.images() / "a.png"), std::string("images/a.png"));
    QCOMPARE(workspace.stored_path("/elsewhere/b.png"), std::string("/elsewhere/b.png"));
    QVERIFY(workspace.absolute_path("images/a.png") == workspace.images() / "a.png");
    QVERIFY(workspace.absolute_path("/elsewhere/b.png") == fs::path("/elsewhere/b.png"));
    const fs::path beside = workspace.folder().parent_path() / (workspace.folder().filename().string() + "2") / "a";
    QCOMPARE(workspace.stored_path(beside), beside.string());
  }

  void aNewerOrBrokenWorkspaceFileIsRefused() {
    QTemporaryDir temporary;
    const fs::path file = fs::path(temporary.path().toStdString()) / "workspace.json";
    for (const char* text : {R"({"darkroom_workspace": 2})", "{}", "[]", "{"}) {
      write_file_atomically(file, text);
      QVERIFY_EXCEPTION_THROWN(Workspace(temporary.path().toStdString()), Error);
      QCOMPARE(read_file(file), std::string(text));
    }
  }

  void theDefaultFolderIsTheUsersOwn() {
    qputenv("XDG_DATA_HOME", "/data");
    QVERIFY(Workspace::default_folder() == fs::path("/data/darkroom/workspace"));
    qunsetenv("XDG_DATA_HOME");
    qputenv("HOME", "/home/somebody");
    QVERIFY(Workspace::default_folder() == fs::path("/home/somebody/.local/share/darkroom/workspace"));
  }
};

DARKROOM_TEST(WorkspaceTest);
#include "workspace_test.moc"
