// SPDX-License-Identifier: Apache-2.0
// Ranks that somebody else starts: torchrun, SLURM's variables, and two network namespaces as two machines.
#include <signal.h>
#include <unistd.h>

#include "tests/process/engine_traces.h"
#include "tests/process/small_training.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

QString torchrun() { return QStringLiteral(DARKROOM_SOURCE_DIR "/.venv-parity/bin/torchrun"); }

int run_program(const QString& program, const QStringList& arguments) {
  QProcess process;
  process.start(program, arguments);
  return process.waitForFinished(30000) ? process.exitCode() : -1;
}

/// Two machines: namespaces joined by a virtual cable. Removed in the end.
class TwoMachines {
 public:
  TwoMachines() {
    made_ = ip({"netns", "add", name(0)}) && ip({"netns", "add", name(1)}) &&
            ip({"link", "add", cable(0), "netns", name(0), "type", "veth", "peer", "name", cable(1), "netns", name(1)});
    for (int machine = 0; machine < 2 && made_; ++machine) {
      made_ = in(machine, {"addr", "add", address(machine) + "/24", "dev", cable(machine)}) &&
              in(machine, {"link", "set", cable(machine), "up"}) && in(machine, {"link", "set", "lo", "up"});
    }
  }
  ~TwoMachines() {
    ip({"netns", "del", name(0)});
    ip({"netns", "del", name(1)});
  }
  TwoMachines(const TwoMachines&) = delete;
  TwoMachines& operator=(const TwoMachines&) = delete;

  bool made() const { return made_; }
  static QString address(int machine) { return QString("10.77.4.%1").arg(machine + 1); }
  std::unique_ptr<QProcess> start(int machine, const QString& program, const QStringList& arguments) const {
    auto process = std::make_unique<QProcess>();
    process->start("ip", QStringList{"netns", "exec", name(machine), program} + arguments);
    return process;
  }

 private:
  static QString name(int machine) { return QString("dr%1_%2").arg(machine).arg(getpid()); }
  static QString cable(int machine) { return QString("dv%1_%2").arg(machine).arg(getpid()); }
  static bool ip(const QStringList& arguments) { return run_program("ip", arguments) == 0; }
  static bool in(int machine, const QStringList& arguments) { return ip(QStringList{"-n", name(machine)} + arguments); }

  bool made_ = false;
};

}  // namespace

class TrainingClusterTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    const QByteArray wrong = training_.make();
    QVERIFY2(wrong.isEmpty(), wrong.constData());
  }

  void ranksOfTorchrunMakeTheSameRun() {
    if (!QFile::exists(torchrun())) {
      QSKIP("no torchrun: ./dev parity installs it");
    }
    const QString run = training_.path("torchrun");
    QProcess process;
    process.start(torchrun(), QStringList{"--nproc-per-node", "2", "--master-port", "29617", "--no-python", "--", engine_program()} +
                                  cluster_arguments(run));
    QVERIFY(process.waitForFinished(120000));
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
    QCOMPARE(SmallTraining::hash_of(run), training_.whole_hash(2));
    QCOMPARE(run_engine({"run", "status", run, "--json"}).last()["state"].get<std::string>(), "done");
    const auto verified = run_engine({"run", "verify", run, "--json"});
    QVERIFY2(verified.exit_code == 0, (verified.output + verified.errors).constData());
  }

  void torchrunStartsTheGroupAgainAndItGoesOnExactly() {
    if (!QFile::exists(torchrun())) {
      QSKIP("no torchrun: ./dev parity installs it");
    }
    const QString run = training_.path("torchrun_again");
    QProcess process;
    process.start(torchrun(), QStringList{"--nproc-per-node", "2", "--master-port", "29618", "--max-restarts", "2", "--monitor-interval",
                                          "0.1", "--no-python", "--", engine_program()} +
                                  cluster_arguments(run));
    QVERIFY(SmallTraining::wait_for_step(run, 4));
    const std::vector<pid_t> ranks = children_of(process.processId());
    QVERIFY(!ranks.empty());
    kill(ranks.back(), SIGKILL);
    QVERIFY(process.waitForFinished(120000));
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
    QCOMPARE(SmallTraining::entries(run, JournalEvent::launched).size(), size_t{2});
    QCOMPARE(SmallTraining::hash_of(run), training_.whole_hash(2));
  }

  void tasksOfSlurmAreRanks() {
    const QString run = training_.path("slurm");
    std::vector<std::unique_ptr<QProcess>> tasks;
    for (int task = 0; task < 2; ++task) {
      auto& process = tasks.emplace_back(std::make_unique<QProcess>());
      QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
      for (const auto& [name, value] : {std::pair{"SLURM_PROCID", QString::number(task)},
                                        {"SLURM_LOCALID", QString::number(task)},
                                        {"SLURM_NTASKS", QString("2")},
                                        {"SLURM_NTASKS_PER_NODE", QString("2")},
                                        {"MASTER_ADDR", QString("127.0.0.1")},
                                        {"MASTER_PORT", QString("29619")}}) {
        environment.insert(name, value);
      }
      process->setProcessEnvironment(environment);
      process->start(engine_program(), cluster_arguments(run));
    }
    for (const auto& task : tasks) {
      QVERIFY(task->waitForFinished(120000));
      QVERIFY2(task->exitCode() == 0, task->readAllStandardError().constData());
    }
    QCOMPARE(SmallTraining::hash_of(run), training_.whole_hash(2));
  }

  void twoMachinesOfTwoRanksMakeTheRunOfOneOfFour() {
    if (geteuid() != 0 || !QFile::exists(torchrun())) {
      QSKIP("needs the right to make network namespaces, and torchrun");
    }
    const TwoMachines machines;
    if (!machines.made()) {
      QSKIP("network namespaces cannot be made here");
    }
    const QString run = training_.path("two_machines");
    std::vector<std::unique_ptr<QProcess>> nodes;
    for (int machine = 0; machine < 2; ++machine) {
      nodes.push_back(machines.start(machine, torchrun(),
                                     QStringList{"--nnodes",
                                                 "2",
                                                 "--nproc-per-node",
                                                 "2",
                                                 "--node-rank",
                                                 QString::number(machine),
                                                 "--master-addr",
                                                 TwoMachines::address(0),
                                                 "--master-port",
                                                 "29620",
                                                 "--no-python",
                                                 "--",
                                                 engine_program(),
                                                 "train",
                                                 "--plan",
                                                 training_.path(SmallTraining::plan_name(4)),
                                                 "--run",
                                                 run,
                                                 "--devices",
                                                 "cpu"}));
    }
    for (const auto& node : nodes) {
      QVERIFY(node->waitForFinished(180000));
      QVERIFY2(node->exitCode() == 0, node->readAllStandardError().constData());
    }
    QCOMPARE(SmallTraining::hash_of(run), training_.whole_hash(4));
  }

 private:
  /// What each rank of two is started with.
  QStringList cluster_arguments(const QString& run) const {
    return {"train", "--plan", training_.path(SmallTraining::plan_name(2)), "--run", run, "--devices", "cpu"};
  }

  SmallTraining training_;
};

DARKROOM_TEST(TrainingClusterTest);
#include "training_cluster_test.moc"
