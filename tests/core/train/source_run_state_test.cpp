// SPDX-License-Identifier: Apache-2.0
// golden/ was made by torch 2.11: tests/parity/make_branch_goldens.py.
#include "core/train/source_run_state.h"

#include <QTemporaryDir>

#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/torch_archive_writer.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

namespace {

/// The golden's parameters in another order than the file has them.
ParameterLayout golden_layout() {
  ParameterLayout layout;
  layout.add("t_emb.0.weight", {6, 5}, ParameterInit::zeros);
  layout.add("t_emb.0.bias", {6}, ParameterInit::zeros);
  layout.add("t_emb.2.weight", {6, 6}, ParameterInit::zeros);
  layout.add("t_emb.2.bias", {6}, ParameterInit::zeros);
  layout.add("conv_in.weight", {6, 4, 3, 3}, ParameterInit::zeros);
  layout.add("conv_in.bias", {6}, ParameterInit::zeros);
  layout.add("conv_out.weight", {4, 6, 3, 3}, ParameterInit::zeros);
  layout.add("conv_out.bias", {4}, ParameterInit::zeros);
  return layout;
}

fs::path golden_file(const char* name) { return fs::path(DARKROOM_TEST_DATA) / "golden" / name; }

/// An arena with its optimiser, loaded from the golden.
struct Continued {
  explicit Continued(ConvolutionMemory memory, OptimizerPlan plan = {})
      : arena(golden_layout(), {.convolution_memory = memory, .moments = moments_of(plan)}), optimizer(make_optimizer(plan, 0, arena)) {}
  ParameterArena arena;
  std::unique_ptr<Optimizer> optimizer;
};

bool near(const torch::Tensor& actual, const torch::Tensor& expected, double tolerance) {
  return torch::allclose(actual.contiguous(), expected, tolerance, 1e-9);
}

std::string refusal(const fs::path& path, const OptimizerPlan& plan = {}) {
  Continued run(ConvolutionMemory::contiguous, plan);
  try {
    load_source_run_checkpoint(run.arena, *run.optimizer, path);
  } catch (const Error& error) {
    return error.code() == ErrorCode::bad_input ? error.what() : "another code";
  }
  return {};
}

/// A checkpoint of one parameter, conv_in.bias, with the parts that are wanted.
fs::path one_parameter(const fs::path& folder, int64_t groups, std::vector<int64_t> moment_shape, bool with_ema) {
  ArchiveTree tree;
  std::vector<torch::Tensor> made;
  const auto tensor = [&](const std::vector<int64_t>& shape) {
    made.push_back(torch::ones(shape));
    return tree.tensor(torch::kFloat32, shape);
  };
  const ArchiveTree::Id root = tree.dict();
  tree.set_root(root);
  const ArchiveTree::Id weights = tree.dict();
  tree.set_item(weights, "conv_in.bias", tensor({6}));
  tree.set_item(root, "unet_state_dict", weights);
  const ArchiveTree::Id optimizer = tree.dict();
  const ArchiveTree::Id state = tree.dict();
  const ArchiveTree::Id first = tree.dict();
  tree.set_item(first, "step", tree.integer(7));
  tree.set_item(first, "exp_avg", tensor(moment_shape));
  tree.set_item(first, "exp_avg_sq", tensor(moment_shape));
  tree.set_item(state, tree.integer(0), first);
  tree.set_item(optimizer, "state", state);
  const ArchiveTree::Id list = tree.list();
  for (int64_t i = 0; i < groups; ++i) {
    const ArchiveTree::Id group = tree.dict();
    const ArchiveTree::Id parameters = tree.list();
    tree.append(parameters, tree.integer(i));
    tree.set_item(group, "params", parameters);
    tree.append(list, group);
  }
  tree.set_item(optimizer, "param_groups", list);
  tree.set_item(root, "optimizer_state_dict", optimizer);
  if (with_ema) {
    const ArchiveTree::Id ema = tree.dict();
    const ArchiveTree::Id shadow = tree.dict();
    tree.set_item(shadow, "conv_in.bias", tensor({6}));
    tree.set_item(ema, "shadow", shadow);
    tree.set_item(root, "ema_state_dict", ema);
  }
  const fs::path path = folder / "sd_latest.pt";
  write_torch_archive(path, tree, [&](size_t i) { return made.at(i); });
  return path;
}

}  // namespace

class SourceRunStateTest : public QObject {
  Q_OBJECT

 private slots:
  void theNextStepIsTorchs_data() {
    QTest::addColumn<bool>("channels_last");
    QTest::newRow("contiguous") << false;
    QTest::newRow("channels_last") << true;
  }
  void theNextStepIsTorchs() {
    QFETCH(bool, channels_last);
    Continued run(channels_last ? ConvolutionMemory::channels_last : ConvolutionMemory::contiguous);
    QVERIFY(is_source_run_checkpoint(golden_file("sd_latest.pt")));
    const int64_t updates = load_source_run_checkpoint(run.arena, *run.optimizer, golden_file("sd_latest.pt"));
    QCOMPARE(updates, int64_t{3});
    const SafetensorsFile expected(golden_file("next_step.safetensors"));
    for (int i = 0; i < run.arena.layout().size(); ++i) {
      const std::string& name = run.arena.layout().slot(i).name;
      QVERIFY(run.arena.view(ArenaBuffer::master, i).equal(expected.tensor("before." + name)));
      QVERIFY(run.arena.view(ArenaBuffer::ema, i).equal(expected.tensor("ema." + name)));
      run.arena.view(ArenaBuffer::gradient, i).copy_(expected.tensor("gradient." + name));
    }
    run.optimizer->step({.lr = 1e-3, .update = updates + 1, .ema_decays = {0.5}}, torch::ones({}, torch::kFloat64));
    for (int i = 0; i < run.arena.layout().size(); ++i) {
      const std::string& name = run.arena.layout().slot(i).name;
      QVERIFY2(near(run.arena.view(ArenaBuffer::exp_avg, i), expected.tensor("exp_avg." + name), 1e-5), name.c_str());
      QVERIFY2(near(run.arena.view(ArenaBuffer::exp_avg_sq, i), expected.tensor("exp_avg_sq." + name), 1e-5), name.c_str());
      QVERIFY2(near(run.arena.view(ArenaBuffer::master, i), expected.tensor("after." + name), 1e-6), name.c_str());
    }
  }

  void whatIsIncompleteIsRefusedAndSaysWhatToDo() {
    const QTemporaryDir folder;
    const fs::path at = folder.path().toStdString();
    QVERIFY(refusal(golden_file("sd_latest.pt")).empty());
    QVERIFY(refusal(golden_file("sd_latest.pt"), {.name = "adamw8bit"}).find("/optimizer/name") != std::string::npos);
    const std::string no_ema = refusal(one_parameter(at, 1, {6}, false));
    QVERIFY2(no_ema.find("ema_state_dict") != std::string::npos && no_ema.find("\"weights\"") != std::string::npos, no_ema.c_str());
    const std::string groups = refusal(one_parameter(at, 2, {6}, true));
    QVERIFY2(groups.find("param_groups") != std::string::npos, groups.c_str());
    const std::string shape = refusal(one_parameter(at, 1, {4}, true));
    QVERIFY2(shape.find("state.0.exp_avg is [4]") != std::string::npos, shape.c_str());
  }

  void aFileWithoutAnOptimiserIsAModelAlone() { QVERIFY(!is_source_run_checkpoint(golden_file("next_step.safetensors"))); }
};

DARKROOM_TEST(SourceRunStateTest);
#include "source_run_state_test.moc"
