// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/gallery_model.h"

#include <QFileInfo>
#include <QLocale>

#include "app/viewmodels/image_store.h"
#include "core/plan/generate_options.h"

namespace darkroom::app {
namespace {

constexpr int kPage = 500;

QString dayTitle(QDate day) {
  const QDate today = QDate::currentDate();
  if (day == today) {
    return GalleryModel::tr("Today");
  }
  if (day == today.addDays(-1)) {
    return GalleryModel::tr("Yesterday");
  }
  return QLocale().toString(day, day.year() == today.year() ? GalleryModel::tr("d MMMM") : GalleryModel::tr("d MMMM yyyy"));
}

/// Invalid: of any.
QDate firstDayOf(const QString& period) {
  const QDate today = QDate::currentDate();
  return period == "today"   ? today
         : period == "week"  ? today.addDays(-6)
         : period == "month" ? today.addDays(-29)
         : period == "year"  ? QDate(today.year(), 1, 1)
                             : QDate();
}

}  // namespace

QString modelTitle(const QString& model) {
  return model == "pocket"                       ? GalleryModel::tr("Pocket (built in)")
         : QFileInfo(model).fileName().isEmpty() ? model
                                                 : QFileInfo(model).fileName();
}

GalleryImage galleryImage(const ImageRow& row, const QString& filePath) {
  GalleryImage image;
  image.imageId = row.id;
  image.thumbnailUrl = QUrl(QStringLiteral("image://thumbnail/%1").arg(row.id));
  image.filePath = filePath;
  image.imageUrl = QUrl::fromLocalFile(filePath);
  image.prompt = QString::fromStdString(row.prompt);
  image.negative = QString::fromStdString(row.negative);
  image.model = modelTitle(QString::fromStdString(row.model));
  image.optionsJson = QString::fromStdString(row.options_json);
  const Json options = Json::parse(row.options_json, nullptr, false);
  if (options.is_object()) {
    std::vector<Problem> problems;  // a row of a newer Darkroom may have more to say; what is understood shows
    const GenerateOptions used = generate_options_from_json(options, problems);
    image.sampler = QString::fromStdString(used.sampler.value_or(""));
    image.steps = static_cast<int>(used.steps.value_or(0));
    image.cfg = used.cfg_scale;
  }
  image.seed = row.seed;
  image.width = static_cast<int>(row.width);
  image.height = static_cast<int>(row.height);
  image.rating = static_cast<int>(row.rating);
  const QDateTime time = QDateTime::fromSecsSinceEpoch(static_cast<qint64>(row.created));
  image.time = QLocale().toString(time.time(), QStringLiteral("HH:mm"));
  image.day = dayTitle(time.date());
  return image;
}

GalleryModel::GalleryModel(ImageStore* store, QObject* parent) : RowListModel(parent), m_store(store) {
  connect(store, &ImageStore::failed, this, &GalleryModel::fail);
  reload();
  store->lookForPictures(this, [this](int) { reload(); });
}

void GalleryModel::fail(const QString& text) {
  m_errorText = text;
  m_state = Failed;
  emit stateChanged();
}

void GalleryModel::reload() {
  m_fetching = true;
  const quint64 generation = ++m_generation;
  ImageQuery query = filter();
  query.limit = std::max<int64_t>(kPage, rowCount());
  m_store->list(query, this, [this, generation](const ImageStore::Page& page) {
    if (generation != m_generation) {
      return;
    }
    m_fetching = false;
    if (!page.error.empty()) {
      fail(QString::fromStdString(page.error));
      return;
    }
    QList<GalleryImage> images;
    images.reserve(static_cast<qsizetype>(page.rows.size()));
    for (const ImageRow& row : page.rows) {
      images.append(galleryImage(row, m_store->pathOf(row.id)));
    }
    m_dayCounts.clear();
    takeCounts(page);
    setRows(images);
    m_errorText.clear();
    m_state = Ready;
    emit stateChanged();
    emit totalChanged();
    emit reloaded();
  });
}

void GalleryModel::takeCounts(const ImageStore::Page& page) {
  m_total = static_cast<int>(page.total);
  m_matching = static_cast<int>(page.matching);
  m_models.clear();
  for (const std::string& model : page.models) {
    m_models.append(QString::fromStdString(model));
  }
  for (const auto& [day, count] : page.days) {
    m_dayCounts[dayTitle(QDate::fromString(QString::fromStdString(day), Qt::ISODate))] = static_cast<int>(count);
  }
}

ImageQuery GalleryModel::filter() const {
  ImageQuery query;
  query.words = m_search.toStdString();
  query.min_rating = m_minimumRating;
  query.model = m_modelFilter.toStdString();
  if (const QDate first = firstDayOf(m_period); first.isValid()) {
    query.created_from = static_cast<double>(first.startOfDay().toSecsSinceEpoch());
  }
  return query;
}

bool GalleryModel::canFetchMore(const QModelIndex& parent) const { return !parent.isValid() && !m_fetching && rowCount() < m_matching; }

void GalleryModel::fetchMore(const QModelIndex& parent) {
  if (!canFetchMore(parent)) {
    return;
  }
  m_fetching = true;
  const quint64 generation = m_generation;
  ImageQuery query = filter();
  query.offset = rowCount();
  query.limit = kPage;
  m_store->list(query, this, [this, generation](const ImageStore::Page& page) {
    if (generation != m_generation) {
      return;
    }
    m_fetching = false;
    if (!page.error.empty()) {
      fail(QString::fromStdString(page.error));
      return;
    }
    QList<GalleryImage> images = rows();
    for (const ImageRow& row : page.rows) {
      images.append(galleryImage(row, m_store->pathOf(row.id)));
    }
    takeCounts(page);
    setRows(images);
    emit totalChanged();
    emit reloaded();
  });
}

void GalleryModel::setSearch(const QString& search) {
  if (search != m_search) {
    m_search = search;
    emit filterChanged();
    reload();
  }
}

void GalleryModel::setMinimumRating(int rating) {
  rating = std::clamp(rating, 0, 5);
  if (rating != m_minimumRating) {
    m_minimumRating = rating;
    emit filterChanged();
    reload();
  }
}

void GalleryModel::setModelFilter(const QString& model) {
  if (model != m_modelFilter) {
    m_modelFilter = model;
    emit filterChanged();
    reload();
  }
}

void GalleryModel::setPeriod(const QString& period) {
  const QString known = firstDayOf(period).isValid() ? period : QString();
  if (known != m_period) {
    m_period = known;
    emit filterChanged();
    reload();
  }
}

void GalleryModel::clearFilter() {
  m_search.clear();
  m_minimumRating = 0;
  m_modelFilter.clear();
  m_period.clear();
  emit filterChanged();
  reload();
}

void GalleryModel::setSelectedId(qlonglong id) {
  if (id != m_selectedId) {
    m_selectedId = id;
    emit selectedChanged();
  }
}

int GalleryModel::rowOf(qlonglong imageId) const {
  for (int row = 0; row < rowCount(); ++row) {
    if (at(row).imageId == imageId) {
      return row;
    }
  }
  return -1;
}

GalleryImage GalleryModel::image(qlonglong imageId) const {
  const int row = rowOf(imageId);
  return row < 0 ? GalleryImage() : at(row);
}

void GalleryModel::selectNext(int by) {
  if (rowCount() > 0) {
    const int row = rowOf(m_selectedId);
    setSelectedId(at(std::clamp(row < 0 ? 0 : row + by, 0, rowCount() - 1)).imageId);
  }
}

void GalleryModel::setRating(qlonglong imageId, int rating) {
  const int row = rowOf(imageId);
  if (row < 0) {
    return;
  }
  GalleryImage image = at(row);
  image.rating = std::clamp(rating, 0, 5);
  set(row, image);
  emit reloaded();
  m_store->setRating(imageId, image.rating);
}

void GalleryModel::remove(qlonglong imageId) {
  const int row = rowOf(imageId);
  if (row < 0) {
    return;
  }
  if (m_selectedId == imageId) {
    setSelectedId(rowCount() > 1 ? at(row + 1 < rowCount() ? row + 1 : row - 1).imageId : 0);
  }
  m_store->setDeleted(imageId, true);
  // An older deletion is final now.
  m_store->purge(imageId);
  m_deletedId = imageId;
  --m_dayCounts[at(row).day];
  removeRow(row);
  emit removed(imageId);
  --m_total;
  --m_matching;
  emit totalChanged();
  emit undoChanged();
  emit reloaded();
}

void GalleryModel::undoRemove() {
  if (m_deletedId == 0) {
    return;
  }
  m_store->setDeleted(std::exchange(m_deletedId, 0), false);
  emit undoChanged();
  reload();
}

int GalleryModel::countOfDay(const QString& day) const { return m_dayCounts.value(day); }

}  // namespace darkroom::app
