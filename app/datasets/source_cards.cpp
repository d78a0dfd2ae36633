// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/source_cards.h"

#include <QCoreApplication>
#include <QFile>
#include <QPointer>
#include <QThreadPool>
#include <algorithm>
#include <cmath>

#include "app/viewmodels/format.h"
#include "app/viewmodels/free_name.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json.h"

namespace darkroom::app {
namespace fs = std::filesystem;
namespace {

constexpr int kCardPicture = 88;        ///< px: twice what a card shows
constexpr uint64_t kPictureTries = 20;  ///< rows that are looked at for a picture

fs::path cardFile(const SourceRecord& source) { return source.folder / "card.json"; }
QString cardPicture(const SourceRecord& source) { return QString::fromStdString((source.folder / "card.png").string()); }

SourceItem itemOf(const SourceRecord& record) {
  SourceItem item{.key = record.name,
                  .title = record.title,
                  .kind = sourceKindName(record.kind),
                  .detail = {},
                  .countText = {},
                  .countUnit = record.metadata() ? SourceCards::tr("rows") : SourceCards::tr("images"),
                  .picture = {},
                  .problem = {}};
  try {
    const Json card = read_json_file(cardFile(record));
    item.countText = Format::count(card.value("rows", std::nan("")));
    item.detail = QString::fromStdString(card.value("detail", ""));
  } catch (const std::exception&) {
    item.countText.clear();  // it has not been opened yet
  }
  if (item.detail.isEmpty()) {
    item.detail = item.kind;
  }
  if (const QString picture = cardPicture(record); QFile::exists(picture)) {
    item.picture = QUrl::fromLocalFile(picture);
  }
  const bool there = std::any_of(record.inputs.begin(), record.inputs.end(), [](const fs::path& input) { return fs::exists(input); });
  if (!there && record.repository.empty()) {
    item.problem = SourceCards::tr("Its files are gone.");
  }
  return item;
}

void writeCard(const SourceRecord& source, uint64_t rows, const PictureShelf* shelf, int generation) {
  const SourceSize size = measureSource(source);
  const QString detail =
      size.files == 1 ? SourceCards::tr("%1, %2").arg(sourceKindName(source.kind), Format::bytes(size.bytes))
                      : SourceCards::tr("%1 files, %2").arg(Format::count(static_cast<double>(size.files)), Format::bytes(size.bytes));
  fs::create_directories(source.folder);
  write_file_atomically(cardFile(source), Json{{"rows", rows}, {"detail", detail.toStdString()}, {"bytes", size.bytes}}.dump() + "\n");
  const QString file = cardPicture(source);
  const uint64_t last = std::min(rows, rows / 3 + kPictureTries);
  for (uint64_t row = rows / 3; shelf != nullptr && !QFile::exists(file) && row < last; ++row) {
    try {
      shelf->picture(generation, row, kCardPicture).save(file);
    } catch (const std::exception&) {
      continue;  // the next row may have one
    }
  }
}

}  // namespace

SourceCards::SourceCards(const QString& datasets, QObject* parent)
    : QObject(parent), m_datasets(datasets), m_model(new SourceModel(this)) {}

const SourceRecord* SourceCards::find(const QString& key) const {
  const auto found = std::find_if(m_records.begin(), m_records.end(), [&](const SourceRecord& record) { return record.name == key; });
  return found == m_records.end() ? nullptr : &*found;
}

const SourceRecord* SourceCards::findMadeOf(const std::vector<fs::path>& inputs) const {
  const auto found = std::find_if(m_records.begin(), m_records.end(), [&](const SourceRecord& record) { return record.inputs == inputs; });
  return found == m_records.end() ? nullptr : &*found;
}

void SourceCards::refresh() {
  m_records = listSources(m_datasets.toStdString());
  QList<SourceItem> rows;
  for (const SourceRecord& record : m_records) {
    rows << itemOf(record);
  }
  m_model->setRows(rows);
}

QString SourceCards::add(SourceRecord source) {
  source.folder = freePath(m_datasets, fileNameOf(source.title, QStringLiteral("source")), QStringLiteral(" ")).toStdString();
  source.name = QString::fromStdString(source.folder.filename().string());
  if (!source.repository.empty()) {
    source.inputs = {source.stageFolder("fetch")};
  }
  writeSource(source);
  refresh();
  return source.name;
}

void SourceCards::measure(const SourceRecord& source, uint64_t rows, std::shared_ptr<const PictureShelf> shelf) {
  const int generation = shelf ? shelf->generation() : 0;
  QThreadPool::globalInstance()->start([self = QPointer<SourceCards>(this), source, rows, shelf = std::move(shelf), generation] {
    try {
      writeCard(source, rows, shelf.get(), generation);
    } catch (const std::exception&) {
      return;  // the card stays as it was
    }
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self] {
      if (self) {
        self->refresh();
        emit self->changed();
      }
    });
  });
}

QString sizeOnDisk(const SourceRecord& source) {
  try {
    return Format::bytes(read_json_file(cardFile(source)).value("bytes", std::nan("")));
  } catch (const std::exception&) {
    return SourceCards::tr("being measured");
  }
}

}  // namespace darkroom::app
