// SPDX-License-Identifier: Apache-2.0
#include "core/plan/mixture_file.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using darkroom::test::error_of;
namespace fs = std::filesystem;

namespace {

TrainingPlan plan_of(const std::vector<SourcePlan>& sources) {
  TrainingPlan plan;
  plan.phases.push_back({});
  plan.phases[0].name = "one";
  plan.phases[0].sources = sources;
  return plan;
}

}  // namespace

class MixtureFileTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  fs::path root_;

  void write(const std::string& json) const { write_file_atomically(root_ / "mix.json", json); }

 private slots:
  void initTestCase() { root_ = folder_.path().toStdString(); }

  void pathsAreRelativeToTheFile() {
    write(
        "{\"darkroom_mixture\": 1, \"sources\": [{\"dataset\": \"faces\", \"share\": 0.25, \"limit\": 7}, "
        "{\"dataset\": \"/data/coco\", \"share\": 0.75, \"limit\": null}]}");
    const MixtureFile mixture = read_mixture_file(root_ / "mix.json");
    QCOMPARE(mixture.sources[0].dataset, (root_ / "faces").string());
    QCOMPARE(*mixture.sources[0].limit, int64_t{7});
    QCOMPARE(mixture.sources[1].dataset, std::string("/data/coco"));
    QVERIFY(!mixture.sources[1].limit);
  }

  void whatIsWrittenReadsTheSame() {
    const MixtureFile mixture{{{.dataset = "/a", .share = 0.6, .limit = std::nullopt}, {.dataset = "/b", .share = 0.4, .limit = 5}}};
    write(to_json(mixture).dump());
    QVERIFY(read_mixture_file(root_ / "mix.json").sources == mixture.sources);
  }

  void aPlansSourceBecomesTheDatasetsWithTheirPart() {
    write("{\"darkroom_mixture\": 1, \"sources\": [{\"dataset\": \"/a\", \"share\": 0.5}, {\"dataset\": \"/b\", \"share\": 0.5}]}");
    const TrainingPlan plan = with_mixtures_expanded(plan_of(
        {{.dataset = (root_ / "mix.json").string(), .share = 0.4, .limit = std::nullopt}, {.dataset = "/c", .share = 0.6, .limit = 9}}));
    QVERIFY(plan.phases[0].sources == (std::vector<SourcePlan>{{.dataset = "/a", .share = 0.2, .limit = std::nullopt},
                                                               {.dataset = "/b", .share = 0.2, .limit = std::nullopt},
                                                               {.dataset = "/c", .share = 0.6, .limit = 9}}));
    const std::string error =
        error_of([&] { with_mixtures_expanded(plan_of({{.dataset = (root_ / "mix.json").string(), .share = 1, .limit = 3}})); });
    QVERIFY(error.find("limits of their own") != std::string::npos);
  }

  void checkingAPlanLooksIntoItsMixtures() {
    write("{\"darkroom_mixture\": 1, \"sources\": [{\"dataset\": \"nowhere\", \"share\": 1}]}");
    std::vector<Problem> problems;
    check_plan_paths(plan_of({{.dataset = "mix.json", .share = 1, .limit = std::nullopt}}), root_, problems);
    QCOMPARE(problems.size(), size_t{1});
    QVERIFY(problems[0].message.find("nowhere") != std::string::npos);
    write("{\"darkroom_mixture\": 1, \"sources\": []}");
    problems.clear();
    check_plan_paths(plan_of({{.dataset = "mix.json", .share = 1, .limit = std::nullopt}}), root_, problems);
    QVERIFY(problems.at(0).message.find("names no dataset") != std::string::npos);
  }

  void wrongFilesAreNamedWithThePlace_data() {
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("place");
    QTest::newRow("version") << QByteArray("{\"darkroom_mixture\": 2, \"sources\": [{\"dataset\": \"a\", \"share\": 1}]}")
                             << QByteArray("/darkroom_mixture");
    QTest::newRow("sum") << QByteArray("{\"darkroom_mixture\": 1, \"sources\": [{\"dataset\": \"a\", \"share\": 0.5}]}")
                         << QByteArray("sum to 0.5");
    QTest::newRow("unknown") << QByteArray("{\"darkroom_mixture\": 1, \"sources\": [{\"dataset\": \"a\", \"share\": 1, \"weight\": 2}]}")
                             << QByteArray("/sources/0/weight");
    QTest::newRow("limit") << QByteArray("{\"darkroom_mixture\": 1, \"sources\": [{\"dataset\": \"a\", \"share\": 1, \"limit\": 0}]}")
                           << QByteArray("/sources/0/limit");
  }

  void wrongFilesAreNamedWithThePlace() {
    QFETCH(const QByteArray, json);
    QFETCH(const QByteArray, place);
    write(json.toStdString());
    const std::string error = error_of([&] { read_mixture_file(root_ / "mix.json"); });
    QVERIFY2(error.find("mix.json") != std::string::npos && error.find(place.toStdString()) != std::string::npos, error.c_str());
  }
};

DARKROOM_TEST(MixtureFileTest);
#include "mixture_file_test.moc"
