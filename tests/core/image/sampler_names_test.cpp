// SPDX-License-Identifier: Apache-2.0
#include "core/image/sampler_names.h"

#include "core/plan/parameter_spec.h"
#include "tests/test_registry.h"

using namespace darkroom;

class SamplerNamesTest : public QObject {
  Q_OBJECT
 private slots:
  void everySamplerAndScheduleOfOursHasALabelThatLeadsBack() {
    for (const std::string_view name : parameter_spec("generate.sampler").choices) {
      const std::string label = a1111_sampler_label(name);
      QVERIFY2(label != name, name.data());
      QVERIFY((sampler_from_label(label) == SamplerChoice{std::string(name), std::nullopt}));
      QVERIFY((sampler_from_label(name) == SamplerChoice{std::string(name), std::nullopt}));
      QVERIFY(schedule_from_label(automatic_schedule(name)).has_value());
    }
    for (const std::string_view name : parameter_spec("generate.schedule").choices) {
      QCOMPARE(schedule_from_label(a1111_schedule_label(name)).value(), std::string(name));
    }
  }

  void combinedNamesGiveBoth() {
    QVERIFY((sampler_from_label("DPM++ 2M SDE Karras") == SamplerChoice{"dpmpp_2m_sde", "karras"}));
    QVERIFY((sampler_from_label("DPM2 a Karras") == SamplerChoice{"dpm2_a", "karras"}));
    QVERIFY((sampler_from_label("kdpm_2_a_k") == SamplerChoice{"dpm2_a", "karras"}));
    QVERIFY((sampler_from_label("Euler SGM Uniform") == SamplerChoice{"euler", "sgm_uniform"}));
    QVERIFY((sampler_from_label("euler_a discrete") == SamplerChoice{"euler_a", "default"}));
  }

  void relativesAreNotTakenForOurs() {
    for (const char* label : {"DPM++ 2S a", "DPM++ 2M SDE Heun", "DPM++ 2M SDE Heun Karras", "dpmpp_3m", "dpmpp_3m_k", "DDIM CFG++",
                              "DPM fast", "ipndm", "Restart", "", "Karras", " Karras", "_k"}) {
      QVERIFY2(!sampler_from_label(label), label);
    }
    for (const char* label : {"KL Optimal", "Align Your Steps", "Polyexponential", "DDIM", "ddim_uniform", "Automatic", ""}) {
      QVERIFY2(!schedule_from_label(label), label);
    }
  }
};

DARKROOM_TEST(SamplerNamesTest);
#include "sampler_names_test.moc"
