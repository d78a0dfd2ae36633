// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/lora_list.h"

#include <QFileInfo>
#include <QSettings>
#include <algorithm>

namespace darkroom::app {
namespace {

const QString kArray = QStringLiteral("generate/loras");

LoraItem itemOf(const QString& path, double scale = 1) { return {QFileInfo(path).completeBaseName(), path, scale, true, {}}; }

}  // namespace

LoraList::LoraList(QSettings* settings, QObject* parent) : RowListModel(parent), m_settings(settings) {
  const int size = settings->beginReadArray(kArray);
  for (int row = 0; row < size; ++row) {
    settings->setArrayIndex(row);
    LoraItem item = itemOf(settings->value("path").toString(), settings->value("scale", 1.0).toDouble());
    item.on = settings->value("on", true).toBool();
    append(item);
  }
  settings->endArray();
}

void LoraList::save() {
  m_settings->remove(kArray);
  m_settings->beginWriteArray(kArray, rowCount());
  for (int row = 0; row < rowCount(); ++row) {
    m_settings->setArrayIndex(row);
    m_settings->setValue("path", at(row).path);
    m_settings->setValue("scale", at(row).scale);
    m_settings->setValue("on", at(row).on);
  }
  m_settings->endArray();
  emit offeredChanged();
}

void LoraList::setFound(const QStringList& paths) {
  if (paths != m_found) {
    m_found = paths;
    emit offeredChanged();
  }
}

QStringList LoraList::offeredPaths() const {
  QStringList offered;
  for (const QString& path : m_found) {
    if (std::none_of(rows().begin(), rows().end(), [&](const LoraItem& item) { return item.path == path; })) {
      offered << path;
    }
  }
  return offered;
}

QStringList LoraList::offeredNames() const {
  QStringList names;
  for (const QString& path : offeredPaths()) {
    names << QFileInfo(path).completeBaseName();
  }
  return names;
}

void LoraList::add(const QUrl& file) {
  if (!file.isLocalFile()) {
    emit failed(tr("%1 is not a file of this computer; save it first.").arg(file.toString()));
    return;
  }
  addPath(file.toLocalFile());
}

bool LoraList::isLoraName(const QString& name) {
  static const QStringList endings{QStringLiteral("safetensors"), QStringLiteral("pt"), QStringLiteral("ckpt")};
  return endings.contains(QFileInfo(name).suffix().toLower());
}

void LoraList::addPath(const QString& path) {
  if (!isLoraName(path)) {
    emit failed(tr("%1 is no LoRA file: expected .safetensors, .pt or .ckpt.").arg(QFileInfo(path).fileName()));
    return;
  }
  for (int row = 0; row < rowCount(); ++row) {
    if (at(row).path == path) {
      setOn(row, true);
      return;
    }
  }
  append(itemOf(path));
  save();
}

void LoraList::remove(int row) {
  if (row >= 0 && row < rowCount()) {
    removeRow(row);
    save();
  }
}

void LoraList::change(int row, const LoraItem& item) {
  set(row, item);
  save();
}

void LoraList::setScale(int row, double scale) {
  if (row >= 0 && row < rowCount() && std::isfinite(scale)) {
    LoraItem item = at(row);
    item.scale = std::clamp(scale, -kLargestScale, kLargestScale);
    item.textScale.reset();  // one slider moves both
    change(row, item);
  }
}

void LoraList::setOn(int row, bool on) {
  if (row >= 0 && row < rowCount()) {
    LoraItem item = at(row);
    item.on = on;
    change(row, item);
  }
}

void LoraList::addTo(GenerateOptions& options) const {
  for (const LoraItem& item : rows()) {
    if (item.on) {
      options.loras.push_back({item.path.toStdString(), item.scale, item.textScale});
    }
  }
}

void LoraList::take(const GenerateOptions& options) {
  QList<LoraItem> items;
  for (const LoraUse& use : options.loras) {
    LoraItem item = itemOf(QString::fromStdString(use.path), use.scale);
    item.textScale = use.text_scale;
    items.append(item);
  }
  setRows(items);
  save();
}

}  // namespace darkroom::app
