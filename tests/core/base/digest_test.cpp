// SPDX-License-Identifier: Apache-2.0
// Runs twice: with OpenSSL, and in a program of its own with the hashes of a machine that has none.
#include "core/base/digest.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;

class DigestTest : public QObject {
  Q_OBJECT

 private slots:
  void publishedExamplesHold() {
    // FIPS 180-4's own examples, and a million times "a".
    QCOMPARE(digest_of(DigestKind::sha1, "abc"), std::string("a9993e364706816aba3e25717850c26c9cd0d89d"));
    QCOMPARE(digest_of(DigestKind::sha1, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
             std::string("84983e441c3bd26ebaae4aa1f95129e5e54670f1"));
    QCOMPARE(digest_of(DigestKind::sha256, "abc"), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    QCOMPARE(digest_of(DigestKind::sha256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
             std::string("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
    QCOMPARE(digest_of(DigestKind::sha256, std::string(1000000, 'a')),
             std::string("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
    QCOMPARE(digest_of(DigestKind::sha1, std::string(1000000, 'a')), std::string("34aa973cd4c4daa4f61eeb2bdbad27316534016f"));
  }

  void nothingHasAHash() {
    QCOMPARE(digest_of(DigestKind::sha256, ""), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    QCOMPARE(digest_of(DigestKind::sha1, ""), std::string("da39a3ee5e6b4b0d3255bfef95601890afd80709"));
  }

  void piecesDoNotMatter() {
    // Every length around the block and its padding, in two pieces cut everywhere, against Qt's.
    for (int length = 0; length <= 130; ++length) {
      QByteArray text;
      for (int i = 0; i < length; ++i) {
        text.append(static_cast<char>(i * 7 + length));
      }
      for (const auto& [kind, peer] :
           {std::pair(DigestKind::sha1, QCryptographicHash::Sha1), std::pair(DigestKind::sha256, QCryptographicHash::Sha256)}) {
        const std::string expected = QCryptographicHash::hash(text, peer).toHex().toStdString();
        for (int cut = 0; cut <= length; cut += 13) {
          Digest digest(kind);
          digest.update(text.left(cut).toStdString());
          digest.update(text.mid(cut).toStdString());
          QCOMPARE(digest.finish(), expected);
        }
      }
    }
  }

  void filesAreReadWholeAndSeen() {
    const QTemporaryDir folder;
    const std::string path = folder.filePath("f").toStdString();
    const std::string content(3000001, 'x');
    write_file_atomically(path, content);
    uint64_t seen = 0;
    QCOMPARE(digest_of_file(DigestKind::sha256, path, [&seen](uint64_t bytes) { seen += bytes; }), digest_of(DigestKind::sha256, content));
    QCOMPARE(seen, uint64_t{3000001});
  }

  void missingFilesAndFoldersAreNamed() {
    const QTemporaryDir folder;
    try {
      digest_of_file(DigestKind::sha256, folder.filePath("none").toStdString());
      QFAIL("no error");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::not_found);
      QVERIFY(std::string(error.what()).find("none") != std::string::npos);
    }
    QVERIFY_EXCEPTION_THROWN(digest_of_file(DigestKind::sha256, folder.path().toStdString()), Error);
  }

  void aFinishedDigestIsFinished() {
    Digest digest(DigestKind::sha1);
    digest.finish();
    QVERIFY_EXCEPTION_THROWN(digest.update("x"), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(digest.finish(), std::invalid_argument);
  }
};

DARKROOM_TEST(DigestTest);
#include "digest_test.moc"
