// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QStringList>

#include "app/viewmodels/extra_settings.h"
#include "app/viewmodels/generate_items.h"
#include "app/viewmodels/lora_list.h"
#include "app/viewmodels/picture_sides.h"
#include "app/viewmodels/prompt_count.h"
#include "app/viewmodels/start_picture.h"
#include "core/plan/generate_options.h"

class QSettings;

namespace darkroom::app {

/// What is asked for: the form of the Generate page, kept in the settings from one start to the next. Knows no engine and no gallery.
///
/// Every setter takes any value and keeps it within the parameter table's limits. What the values mean: GenerateViewModel's properties of
/// the same names.
class RequestForm : public QObject {
  Q_OBJECT

 public:
  /// `settings` must outlive it.
  explicit RequestForm(QSettings* settings, QObject* parent = nullptr);

  QString prompt() const { return m_prompt; }
  void setPrompt(const QString& text);
  QString negative() const { return m_negative; }
  void setNegative(const QString& text);
  /// Nothing is counted until the vocabulary is read, a moment after the start.
  PromptCount promptCount() const { return m_promptCount; }
  PromptCount negativeCount() const { return m_negativeCount; }

  ModelListModel* models() const { return m_models; }
  /// The models that were found; the chosen one stays chosen if it is among them. An empty list changes nothing.
  void setModels(const QList<ModelItem>& models);
  int modelIndex() const { return m_modelIndex; }
  void setModelIndex(int index);
  const ModelItem& model() const { return m_models->at(m_modelIndex); }
  /// By `ModelItem::path`; false when there is no such model.
  bool chooseModel(const QString& path);
  QString weights() const { return m_weights; }
  void setWeights(const QString& weights);

  SamplerListModel* samplers() const { return m_samplers; }
  int samplerIndex() const { return m_samplerIndex; }
  void setSamplerIndex(int index);
  int steps() const { return m_steps; }
  void setSteps(int steps);
  double cfg() const { return m_cfg; }
  void setCfg(double cfg);
  const PictureSides& sides() const { return m_sides; }
  void setWidth(int width);
  void setHeight(int height);
  void setSidesLinked(bool linked);
  void swapSides();
  QString aspect() const { return m_sides.shape(model().size); }
  void setAspect(const QString& aspect);
  qlonglong seed() const { return m_seed; }
  void setSeed(qlonglong seed);
  bool seedLocked() const { return m_seedLocked; }
  void setSeedLocked(bool locked);
  void rollSeed();
  int count() const { return m_count; }
  void setCount(int count);

  /// All that has no control of its own above.
  ExtraSettings* extra() const { return m_extra; }
  StartPicture* start() const { return m_start; }
  LoraList* loras() const { return m_loras; }

  QStringList suggestedPrompts() const { return m_suggestedPrompts; }
  /// Prompts that were submitted, newest first; previous goes back in time.
  void previousPrompt();
  void nextPrompt();

  /// Why submit() would make no sense, a sentence; or empty.
  QString problem() const;
  /// What the form says now.
  GenerateOptions options() const;
  /// The same, as a request: its prompt goes into the history, and an open seed is rolled before (but not for the very first request, which
  /// everybody shall see the same picture of).
  GenerateOptions submit();
  /// Takes over what `options` say and this form has a field for; locks the seed. A model that is not here leaves the chosen one.
  void apply(const GenerateOptions& options);

 signals:
  void promptChanged();
  void negativeChanged();
  void modelChanged();
  void weightsChanged();
  void samplerChanged();
  void stepsChanged();
  void cfgChanged();
  void sizeChanged();
  void sidesLinkedChanged();
  void seedChanged();
  void seedLockedChanged();
  void countChanged();
  void problemChanged();

 private:
  void load();
  void save();
  void loadVocabulary();
  PromptCount counted(const QString& text) const { return m_vocabularyReady ? countPrompt(text) : PromptCount(); }
  /// -1: no such sampler.
  int samplerRow(const QString& key) const;

  QSettings* m_settings;
  QString m_prompt;
  QString m_negative;
  bool m_vocabularyReady = false;
  PromptCount m_promptCount;
  PromptCount m_negativeCount;
  ModelListModel* m_models;
  int m_modelIndex = 0;
  QString m_weights = QStringLiteral("ema");
  SamplerListModel* m_samplers;
  int m_samplerIndex = 0;
  int m_steps = 30;
  double m_cfg = 7.5;
  PictureSides m_sides;
  qlonglong m_seed = 1;
  bool m_seedLocked = false;
  int m_count = 1;
  ExtraSettings* m_extra;
  StartPicture* m_start;
  LoraList* m_loras;
  QStringList m_suggestedPrompts;
  QStringList m_history;
  int m_historyAt = -1;
};

}  // namespace darkroom::app
