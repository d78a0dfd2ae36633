// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QTimer>
#include <limits>
#include <memory>
#include <optional>

#include "app/runs/alarm_news.h"
#include "app/runs/run_alarms.h"
#include "app/runs/run_curves.h"
#include "app/runs/run_devices.h"
#include "app/runs/run_items.h"
#include "app/runs/run_journal_text.h"
#include "app/runs/run_pick.h"
#include "app/runs/run_place.h"
#include "app/runs/run_plots.h"
#include "app/runs/sample_grid_model.h"
#include "app/series/plot_marks.h"
#include "app/series/series_store.h"
#include "app/viewmodels/shell_items.h"
#include "core/run/run_control.h"

namespace darkroom::app {

class RunFollower;
class RunOverlays;
struct RunBatch;
struct RunHead;

/// One run: where it stands (RunPlace), its curves (RunCurves), samples and journal. Reads only the run directory, so it works while the
/// run trains, after the window was closed and opened again, and for a run of another program.
class RunViewModel : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Runs page")

  /// False while no run is chosen; then the other values mean nothing.
  Q_PROPERTY(bool open READ open NOTIFY runChanged)
  /// True until the metrics that were there at the start are read.
  Q_PROPERTY(bool loading READ loading NOTIFY headChanged)
  /// Why the run cannot be read, or empty.
  Q_PROPERTY(QString errorText READ errorText NOTIFY headChanged)
  Q_PROPERTY(QString path READ path NOTIFY runChanged)
  Q_PROPERTY(QString name READ name NOTIFY headChanged)
  Q_PROPERTY(int seriesIndex READ seriesIndex NOTIFY headChanged)
  /// "branch of two-cards at step 4,000", or the plan's name.
  Q_PROPERTY(QString origin READ origin NOTIFY headChanged)
  Q_PROPERTY(darkroom::app::RunState::Kind state READ state NOTIFY headChanged)
  Q_PROPERTY(QString stateText READ stateText NOTIFY headChanged)
  /// Of a failed run: what happened, a sentence with rank and reason; and the last log lines.
  Q_PROPERTY(QString failureText READ failureText NOTIFY headChanged)
  Q_PROPERTY(QString failureDetail READ failureDetail NOTIFY headChanged)
  /// It can be asked to stop, to pause, to save; or to go on.
  Q_PROPERTY(bool canStop READ canStop NOTIFY headChanged)
  Q_PROPERTY(bool canPause READ canPause NOTIFY headChanged)
  Q_PROPERTY(bool canSave READ canSave NOTIFY headChanged)
  Q_PROPERTY(bool canResume READ canResume NOTIFY headChanged)
  /// It can be asked for samples; where not, why: a sentence.
  Q_PROPERTY(bool canSample READ canSample NOTIFY headChanged)
  Q_PROPERTY(QString sampleHelp READ sampleHelp NOTIFY headChanged)
  /// There is a checkpoint to branch from.
  Q_PROPERTY(bool canBranch READ canBranch NOTIFY headChanged)

  // Where it stands. Brought up to date 10 times a second at most.
  Q_PROPERTY(double step READ step NOTIFY progressChanged)
  Q_PROPERTY(double stepCount READ stepCount NOTIFY progressChanged)  ///< 0 until the run has said it
  Q_PROPERTY(double epoch READ epoch NOTIFY progressChanged)
  Q_PROPERTY(double progress READ progress NOTIFY progressChanged)  ///< 0 to 1
  Q_PROPERTY(int phaseCount READ phaseCount NOTIFY progressChanged)
  /// "phase 3 of 7, epoch 21, step 170,762 of 279,219".
  Q_PROPERTY(QString placeText READ placeText NOTIFY progressChanged)
  Q_PROPERTY(darkroom::app::PhaseModel* phases READ phases CONSTANT)
  /// Seconds; NaN while not known.
  Q_PROPERTY(double phaseSecondsLeft READ phaseSecondsLeft NOTIFY progressChanged)
  Q_PROPERTY(double secondsLeft READ secondsLeft NOTIFY progressChanged)
  Q_PROPERTY(double loss READ loss NOTIFY progressChanged)  ///< smoothed
  Q_PROPERTY(double learningRate READ learningRate NOTIFY progressChanged)
  Q_PROPERTY(double gradientNorm READ gradientNorm NOTIFY progressChanged)
  Q_PROPERTY(double imagesPerSecond READ imagesPerSecond NOTIFY progressChanged)        ///< mean of the last rows
  Q_PROPERTY(double dataWaitMs READ dataWaitMs NOTIFY progressChanged)                  ///< mean of the last rows, ms a step
  Q_PROPERTY(double lastSaveSecondsAgo READ lastSaveSecondsAgo NOTIFY progressChanged)  ///< NaN: not saved yet

  // Curves, for SeriesPlot.
  Q_PROPERTY(darkroom::app::SeriesStore* lossSeries READ lossSeries NOTIFY runChanged)            ///< weighted (Min-SNR)
  Q_PROPERTY(darkroom::app::SeriesStore* plainLossSeries READ plainLossSeries NOTIFY runChanged)  ///< unweighted
  /// All other curves.
  Q_PROPERTY(darkroom::app::RunPlots* plots READ plots CONSTANT)
  Q_PROPERTY(darkroom::app::NoiseField* noise READ noise CONSTANT)  ///< loss by noise level, bin 0 nearly clean
  /// The newest x of the axis, of this run and of those that are laid over it.
  Q_PROPERTY(double axisEnd READ axisEnd NOTIFY axisEndChanged)
  Q_PROPERTY(darkroom::app::PlotMarks* marks READ marks NOTIFY runChanged)
  Q_PROPERTY(darkroom::app::SeriesAxis::Kind axis READ axis WRITE setAxis NOTIFY axisChanged)
  /// 0 to 0.999, TensorBoard's weight.
  Q_PROPERTY(double smoothing READ smoothing WRITE setSmoothing NOTIFY smoothingChanged)

  Q_PROPERTY(darkroom::app::SampleGridModel* samples READ samples CONSTANT)
  /// A point that was asked for with pick().
  Q_PROPERTY(darkroom::app::RunPick* pick READ pick CONSTANT)
  /// All entries; and what tells of trouble, with what was done about it.
  Q_PROPERTY(darkroom::app::JournalModel* journal READ journal CONSTANT)
  Q_PROPERTY(darkroom::app::JournalModel* alarms READ alarms CONSTANT)
  Q_PROPERTY(int recentAlarms READ recentAlarms NOTIFY progressChanged)  ///< in the last hour
  /// What the plan says, shortly.
  Q_PROPERTY(darkroom::app::PlanLineModel* plan READ plan CONSTANT)
  /// Devices of the run as it sampled them (devices.jsonl).
  Q_PROPERTY(darkroom::app::DeviceModel* devices READ devices CONSTANT)

 public:
  explicit RunViewModel(QObject* parent = nullptr);
  ~RunViewModel() override;

  bool open() const { return !m_path.isEmpty(); }
  bool loading() const { return m_loading; }
  QString errorText() const { return m_errorText; }
  QString path() const { return m_path; }
  QString name() const { return m_name; }
  int seriesIndex() const { return m_seriesIndex; }
  QString origin() const { return m_origin; }
  RunState::Kind state() const { return m_state; }
  QString stateText() const;
  QString failureText() const { return m_failureText; }
  QString failureDetail() const { return m_failureDetail; }
  bool canStop() const { return m_state == RunState::Training || m_state == RunState::Preparing || m_state == RunState::Paused; }
  bool canPause() const { return m_state == RunState::Training || m_state == RunState::Preparing; }
  bool canSave() const { return m_state == RunState::Training; }
  bool canResume() const { return m_state == RunState::Stopped || m_state == RunState::Failed || m_state == RunState::Paused; }
  bool canSample() const { return m_state == RunState::Training && m_trainingPlan && m_trainingPlan->has_samples(); }
  QString sampleHelp() const;
  bool canBranch() const { return !m_saves.isEmpty() && m_trainingPlan.has_value(); }
  double step() const { return m_place.step; }
  double stepCount() const { return m_place.stepCount; }
  double epoch() const { return m_place.epoch; }
  double progress() const { return m_place.progress(); }
  int phaseCount() const { return static_cast<int>(m_place.phases.size()); }
  QString placeText() const { return m_place.text(); }
  PhaseModel* phases() const { return m_phases; }
  double phaseSecondsLeft() const { return runs() ? m_place.phaseSecondsLeft() : std::numeric_limits<double>::quiet_NaN(); }
  double secondsLeft() const { return runs() ? m_place.secondsLeft() : std::numeric_limits<double>::quiet_NaN(); }
  double loss() const { return lossSeries()->lastSmoothed(); }
  double learningRate() const { return m_curves.series(RunCurves::LearningRate)->last(); }
  double gradientNorm() const { return m_curves.series(RunCurves::GradientNorm)->lastSmoothed(); }
  double imagesPerSecond() const { return m_curves.recentMean(RunCurves::Speed); }
  double dataWaitMs() const { return m_curves.recentMean(RunCurves::DataWait); }
  double lastSaveSecondsAgo() const;
  /// -1: not saved yet.
  double lastSaveStep() const { return m_saves.isEmpty() ? -1 : m_saves.last(); }
  SeriesStore* lossSeries() const { return m_curves.series(RunCurves::Loss); }
  SeriesStore* plainLossSeries() const { return m_curves.series(RunCurves::PlainLoss); }
  RunPlots* plots() const { return m_plots; }
  NoiseField* noise() const { return m_curves.noise(); }
  double axisEnd() const;
  PlotMarks* marks() const { return m_marks; }
  SeriesAxis::Kind axis() const { return m_axis; }
  void setAxis(SeriesAxis::Kind axis);
  double smoothing() const { return m_smoothing; }
  void setSmoothing(double weight);
  SampleGridModel* samples() const { return m_samples; }
  JournalModel* journal() const { return m_journal; }
  JournalModel* alarms() const { return m_alarms; }
  int recentAlarms() const;
  /// Its workers are there.
  bool trains() const { return m_trouble.live(); }
  /// The newest alarm of the last hour, as warningText().
  QString warning() const { return warningText(m_alarms->rows()); }
  /// For whoever else watches runs: an alarm is told once.
  AlarmNews& news() { return m_news; }
  RunPick* pick() const { return m_pick; }
  PlanLineModel* plan() const { return m_plan; }
  DeviceModel* devices() const { return m_devices; }

  /// Values at the row nearest to x (in units of `axis`).
  Q_INVOKABLE darkroom::app::RunPoint pointAt(double x) const;
  /// Shows the row nearest to x in `pick`.
  Q_INVOKABLE void pickAt(double x);
  Q_INVOKABLE void pickStep(double step) { pickAt(m_curves.xOfStep(m_axis, step)); }
  /// Asks the run to end after the step that it does now, saved.
  Q_INVOKABLE void stop();
  /// Asks it to free its devices after the step that it does now, saved.
  Q_INVOKABLE void pause();
  /// A paused run goes on; another one starts again from its last checkpoint.
  Q_INVOKABLE void resume();
  Q_INVOKABLE void save();
  /// Asks for the plan's sample pictures and a validation now.
  Q_INVOKABLE void sample();
  /// Asks for a plan that goes on from the checkpoint nearest to a step; negative: from the newest.
  Q_INVOKABLE void branch(double step);

  /// Follows another run directory; an empty path closes the run.
  void openRun(const QString& path, int seriesIndex);
  /// Runs that are laid over this one; must outlive this.
  void setOverlays(RunOverlays* overlays);

 signals:
  void runChanged();
  void headChanged();
  void progressChanged();
  void axisChanged();
  void axisEndChanged();
  void smoothingChanged();
  void resumeRequested(const QString& path);
  void branchRequested(const darkroom::TrainingPlan& plan);
  /// Trouble that was not there when the run was opened, or happened within the last minute.
  void alarmRaised(const darkroom::app::JournalItem& alarm);
  void warningChanged();
  /// Something could not be asked for: a sentence.
  void failed(const QString& text);

 private:
  void takeBatch();
  void takeRows(const std::vector<StepReport>& rows, bool restarted);
  void takeHead(const RunHead& head);
  void takeState(const RunHead& head);
  void takeDevices(const RunBatch& batch);
  void showAlarms();
  void showSamples();
  void showPlace();
  void ask(RunRequestKind kind);
  /// What takes until the run has answered.
  void askFor(RunRequestKind kind, RunState::Kind meanwhile);
  void reset();
  /// Step of the checkpoint; -1: there is none.
  double saveNearest(double step) const;
  /// It makes steps now.
  bool runs() const { return m_state == RunState::Training || m_state == RunState::Stopping; }

  std::unique_ptr<RunFollower> m_follower;
  QTimer m_pull;
  QString m_path;
  bool m_loading = false;
  QString m_errorText;
  QString m_name;
  int m_seriesIndex = 0;
  QString m_origin;
  RunState::Kind m_state = RunState::Stopped;
  QString m_failureText;
  QString m_failureDetail;
  RunPlace m_place;
  RunCurves m_curves;
  RunDevices m_deviceCurves;
  RunAlarms m_trouble;
  QList<double> m_saves;  ///< steps of the checkpoints, ascending
  bool m_headTaken = false;
  std::optional<RunRequestKind> m_asked;  ///< by us, stop or pause, not answered yet
  bool m_caughtUp = false;
  bool m_alarmsKnown = false;                  ///< those from before it was opened
  std::optional<TrainingPlan> m_trainingPlan;  ///< once it is known
  std::vector<DeviceLine> m_newestDevices;
  std::vector<RunDirectory::StepSamples> m_sampleFiles;
  JournalDigest m_digest;
  AlarmNews m_news;
  double m_alarmsShown_s = 0;  ///< by a clock that does not jump
  SeriesAxis::Kind m_axis = SeriesAxis::Step;
  double m_smoothing = 0.95;
  RunOverlays* m_overlays = nullptr;
  PlotMarks* m_marks;
  RunPlots* m_plots;
  RunPick* m_pick;
  PhaseModel* m_phases;
  SampleGridModel* m_samples;
  JournalModel* m_journal;
  JournalModel* m_alarms;
  PlanLineModel* m_plan;
  DeviceModel* m_devices;
};

}  // namespace darkroom::app
