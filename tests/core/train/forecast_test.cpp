// SPDX-License-Identifier: Apache-2.0
// The recipe's own numbers: 24 images a card, blocks recomputed, about 25.3 GB; a checkpoint of about 12.5 GB (two moments, weights, EMA).
#include "core/train/forecast.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/plan/plan_templates.h"
#include "core/train/training_model.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

constexpr int64_t gib = int64_t{1} << 30;

/// Cards that need not be there: what is forecast from arithmetic alone asks no device.
std::vector<ForecastDevice> two_cards(int64_t available, int64_t total) {
  std::vector<ForecastDevice> devices;
  for (int8_t i = 0; i < 2; ++i) {
    const torch::Device device(torch::kCUDA, i);
    devices.push_back({.id = device.str(), .device = device, .available_bytes = available, .total_bytes = total});
  }
  return devices;
}

int64_t bytes_of(const PhaseForecast& phase, const std::string& part) {
  const auto found = std::find_if(phase.parts.begin(), phase.parts.end(), [&](const MemoryPart& entry) { return entry.name == part; });
  return found == phase.parts.end() ? -1 : found->bytes;
}

/// The numbers after two words of an advice.
std::pair<int64_t, int64_t> advised(const std::string& problem) {
  const auto after = [&](const std::string& word) {
    const size_t at = problem.find(word);
    return at == std::string::npos ? int64_t{0} : std::stoll(problem.substr(at + word.size()));
  };
  return {after("batch.per_device to "), after("batch.accumulation to ")};
}

}  // namespace

class ForecastTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { qputenv("DARKROOM_RESOURCES", DARKROOM_SOURCE_DIR "/resources"); }

  void theRecipeFitsItsTwoCards() {
    const TrainingPlan plan = plan_template("recipe");
    const PlanForecast forecast = forecast_plan(plan, two_cards(31 * gib, 32 * gib), ForecastFrom::memory_only);
    QVERIFY(forecast.fits());
    QCOMPARE(forecast.phases.size(), size_t{7});
    const PhaseForecast& broad = forecast.phases.front();
    QVERIFY(broad.recompute);  // auto: without it the step would not fit
    QVERIFY2(broad.device_bytes() > 20 * gib && broad.device_bytes() < 26 * gib, std::to_string(broad.device_bytes()).c_str());
    QCOMPARE(bytes_of(broad, "optimiser"), 2 * bytes_of(broad, "weights"));
    QCOMPARE(bytes_of(broad, "bf16 copy") * 2, bytes_of(broad, "weights"));
    QVERIFY(!broad.steps && !broad.seconds);  // the datasets are not here, and that is said
    QVERIFY(!forecast.notes.empty());
    const int64_t numbers = int64_t{16} * 859'520'964;  // weights, EMA and two moments in fp32; the rest are gaps between tensors
    QVERIFY(forecast.disk.checkpoint_bytes >= numbers && forecast.disk.checkpoint_bytes < numbers + (1 << 20));
    QCOMPARE(forecast.disk.checkpoints, int64_t{48 + 3 + 1 + 1});
  }

  void autoKeepsActivationsWhereThereIsRoom() {
    const TrainingPlan plan = plan_template("broad");
    QVERIFY(!forecast_plan(plan, two_cards(79 * gib, 80 * gib), ForecastFrom::memory_only).phases.front().recompute);
    TrainingPlan wished = plan;
    wished.recompute = "blocks";
    QVERIFY(forecast_plan(wished, two_cards(79 * gib, 80 * gib), ForecastFrom::memory_only).phases.front().recompute);
  }

  void whatDoesNotFitSaysWhatWould() {
    TrainingPlan plan = plan_template("broad");
    plan.recompute = "blocks";
    const std::vector<ForecastDevice> cards = two_cards(22 * gib, 24 * gib);
    const PlanForecast forecast = forecast_plan(plan, cards, ForecastFrom::memory_only);
    QVERIFY(!forecast.fits());
    const std::string problem = forecast.phases.front().problems.front();
    const auto [per_device, accumulation] = advised(problem);
    QVERIFY2(per_device > 0 && per_device < 24 && per_device * accumulation == 48, problem.c_str());
    plan.batch = {.per_device = per_device, .accumulation = accumulation};
    QVERIFY(forecast_plan(plan, cards, ForecastFrom::memory_only).fits());
    plan.recompute = "none";
    plan.batch = {.per_device = 24, .accumulation = 2};
    const std::string kept = forecast_plan(plan, two_cards(28 * gib, 32 * gib), ForecastFrom::memory_only).phases.front().problems.front();
    QVERIFY2(kept.find("set recompute to \"blocks\"") != std::string::npos, kept.c_str());
    const std::string hopeless =
        forecast_plan(plan, two_cards(8 * gib, 8 * gib), ForecastFrom::memory_only).phases.front().problems.front();
    QVERIFY2(hopeless.find("adamw8bit") != std::string::npos, hopeless.c_str());
  }

  void aLaunchThatCannotFitIsRefusedWithThePhase() {
    try {
      require_memory(plan_template("recipe"), two_cards(12 * gib, 12 * gib));
      QFAIL("not refused");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::out_of_memory);
      const std::string text = error.what();
      QVERIFY2(text.find("phase \"broad\"") != std::string::npos && text.find("12.0 GiB") != std::string::npos, text.c_str());
    }
    require_memory(plan_template("recipe"), two_cards(31 * gib, 32 * gib));
  }

  void jsonHasThePartsAndTheirSum() {
    const Json json = to_json(forecast_plan(plan_template("faces"), two_cards(31 * gib, 32 * gib), ForecastFrom::memory_only));
    const Json& phase = json.at("phases").at(0);
    int64_t sum = 0;
    for (const Json& part : phase.at("device_parts")) {
      sum += part.at("bytes").get<int64_t>();
    }
    QCOMPARE(phase.at("device_bytes").get<int64_t>(), sum);
    QCOMPARE(phase.at("recompute").get<std::string>(), std::string("blocks"));
    QVERIFY(phase.at("steps").is_null());
    QVERIFY(json.at("fits").get<bool>());
  }

  void theVaeIsCountedWhereverTheTrainerHoldsIt_data() {
    QTest::addColumn<int>("every_epochs");
    QTest::addColumn<bool>("prompts");
    QTest::addColumn<bool>("held");
    QTest::newRow("drawn by plan") << 1 << true << true;
    QTest::newRow("drawn only on request") << 0 << true << true;
    QTest::newRow("never drawn") << 1 << false << false;
  }

  void theVaeIsCountedWhereverTheTrainerHoldsIt() {
    QFETCH(const int, every_epochs);
    QFETCH(const bool, prompts);
    QFETCH(const bool, held);
    TrainingPlan plan = plan_template("pocket_demo");
    plan.phases.push_back(plan.phases.front());
    for (PhasePlan& phase : plan.phases) {
      phase.validation.reset();
    }
    plan.validation.every_epochs = every_epochs;
    plan.validation.prompts.clear();
    if (prompts) {
      // In the second phase alone: the models are opened once for the whole run.
      plan.phases.back().validation = plan.validation;
      plan.phases.back().validation->prompts = {{.category = "a", .text = "a forest"}};
    }
    const TrainingModel model = open_training_model(plan, torch::kCPU);
    QCOMPARE(model.vae.has_value(), held);
    const PlanForecast forecast = forecast_plan(plan, {forecast_device(torch::kCPU, 1)}, ForecastFrom::memory_only);
    for (const PhaseForecast& phase : forecast.phases) {
      QCOMPARE(bytes_of(phase, "VAE"), held ? model.vae->model->layout().parameter_count() * 4 : -1);
    }
  }

  void decodingASampleCountsWhereItTakesMoreThanAStep() {
    TrainingPlan plan = plan_template("broad");
    plan.batch.per_device = 1;
    plan.recompute = "blocks";
    const auto cards = two_cards(31 * gib, 32 * gib);
    const PhaseForecast small = forecast_plan(plan, cards, ForecastFrom::memory_only).phases.front();
    const int64_t decoding = Vae(sd15_vae_config()).decode_bytes(64, 64, torch::kBFloat16);
    QVERIFY(bytes_of(small, "activations") < decoding);
    QCOMPARE(bytes_of(small, "activations") + bytes_of(small, "decoding a sample"), decoding);
    plan.validation.prompts.clear();
    QCOMPARE(bytes_of(forecast_plan(plan, cards, ForecastFrom::memory_only).phases.front(), "decoding a sample"), int64_t{-1});
    QCOMPARE(bytes_of(forecast_plan(plan_template("broad"), cards, ForecastFrom::memory_only).phases.front(), "decoding a sample"),
             int64_t{-1});
  }

  void aMeasurementAgreesWithTheArithmetic() {
    TrainingPlan plan = plan_template("pocket_demo");
    plan.batch.per_device = 4;
    const std::vector<ForecastDevice> here{forecast_device(torch::kCPU, 1)};
    const PlanForecast counted = forecast_plan(plan, here, ForecastFrom::arithmetic);
    const PlanForecast measured = forecast_plan(plan, here, ForecastFrom::measurement);
    const double ratio = static_cast<double>(counted.phases[0].device_bytes()) / static_cast<double>(measured.phases[0].device_bytes());
    QVERIFY2(std::abs(ratio - 1) < 0.05, std::to_string(ratio).c_str());
    QVERIFY(measured.measured && measured.phases[0].images_per_s > 0);
    QVERIFY(counted.phases[0].images_per_s > 0);
    QVERIFY(forecast_text(measured).find("measured") != std::string::npos);
  }
};

DARKROOM_TEST(ForecastTest);
#include "forecast_test.moc"
