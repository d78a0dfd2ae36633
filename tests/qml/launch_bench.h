// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QStringList>
#include <QTemporaryDir>
#include <memory>

#include "app/engine_host/engine_supervisor.h"
#include "app/engine_host/training_client.h"
#include "app/plans/plans_view_model.h"

namespace darkroom::app::fixture {

/// A Plans page with a plan that can be launched. Its engine forecasts at once; `train` is written down and left to the fake engine, but
/// for runs with "refused" in their name: there it ends with a sentence. `launchBench` in tst_launch.qml.
class LaunchBench : public QObject {
  Q_OBJECT
  Q_PROPERTY(darkroom::app::PlansViewModel* plans READ plans CONSTANT)

 public:
  LaunchBench();
  ~LaunchBench() override;

  PlansViewModel* plans() const { return m_plans.get(); }

  /// Arguments of each call of `train` since the last forget(), a line each.
  Q_INVOKABLE QStringList launches() const;
  Q_INVOKABLE void forget();
  /// A run of this name is there.
  Q_INVOKABLE void makeRun(const QString& name);

 private:
  QTemporaryDir m_folder;
  std::unique_ptr<EngineSupervisor> m_engine;  ///< never started
  std::unique_ptr<TrainingClient> m_training;
  std::unique_ptr<PlansViewModel> m_plans;
};

}  // namespace darkroom::app::fixture
