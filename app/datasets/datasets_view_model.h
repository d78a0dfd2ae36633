// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QRect>
#include <QTimer>
#include <QUrl>
#include <array>

#include "app/datasets/curation_worker.h"
#include "app/datasets/dataset_audit.h"
#include "app/datasets/dataset_items.h"
#include "app/datasets/dataset_mixtures.h"
#include "app/datasets/dataset_pipeline.h"
#include "app/datasets/dataset_report.h"
#include "app/datasets/duplicate_groups.h"
#include "app/datasets/row_detail.h"
#include "app/datasets/rules_document.h"
#include "app/datasets/source_cards.h"
#include "app/datasets/wall_model.h"

namespace darkroom::app {

/// The Datasets page: sources of the workspace, the rules of the chosen one, the wall of its pictures, its pipeline.
///
/// Every edit of the rules can be undone, and is written to rules.json a moment later: nothing is ever unsaved when the studio ends.
class DatasetsViewModel : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the program")
  Q_PROPERTY(State state READ state NOTIFY sourceChanged)
  Q_PROPERTY(darkroom::app::SourceModel* sources READ sources CONSTANT)
  /// Key of the chosen source; empty: none.
  Q_PROPERTY(QString current READ current NOTIFY sourceChanged)
  Q_PROPERTY(QString title READ title NOTIFY sourceChanged)
  /// While it is loaded: "list pictures", 0 to 1 (negative: not known). Why it could not be.
  Q_PROPERTY(QString loadingText READ loadingText NOTIFY loadingChanged)
  Q_PROPERTY(double loadingProgress READ loadingProgress NOTIFY loadingChanged)
  Q_PROPERTY(QString problem READ problem NOTIFY sourceChanged)
  /// What is known of the chosen source, in short lines.
  Q_PROPERTY(darkroom::app::FactModel* facts READ facts CONSTANT)

  Q_PROPERTY(darkroom::app::FilterModel* filters READ filters CONSTANT)
  Q_PROPERTY(darkroom::app::NewRuleModel* newRules READ newRules CONSTANT)
  /// The rule that the wall is about.
  Q_PROPERTY(int focus READ focus WRITE setFocus NOTIFY answerChanged)
  Q_PROPERTY(bool canUndo READ canUndo NOTIFY rulesChanged)
  Q_PROPERTY(bool canRedo READ canRedo NOTIFY rulesChanged)
  Q_PROPERTY(QString rulesFile READ rulesFile NOTIFY sourceChanged)
  Q_PROPERTY(QString keptText READ keptText NOTIFY answerChanged)
  Q_PROPERTY(QString rowsText READ rowsText NOTIFY answerChanged)
  Q_PROPERTY(double keptFraction READ keptFraction NOTIFY answerChanged)
  Q_PROPERTY(QString percentText READ percentText NOTIFY answerChanged)
  Q_PROPERTY(QString droppedText READ droppedText NOTIFY answerChanged)
  Q_PROPERTY(QString onlyText READ onlyText NOTIFY answerChanged)
  /// Why the rules cannot be applied; or empty.
  Q_PROPERTY(QString rulesProblem READ rulesProblem NOTIFY answerChanged)

  /// "kept", "dropped", "only", "edge"
  Q_PROPERTY(QString view READ view WRITE setView NOTIFY answerChanged)
  Q_PROPERTY(darkroom::app::WallModel* wall READ wall CONSTANT)
  /// Rows beside the threshold of the rule in focus: those that pass, and those that do not.
  Q_PROPERTY(darkroom::app::WallModel* passing READ passing CONSTANT)
  Q_PROPERTY(darkroom::app::WallModel* failing READ failing CONSTANT)
  /// "Just above 6.50", "would go next if you raise it: 240 up to 6.54"; "Aesthetic score 6.50"
  Q_PROPERTY(QString passingTitle READ passingTitle NOTIFY answerChanged)
  Q_PROPERTY(QString passingDetail READ passingDetail NOTIFY answerChanged)
  Q_PROPERTY(QString failingTitle READ failingTitle NOTIFY answerChanged)
  Q_PROPERTY(QString failingDetail READ failingDetail NOTIFY answerChanged)
  Q_PROPERTY(QString edgeText READ edgeText NOTIFY answerChanged)
  Q_PROPERTY(QString edgeHint READ edgeHint NOTIFY answerChanged)
  Q_PROPERTY(darkroom::app::RowDetail* detail READ detail CONSTANT)
  Q_PROPERTY(darkroom::app::DatasetPipeline* pipeline READ pipeline CONSTANT)
  Q_PROPERTY(darkroom::app::DatasetReport* report READ report CONSTANT)
  Q_PROPERTY(darkroom::app::DuplicateGroups* duplicates READ duplicates CONSTANT)
  Q_PROPERTY(darkroom::app::DatasetAudit* audit READ audit CONSTANT)
  Q_PROPERTY(darkroom::app::DatasetMixtures* mixtures READ mixtures CONSTANT)

 public:
  enum State { Empty, Loading, Ready, Failed };
  Q_ENUM(State)

  DatasetsViewModel(const EngineCommand& command, const QString& workspacePath, QObject* parent = nullptr);
  ~DatasetsViewModel() override;

  State state() const { return m_state; }
  SourceModel* sources() const { return m_cards->model(); }
  QString current() const { return m_source.name; }
  QString title() const { return m_source.title; }
  QString loadingText() const { return m_loadingText; }
  double loadingProgress() const { return m_loadingProgress; }
  QString problem() const { return m_problem; }
  FactModel* facts() const { return m_facts; }
  FilterModel* filters() const { return m_filters; }
  NewRuleModel* newRules() const { return m_newRules; }
  int focus() const { return m_focus; }
  void setFocus(int rule);
  bool canUndo() const { return m_document.canUndo(); }
  bool canRedo() const { return m_document.canRedo(); }
  QString rulesFile() const { return QString::fromStdString(m_document.file().string()); }
  QString keptText() const;
  QString rowsText() const;
  double keptFraction() const;
  QString percentText() const;
  QString droppedText() const;
  QString onlyText() const;
  QString rulesProblem() const;
  QString view() const;
  void setView(const QString& view);
  WallModel* wall() const { return m_wall; }
  WallModel* passing() const { return m_passing; }
  WallModel* failing() const { return m_failing; }
  QString passingTitle() const { return edgeTitle(true); }
  QString passingDetail() const { return edgeDetail(true); }
  QString failingTitle() const { return edgeTitle(false); }
  QString failingDetail() const { return edgeDetail(false); }
  QString edgeText() const;
  QString edgeHint() const;
  RowDetail* detail() const { return m_detail; }
  DatasetPipeline* pipeline() const { return m_pipeline; }
  DatasetReport* report() const { return m_report; }
  DuplicateGroups* duplicates() const { return m_duplicates; }
  DatasetAudit* audit() const { return m_audit; }
  DatasetMixtures* mixtures() const { return m_mixtures; }
  const PictureShelf& pictures() const { return m_worker->pictures(); }
  const FilterRules& rules() const { return m_document.rules(); }
  /// Everything that was asked for has been answered.
  bool settled() const;

  /// Looks for sources again; opens the first, when none is open.
  Q_INVOKABLE void refresh();
  Q_INVOKABLE void openSource(const QString& key);
  /// Files and folders of this computer.
  Q_INVOKABLE void addDropped(const QList<QUrl>& urls);
  /// A dataset of the hub by its name, "org/name": its metadata is fetched by the first stage.
  Q_INVOKABLE void addRepository(const QString& name);
  /// The pictures that come with the program.
  Q_INVOKABLE void addDemo();
  /// Forgets the source; its files stay.
  Q_INVOKABLE void removeSource(const QString& key);

  /// "low" or "high" of a range; edits in a row are one undo step until endGesture().
  Q_INVOKABLE void setBound(int rule, const QString& end, double value);
  Q_INVOKABLE void clearBound(int rule, const QString& end);
  Q_INVOKABLE void endGesture() { m_document.endGesture(); }
  Q_INVOKABLE void setOn(int rule, bool on);
  Q_INVOKABLE void setKeepsEmpty(int rule, bool keeps);
  Q_INVOKABLE void setWords(int rule, const QString& words);
  Q_INVOKABLE void setPattern(int rule, const QString& pattern, bool mustNot);
  Q_INVOKABLE void addRule(const QString& key);
  Q_INVOKABLE void removeRule(int rule);
  Q_INVOKABLE void moveRule(int rule, int by);
  /// Turns the verdict of a row on a wall round, or takes back what was set by hand.
  Q_INVOKABLE void toggleOverride(double row);
  Q_INVOKABLE void undo();
  Q_INVOKABLE void redo();
  Q_INVOKABLE void showRow(double row);
  /// Of the open source; empty when its pictures are not on this computer.
  Q_INVOKABLE QUrl pictureOf(double row) const;
  void saveNow();

 signals:
  void sourceChanged();
  void loadingChanged();
  void rulesChanged();
  void answerChanged();
  void failed(const QString& text);

 private:
  template <typename Edit>
  void edit(int rule, const QString& gesture, Edit&& change);
  void put(const FilterRules& rules, const QString& gesture);
  void ask();
  void takeStore(std::shared_ptr<const ColumnStore> store);
  void takeAnswer(std::shared_ptr<const CurationAnswer> answer);
  void showFilters();
  void showFacts();
  void add(const SourceRecord& source);
  /// Shows another source, of which nothing is known yet; one without a name: none.
  void takeSource(const SourceRecord& source, State state);
  void openColumns();
  /// The rules were turned back or forth.
  void turned();
  void keepFocus();
  /// The rule in focus; null: there is none.
  const FilterItem* focused() const;
  std::array<WallModel*, 3> walls() const { return {m_wall, m_passing, m_failing}; }
  WallItem wallItem(const DescribedRow& row) const;
  const WallItem* onAnyWall(double row) const;
  QString edgeTitle(bool pass) const;
  QString edgeDetail(bool pass) const;

  QString m_workspacePath;
  State m_state = Empty;
  SourceCards* m_cards;
  FactModel* m_facts;
  FilterModel* m_filters;
  NewRuleModel* m_newRules;
  CurationWorker* m_worker;
  WallModel* m_wall;
  WallModel* m_passing;
  WallModel* m_failing;
  RowDetail* m_detail;
  DatasetPipeline* m_pipeline;
  DatasetReport* m_report;
  DuplicateGroups* m_duplicates;
  DatasetAudit* m_audit;
  DatasetMixtures* m_mixtures;
  SourceRecord m_source;
  RulesDocument m_document;
  std::shared_ptr<const ColumnStore> m_store;
  std::shared_ptr<const CurationAnswer> m_answer;
  QString m_loadingText;
  double m_loadingProgress = -1;
  QString m_problem;
  WallView m_view = WallView::edge;
  int m_focus = 0;
  bool m_asked = false;  ///< an answer is on its way
  QTimer m_save;
  QTimer m_gesture;
};

}  // namespace darkroom::app
