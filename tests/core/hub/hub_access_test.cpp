// SPDX-License-Identifier: Apache-2.0
#include "core/hub/hub_access.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using darkroom::test::says;
using darkroom::test::thrown_by;

class HubAccessTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    for (const char* name : {"HF_ENDPOINT", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "XDG_CACHE_HOME"}) {
      qunsetenv(name);
    }
    qputenv("HF_HOME", folder_.path().toUtf8());
    QFile::remove(folder_.filePath("token"));
  }

  void endpointIsTheOptionThenTheVariableThenTheHub() {
    QCOMPARE(hub_access().endpoint, std::string("https://huggingface.co"));
    qputenv("HF_ENDPOINT", "https://mirror.example/hub/");
    QCOMPARE(hub_access().endpoint, std::string("https://mirror.example/hub"));
    QCOMPARE(hub_access("http://127.0.0.1:8080").endpoint, std::string("http://127.0.0.1:8080"));
  }

  void endpointsThatAreNoneAreNamed_data() {
    QTest::addColumn<QString>("endpoint");
    for (const char* bad : {"huggingface.co", "ftp://host", "https://", "https://user:word@host", "https://host?x=1", "file:///etc"}) {
      QTest::newRow(bad) << bad;
    }
  }
  void endpointsThatAreNoneAreNamed() {
    QFETCH(QString, endpoint);
    QVERIFY(says(thrown_by([&] { hub_access(endpoint.toStdString()); }), ErrorCode::usage, endpoint.toStdString().substr(0, 5)));
  }

  void tokenIsTheVariableThenTheFile() {
    QVERIFY(hub_access().token.empty());
    write_file_atomically(folder_.filePath("token").toStdString(), "hf_file\n");
    QCOMPARE(hub_access().token, std::string("hf_file"));
    QCOMPARE(hub_access().token_source, folder_.filePath("token").toStdString());
    qputenv("HF_TOKEN", " hf_variable\r\n");
    QCOMPARE(hub_access().token, std::string("hf_variable"));
    QCOMPARE(hub_access().token_source, std::string("HF_TOKEN"));
  }

  void aTokenThatWouldAddAHeaderIsRefusedAndNotShown() {
    qputenv("HF_TOKEN", "hf_a\r\nX-Evil: 1");
    const Error error = thrown_by([] { hub_access(); });
    QVERIFY(says(error, ErrorCode::bad_input, "HF_TOKEN"));
    QVERIFY(std::string(error.what()).find("Evil") == std::string::npos);
  }

 private:
  QTemporaryDir folder_;
};

DARKROOM_TEST(HubAccessTest);
#include "hub_access_test.moc"
