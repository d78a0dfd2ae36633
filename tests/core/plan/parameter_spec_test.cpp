// SPDX-License-Identifier: Apache-2.0
#include "core/plan/parameter_spec.h"

#include <set>

#include "tests/test_registry.h"

using namespace darkroom;

class ParameterSpecTest : public QObject {
  Q_OBJECT

 private slots:
  void everyParameterIsCompleteAndItsDefaultIsAllowed() {
    std::set<std::string_view> keys;
    for (const ParameterSpec& spec : parameter_specs()) {
      const std::string key(spec.key);
      QVERIFY2(keys.insert(spec.key).second, key.c_str());
      QVERIFY2(!spec.label.empty() && spec.help.ends_with('.'), key.c_str());
      QVERIFY2(spec.min <= spec.max, key.c_str());
      QVERIFY2((spec.kind == ParameterKind::choice) == !spec.choices.empty(), key.c_str());
      if (spec.default_kind == DefaultKind::value) {
        if (spec.kind == ParameterKind::integer || spec.kind == ParameterKind::real) {
          QVERIFY2(parameter_problem(spec, spec.default_number).empty(), key.c_str());
        } else if (spec.kind == ParameterKind::choice) {
          QVERIFY2(parameter_problem(spec, std::string(spec.default_text)).empty(), key.c_str());
        }
      } else {
        QVERIFY2(!spec.default_text.empty(), key.c_str());
      }
    }
  }

  void helpNamesRangeUnitAndDefault() {
    QCOMPARE(parameter_help(parameter_spec("batch.per_device")),
             std::string("Images of one forward pass on each device. (1 to 4096 images; default: 24)"));
    QVERIFY(parameter_help(parameter_spec("generate.weights"), false).ends_with("(ema | live)"));
  }

  void problemsNameTheRangeTheRasterAndTheNearestWord() {
    const ParameterSpec& width = parameter_spec("generate.width");
    QVERIFY(parameter_problem(width, 512).empty());
    QCOMPARE(parameter_problem(width, 515), std::string("expected a multiple of 8, got 515; the nearest is 512"));
    QCOMPARE(parameter_problem(width, 0), std::string("expected a whole number from 8 to 4096, got 0"));
    QVERIFY(!parameter_problem(parameter_spec("generate.cfg_scale"), std::numeric_limits<double>::quiet_NaN()).empty());
    QVERIFY(parameter_problem(parameter_spec("phase.schedule"), std::string("cosin")).ends_with("did you mean cosine?"));
  }

  void groupsAndNamesComeFromTheKey() {
    static_assert(parameter_spec("generate.cfg_scale").group() == "generate");
    static_assert(parameter_spec("generate.cfg_scale").name() == "cfg_scale");
    static_assert(default_integer("checkpoint.every_steps") == 1500);
    QCOMPARE(parameter_group("batch").size(), size_t{2});
    QVERIFY_EXCEPTION_THROWN(parameter_spec("generate.cfg"), std::invalid_argument);
  }
};

DARKROOM_TEST(ParameterSpecTest);
#include "parameter_spec_test.moc"
