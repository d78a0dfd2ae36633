// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/gallery_row_model.h"

namespace darkroom::app {

QVariantList GalleryRow::images() const {
  QVariantList list;
  for (const GalleryImage& picture : pictures) {
    list.append(QVariant::fromValue(picture));
  }
  return list;
}

void GalleryRowModel::setGallery(GalleryModel* gallery) {
  if (gallery == m_gallery) {
    return;
  }
  if (m_gallery) {
    m_gallery->disconnect(this);
  }
  m_gallery = gallery;
  if (gallery) {
    connect(gallery, &GalleryModel::reloaded, this, &GalleryRowModel::rebuild);
  }
  rebuild();
  emit galleryChanged();
}

void GalleryRowModel::setColumns(int columns) {
  columns = std::max(1, columns);
  if (columns != m_columns) {
    m_columns = columns;
    rebuild();
    emit columnsChanged();
  }
}

int GalleryRowModel::lineOf(qlonglong imageId) const {
  for (int line = 0; line < rowCount(); ++line) {
    for (const GalleryImage& picture : at(line).pictures) {
      if (picture.imageId == imageId) {
        return line;
      }
    }
  }
  return -1;
}

bool GalleryRowModel::canFetchMore(const QModelIndex& parent) const {
  return !parent.isValid() && m_gallery && m_gallery->canFetchMore({});
}

void GalleryRowModel::fetchMore(const QModelIndex&) {
  if (m_gallery) {
    m_gallery->fetchMore({});
  }
}

void GalleryRowModel::rebuild() {
  QList<GalleryRow> lines;
  if (m_gallery) {
    for (const GalleryImage& picture : m_gallery->rows()) {
      const bool new_day = lines.isEmpty() || lines.last().title != picture.day;
      if (new_day) {
        GalleryRow heading;
        heading.heading = true;
        heading.title = picture.day;
        heading.dayCount = m_gallery->countOfDay(picture.day);
        lines.append(heading);
      }
      if (new_day || lines.last().pictures.size() >= m_columns) {
        GalleryRow line;
        line.title = picture.day;
        lines.append(line);
      }
      lines.last().pictures.append(picture);
    }
  }
  setRows(lines);
}

}  // namespace darkroom::app
