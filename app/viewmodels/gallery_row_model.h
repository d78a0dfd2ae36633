// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QPointer>

#include "app/viewmodels/gallery_model.h"

namespace darkroom::app {

/// A line of the gallery grid: a heading, or up to `columns` pictures.
struct GalleryRow {
  Q_GADGET
  Q_PROPERTY(bool heading MEMBER heading)
  Q_PROPERTY(QString title MEMBER title)       ///< of a heading: "Today"
  Q_PROPERTY(int dayCount MEMBER dayCount)     ///< of a heading: pictures of that day
  Q_PROPERTY(QVariantList images READ images)  ///< of a line: galleryImage values, left to right
 public:
  bool heading = false;
  QString title;
  int dayCount = 0;
  QList<GalleryImage> pictures;
  QVariantList images() const;
  bool operator==(const GalleryRow&) const = default;
};

/// The gallery as lines for a ListView: day headings and lines of pictures. Created in QML:
///   GalleryRowModel { gallery: page.gallery; columns: 2 }
class GalleryRowModel : public RowListModel<GalleryRow> {
  Q_OBJECT
  QML_ELEMENT
  Q_PROPERTY(darkroom::app::GalleryModel* gallery READ gallery WRITE setGallery NOTIFY galleryChanged)
  Q_PROPERTY(int columns READ columns WRITE setColumns NOTIFY columnsChanged)

 public:
  explicit GalleryRowModel(QObject* parent = nullptr) : RowListModel(parent) {}

  GalleryModel* gallery() const { return m_gallery; }
  void setGallery(GalleryModel* gallery);
  int columns() const { return m_columns; }
  void setColumns(int columns);
  /// Line that holds a picture, -1 when none does.
  Q_INVOKABLE int lineOf(qlonglong imageId) const;

  bool canFetchMore(const QModelIndex& parent) const override;
  void fetchMore(const QModelIndex& parent) override;

 signals:
  void galleryChanged();
  void columnsChanged();

 private:
  void rebuild();

  QPointer<GalleryModel> m_gallery;
  int m_columns = 2;
};

}  // namespace darkroom::app
