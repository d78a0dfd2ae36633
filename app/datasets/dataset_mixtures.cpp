// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/dataset_mixtures.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QMap>
#include <algorithm>
#include <cmath>

#include "app/datasets/source_cards.h"
#include "app/viewmodels/format.h"
#include "app/viewmodels/free_name.h"
#include "app/viewmodels/linked_shares.h"
#include "core/base/error.h"
#include "core/plan/mixture_file.h"

namespace darkroom::app {
namespace fs = std::filesystem;
namespace {

const QString kEnding = QStringLiteral(".json");

fs::path datasetOf(const SourceRecord& source) {
  return (source.kind == SourceKind::arrow ? source.inputs.at(0) : source.folder).lexically_normal();
}

/// Rows that a part gives: all of the dataset, or its limit.
double rowsOf(double rows, const std::optional<int64_t>& limit) { return limit ? std::min(rows, static_cast<double>(*limit)) : rows; }

}  // namespace

DatasetMixtures::DatasetMixtures(const EngineCommand& command, const QString& folder, const SourceCards* cards, QObject* parent)
    : SideStage(command, QStringLiteral("mixture"), tr("Mixture"), parent),
      m_folder(folder + QStringLiteral("/mixtures")),
      m_cards(cards),
      m_mixtures(new MixtureModel(this)),
      m_parts(new MixturePartModel(this)) {
  m_end.state.clear();
  create();
}

QString DatasetMixtures::fileOf(const QString& name) const {
  return m_folder + '/' + fileNameOf(name, QStringLiteral("mixture")) + kEnding;
}

// --- which there are -------------------------------------------------------------------------------------------------------------------

void DatasetMixtures::listFiles() {
  QList<MixtureItem> rows;
  const QStringList files = QDir(m_folder).entryList({'*' + kEnding}, QDir::Files, QDir::Name);
  for (const QString& file : files) {
    MixtureItem item{.key = file.chopped(kEnding.size()), .detail = {}};
    try {
      const MixtureFile mixture = read_mixture_file((m_folder + '/' + file).toStdString());
      item.detail = tr("%n dataset(s)", nullptr, static_cast<int>(mixture.sources.size()));
    } catch (const std::exception&) {
      item.detail = tr("cannot be read");
    }
    rows << item;
  }
  m_mixtures->setRows(rows);
}

void DatasetMixtures::refresh() {
  listFiles();
  if (m_current.isEmpty() && m_chosen.empty() && m_mixtures->rowCount() > 0) {
    openMixture(m_mixtures->at(0).key);
  } else {
    show();
  }
}

void DatasetMixtures::openMixture(const QString& key) {
  m_current = key;
  m_name = key;
  m_chosen.clear();
  m_openProblem.clear();
  m_samples = 0;
  m_end.state.clear();
  try {
    m_chosen = read_mixture_file(fileOf(key).toStdString()).sources;
    for (SourcePlan& source : m_chosen) {
      source.dataset = fs::path(source.dataset).lexically_normal().string();
    }
  } catch (const std::exception& error) {
    m_openProblem = QString::fromUtf8(error.what());
  }
  m_written = m_chosen;
  show();
}

void DatasetMixtures::create() {
  m_current.clear();
  m_name = QFileInfo(freePath(m_folder, tr("mixture"), QStringLiteral(" "), kEnding)).completeBaseName();
  m_chosen.clear();
  m_written.clear();
  m_openProblem.clear();
  m_samples = 0;
  m_end.state.clear();
  show();
}

void DatasetMixtures::removeFile() {
  if (m_current.isEmpty() || active()) {
    return;
  }
  if (!QFile::remove(fileOf(m_current))) {
    emit failed(tr("%1 cannot be removed.").arg(fileOf(m_current)));
    return;
  }
  m_current.clear();
  m_written.clear();
  m_samples = 0;
  listFiles();
  show();
}

// --- what it is made of ----------------------------------------------------------------------------------------------------------------

DatasetMixtures::Known DatasetMixtures::look(const fs::path& folder, const QString& title) const {
  Known known{.title = title, .rows = 0, .shape = {}, .vae = {}, .problem = {}};
  try {
    const DatasetCard card = read_dataset_card(folder);
    const auto train = card.splits.find("train");
    known.rows = train == card.splits.end() ? 0 : static_cast<double>(train->second);
    known.shape.assign(card.latent_recipe.shape.begin(), card.latent_recipe.shape.end());
    known.vae = card.latent_recipe.vae;
    known.problem = known.rows > 0 ? QString() : tr("it has no rows to train on");
  } catch (const Error& error) {
    known.problem = error.code() == ErrorCode::not_found ? tr("its latents are not made yet") : QString::fromUtf8(error.what());
  }
  return known;
}

void DatasetMixtures::show() {
  QList<QString> paths;
  QMap<QString, Known> known;
  const auto add = [&](const fs::path& folder, const QString& title) {
    const QString path = QString::fromStdString(folder.string());
    if (!known.contains(path)) {
      paths << path;
      known[path] = look(folder, title);
    }
  };
  for (const SourceRecord& record : m_cards->records()) {
    add(datasetOf(record), record.title);
  }
  for (const SourcePlan& source : m_chosen) {
    add(source.dataset, QString::fromStdString(fs::path(source.dataset).filename().string()));
  }
  const auto chosen = [&](const QString& path) {
    return std::find_if(m_chosen.begin(), m_chosen.end(), [&](const SourcePlan& source) { return source.dataset == path.toStdString(); });
  };
  double all = 0;
  const Known* first = nullptr;
  for (const SourcePlan& source : m_chosen) {
    const Known& one = known[QString::fromStdString(source.dataset)];
    all += rowsOf(one.rows, source.limit);
    first = first == nullptr && one.problem.isEmpty() ? &one : first;
  }
  QList<MixturePart> rows;
  for (const QString& path : paths) {
    const Known& one = known[path];
    MixturePart part;
    part.path = path;
    part.title = one.title;
    part.rows = one.rows;
    part.rowsText = one.rows > 0 ? tr("%1 to train on").arg(Format::count(one.rows)) : QString();
    part.band = static_cast<int>(rows.size());
    part.problem = one.problem;
    if (part.problem.isEmpty() && first != nullptr && (one.shape != first->shape || one.vae != first->vae)) {
      part.problem = tr("its latents have another size or VAE than those of %1").arg(first->title);
    }
    if (const auto source = chosen(path); source != m_chosen.end()) {
      const double own = rowsOf(one.rows, source->limit);
      part.on = true;
      part.percent = source->share * 100;
      part.limit = source->limit ? static_cast<double>(*source->limit) : 0;
      part.passesText = own > 0 ? tr("%1 × an epoch").arg(Format::number(source->share * all / own, 2)) : QString();
    }
    rows << part;
  }
  m_parts->setRows(rows);
  rest(m_end.state.isEmpty() ? restRow() : m_end);
}

bool DatasetMixtures::sameAsFile() const {
  return !m_written.empty() && m_name == m_current &&
         std::equal(m_chosen.begin(), m_chosen.end(), m_written.begin(), m_written.end(), [](const SourcePlan& a, const SourcePlan& b) {
           return a.dataset == b.dataset && a.limit == b.limit && std::abs(a.share - b.share) < share_tolerance;
         });
}

StageItem DatasetMixtures::restRow() const {
  StageItem row{.key = {}, .title = {}, .percentText = {}, .line = {}, .detail = {}};
  const QString count = tr("%n dataset(s)", nullptr, static_cast<int>(m_chosen.size()));
  if (!m_openProblem.isEmpty()) {
    row.state = QStringLiteral("failed");
    row.line = tr("cannot be read");
    row.problem = m_openProblem;
  } else if (sameAsFile()) {
    row.state = QStringLiteral("done");
    row.progress = 1;
    row.line = tr("%1, %2").arg(m_current, count);
    row.detail = m_samples > 0 ? tr("written: an epoch has %1 samples").arg(Format::count(m_samples)) : tr("written");
  } else if (!m_current.isEmpty()) {
    row.state = QStringLiteral("stale");
    row.progress = 1;
    row.line = tr("%1, %2").arg(m_name, count);
    row.detail = tr("edited since it was written");
  } else {
    row.line = m_chosen.empty() ? tr("none yet") : tr("%1, %2").arg(m_name, count);
    row.detail = tr("not written yet");
  }
  return row;
}

// --- edits -----------------------------------------------------------------------------------------------------------------------------

void DatasetMixtures::edited() {
  m_openProblem.clear();
  m_end.state.clear();
  show();
}

void DatasetMixtures::setName(const QString& name) {
  if (!name.trimmed().isEmpty() && name.trimmed() != m_name) {
    m_name = fileNameOf(name.trimmed(), m_name);
    edited();
  }
}

int DatasetMixtures::placeOf(int row) const {
  if (row < 0 || row >= m_parts->rowCount()) {
    return -1;
  }
  const auto found = std::find_if(m_chosen.begin(), m_chosen.end(),
                                  [&](const SourcePlan& source) { return source.dataset == m_parts->at(row).path.toStdString(); });
  return found == m_chosen.end() ? -1 : static_cast<int>(found - m_chosen.begin());
}

void DatasetMixtures::setOn(int row, bool on) {
  const int place = placeOf(row);
  if (row < 0 || row >= m_parts->rowCount() || on == (place >= 0)) {
    return;
  }
  if (on) {
    const double given = 1.0 / static_cast<double>(m_chosen.size() + 1);
    for (SourcePlan& source : m_chosen) {
      source.share *= 1 - given;
    }
    m_chosen.push_back({.dataset = m_parts->at(row).path.toStdString(), .share = given, .limit = std::nullopt});
  } else {
    m_chosen.erase(m_chosen.begin() + place);
    double sum = 0;
    for (const SourcePlan& source : m_chosen) {
      sum += source.share;
    }
    for (SourcePlan& source : m_chosen) {
      source.share = sum > 0 ? source.share / sum : 1.0 / static_cast<double>(m_chosen.size());
    }
  }
  edited();
}

void DatasetMixtures::setShare(int row, double percent) {
  const int place = placeOf(row);
  if (place < 0) {
    return;
  }
  QList<double> shares;
  for (const SourcePlan& source : m_chosen) {
    shares << source.share;
  }
  shares = linkedShares(shares, place, percent / 100, {});
  for (size_t i = 0; i < m_chosen.size(); ++i) {
    m_chosen[i].share = shares[static_cast<qsizetype>(i)];
  }
  edited();
}

void DatasetMixtures::setLimit(int row, double rows) {
  const int place = placeOf(row);
  if (place >= 0) {
    m_chosen[static_cast<size_t>(place)].limit = rows >= 1 ? std::optional(static_cast<int64_t>(rows)) : std::nullopt;
    edited();
  }
}

// --- writing ---------------------------------------------------------------------------------------------------------------------------

bool DatasetMixtures::canWrite() const { return !active() && !sameAsFile() && cannot().isEmpty(); }

QString DatasetMixtures::cannot() const {
  if (m_chosen.size() < 2) {
    return tr("A mixture has two datasets or more.");
  }
  for (const MixturePart& part : m_parts->rows()) {
    if (part.on && !part.problem.isEmpty()) {
      return tr("%1: %2").arg(part.title, part.problem);
    }
    if (part.on && part.percent <= 0) {
      return tr("%1 has a share of 0: switch it off instead.").arg(part.title);
    }
  }
  return m_name != m_current && QFile::exists(file()) ? tr("There is a mixture with this name.") : QString();
}

void DatasetMixtures::write() {
  if (!canWrite()) {
    return;
  }
  QStringList arguments{"data", "mix"};
  for (const SourcePlan& source : m_chosen) {
    const QString limit = source.limit ? ':' + QString::number(*source.limit) : QString();
    arguments << QString::fromStdString(source.dataset) + '=' + QString::number(source.share * 100, 'g', 12) + limit;
  }
  m_end.state.clear();
  m_writing = m_name;
  start(arguments << "--out" << file());
}

void DatasetMixtures::finished(const Json& done, double /*seconds*/) {
  listFiles();
  openMixture(m_writing);
  m_samples = done.value("samples_per_epoch", 0.0);
  show();
}

void DatasetMixtures::left(const StageItem& row) {
  m_end = row;
  show();
}

}  // namespace darkroom::app
