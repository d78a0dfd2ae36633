// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <QUrl>
#include <deque>
#include <limits>
#include <optional>

#include "app/viewmodels/generate_items.h"
#include "app/viewmodels/image_store.h"
#include "core/plan/generate_options.h"
#include "core/protocol/messages.h"

class QSettings;

namespace darkroom::app {

class GalleryModel;
class PreviewStore;
class SamplingClient;

/// The Generate page: what is asked for, what is being made, what waits.
///
/// Main.qml has it as `required property GenerateViewModel generate`. Limits, units and help of every control: `Parameters.info(key)`.
class GenerateViewModel : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the program")

  // What is asked for.
  Q_PROPERTY(QString prompt READ prompt WRITE setPrompt NOTIFY promptChanged)
  Q_PROPERTY(QString negative READ negative WRITE setNegative NOTIFY negativeChanged)
  /// Tokens without start and end; 75 fit into one chunk. `…CutAt`: character where the part begins that does not fit, -1 when all fits.
  Q_PROPERTY(int promptTokens READ promptTokens NOTIFY promptChanged)
  Q_PROPERTY(int promptCutAt READ promptCutAt NOTIFY promptChanged)
  Q_PROPERTY(int negativeTokens READ negativeTokens NOTIFY negativeChanged)
  Q_PROPERTY(int negativeCutAt READ negativeCutAt NOTIFY negativeChanged)
  Q_PROPERTY(int tokenLimit READ tokenLimit CONSTANT)
  Q_PROPERTY(darkroom::app::ModelListModel* models READ models CONSTANT)
  Q_PROPERTY(int modelIndex READ modelIndex WRITE setModelIndex NOTIFY modelChanged)
  Q_PROPERTY(QString modelName READ modelName NOTIFY modelChanged)
  Q_PROPERTY(QString modelDetail READ modelDetail NOTIFY modelChanged)
  /// Picture size of the chosen model, px.
  Q_PROPERTY(int modelSize READ modelSize NOTIFY modelChanged)
  /// "ema" or "live"; a choice only where `canChooseWeights`.
  Q_PROPERTY(QString weights READ weights WRITE setWeights NOTIFY weightsChanged)
  Q_PROPERTY(bool canChooseWeights READ canChooseWeights NOTIFY modelChanged)
  Q_PROPERTY(darkroom::app::SamplerListModel* samplers READ samplers CONSTANT)
  Q_PROPERTY(int samplerIndex READ samplerIndex WRITE setSamplerIndex NOTIFY samplerChanged)
  Q_PROPERTY(int steps READ steps WRITE setSteps NOTIFY stepsChanged)
  Q_PROPERTY(double cfg READ cfg WRITE setCfg NOTIFY cfgChanged)
  Q_PROPERTY(int width READ width WRITE setWidth NOTIFY sizeChanged)
  Q_PROPERTY(int height READ height WRITE setHeight NOTIFY sizeChanged)
  /// "1:1", "3:2", "2:3", "16:9", or "" for another shape. Setting one gives the sides of about the model's own number of pixels.
  Q_PROPERTY(QString aspect READ aspect WRITE setAspect NOTIFY sizeChanged)
  Q_PROPERTY(QStringList aspects READ aspects CONSTANT)
  /// Changing one side changes the other in proportion.
  Q_PROPERTY(bool sidesLinked READ sidesLinked WRITE setSidesLinked NOTIFY sidesLinkedChanged)
  // Seeds and ids are whole numbers below 2^53. qmllint of Qt 6.4 does not know qlonglong, and QML has them as double anyway.
  Q_PROPERTY(double seed READ seed WRITE setSeed NOTIFY seedChanged)
  /// Open: each request takes a new random seed. Locked: it stays.
  Q_PROPERTY(bool seedLocked READ seedLocked WRITE setSeedLocked NOTIFY seedLockedChanged)
  Q_PROPERTY(int count READ count WRITE setCount NOTIFY countChanged)
  Q_PROPERTY(QList<QString> suggestedPrompts READ suggestedPrompts CONSTANT)
  /// Why generate() would do nothing ("Write a prompt first."), or empty.
  Q_PROPERTY(QString cannotGenerate READ cannotGenerate NOTIFY readyChanged)

  // What is being made.
  Q_PROPERTY(bool busy READ busy NOTIFY progressChanged)
  /// Idle, Waiting (for the engine), Loading (the model), Sampling, Decoding.
  Q_PROPERTY(Stage stage READ stage NOTIFY progressChanged)
  /// "Step 18 of 30", "Loading the model", "Waiting for the engine".
  Q_PROPERTY(QString stageText READ stageText NOTIFY progressChanged)
  Q_PROPERTY(int step READ step NOTIFY progressChanged)
  Q_PROPERTY(int stepCount READ stepCount NOTIFY progressChanged)
  Q_PROPERTY(int imageNumber READ imageNumber NOTIFY progressChanged)
  Q_PROPERTY(int imageCount READ imageCount NOTIFY progressChanged)
  /// 0 to 1 of the image, and of the request.
  Q_PROPERTY(double imageProgress READ imageProgress NOTIFY progressChanged)
  Q_PROPERTY(double progress READ progress NOTIFY progressChanged)
  /// NaN until known.
  Q_PROPERTY(double stepsPerSecond READ stepsPerSecond NOTIFY progressChanged)
  Q_PROPERTY(double secondsLeft READ secondsLeft NOTIFY progressChanged)
  Q_PROPERTY(double secondsLeftAll READ secondsLeftAll NOTIFY progressChanged)
  /// What the canvas shows: a preview (image://preview/<n>), a result or a chosen picture (file URL), or nothing.
  Q_PROPERTY(QUrl canvasUrl READ canvasUrl NOTIFY canvasChanged)
  Q_PROPERTY(bool canvasIsPreview READ canvasIsPreview NOTIFY canvasChanged)
  Q_PROPERTY(int canvasWidth READ canvasWidth NOTIFY canvasChanged)
  Q_PROPERTY(int canvasHeight READ canvasHeight NOTIFY canvasChanged)
  Q_PROPERTY(double canvasSeed READ canvasSeed NOTIFY canvasChanged)
  Q_PROPERTY(double canvasImageId READ canvasImageId NOTIFY canvasChanged)
  /// Images of the request that runs or ran last.
  Q_PROPERTY(darkroom::app::BatchModel* batch READ batch CONSTANT)
  Q_PROPERTY(darkroom::app::QueueModel* queue READ queue CONSTANT)
  /// Why the last request failed: a sentence, and log lines on demand. Empty while all is well.
  Q_PROPERTY(QString errorText READ errorText NOTIFY errorChanged)
  Q_PROPERTY(QString errorDetail READ errorDetail NOTIFY errorChanged)
  /// "Used EMA weights, 2.1 s" … of the last finished request.
  Q_PROPERTY(QString resultText READ resultText NOTIFY resultChanged)

  // The strip of the first start: 1 make an image, 2 train the demo.
  Q_PROPERTY(bool firstStepsVisible READ firstStepsVisible NOTIFY firstStepsChanged)
  Q_PROPERTY(int firstStep READ firstStep NOTIFY firstStepsChanged)

 public:
  enum Stage { Idle, Waiting, Loading, Sampling, Decoding };
  Q_ENUM(Stage)

  GenerateViewModel(SamplingClient* client, ImageStore* store, GalleryModel* gallery, PreviewStore* previews, QSettings* settings,
                    QObject* parent = nullptr);

  QString prompt() const { return m_prompt; }
  void setPrompt(const QString& text);
  QString negative() const { return m_negative; }
  void setNegative(const QString& text);
  int promptTokens() const { return m_promptTokens; }
  int promptCutAt() const { return m_promptCutAt; }
  int negativeTokens() const { return m_negativeTokens; }
  int negativeCutAt() const { return m_negativeCutAt; }
  int tokenLimit() const { return 75; }
  ModelListModel* models() const { return m_models; }
  int modelIndex() const { return m_modelIndex; }
  void setModelIndex(int index);
  QString modelName() const;
  QString modelDetail() const;
  int modelSize() const;
  QString weights() const { return m_weights; }
  void setWeights(const QString& weights);
  bool canChooseWeights() const;
  SamplerListModel* samplers() const { return m_samplers; }
  int samplerIndex() const { return m_samplerIndex; }
  void setSamplerIndex(int index);
  int steps() const { return m_steps; }
  void setSteps(int steps);
  double cfg() const { return m_cfg; }
  void setCfg(double cfg);
  int width() const { return m_width; }
  void setWidth(int width);
  int height() const { return m_height; }
  void setHeight(int height);
  QString aspect() const;
  void setAspect(const QString& aspect);
  QStringList aspects() const;
  bool sidesLinked() const { return m_sidesLinked; }
  void setSidesLinked(bool linked);
  qlonglong seed() const { return m_seed; }
  void setSeed(qlonglong seed);
  bool seedLocked() const { return m_seedLocked; }
  void setSeedLocked(bool locked);
  int count() const { return m_count; }
  void setCount(int count);
  QStringList suggestedPrompts() const { return m_suggestedPrompts; }
  QString cannotGenerate() const;

  bool busy() const { return m_stage != Idle; }
  Stage stage() const { return m_stage; }
  QString stageText() const;
  int step() const { return m_step; }
  int stepCount() const { return m_stepCount; }
  int imageNumber() const { return m_imageNumber; }
  int imageCount() const { return m_imageCount; }
  double imageProgress() const;
  double progress() const;
  double stepsPerSecond() const { return m_stepsPerSecond; }
  double secondsLeft() const;
  double secondsLeftAll() const;
  QUrl canvasUrl() const { return m_canvasUrl; }
  bool canvasIsPreview() const { return m_canvasIsPreview; }
  int canvasWidth() const { return m_canvasWidth; }
  int canvasHeight() const { return m_canvasHeight; }
  qlonglong canvasSeed() const { return m_canvasSeed; }
  qlonglong canvasImageId() const { return m_canvasImageId; }
  BatchModel* batch() const { return m_batch; }
  QueueModel* queue() const { return m_queue; }
  QString errorText() const { return m_errorText; }
  QString errorDetail() const { return m_errorDetail; }
  QString resultText() const { return m_resultText; }
  bool firstStepsVisible() const { return m_firstStepsVisible; }
  int firstStep() const { return m_firstStep; }

  /// Starts the request, or queues it behind the one that runs. Does nothing while `cannotGenerate` says why.
  Q_INVOKABLE void generate();
  /// Stops the request that runs within one step; those that wait stay.
  Q_INVOKABLE void cancel();
  Q_INVOKABLE void removeFromQueue(int row);
  Q_INVOKABLE void moveInQueue(int from, int to);
  /// A new random seed (the dice).
  Q_INVOKABLE void rollSeed();
  /// One of `aspect`'s sides swapped.
  Q_INVOKABLE void swapSides();
  /// Puts a gallery picture on the canvas; 0 clears it.
  Q_INVOKABLE void showImage(qlonglong imageId);
  /// Shows an image of `batch`.
  Q_INVOKABLE void showBatchImage(int row);
  /// Takes all settings over from a gallery picture, or from a PNG that was dropped (ours, A1111).
  /// False, and `errorText`, when it has none; of a file this shows a moment later.
  Q_INVOKABLE bool restoreFrom(qlonglong imageId);
  Q_INVOKABLE void restoreFromFile(const QUrl& file);
  /// Prompts of earlier requests: Alt+Up, Alt+Down in the prompt.
  Q_INVOKABLE void previousPrompt();
  Q_INVOKABLE void nextPrompt();
  Q_INVOKABLE void dismissError();
  Q_INVOKABLE void dismissFirstSteps();
  /// Adds `by` to the weight of the words in [from, to) of the prompt: "(word:1.1)". Returns the new end of the selection.
  Q_INVOKABLE int changeWeight(int from, int to, double by);
  /// Takes the model with this path; false when the list lacks it.
  Q_INVOKABLE bool chooseModel(const QString& path);

  /// All models, the built-in one first. Keeps the choice where the list still has it.
  void setModels(const QList<ModelItem>& models);
  void setFirstStepDone(int step);
  /// The request as it would be sent now.
  GenerateOptions options() const;

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
  void readyChanged();
  void progressChanged();
  void canvasChanged();
  void errorChanged();
  void resultChanged();
  void firstStepsChanged();
  /// A request ended well with this picture in the gallery.
  void imageStored(qlonglong imageId);

 private:
  struct Request {
    qlonglong id = 0;
    GenerateOptions options;
    int finished = 0;  ///< images of it that are done
    QString engineId;  ///< of the image that is being made
  };
  void applyOptions(const GenerateOptions& options);
  void startNext();
  void startImage();
  void endRequest();
  void storeImage(const message::GenerateDone& result);
  void countTokens(const QString& text, int& tokens, int& cutAt) const;
  void showQueue();
  void setStage(Stage stage);
  void setCanvas(const QUrl& url, bool preview, int width, int height, qlonglong seed, qlonglong imageId);
  void setError(const QString& text, const QString& detail);
  void followClient();
  void save();

  SamplingClient* m_client;
  ImageStore* m_store;
  GalleryModel* m_gallery;
  PreviewStore* m_previews;
  QSettings* m_settings;

  QString m_prompt;
  QString m_negative;
  int m_promptTokens = 0;
  int m_promptCutAt = -1;
  int m_negativeTokens = 0;
  int m_negativeCutAt = -1;
  ModelListModel* m_models;
  int m_modelIndex = 0;
  QString m_weights = QStringLiteral("ema");
  SamplerListModel* m_samplers;
  int m_samplerIndex = 0;
  int m_steps = 30;
  double m_cfg = 7.5;
  int m_width = 512;
  int m_height = 512;
  bool m_sidesLinked = true;
  qlonglong m_seed = 1;
  bool m_seedLocked = false;
  int m_count = 1;
  QStringList m_suggestedPrompts;
  QStringList m_history;
  int m_historyAt = -1;

  std::deque<Request> m_waiting;
  std::optional<Request> m_running;
  qlonglong m_nextId = 1;
  qlonglong m_batchRequest = 0;  ///< whose images stand in m_batch
  Stage m_stage = Idle;
  int m_step = 0;
  int m_stepCount = 0;
  int m_imageNumber = 0;
  int m_imageCount = 0;
  double m_stepsPerSecond = std::numeric_limits<double>::quiet_NaN();
  QElapsedTimer m_sinceFirstStep;
  int m_stepsSinceFirst = 0;
  QUrl m_canvasUrl;
  bool m_canvasIsPreview = false;
  int m_canvasWidth = 0;
  int m_canvasHeight = 0;
  qlonglong m_canvasSeed = 0;
  qlonglong m_canvasImageId = 0;
  BatchModel* m_batch;
  QueueModel* m_queue;
  QString m_errorText;
  QString m_errorDetail;
  QString m_resultText;
  bool m_firstStepsVisible = true;
  int m_firstStep = 1;
  bool m_tokenizerReady = false;
  double m_requestSeconds = 0;
};

}  // namespace darkroom::app
