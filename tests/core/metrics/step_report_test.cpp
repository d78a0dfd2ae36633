// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/step_report.h"

#include <cmath>
#include <set>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/metrics/device_sample.h"
#include "core/metrics/metric_definitions.h"
#include "tests/test_registry.h"

using namespace darkroom;

class StepReportTest : public QObject {
  Q_OBJECT

 private slots:
  void everyFieldSurvivesTheRoundTripToTheLastBit() {
    StepReport report;
    report.step = 1500;
    report.micro_steps = 3000;
    report.total_steps = 9007199254740991;
    report.images = 144000;
    report.epoch = 1.0 / 3;
    report.phase = 2;
    report.time = 1.7e9 + 0.123456;
    report.loss = 0.1247;
    report.loss_unweighted = 1e-300;
    report.grad_norm = 123.456;
    report.lr = 1e-5;
    report.images_per_s = 118.25;
    report.step_ms = 811.5;
    report.data_wait_ms = 0;
    report.peak_gib = 25.3;
    report.loss_by_noise[0] = 0.5;
    report.loss_by_noise[3] = 0.25;
    report.loss_by_source[1] = 0.125;
    const std::string line = to_json_line(report);
    QVERIFY(line.find('\n') == std::string::npos);
    const StepReport read = step_report_from_json_line(line);
    QCOMPARE(to_json_line(read), line);
    QCOMPARE(read.epoch, report.epoch);
    QCOMPARE(read.loss_unweighted, report.loss_unweighted);
    QCOMPARE(read.loss_by_noise[3], 0.25);
    QVERIFY(std::isnan(read.loss_by_noise[1]) && std::isnan(read.loss_by_noise[9]));
    QVERIFY(std::isnan(read.loss_by_source[0]));
  }

  void whatIsNotFiniteIsNullAndComesBackAsNaN() {
    StepReport report;
    report.step = 1;
    report.loss = std::numeric_limits<double>::infinity();
    const std::string line = to_json_line(report);
    const Json json = parse_json(line, "line");
    QVERIFY(json["loss"].is_null() && json["lr"].is_null());
    QVERIFY(!json.contains("loss_by_noise"));
    QVERIFY(std::isnan(step_report_from_json_line(line).loss));
  }

  void rowsOfALaterVersionAreReadAndWrongOnesRefused() {
    QCOMPARE(step_report_from_json_line(R"({"step": 3, "loss": 0.5, "new": [1]})").loss, 0.5);
    for (const char* line :
         {"", "{", "[1]", R"({"loss": 1})", R"({"step": "3"})", R"({"step": 1, "loss": "x"})", R"({"step": 1, "loss_by_noise": 3})"}) {
      QVERIFY_EXCEPTION_THROWN(step_report_from_json_line(line), Error);
    }
  }

  void everyMetricReadsTheFieldOfItsName() {
    std::set<std::string_view> tags;
    for (const MetricDefinition& metric : metric_definitions()) {
      const std::string name(metric.name);
      const StepReport report = step_report_from_json_line(R"({"step": 1, ")" + name + R"(": 0.75})");
      QVERIFY2(metric.value(report) == 0.75, name.c_str());
      QVERIFY2(tags.insert(metric.tag).second, name.c_str());
      QVERIFY2(metric.help.ends_with('.') && !metric.label.empty(), name.c_str());
      QVERIFY(find_metric(metric.name) == &metric);
    }
    QVERIFY(find_metric("los") == nullptr);
  }

  void deviceLinesSurviveTheRoundTrip() {
    DeviceLine line{1.7e9, "cuda:0",    "NVIDIA GeForce RTX 5090", 0.97, uint64_t{25} << 30, uint64_t{32} << 30, uint64_t{24} << 30,
                    540.5, std::nullopt};
    QVERIFY(device_line_from_json(to_json(line), "test") == line);
    QVERIFY(!to_json(line).contains("temperature_c"));
    QVERIFY_EXCEPTION_THROWN(device_line_from_json(parse_json(R"({"id": "cpu", "memory_used_bytes": -1})", "x"), "test"), Error);
    QVERIFY_EXCEPTION_THROWN(device_line_from_json(Json::array(), "test"), Error);
  }
};

DARKROOM_TEST(StepReportTest);
#include "step_report_test.moc"
