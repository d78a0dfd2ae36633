// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QStringList>
#include <QUrl>

#include "app/viewmodels/row_list_model.h"
#include "core/plan/generate_options.h"

class QSettings;

namespace darkroom::app {

/// A LoRA that is added to the model.
struct LoraItem {
  Q_GADGET
  Q_PROPERTY(QString name MEMBER name)  ///< the file's name without its ending
  Q_PROPERTY(QString path MEMBER path)
  Q_PROPERTY(double scale MEMBER scale)  ///< 1: as it was trained
  Q_PROPERTY(bool on MEMBER on)          ///< off: it stays in the list and does nothing
 public:
  QString name, path;
  double scale = 1;
  bool on = true;
  std::optional<double> textScale;  ///< of what it does to the text encoder, where a picture said so; not a role
  bool operator==(const LoraItem&) const = default;
};

/// The LoRAs of the next pictures, in the order in which they are added to the model. Kept in the settings from one start to the next.
class LoraList : public RowListModel<LoraItem> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Generate page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
  /// LoRA files of the workspace that are not in the list: paths, and their names.
  Q_PROPERTY(QStringList offeredPaths READ offeredPaths NOTIFY offeredChanged)
  Q_PROPERTY(QStringList offeredNames READ offeredNames NOTIFY offeredChanged)

 public:
  /// What a scale may be here; the engine takes any number.
  static constexpr double kLargestScale = 10;

  /// `settings` must outlive it.
  explicit LoraList(QSettings* settings, QObject* parent = nullptr);

  /// The LoRA files of the workspace, by path.
  void setFound(const QStringList& paths);
  QStringList offeredPaths() const;
  QStringList offeredNames() const;

  /// By its ending: .safetensors, .pt or .ckpt.
  static bool isLoraName(const QString& name);
  /// Adds files by path or file URL with a scale of 1; one that is there is switched on. What is no .safetensors, .pt or .ckpt file is told
  /// by `failed`.
  Q_INVOKABLE void add(const QUrl& file);
  Q_INVOKABLE void addPath(const QString& path);
  Q_INVOKABLE void remove(int row);
  Q_INVOKABLE void setScale(int row, double scale);
  Q_INVOKABLE void setOn(int row, bool on);

  /// Writes those that are on into `options`, and nothing else.
  void addTo(GenerateOptions& options) const;
  /// Becomes what `options` say.
  void take(const GenerateOptions& options);

 signals:
  void offeredChanged();
  /// A sentence.
  void failed(const QString& text);

 private:
  void change(int row, const LoraItem& item);
  void save();

  QSettings* m_settings;
  QStringList m_found;
};

}  // namespace darkroom::app
