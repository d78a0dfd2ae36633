// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/request_form.h"

#include <QCoreApplication>
#include <QPointer>
#include <QRandomGenerator>
#include <QSettings>
#include <QThreadPool>

#include "app/viewmodels/gallery_model.h"
#include "app/viewmodels/parameter_info.h"
#include "app/viewmodels/utf8_text.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/image/sampler_names.h"
#include "core/plan/plan_templates.h"
#include "core/text/clip_tokenizer.h"

namespace darkroom::app {
namespace {

constexpr int kHistory = 100;
constexpr int kPocketSize = 96;  ///< px; until the models were looked for, which tells

/// What the built-in model is at its best with: as its own plan validates it.
const ValidationPlan& pocketDefaults() {
  static const ValidationPlan defaults = [] {
    try {
      return plan_template("pocket_demo").validation;
    } catch (const Error& error) {
      log().warn("The demo plan is not installed: {}", error.what());
      return ValidationPlan();
    }
  }();
  return defaults;
}

int limitedInt(int value, std::string_view key) { return static_cast<int>(limited(value, key)); }

}  // namespace

RequestForm::RequestForm(QSettings* settings, QObject* parent)
    : QObject(parent),
      m_settings(settings),
      m_models(new ModelListModel(this)),
      m_samplers(new SamplerListModel(this)),
      m_extra(new ExtraSettings(settings, this)),
      m_start(new StartPicture(settings, this)),
      m_loras(new LoraList(settings, this)) {
  connect(m_start, &StartPicture::changed, this, &RequestForm::problemChanged);
  for (const std::string_view name : parameter_spec("generate.sampler").choices) {
    const QString key = utf8Text(name);
    const QString label = QString::fromStdString(a1111_sampler_label(name));
    m_samplers->append({key, label == key ? key.toUpper() : label});
  }
  m_models->append({modelTitle("pocket"), QStringLiteral("pocket"), tr("Built in"), QString(), false, kPocketSize});
  for (const ValidationPrompt& prompt : pocketDefaults().prompts) {
    m_suggestedPrompts << QString::fromStdString(prompt.text);
  }
  load();
  loadVocabulary();
}

void RequestForm::load() {
  m_settings->beginGroup("generate");
  m_prompt = m_settings->value("prompt", m_suggestedPrompts.value(0)).toString();
  m_negative = m_settings->value("negative").toString();
  m_steps = limitedInt(m_settings->value("steps", static_cast<int>(pocketDefaults().steps)).toInt(), "generate.steps");
  m_cfg = limited(m_settings->value("cfg", pocketDefaults().cfg).toDouble(), "generate.cfg_scale");
  m_sides.set(m_settings->value("width", model().size).toInt(), m_settings->value("height", model().size).toInt());
  m_seed = m_settings->value("seed", 1).toLongLong();
  m_seedLocked = m_settings->value("seedLocked", false).toBool();
  m_count = limitedInt(m_settings->value("count", 1).toInt(), "generate.count");
  m_weights = m_settings->value("weights", m_weights).toString();
  m_history = m_settings->value("history").toStringList();
  m_samplerIndex = std::max(0, samplerRow(m_settings->value("sampler").toString()));
  m_settings->endGroup();
}

void RequestForm::save() {
  m_settings->beginGroup("generate");
  m_settings->setValue("prompt", m_prompt);
  m_settings->setValue("negative", m_negative);
  m_settings->setValue("steps", m_steps);
  m_settings->setValue("cfg", m_cfg);
  m_settings->setValue("width", m_sides.width);
  m_settings->setValue("height", m_sides.height);
  m_settings->setValue("seed", m_seed);
  m_settings->setValue("seedLocked", m_seedLocked);
  m_settings->setValue("count", m_count);
  m_settings->setValue("weights", m_weights);
  m_settings->setValue("sampler", m_samplers->at(m_samplerIndex).key);
  // Before the models were looked for, the only one here says nothing about what was chosen.
  if (m_models->rowCount() > 1 || m_modelIndex > 0) {
    m_settings->setValue("model", model().path);
  }
  m_settings->setValue("history", m_history);
  m_settings->endGroup();
}

/// The vocabulary takes a moment and a file: it is read beside this thread, and then the counters show.
void RequestForm::loadVocabulary() {
  QThreadPool::globalInstance()->start([self = QPointer<RequestForm>(this)] {
    try {
      ClipTokenizer::builtin();
    } catch (const Error& error) {
      log().warn("Tokens are not counted: {}", error.what());
      return;
    }
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self] {
      if (self) {
        self->m_vocabularyReady = true;
        self->m_promptCount = self->counted(self->m_prompt);
        self->m_negativeCount = self->counted(self->m_negative);
        emit self->promptChanged();
        emit self->negativeChanged();
      }
    });
  });
}

void RequestForm::setPrompt(const QString& text) {
  if (text != m_prompt) {
    m_prompt = text;
    m_promptCount = counted(text);
    emit promptChanged();
    emit problemChanged();
    save();
  }
}

void RequestForm::setNegative(const QString& text) {
  if (text != m_negative) {
    m_negative = text;
    m_negativeCount = counted(text);
    emit negativeChanged();
    save();
  }
}

void RequestForm::setModelIndex(int index) {
  if (index == m_modelIndex || index < 0 || index >= m_models->rowCount()) {
    return;
  }
  const QString shape = aspect();
  m_modelIndex = index;
  emit modelChanged();
  setAspect(shape.isEmpty() ? shapeNames().first() : shape);
  if (model().path == "pocket") {
    setSteps(static_cast<int>(pocketDefaults().steps));
    setCfg(pocketDefaults().cfg);
  }
  save();
}

bool RequestForm::chooseModel(const QString& path) {
  for (int row = 0; row < m_models->rowCount(); ++row) {
    if (m_models->at(row).path == path) {
      setModelIndex(row);
      return true;
    }
  }
  return false;
}

void RequestForm::setModels(const QList<ModelItem>& models) {
  if (models.isEmpty() || models == m_models->rows()) {
    return;
  }
  const bool first = m_models->rowCount() == 1;
  const QString path = first ? m_settings->value("generate/model", "pocket").toString() : model().path;
  const int size = model().size;
  const bool own_size = m_sides.width == size && m_sides.height == size;
  m_modelIndex = 0;
  m_models->setRows(models);
  for (int row = 0; row < models.size(); ++row) {
    m_modelIndex = models[row].path == path ? row : m_modelIndex;
  }
  if (own_size && model().size != size) {
    m_sides.width = m_sides.height = model().size;
    emit sizeChanged();
  }
  emit modelChanged();
}

void RequestForm::setWeights(const QString& weights) {
  if (weights != m_weights && (weights == "ema" || weights == "live")) {
    m_weights = weights;
    emit weightsChanged();
    save();
  }
}

void RequestForm::setSamplerIndex(int index) {
  if (index != m_samplerIndex && index >= 0 && index < m_samplers->rowCount()) {
    m_samplerIndex = index;
    emit samplerChanged();
    save();
  }
}

int RequestForm::samplerRow(const QString& key) const {
  for (int row = 0; row < m_samplers->rowCount(); ++row) {
    if (m_samplers->at(row).key == key) {
      return row;
    }
  }
  return -1;
}

void RequestForm::setSteps(int steps) {
  steps = limitedInt(steps, "generate.steps");
  if (steps != m_steps) {
    m_steps = steps;
    emit stepsChanged();
    save();
  }
}

void RequestForm::setCfg(double cfg) {
  cfg = limited(cfg, "generate.cfg_scale");
  if (cfg != m_cfg) {
    m_cfg = cfg;
    emit cfgChanged();
    save();
  }
}

void RequestForm::setWidth(int width) {
  if (m_sides.setWidth(width)) {
    emit sizeChanged();
    save();
  }
}

void RequestForm::setHeight(int height) {
  if (m_sides.setHeight(height)) {
    emit sizeChanged();
    save();
  }
}

void RequestForm::setAspect(const QString& aspect) {
  if (m_sides.setShape(aspect, model().size)) {
    emit sizeChanged();
    save();
  }
}

void RequestForm::setSidesLinked(bool linked) {
  if (linked != m_sides.linked) {
    m_sides.linked = linked;
    emit sidesLinkedChanged();
  }
}

void RequestForm::swapSides() {
  std::swap(m_sides.width, m_sides.height);
  emit sizeChanged();
  save();
}

void RequestForm::setSeed(qlonglong seed) {
  seed = static_cast<qlonglong>(limited(static_cast<double>(seed), "generate.seed"));
  if (seed != m_seed) {
    m_seed = seed;
    emit seedChanged();
    save();
  }
}

void RequestForm::rollSeed() { setSeed(static_cast<qlonglong>(QRandomGenerator::global()->generate())); }

void RequestForm::setSeedLocked(bool locked) {
  if (locked != m_seedLocked) {
    m_seedLocked = locked;
    emit seedLockedChanged();
    save();
  }
}

void RequestForm::setCount(int count) {
  count = limitedInt(count, "generate.count");
  if (count != m_count) {
    m_count = count;
    emit countChanged();
    save();
  }
}

void RequestForm::previousPrompt() {
  if (m_historyAt + 1 < m_history.size()) {
    setPrompt(m_history[++m_historyAt]);
  }
}

void RequestForm::nextPrompt() {
  if (m_historyAt > 0) {
    setPrompt(m_history[--m_historyAt]);
  }
}

QString RequestForm::problem() const { return m_prompt.trimmed().isEmpty() ? tr("Write a prompt first.") : m_start->problem(); }

GenerateOptions RequestForm::options() const {
  GenerateOptions options;
  options.model = model().path.toStdString();
  options.prompt = m_prompt.toStdString();
  options.negative = m_negative.toStdString();
  options.seed = m_seed;
  options.steps = m_steps;
  options.cfg_scale = m_cfg;
  options.sampler = m_samplers->at(m_samplerIndex).key.toStdString();
  options.width = m_sides.width;
  options.height = m_sides.height;
  options.count = m_count;
  options.weights = m_weights.toStdString();
  m_extra->addTo(options);
  m_start->addTo(options);
  m_loras->addTo(options);
  return options;
}

GenerateOptions RequestForm::submit() {
  if (!m_seedLocked && !m_history.isEmpty()) {
    rollSeed();
  }
  m_history.removeAll(m_prompt);
  m_history.prepend(m_prompt);
  m_history = m_history.mid(0, kHistory);
  m_historyAt = 0;
  save();
  return options();
}

void RequestForm::apply(const GenerateOptions& options) {
  chooseModel(QString::fromStdString(options.model));
  setPrompt(QString::fromStdString(options.prompt));
  setNegative(QString::fromStdString(options.negative));
  setSeed(options.seed);
  setSeedLocked(true);
  setCfg(options.cfg_scale);
  setWeights(QString::fromStdString(options.weights));
  if (options.steps) {
    setSteps(static_cast<int>(*options.steps));
  }
  m_sides.set(static_cast<int>(options.width.value_or(m_sides.width)), static_cast<int>(options.height.value_or(m_sides.height)));
  emit sizeChanged();
  setSamplerIndex(samplerRow(QString::fromStdString(options.sampler.value_or(""))));
  m_extra->take(options);
  m_start->take(options);
  m_loras->take(options);
  save();
}

}  // namespace darkroom::app
