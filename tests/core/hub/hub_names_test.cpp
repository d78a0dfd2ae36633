// SPDX-License-Identifier: Apache-2.0
// Names that users type and servers send: repositories, patterns, paths.
#include "core/hub/hub_repository.h"
#include "core/hub/name_pattern.h"
#include "core/hub/safe_path.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using darkroom::test::says;
using darkroom::test::thrown_by;

class HubNamesTest : public QObject {
  Q_OBJECT

 private slots:
  void repositoriesAreModelsOrDatasets() {
    QCOMPARE(parse_repository("artist/model-1.5").text(), std::string("artist/model-1.5"));
    QCOMPARE(parse_repository("models/artist/model").text(), std::string("artist/model"));
    QVERIFY(parse_repository("datasets/artist/faces").kind == RepositoryKind::dataset);
    QCOMPARE(parse_repository("datasets/artist/faces").id, std::string("artist/faces"));
    QCOMPARE(parse_repository("gpt2").id, std::string("gpt2"));
  }

  void otherTextsAreNoRepositories_data() {
    QTest::addColumn<QString>("text");
    for (const char* bad : {"", "a/b/c", "../x", "a/..", "https://huggingface.co/a/b", "a b/c", "/a/b", "a/", "-x/y", "a/b?x=1", "a\\b"}) {
      QTest::newRow(bad) << bad;
    }
  }
  void otherTextsAreNoRepositories() {
    QFETCH(QString, text);
    QCOMPARE(thrown_by([&] { parse_repository(text.toStdString()); }).code(), ErrorCode::usage);
  }

  void addressesAreEncoded() {
    const HubRepository model{RepositoryKind::model, "a/m"};
    const HubRepository dataset{RepositoryKind::dataset, "a/d"};
    QCOMPARE(revision_url("https://h", model, "refs/pr/1"), std::string("https://h/api/models/a/m/revision/refs%2Fpr%2F1"));
    QCOMPARE(tree_url("https://h", dataset, "main"), std::string("https://h/api/datasets/a/d/tree/main?recursive=true"));
    QCOMPARE(resolve_file_url("https://h", dataset, "main", "x y/ü?#.bin"),
             std::string("https://h/datasets/a/d/resolve/main/x%20y/%C3%BC%3F%23.bin"));
  }

  void gitNamesABlobByItsLengthAndContent() {
    // `printf 'hello\n' | git hash-object --stdin`, and of nothing.
    Digest digest = start_digest(DigestKind::sha1, 6);
    digest.update("hello\n");
    QCOMPARE(digest.finish(), std::string("ce013625030ba8dba906f756967f9e9ca394464a"));
    QCOMPARE(start_digest(DigestKind::sha1, 0).finish(), std::string("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"));
  }

  void patternsMatch_data() {
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<bool>("matches");
    QTest::newRow("itself") << "unet/model.fp16.safetensors" << true;
    QTest::newRow("another") << "model.fp16.safetensors" << false;
    QTest::newRow("star crosses folders") << "*.safetensors" << true;
    QTest::newRow("star of nothing") << "unet/*model.fp16.safetensors" << true;
    QTest::newRow("two stars") << "*fp16*" << true;
    QTest::newRow("backtracks") << "*m*l*.s*s" << true;
    QTest::newRow("other ending") << "*.bin" << false;
    QTest::newRow("folder") << "unet/" << true;
    QTest::newRow("other folder") << "une/" << false;
    QTest::newRow("one character") << "unet/model.fp1?.safetensors" << true;
    QTest::newRow("one too many") << "unet/model.fp16.safetensors?" << false;
    QTest::newRow("set") << "unet/model.fp[0-3]6.safetensors" << true;
    QTest::newRow("not in set") << "unet/model.fp[!0-3]6.safetensors" << false;
    QTest::newRow("open set is text") << "unet/[model" << false;
    QTest::newRow("case") << "UNET/*" << false;
  }
  void patternsMatch() {
    QFETCH(QString, pattern);
    QFETCH(bool, matches);
    QCOMPARE(matches_pattern("unet/model.fp16.safetensors", pattern.toStdString()), matches);
  }

  void aPatternIsNeverSlow() {
    QElapsedTimer timer;
    timer.start();
    QVERIFY(!matches_pattern(std::string(1000, 'a'), std::string(50, '*') + "a*a*a*a*a*a*a*a*a*a*a*a*b"));
    QVERIFY(timer.elapsed() < 200);
  }

  void aPatternWithoutAFileIsNamedWithTheNearest() {
    const std::vector<std::string> paths{"model_index.json", "unet/config.json", "vae/config.json"};
    QCOMPARE(select_paths(paths, {"*/config.json", "model_index.json"}, "a/m").size(), size_t{3});
    QCOMPARE(select_paths(paths, {"vae/"}, "a/m"), (std::vector<size_t>{2}));
    const Error error = thrown_by([&] { select_paths(paths, {"vae/", "model_indx.json"}, "a/m"); });
    QVERIFY(says(error, ErrorCode::not_found, "'model_indx.json'"));
    QVERIFY(says(error, ErrorCode::not_found, "is 'model_index.json' meant?"));
  }

  void pathsThatLeaveTheFolderAreUnsafe_data() {
    QTest::addColumn<QByteArray>("path");
    const std::vector<QByteArray> bad{"",
                                      "/etc/passwd",
                                      "../x",
                                      "a/../../x",
                                      "a/..",
                                      "./a",
                                      "a//b",
                                      "a/",
                                      "a\\..\\b",
                                      "C:/x",
                                      "a:b",
                                      "a\x01"
                                      "b",
                                      ".. /x",
                                      "a/.../b",
                                      "a.",
                                      "\xFF",
                                      "\xC0\xAE/x",
                                      "\xED\xA0\x80",
                                      QByteArray("a\0b", 3),
                                      QByteArray(241, 'x'),
                                      QByteArray("x/").repeated(501) + "x"};
    for (const QByteArray& path : bad) {
      QTest::newRow(path.left(20).toHex().constData()) << path;
    }
  }
  void pathsThatLeaveTheFolderAreUnsafe() {
    QFETCH(QByteArray, path);
    QVERIFY(unsafe_reason(path.toStdString()).has_value());
  }

  void usualPathsAreSafe() {
    for (const char* path :
         {"model_index.json", "unet/diffusion_pytorch_model.fp16.safetensors", ".gitattributes", "a b/ü-日本.txt", "..a", "a..b"}) {
      QVERIFY2(!unsafe_reason(path), path);
    }
  }

  void namesThatDifferByCaseAloneAreFound() {
    QVERIFY(!case_collision({"README.md", "unet/readme.md", "readme.txt"}));
    const auto pair = case_collision({"README.md", "a", "ReadMe.md"});
    QVERIFY(pair.has_value());
    QCOMPARE(pair->first, std::string("README.md"));
    QCOMPARE(pair->second, std::string("ReadMe.md"));
  }
};

DARKROOM_TEST(HubNamesTest);
#include "hub_names_test.moc"
