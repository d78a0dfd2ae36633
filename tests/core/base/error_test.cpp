// SPDX-License-Identifier: Apache-2.0
#include "core/base/error.h"

#include "core/base/cancel_token.h"
#include "core/base/format.h"
#include "tests/test_registry.h"

using namespace darkroom;

class ErrorTest : public QObject {
  Q_OBJECT

 private slots:
  void everyCodeKeepsItsNameThereAndBack() {
    for (int i = 0; i <= static_cast<int>(ErrorCode::peer_died); ++i) {
      const auto code = static_cast<ErrorCode>(i);
      QCOMPARE(error_code_from_name(error_code_name(code)), code);
    }
    QCOMPARE(error_code_from_name("of_a_later_version"), ErrorCode::failed);
  }

  void exitCodesAreThoseOfTheInterface() {
    QCOMPARE(exit_code(ErrorCode::failed), 1);
    QCOMPARE(exit_code(ErrorCode::io), 1);
    QCOMPARE(exit_code(ErrorCode::usage), 2);
    QCOMPARE(exit_code(ErrorCode::bad_input), 3);
    QCOMPARE(exit_code(ErrorCode::not_found), 3);
    QCOMPARE(exit_code(ErrorCode::interrupted), 4);
  }

  void failCarriesCodeAndSentence() {
    try {
      fail(ErrorCode::busy, "{} holds {}", "somebody", 7);
      QFAIL("fail returned");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::busy);
      QCOMPARE(std::string(error.what()), std::string("somebody holds 7"));
    }
  }

  void aCopiedTokenIsCancelledWithItsOriginal() {
    CancelToken token;
    const CancelToken copy = token;  // NOLINT: the copy is the point
    copy.check();
    token.cancel();
    QVERIFY(copy.cancelled());
    QVERIFY_EXCEPTION_THROWN(copy.check(), Error);
  }
};

DARKROOM_TEST(ErrorTest);
#include "error_test.moc"
