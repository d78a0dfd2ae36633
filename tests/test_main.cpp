// SPDX-License-Identifier: Apache-2.0
// Runs every registered test class of one program. `PROGRAM ClassName [function…]` runs one class.
#include "tests/test_registry.h"

#include <QCoreApplication>

namespace darkroom::test {

std::vector<std::function<std::unique_ptr<QObject>()>>& registered_tests() {
  static std::vector<std::function<std::unique_ptr<QObject>()>> tests;
  return tests;
}

}  // namespace darkroom::test

int main(int argc, char** argv) {
  QCoreApplication application(argc, argv);
  QStringList arguments = application.arguments();
  QString only;
  if (arguments.size() > 1 && !arguments[1].startsWith('-')) {
    only = arguments.takeAt(1);
  }
  int failed = 0;
  int ran = 0;
  for (const auto& factory : darkroom::test::registered_tests()) {
    const std::unique_ptr<QObject> test = factory();
    if (!only.isEmpty() && QString::fromLatin1(test->metaObject()->className()) != only) {
      continue;
    }
    failed += QTest::qExec(test.get(), arguments);
    ++ran;
  }
  if (ran == 0) {
    qCritical("no test class%s", only.isEmpty() ? "" : (" named " + only.toStdString()).c_str());
    return 1;
  }
  return failed == 0 ? 0 : 1;
}
