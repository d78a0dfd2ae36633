// SPDX-License-Identifier: Apache-2.0
// `darkroom-engine selftest` on the CPU: every group is compared, with its error and limit, and none is off.
#include <set>

#include "tests/process/engine_program.h"
#include "tests/test_registry.h"

using darkroom::Json;
using darkroom::test::run_engine;

class SelftestTest : public QObject {
  Q_OBJECT

 private slots:
  void everyGroupIsComparedAndGood() {
    const auto result = run_engine({"selftest", "--device", "cpu", "--json"});
    QVERIFY2(result.exit_code == 0, result.output.constData());
    std::set<std::string> groups;
    int64_t comparisons = 0;
    for (const Json& event : result.events()) {
      if (event["event"] == "selftest") {
        const auto name = event["case"].get<std::string>();
        groups.insert(name.substr(0, name.find_first_of(" :")));
        QVERIFY2(event["good"].get<bool>(), name.c_str());
        QVERIFY(event["error"].get<double>() <= event["limit"].get<double>());
        ++comparisons;
      }
    }
    QCOMPARE(groups, (std::set<std::string>{"attention", "convolution", "geglu", "group_norm", "group_norm_silu", "host_copy", "optimizer",
                                            "pocket", "replay"}));
    const Json done = result.events().back();
    QCOMPARE(done["passed"].get<int64_t>(), comparisons);
    QCOMPARE(done["failed"].get<int64_t>(), int64_t{0});
    QCOMPARE(done["device"].get<std::string>(), std::string("cpu"));
  }
};

DARKROOM_TEST(SelftestTest);
#include "selftest_test.moc"
