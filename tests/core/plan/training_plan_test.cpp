// SPDX-License-Identifier: Apache-2.0
#include "core/plan/training_plan.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

namespace {

// The example of interface.md, section 3.
constexpr std::string_view example = R"({"darkroom_plan": 1, "name": "two cards, seven phases", "seed": 42,
 "model": {"layout": "sd15", "init": {"seed": 0}, "vae": "PATH", "text_encoder": "PATH", "text_attention_mask": false},
 "precision": "bf16", "memory_format": "channels_last", "recompute": "auto",
 "batch": {"per_device": 24, "accumulation": 2},
 "optimizer": {"name": "adamw", "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01}, "clip_norm": 1.0,
 "ema": {"decay": 0.9999, "warmup": true},
 "checkpoint": {"every_steps": 1500, "every_epochs": 1, "keep_last": 3, "keep_epochs": true},
 "validation": {"every_epochs": 1, "samples": 500, "steps": 25, "cfg": 7.5, "seed": 42, "prompts": [{"category": "forest", "text": "a forest"}]},
 "logging": {"tensorboard": true, "wandb": "offline"},
 "phases": [{"name": "broad", "epochs": 10, "sources": [{"dataset": "PATH", "share": 1.0, "limit": null}], "peak_lr": 1e-5, "warmup_steps": 500,
   "schedule": "cosine", "warmup_from": 0.01, "floor": 0.01, "cfg_dropout": 0.05, "min_snr_gamma": 5.0, "prediction": "epsilon"}]})";

Json example_json() { return parse_json(example, "example"); }

std::vector<Problem> problems_of(const Json& json) {
  std::vector<Problem> problems;
  parse_plan(json, problems);
  return problems;
}

bool reports(const Json& json, const std::string& pointer, const std::string& words) {
  for (const Problem& problem : problems_of(json)) {
    if (problem.pointer == pointer && problem.message.find(words) != std::string::npos) {
      return true;
    }
    qInfo("%s: %s", problem.pointer.c_str(), problem.message.c_str());
  }
  return false;
}

}  // namespace

class TrainingPlanTest : public QObject {
  Q_OBJECT

 private slots:
  void theExampleOfTheInterfaceHasNoProblemAndIsMostlyDefaults() {
    std::vector<Problem> problems;
    const TrainingPlan plan = parse_plan(example_json(), problems);
    QVERIFY2(problems.empty(), problems_text("example", problems).c_str());
    QVERIFY(plan.batch == BatchPlan());
    QVERIFY(plan.optimizer == OptimizerPlan());
    QVERIFY(plan.ema == EmaPlan());
    QVERIFY(plan.checkpoint == CheckpointPlan());
    QCOMPARE(plan.clip_norm, 1.0);
    QCOMPARE(plan.phases[0].warmup_from, 0.01);
  }

  void writingAndReadingGivesTheSamePlan() {
    Json json = example_json();
    json["phases"][0]["batch"] = Json{{"accumulation", 8}};
    json["phases"][0]["memory_format"] = "contiguous";
    json["phases"][0]["recompute"] = "blocks";
    json["phases"][0]["ema"] = Json{{"decay", 0.99}};
    json["phases"][0]["checkpoint"] = Json{{"every_steps", 10}};
    json["phases"][0]["validation"] = Json{{"prompts", Json::array()}};
    json["phases"][0]["sources"][0]["limit"] = 1000;
    json["model"]["init"] = Json{{"from", "old/checkpoint"}, {"state", "weights"}};
    std::vector<Problem> problems;
    const TrainingPlan plan = parse_plan(json, problems);
    QVERIFY2(problems.empty(), problems_text("json", problems).c_str());
    const TrainingPlan again = parse_plan(to_json(plan), problems);
    QVERIFY(problems.empty());
    QVERIFY(again == plan);
    QCOMPARE(plan_hash(again), plan_hash(plan));
  }

  void everyFieldOfAPhaseAndOfTheOptimisersSurvivesWriting() {
    Json json = example_json();
    Json& phase = json["phases"][0];
    phase["schedule"] = "polynomial";
    phase["schedule_power"] = 2.5;
    phase["prediction"] = "v_prediction";
    phase["zero_terminal_snr"] = true;
    phase["timestep_sampling"] = "logit_normal";
    phase["timestep_mean"] = -0.5;
    phase["timestep_std"] = 1.5;
    phase["offset_noise"] = 0.05;
    phase["loss"] = "huber";
    phase["huber_delta"] = 0.2;
    json["ema"] = Json{{"decays", Json::array({0.9999, 0.999, 0.99})}, {"warmup", false}};
    json["latents"] = Json{{"memory", "ram"}, {"fraction", 0.5}, {"threads", 4}};
    for (const char* optimizer : {"adamw8bit", "adafactor"}) {
      json["optimizer"] = Json{{"name", optimizer}, {"weight_decay", 0.02}};
      std::vector<Problem> problems;
      const TrainingPlan plan = parse_plan(json, problems);
      QVERIFY2(problems.empty(), problems_text("json", problems).c_str());
      QCOMPARE(plan.ema.decay, 0.9999);
      QVERIFY((plan.ema.more_decays == std::vector{0.999, 0.99}));
      QCOMPARE(plan.phases[0].schedule_power, 2.5);
      QCOMPARE(plan.phases[0].timestep_std, 1.5);
      QCOMPARE(plan.latents.fraction, 0.5);
      QVERIFY(parse_plan(to_json(plan), problems) == plan);
      QVERIFY2(problems.empty(), problems_text("written", problems).c_str());
    }
  }

  void whatWouldDoNothingIsSaid() {
    Json json = example_json();
    json["optimizer"] = Json{{"name", "adafactor"}, {"betas", Json::array({0.9, 0.99})}};
    QVERIFY(reports(json, "/optimizer/betas", "no meaning with adafactor"));
    json["optimizer"] = Json{{"name", "adamw"}, {"update_clip", 2.0}};
    QVERIFY(reports(json, "/optimizer/update_clip", "only with adafactor"));
    json = example_json();
    json["phases"][0]["schedule_power"] = 3;
    json["phases"][0]["timestep_mean"] = 0.5;
    json["phases"][0]["huber_delta"] = 0.5;
    json["latents"] = Json{{"memory", "mapped"}, {"fraction", 0.5}};
    QVERIFY(reports(json, "/phases/0/schedule_power", "without schedule \"polynomial\""));
    QVERIFY(reports(json, "/phases/0/timestep_mean", "without timestep_sampling \"logit_normal\""));
    QVERIFY(reports(json, "/phases/0/huber_delta", "without loss \"huber\""));
    QVERIFY(reports(json, "/latents", "no meaning with memory \"mapped\""));
  }

  void zeroTerminalSnrNeedsV() {
    Json json = example_json();
    json["phases"][0]["zero_terminal_snr"] = true;
    QVERIFY(reports(json, "/phases/0/zero_terminal_snr", "got \"epsilon\""));
    json["phases"][0]["prediction"] = "flow";
    QVERIFY(reports(json, "/phases/0/zero_terminal_snr", "by itself"));
    json["phases"][0]["prediction"] = "v_prediction";
    QVERIFY(problems_of(json).empty());
  }

  void averagesAreOneToThreeAndTheSameNumberInEveryPhase() {
    Json json = example_json();
    json["ema"] = Json{{"decay", 0.9}, {"decays", Json::array({0.9})}};
    QVERIFY(reports(json, "/ema/decays", "one of the two"));
    json["ema"] = Json{{"decays", Json::array({0.9, 0.8, 0.7, 0.6})}};
    QVERIFY(reports(json, "/ema/decays", "expected 1 to 3 numbers, got 4"));
    json["ema"] = Json{{"decays", Json::array({0.9, 1.5})}};
    QVERIFY(reports(json, "/ema/decays", "expected a number from 0"));
    json["ema"] = Json{{"decays", Json::array({0.9, 0.8})}};
    QVERIFY(problems_of(json).empty());
    json["phases"][0]["ema"] = Json{{"warmup", false}};  // the plan's decays stay
    QVERIFY(problems_of(json).empty());
    json["phases"][0]["ema"] = Json{{"decay", 0.99}};
    QVERIFY(reports(json, "/phases/0/ema", "names 1 averages, the plan 2"));
    json["phases"][0]["ema"] = Json{{"decays", Json::array({0.99, 0.95})}};
    QVERIFY(problems_of(json).empty());
  }

  void wordsOfEarlierPlansAreUnderstood() {
    Json json = example_json();
    json["recompute"] = "on";
    json["phases"][0]["recompute"] = "off";
    std::vector<Problem> problems;
    const TrainingPlan plan = parse_plan(json, problems);
    QVERIFY(problems.empty());
    QCOMPARE(plan.recompute, std::string("blocks"));
    QCOMPARE(*plan.phases[0].recompute, std::string("none"));
    json["recompute"] = "yes";
    QVERIFY(reports(json, "/recompute", "expected one of auto, blocks, none"));
  }

  void aPhaseOverridesOnlyWhatItNames() {
    Json json = example_json();
    json["phases"][0]["batch"] = Json{{"accumulation", 8}};
    json["phases"][0]["validation"] = Json{{"steps", 10}};
    std::vector<Problem> problems;
    const TrainingPlan plan = parse_plan(json, problems);
    const PhasePlan& phase = plan.phases[0];
    QCOMPARE(plan.batch_of(phase).per_device, int64_t{24});
    QCOMPARE(plan.batch_of(phase).accumulation, int64_t{8});
    QCOMPARE(plan.batch.accumulation, int64_t{2});
    QCOMPARE(plan.validation_of(phase).steps, int64_t{10});
    QCOMPARE(plan.validation_of(phase).prompts.size(), size_t{1});
    QVERIFY(&plan.ema_of(phase) == &plan.ema);
  }

  void samplesOfOnePhaseAreSamplesOfThePlan() {
    TrainingPlan plan;
    plan.validation.samples = 0;
    plan.phases.resize(2);
    QVERIFY(!plan.has_samples());
    plan.phases[1].validation = plan.validation;
    plan.phases[1].validation->prompts = {{"forest", "a forest"}};
    QVERIFY(plan.has_samples());
    plan.phases[1].validation->prompts.clear();
    plan.phases[1].validation->samples = 8;
    QVERIFY(plan.has_samples());
  }

  void unknownKeysAreNamedWithTheNearestRightOne() {
    Json json = example_json();
    json["phases"][0]["peek_lr"] = 1e-4;
    json["batch"]["per_devise"] = 8;
    QVERIFY(reports(json, "/phases/0/peek_lr", "did you mean peak_lr?"));
    QVERIFY(reports(json, "/batch/per_devise", "did you mean per_device?"));
  }

  void wrongTypesAndRangesArePointedAt() {
    Json json = example_json();
    json["phases"][0]["cfg_dropout"] = "high";
    json["phases"][0]["epochs"] = 0;
    json["optimizer"]["betas"] = Json::array({0.9, 1.5});
    json["precision"] = "fp61";
    json["ema"] = 3;
    json["phases"][0]["sources"][0]["limit"] = 0;
    QVERIFY(reports(json, "/phases/0/cfg_dropout", "expected a number from 0 to 1, got \"high\""));
    QVERIFY(reports(json, "/phases/0/epochs", "expected a whole number"));
    QVERIFY(reports(json, "/optimizer/betas/1", "expected a number"));
    QVERIFY(reports(json, "/precision", "expected one of bf16, fp32"));
    QVERIFY(reports(json, "/ema", "expected an object"));
    QVERIFY(reports(json, "/phases/0/sources/0/limit", "expected a whole number"));
    QVERIFY(problems_of(json).size() == 6);
  }

  void senseIsCheckedToo() {
    Json json = example_json();
    Json second = json["phases"][0];
    second["sources"] = Json::array({Json{{"dataset", "a"}, {"share", 0.5}}, Json{{"dataset", "b"}, {"share", 0.4}}});
    json["phases"].push_back(second);
    json["checkpoint"]["every_steps"] = 0;
    json["checkpoint"]["every_epochs"] = 0;
    json["model"].erase("vae");
    QVERIFY(reports(json, "/phases/1/name", "earlier phase"));
    QVERIFY(reports(json, "/phases/1/sources", "sum to 0.9"));
    QVERIFY(reports(json, "/checkpoint", "nothing would be saved"));
    QVERIFY(reports(json, "/model/vae", "is missing"));
    json["phases"] = Json::array();
    QVERIFY(reports(json, "/phases", "at least one phase"));
  }

  void thePlanVersionAndBothKindsOfStartAreChecked() {
    Json json = example_json();
    json["darkroom_plan"] = 2;
    json["model"]["init"] = Json{{"seed", 1}, {"from", "x"}};
    QVERIFY(reports(json, "/darkroom_plan", "version 1, not 2"));
    QVERIFY(reports(json, "/model/init/seed", "one of the two"));
    json["checkpoint"]["every_steps"] = -1;
    QVERIFY(reports(json, "/checkpoint/every_steps", "from 0 to"));
    json["model"]["init"] = Json{{"seed", 1}, {"state", "all"}};
    QVERIFY(reports(json, "/model/init/state", "without \"from\""));
    json["model"]["init"] = Json{{"from", "x"}, {"state", "weight"}};
    QVERIFY(reports(json, "/model/init/state", "weights"));
    json["model"]["init"] = Json{{"from", "x"}, {"stat", "all"}};
    QVERIFY(reports(json, "/model/init/stat", "state"));
    json.erase("darkroom_plan");
    QVERIFY(reports(json, "/darkroom_plan", "is missing"));
    QVERIFY(!problems_of(Json::array()).empty());
    QVERIFY(!problems_of(parse_json(R"({"darkroom_plan": 1, "phases": [3]})", "x")).empty());
  }

  void relativePathsStartAtThePlansFolder() {
    QTemporaryDir temporary;
    const fs::path folder(temporary.path().toStdString());
    Json json = example_json();
    json["model"]["vae"] = "pocket";
    json["model"]["text_encoder"] = "/absolute/encoder";
    json["phases"][0]["sources"][0]["dataset"] = "data/../sets/a";
    write_file_atomically(folder / "plan.json", json.dump());
    const TrainingPlan plan = read_plan(folder / "plan.json");
    QCOMPARE(plan.model.vae, std::string("pocket"));
    QCOMPARE(plan.model.text_encoder, std::string("/absolute/encoder"));
    QCOMPARE(plan.phases[0].sources[0].dataset, (folder / "sets/a").string());

    std::vector<Problem> problems;
    check_plan_paths(plan, folder, problems);
    QCOMPARE(problems.size(), size_t{2});
    QCOMPARE(problems[1].pointer, std::string("/phases/0/sources/0/dataset"));
    fs::create_directories(folder / "sets/a");
    problems.clear();
    check_plan_paths(plan, folder, problems);
    QVERIFY(problems[1].message.find("no dataset.json") != std::string::npos);
  }

  void aBadFileIsOneErrorWithAllProblems() {
    QTemporaryDir temporary;
    const fs::path file = fs::path(temporary.path().toStdString()) / "plan.json";
    Json json = example_json();
    json["seed"] = -1;
    json["speed"] = 2;
    write_file_atomically(file, json.dump());
    try {
      read_plan(file);
      QFAIL("read");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::bad_input);
      const std::string text = error.what();
      QVERIFY(text.find("2 problems") != std::string::npos);
      QVERIFY(text.find("\n  /seed: ") != std::string::npos && text.find("\n  /speed: ") != std::string::npos);
    }
  }

  void equalPlansHaveEqualHashes() {
    std::vector<Problem> problems;
    Json json = example_json();
    const std::string hash = plan_hash(parse_plan(json, problems));
    json.erase("clip_norm");  // the default
    QCOMPARE(plan_hash(parse_plan(json, problems)), hash);
    json["seed"] = 43;
    QVERIFY(plan_hash(parse_plan(json, problems)) != hash);
    QCOMPARE(hash.size(), size_t{16});
  }
};

DARKROOM_TEST(TrainingPlanTest);
#include "training_plan_test.moc"
