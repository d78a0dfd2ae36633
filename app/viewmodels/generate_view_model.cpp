// SPDX-License-Identifier: GPL-3.0-or-later
// Each image of a request goes to the engine as a request of its own (seed + i): finished images reach the gallery at once, and a cancel
// loses only the one that is being made.
#include "app/viewmodels/generate_view_model.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QPointer>
#include <QRandomGenerator>
#include <QSettings>
#include <QThreadPool>
#include <cmath>

#include "app/engine_host/sampling_client.h"
#include "app/viewmodels/format.h"
#include "app/viewmodels/gallery_model.h"
#include "app/viewmodels/preview_store.h"
#include "app/viewmodels/prompt_weight.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/plan/plan_templates.h"
#include "core/text/clip_tokenizer.h"

namespace darkroom::app {
namespace {

constexpr int kHistory = 100;

template <typename T>
T limited(T value, std::string_view key) {
  for (const ParameterSpec& spec : parameter_specs()) {
    if (spec.key == key) {
      return static_cast<T>(std::clamp(static_cast<double>(value), spec.min, spec.max));
    }
  }
  return value;
}

/// A side that the model takes: a multiple of 8.
int side(double pixels) { return limited(static_cast<int>(std::lround(pixels / 8)) * 8, "generate.width"); }

struct Shape {
  const char* name;
  double ratio;
};
constexpr Shape kShapes[] = {{"1:1", 1.0}, {"3:2", 1.5}, {"2:3", 1 / 1.5}, {"16:9", 16.0 / 9}};

/// Sides of a shape with about as many pixels as a square of `size`; large models get the multiples of 64 that they were trained on.
QSize sidesOf(const Shape& shape, int size) {
  const double raster = size >= 512 ? 64 : 8;
  const auto round = [raster](double value) { return static_cast<int>(std::max(1.0, std::round(value / raster)) * raster); };
  return shape.ratio == 1.0 ? QSize(size, size) : QSize(round(size * std::sqrt(shape.ratio)), round(size / std::sqrt(shape.ratio)));
}

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

}  // namespace

GenerateViewModel::GenerateViewModel(SamplingClient* client, ImageStore* store, GalleryModel* gallery, PreviewStore* previews,
                                     QSettings* settings, QObject* parent)
    : QObject(parent),
      m_client(client),
      m_store(store),
      m_gallery(gallery),
      m_previews(previews),
      m_settings(settings),
      m_models(new ModelListModel(this)),
      m_samplers(new SamplerListModel(this)),
      m_batch(new BatchModel(this)),
      m_queue(new QueueModel(this)) {
  for (const std::string_view name : parameter_spec("generate.sampler").choices) {
    const QString key = QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
    m_samplers->append({key, key.toUpper()});
  }
  m_models->append({tr("Pocket (built in)"), QStringLiteral("pocket"), tr("Built in"), QString(), false, 96});
  for (const ValidationPrompt& prompt : pocketDefaults().prompts) {
    m_suggestedPrompts << QString::fromStdString(prompt.text);
  }
  m_settings->beginGroup("generate");
  m_prompt = m_settings->value("prompt", m_suggestedPrompts.value(0)).toString();
  m_negative = m_settings->value("negative").toString();
  m_steps = limited(m_settings->value("steps", static_cast<int>(pocketDefaults().steps)).toInt(), "generate.steps");
  m_cfg = limited(m_settings->value("cfg", pocketDefaults().cfg).toDouble(), "generate.cfg_scale");
  m_width = side(m_settings->value("width", modelSize()).toInt());
  m_height = side(m_settings->value("height", modelSize()).toInt());
  m_seed = m_settings->value("seed", 1).toLongLong();
  m_seedLocked = m_settings->value("seedLocked", false).toBool();
  m_count = limited(m_settings->value("count", 1).toInt(), "generate.count");
  m_weights = m_settings->value("weights", m_weights).toString();
  m_history = m_settings->value("history").toStringList();
  m_firstStepsVisible = m_settings->value("firstSteps", true).toBool();
  m_firstStep = m_settings->value("firstStep", 1).toInt();
  m_settings->endGroup();
  followClient();
  // The vocabulary takes a moment and a file: it is read beside this thread, and then the counters show.
  QThreadPool::globalInstance()->start([self = QPointer<GenerateViewModel>(this)] {
    try {
      ClipTokenizer::builtin();
    } catch (const Error& error) {
      log().warn("Tokens are not counted: {}", error.what());
      return;
    }
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self] {
      if (self) {
        self->m_tokenizerReady = true;
        self->countTokens(self->m_prompt, self->m_promptTokens, self->m_promptCutAt);
        self->countTokens(self->m_negative, self->m_negativeTokens, self->m_negativeCutAt);
        emit self->promptChanged();
        emit self->negativeChanged();
      }
    });
  });
}

// ---- what is asked for

void GenerateViewModel::countTokens(const QString& text, int& tokens, int& cutAt) const {
  if (!m_tokenizerReady) {
    return;
  }
  const QByteArray bytes = text.toUtf8();
  const PromptFit fit = ClipTokenizer::builtin().fit(std::string_view(bytes.constData(), static_cast<size_t>(bytes.size())));
  tokens = fit.tokens;
  cutAt = fit.fits_bytes < static_cast<size_t>(bytes.size())
              ? static_cast<int>(QString::fromUtf8(bytes.left(static_cast<qsizetype>(fit.fits_bytes))).size())
              : -1;
}

void GenerateViewModel::setPrompt(const QString& text) {
  if (text != m_prompt) {
    m_prompt = text;
    countTokens(text, m_promptTokens, m_promptCutAt);
    emit promptChanged();
    emit readyChanged();
    save();
  }
}

void GenerateViewModel::setNegative(const QString& text) {
  if (text != m_negative) {
    m_negative = text;
    countTokens(text, m_negativeTokens, m_negativeCutAt);
    emit negativeChanged();
    save();
  }
}

QString GenerateViewModel::modelName() const { return m_models->at(m_modelIndex).name; }
QString GenerateViewModel::modelDetail() const { return m_models->at(m_modelIndex).detail; }
int GenerateViewModel::modelSize() const { return m_models->at(m_modelIndex).size; }
bool GenerateViewModel::canChooseWeights() const { return m_models->at(m_modelIndex).hasLive; }

void GenerateViewModel::setModelIndex(int index) {
  if (index == m_modelIndex || index < 0 || index >= m_models->rowCount()) {
    return;
  }
  const QString shape = aspect();
  m_modelIndex = index;
  emit modelChanged();
  setAspect(shape.isEmpty() ? QStringLiteral("1:1") : shape);
  if (m_models->at(index).path == "pocket") {
    setSteps(static_cast<int>(pocketDefaults().steps));
    setCfg(pocketDefaults().cfg);
  }
  save();
}

bool GenerateViewModel::chooseModel(const QString& path) {
  for (int row = 0; row < m_models->rowCount(); ++row) {
    if (m_models->at(row).path == path) {
      setModelIndex(row);
      return true;
    }
  }
  return false;
}

void GenerateViewModel::setModels(const QList<ModelItem>& models) {
  if (models.isEmpty() || models == m_models->rows()) {
    return;
  }
  const bool first = m_models->rowCount() == 1;
  const QString path = first ? m_settings->value("generate/model", "pocket").toString() : m_models->at(m_modelIndex).path;
  const int size = modelSize();
  const bool own_size = m_width == size && m_height == size;
  m_modelIndex = 0;
  m_models->setRows(models);
  for (int row = 0; row < models.size(); ++row) {
    m_modelIndex = models[row].path == path ? row : m_modelIndex;
  }
  if (own_size && modelSize() != size) {
    m_width = m_height = modelSize();
    emit sizeChanged();
  }
  emit modelChanged();
}

void GenerateViewModel::setWeights(const QString& weights) {
  if (weights != m_weights && (weights == "ema" || weights == "live")) {
    m_weights = weights;
    emit weightsChanged();
    save();
  }
}

void GenerateViewModel::setSamplerIndex(int index) {
  if (index != m_samplerIndex && index >= 0 && index < m_samplers->rowCount()) {
    m_samplerIndex = index;
    emit samplerChanged();
  }
}

void GenerateViewModel::setSteps(int steps) {
  steps = limited(steps, "generate.steps");
  if (steps != m_steps) {
    m_steps = steps;
    emit stepsChanged();
    save();
  }
}

void GenerateViewModel::setCfg(double cfg) {
  cfg = limited(cfg, "generate.cfg_scale");
  if (cfg != m_cfg) {
    m_cfg = cfg;
    emit cfgChanged();
    save();
  }
}

void GenerateViewModel::setWidth(int width) {
  const double ratio = static_cast<double>(m_height) / m_width;
  width = side(width);
  if (width != m_width) {
    m_width = width;
    if (m_sidesLinked) {
      m_height = side(width * ratio);
    }
    emit sizeChanged();
    save();
  }
}

void GenerateViewModel::setHeight(int height) {
  const double ratio = static_cast<double>(m_width) / m_height;
  height = side(height);
  if (height != m_height) {
    m_height = height;
    if (m_sidesLinked) {
      m_width = side(height * ratio);
    }
    emit sizeChanged();
    save();
  }
}

QString GenerateViewModel::aspect() const {
  for (const Shape& shape : kShapes) {
    const QSize sides = sidesOf(shape, modelSize());
    if (std::abs(static_cast<double>(m_width) * sides.height() - static_cast<double>(m_height) * sides.width()) < 8.0 * sides.width()) {
      return QString::fromLatin1(shape.name);
    }
  }
  return {};
}

void GenerateViewModel::setAspect(const QString& aspect) {
  for (const Shape& shape : kShapes) {
    if (aspect == shape.name) {
      const QSize sides = sidesOf(shape, modelSize());
      m_width = sides.width();
      m_height = sides.height();
      emit sizeChanged();
      save();
    }
  }
}

QStringList GenerateViewModel::aspects() const {
  QStringList names;
  for (const Shape& shape : kShapes) {
    names << QString::fromLatin1(shape.name);
  }
  return names;
}

void GenerateViewModel::setSidesLinked(bool linked) {
  if (linked != m_sidesLinked) {
    m_sidesLinked = linked;
    emit sidesLinkedChanged();
  }
}

void GenerateViewModel::swapSides() {
  std::swap(m_width, m_height);
  emit sizeChanged();
  save();
}

void GenerateViewModel::setSeed(qlonglong seed) {
  seed = limited(seed, "generate.seed");
  if (seed != m_seed) {
    m_seed = seed;
    emit seedChanged();
    save();
  }
}

void GenerateViewModel::rollSeed() { setSeed(static_cast<qlonglong>(QRandomGenerator::global()->generate())); }

void GenerateViewModel::setSeedLocked(bool locked) {
  if (locked != m_seedLocked) {
    m_seedLocked = locked;
    emit seedLockedChanged();
    save();
  }
}

void GenerateViewModel::setCount(int count) {
  count = limited(count, "generate.count");
  if (count != m_count) {
    m_count = count;
    emit countChanged();
    save();
  }
}

QString GenerateViewModel::cannotGenerate() const { return m_prompt.trimmed().isEmpty() ? tr("Write a prompt first.") : QString(); }

int GenerateViewModel::changeWeight(int from, int to, double by) {
  const WeightedPrompt changed = changeWeightOf(m_prompt, from, to, by);
  setPrompt(changed.text);
  return changed.to;
}

void GenerateViewModel::previousPrompt() {
  if (m_historyAt + 1 < m_history.size()) {
    setPrompt(m_history[++m_historyAt]);
  }
}

void GenerateViewModel::nextPrompt() {
  if (m_historyAt > 0) {
    setPrompt(m_history[--m_historyAt]);
  }
}

GenerateOptions GenerateViewModel::options() const {
  GenerateOptions options;
  options.model = m_models->at(m_modelIndex).path.toStdString();
  options.prompt = m_prompt.toStdString();
  options.negative = m_negative.toStdString();
  options.seed = m_seed;
  options.steps = m_steps;
  options.cfg_scale = m_cfg;
  options.sampler = m_samplers->at(m_samplerIndex).key.toStdString();
  options.width = m_width;
  options.height = m_height;
  options.count = m_count;
  options.weights = m_weights.toStdString();
  return options;
}

void GenerateViewModel::applyOptions(const GenerateOptions& options) {
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
  m_width = side(static_cast<double>(options.width.value_or(m_width)));
  m_height = side(static_cast<double>(options.height.value_or(m_height)));
  emit sizeChanged();
  if (options.sampler) {
    for (int row = 0; row < m_samplers->rowCount(); ++row) {
      if (m_samplers->at(row).key.toStdString() == *options.sampler) {
        setSamplerIndex(row);
      }
    }
  }
  save();
}

bool GenerateViewModel::restoreFrom(qlonglong imageId) {
  const GalleryImage image = m_gallery->image(imageId);
  const Json json = Json::parse(image.optionsJson.toStdString(), nullptr, false);
  if (image.imageId == 0 || !json.is_object()) {
    setError(tr("This picture has no settings that could be restored."), {});
    return false;
  }
  std::vector<Problem> problems;
  GenerateOptions options = generate_options_from_json(json, problems);
  options.seed = image.seed;
  applyOptions(options);
  showImage(imageId);
  return true;
}

void GenerateViewModel::restoreFromFile(const QUrl& file) {
  const QString path = file.isLocalFile() ? file.toLocalFile() : file.toString();
  m_store->readSettings(path, this, [this, path](const ImageStore::Settings& settings) {
    if (!settings.error.empty()) {
      setError(tr("No settings in %1.").arg(QFileInfo(path).fileName()), QString::fromStdString(settings.error));
      return;
    }
    applyOptions(settings.options);
    dismissError();
  });
}

void GenerateViewModel::save() {
  m_settings->beginGroup("generate");
  m_settings->setValue("prompt", m_prompt);
  m_settings->setValue("negative", m_negative);
  m_settings->setValue("steps", m_steps);
  m_settings->setValue("cfg", m_cfg);
  m_settings->setValue("width", m_width);
  m_settings->setValue("height", m_height);
  m_settings->setValue("seed", m_seed);
  m_settings->setValue("seedLocked", m_seedLocked);
  m_settings->setValue("count", m_count);
  m_settings->setValue("weights", m_weights);
  if (m_models->rowCount() > 1 || m_modelIndex > 0) {
    m_settings->setValue("model", m_models->at(m_modelIndex).path);
  }
  m_settings->setValue("history", m_history);
  m_settings->setValue("firstSteps", m_firstStepsVisible);
  m_settings->setValue("firstStep", m_firstStep);
  m_settings->endGroup();
}

void GenerateViewModel::dismissFirstSteps() {
  m_firstStepsVisible = false;
  emit firstStepsChanged();
  save();
}

void GenerateViewModel::setFirstStepDone(int step) {
  if (step >= m_firstStep) {
    m_firstStep = step + 1;
    emit firstStepsChanged();
    save();
  }
}

// ---- what is being made

void GenerateViewModel::generate() {
  if (!cannotGenerate().isEmpty()) {
    return;
  }
  if (!m_seedLocked && (m_running || !m_history.isEmpty())) {
    rollSeed();
  }
  m_history.removeAll(m_prompt);
  m_history.prepend(m_prompt);
  m_history = m_history.mid(0, kHistory);
  m_historyAt = 0;
  save();
  m_waiting.push_back({m_nextId++, options(), 0, {}});
  showQueue();
  if (!m_running) {
    startNext();
  }
}

void GenerateViewModel::startNext() {
  if (m_waiting.empty()) {
    m_running.reset();
    setStage(Idle);
    return;
  }
  m_running = m_waiting.front();
  m_waiting.pop_front();
  showQueue();
  dismissError();
  m_resultText.clear();
  m_requestSeconds = 0;
  emit resultChanged();
  QList<BatchItem> items;
  m_imageCount = static_cast<int>(m_running->options.count);
  for (int number = 1; number <= m_imageCount; ++number) {
    items.append({number, QStringLiteral("waiting"), {}, 0});
  }
  m_batch->setRows(items);
  m_batchRequest = m_running->id;
  m_stepsPerSecond = std::numeric_limits<double>::quiet_NaN();
  startImage();
}

void GenerateViewModel::startImage() {
  GenerateOptions options = m_running->options;
  options.seed += m_running->finished;
  options.count = 1;
  m_imageNumber = m_running->finished + 1;
  m_step = 0;
  m_stepCount = static_cast<int>(options.steps.value_or(0));
  m_stepsSinceFirst = 0;
  m_running->engineId = m_client->start(options);
  BatchItem item = m_batch->at(m_running->finished);
  item.state = QStringLiteral("running");
  m_batch->set(m_running->finished, item);
  setStage(Waiting);
}

void GenerateViewModel::endRequest() {
  for (int row = m_running->finished; row < m_batch->rowCount(); ++row) {
    BatchItem item = m_batch->at(row);
    if (item.state != "done") {
      item.state = QStringLiteral("failed");
      item.imageUrl.clear();
      m_batch->set(row, item);
    }
  }
  m_running.reset();
  startNext();
}

void GenerateViewModel::cancel() {
  if (m_running) {
    m_client->cancel(m_running->engineId);
  }
}

void GenerateViewModel::removeFromQueue(int row) {
  if (row >= 0 && row < static_cast<int>(m_waiting.size())) {
    m_waiting.erase(m_waiting.begin() + row);
    showQueue();
  }
}

void GenerateViewModel::moveInQueue(int from, int to) {
  const int size = static_cast<int>(m_waiting.size());
  if (from < 0 || from >= size || to < 0 || to >= size || from == to) {
    return;
  }
  Request moved = m_waiting[static_cast<size_t>(from)];
  m_waiting.erase(m_waiting.begin() + from);
  m_waiting.insert(m_waiting.begin() + to, std::move(moved));
  showQueue();
}

void GenerateViewModel::showQueue() {
  QList<QueueItem> items;
  for (const Request& request : m_waiting) {
    items.append({request.id, QString::fromStdString(request.options.prompt).simplified(), static_cast<int>(request.options.count)});
  }
  m_queue->setRows(items);
}

void GenerateViewModel::setStage(Stage stage) {
  m_stage = stage;
  emit progressChanged();
}

QString GenerateViewModel::stageText() const {
  switch (m_stage) {
    case Idle:
      return {};
    case Waiting:
      return tr("Waiting for the engine");
    case Loading:
      return tr("Loading the model");
    case Sampling:
      return tr("Step %1 of %2").arg(m_step).arg(m_stepCount);
    case Decoding:
      return tr("Developing the picture");
  }
  return {};
}

double GenerateViewModel::imageProgress() const { return m_stepCount > 0 ? std::min(1.0, static_cast<double>(m_step) / m_stepCount) : 0; }

double GenerateViewModel::progress() const {
  return m_imageCount > 0 && m_imageNumber > 0 ? (m_imageNumber - 1 + imageProgress()) / m_imageCount : 0;
}

double GenerateViewModel::secondsLeft() const { return (m_stepCount - m_step) / m_stepsPerSecond; }

double GenerateViewModel::secondsLeftAll() const {
  return (m_stepCount - m_step + static_cast<double>(m_imageCount - m_imageNumber) * m_stepCount) / m_stepsPerSecond;
}

void GenerateViewModel::setCanvas(const QUrl& url, bool preview, int width, int height, qlonglong seed, qlonglong imageId) {
  m_canvasUrl = url;
  m_canvasIsPreview = preview;
  m_canvasWidth = width;
  m_canvasHeight = height;
  m_canvasSeed = seed;
  m_canvasImageId = imageId;
  emit canvasChanged();
}

void GenerateViewModel::showImage(qlonglong imageId) {
  const GalleryImage image = m_gallery->image(imageId);
  if (image.imageId == 0) {
    setCanvas({}, false, 0, 0, 0, 0);
    return;
  }
  setCanvas(image.imageUrl, false, image.width, image.height, image.seed, image.imageId);
  m_gallery->setSelectedId(imageId);
}

void GenerateViewModel::showBatchImage(int row) {
  if (row >= 0 && row < m_batch->rowCount() && m_batch->at(row).imageId != 0) {
    showImage(m_batch->at(row).imageId);
  }
}

void GenerateViewModel::setError(const QString& text, const QString& detail) {
  if (text != m_errorText || detail != m_errorDetail) {
    m_errorText = text;
    m_errorDetail = detail;
    emit errorChanged();
  }
}

void GenerateViewModel::dismissError() { setError({}, {}); }

void GenerateViewModel::followClient() {
  const auto mine = [this](const QString& id) { return m_running && m_running->engineId == id; };
  connect(m_client, &SamplingClient::sent, this, [this, mine](const QString& id) {
    if (mine(id) && m_stage == Waiting) {
      setStage(Loading);
    }
  });
  connect(m_client, &SamplingClient::progressed, this, [this, mine](const QString& id, const message::Progress& progress) {
    if (!mine(id)) {
      return;
    }
    if (progress.stage == "decode") {
      setStage(Decoding);
    } else if (progress.stage == "sample") {
      const int step = static_cast<int>(progress.done);
      if (m_stage != Sampling || m_stepsSinceFirst == 0) {
        m_sinceFirstStep.start();
        m_stepsSinceFirst = step;
      } else if (step > m_stepsSinceFirst && m_sinceFirstStep.elapsed() > 0) {
        m_stepsPerSecond = (step - m_stepsSinceFirst) * 1000.0 / static_cast<double>(m_sinceFirstStep.elapsed());
      }
      m_step = step;
      m_stepCount = static_cast<int>(progress.total.value_or(m_stepCount));
      // The engine is silent while the VAE works.
      setStage(m_step < m_stepCount ? Sampling : Decoding);
    } else {
      setStage(Loading);
    }
  });
  connect(m_client, &SamplingClient::previewed, this, [this, mine](const QString& id, const message::Preview& preview) {
    if (!mine(id) || preview.width <= 0 || preview.height <= 0) {
      return;
    }
    const QImage image(reinterpret_cast<const uchar*>(preview.rgb8.data()), static_cast<int>(preview.width),
                       static_cast<int>(preview.height), static_cast<qsizetype>(preview.width * 3), QImage::Format_RGB888);
    const QUrl url = m_previews->put(image.copy());
    BatchItem item = m_batch->at(m_running->finished);
    item.imageUrl = url;
    m_batch->set(m_running->finished, item);
    setCanvas(url, true, static_cast<int>(m_running->options.width.value_or(preview.width)),
              static_cast<int>(m_running->options.height.value_or(preview.height)), m_running->options.seed + m_running->finished, 0);
  });
  connect(m_client, &SamplingClient::done, this, [this, mine](const QString& id, const message::GenerateDone& result) {
    if (!mine(id)) {
      return;
    }
    storeImage(result);
    m_requestSeconds += result.seconds;
    if (++m_running->finished < m_imageCount) {
      startImage();
      return;
    }
    m_resultText = tr("%1 weights, %2")
                       .arg(result.weights_used == "ema"    ? tr("EMA")
                            : result.weights_used == "live" ? tr("Live")
                                                            : tr("Model's"),
                            Format::duration(m_requestSeconds));
    emit resultChanged();
    endRequest();
  });
  connect(m_client, &SamplingClient::failed, this, [this, mine](const QString& id, const QString& reason, const QString& detail) {
    if (mine(id)) {
      endRequest();
      setError(reason, detail);
    }
  });
  connect(m_client, &SamplingClient::cancelled, this, [this, mine](const QString& id) {
    if (mine(id)) {
      if (m_canvasIsPreview) {
        setCanvas({}, false, 0, 0, 0, 0);
      }
      endRequest();
    }
  });
}

void GenerateViewModel::storeImage(const message::GenerateDone& result) {
  const qlonglong request = m_running->id;
  const int number = m_running->finished;
  for (const message::GeneratedImage& image : result.images) {
    ImageRow row;
    row.prompt = result.options.prompt;
    row.negative = result.options.negative;
    row.options_json = to_json(result.options).dump();
    row.seed = image.seed;
    row.width = image.width;
    row.height = image.height;
    row.model = result.options.model;
    m_store->add(image.png, row, this, [this, request, number](const ImageStore::Added& added) {
      if (!added.error.empty()) {
        setError(tr("The picture could not be stored."), QString::fromStdString(added.error));
        return;
      }
      const QUrl url = QUrl::fromLocalFile(m_store->pathOf(added.row.id));
      const bool same = m_batchRequest == request && number < m_batch->rowCount();
      if (same) {
        m_batch->set(number, {number + 1, QStringLiteral("done"), url, added.row.id});
      }
      // A preview of the next image must not give way to the last one.
      if (!m_running || !m_canvasIsPreview || m_step == 0) {
        setCanvas(url, false, static_cast<int>(added.row.width), static_cast<int>(added.row.height), added.row.seed, added.row.id);
        m_gallery->setSelectedId(added.row.id);
      }
      m_gallery->reload();
      setFirstStepDone(1);
      emit imageStored(added.row.id);
    });
  }
}

}  // namespace darkroom::app
