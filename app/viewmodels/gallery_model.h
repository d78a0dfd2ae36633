// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QDateTime>
#include <QObject>
#include <QUrl>

#include "app/viewmodels/image_store.h"
#include "app/viewmodels/row_list_model.h"

namespace darkroom::app {

/// One picture of the workspace. QML value type `galleryImage`; each property is a role of GalleryModel too.
struct GalleryImage {
  Q_GADGET
  QML_VALUE_TYPE(galleryImage)
  Q_PROPERTY(double imageId READ qmlId)              ///< `imageId`; double for QML, as in GenerateViewModel
  Q_PROPERTY(QUrl thumbnailUrl MEMBER thumbnailUrl)  ///< image://thumbnail/<id>: loaded beside the GUI thread, set sourceSize
  Q_PROPERTY(QUrl imageUrl MEMBER imageUrl)          ///< file URL of the PNG
  Q_PROPERTY(QString filePath MEMBER filePath)
  Q_PROPERTY(QString prompt MEMBER prompt)
  Q_PROPERTY(QString negative MEMBER negative)
  Q_PROPERTY(QString model MEMBER model)
  Q_PROPERTY(QString sampler MEMBER sampler)
  Q_PROPERTY(int steps MEMBER steps)
  Q_PROPERTY(double cfg MEMBER cfg)
  Q_PROPERTY(qlonglong seed MEMBER seed)
  Q_PROPERTY(int width MEMBER width)
  Q_PROPERTY(int height MEMBER height)
  Q_PROPERTY(int rating MEMBER rating)  ///< 0 (none) to 5
  Q_PROPERTY(QString time MEMBER time)  ///< "18:42"
  Q_PROPERTY(QString day MEMBER day)    ///< "Today", "Yesterday", "12 November": the section
 public:
  double qmlId() const { return static_cast<double>(imageId); }
  qlonglong imageId = 0;
  QUrl thumbnailUrl, imageUrl;
  QString filePath, prompt, negative, model, sampler;
  int steps = 0;
  double cfg = 0;
  qlonglong seed = 0;
  int width = 0, height = 0, rating = 0;
  QString time, day;
  QString optionsJson;  ///< GenerateOptions as used; not a role
  bool operator==(const GalleryImage&) const = default;
};

/// "Pocket (built in)" for pocket, a path's last part else.
QString modelTitle(const QString& model);
GalleryImage galleryImage(const ImageRow& row, const QString& filePath);

/// The pictures of the workspace, newest first, filtered. Rows load in pages of 500 as the view asks (fetchMore).
///
/// Main.qml has it as `required property GalleryModel gallery`. For a grid with day headings see GalleryRowModel.
class GalleryModel : public RowListModel<GalleryImage> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the program")

  Q_PROPERTY(State state READ state NOTIFY stateChanged)
  Q_PROPERTY(QString errorText READ errorText NOTIFY stateChanged)
  /// Words that must stand in the prompt.
  Q_PROPERTY(QString search READ search WRITE setSearch NOTIFY filterChanged)
  /// Pictures with at least so many stars; 0: any.
  Q_PROPERTY(int minimumRating READ minimumRating WRITE setMinimumRating NOTIFY filterChanged)
  /// One of `models`, or empty for all.
  Q_PROPERTY(QString modelFilter READ modelFilter WRITE setModelFilter NOTIFY filterChanged)
  /// How old pictures may be: "", "today", "week" (seven days), "month" (thirty), "year" (this one).
  Q_PROPERTY(QString period READ period WRITE setPeriod NOTIFY filterChanged)
  /// Models in the gallery, as modelFilter takes them; titleOf() names them.
  Q_PROPERTY(QStringList models READ models NOTIFY totalChanged)
  Q_PROPERTY(bool filtered READ filtered NOTIFY filterChanged)
  /// Pictures in the workspace, and those that pass the filter.
  Q_PROPERTY(int total READ total NOTIFY totalChanged)
  Q_PROPERTY(int matching READ matching NOTIFY totalChanged)
  /// 0: nothing chosen.
  // double for QML, as in GenerateViewModel
  Q_PROPERTY(double selectedId READ selectedId WRITE setSelectedId NOTIFY selectedChanged)
  /// A deletion can be undone (until the next one or the end of the program).
  Q_PROPERTY(bool canUndo READ canUndo NOTIFY undoChanged)

 public:
  enum State { Loading, Ready, Failed };
  Q_ENUM(State)

  explicit GalleryModel(ImageStore* store, QObject* parent = nullptr);

  /// Asks the store again; call after a picture was added.
  Q_INVOKABLE void reload();

  State state() const { return m_state; }
  QString errorText() const { return m_errorText; }
  QString search() const { return m_search; }
  void setSearch(const QString& search);
  int minimumRating() const { return m_minimumRating; }
  void setMinimumRating(int rating);
  QString modelFilter() const { return m_modelFilter; }
  void setModelFilter(const QString& model);
  QString period() const { return m_period; }
  void setPeriod(const QString& period);
  QStringList models() const { return m_models; }
  Q_INVOKABLE static QString titleOf(const QString& model) { return modelTitle(model); }
  bool filtered() const { return !m_search.isEmpty() || m_minimumRating > 0 || !m_modelFilter.isEmpty() || !m_period.isEmpty(); }
  int total() const { return m_total; }
  int matching() const { return m_matching; }
  qlonglong selectedId() const { return m_selectedId; }
  void setSelectedId(qlonglong id);
  bool canUndo() const { return m_deletedId != 0; }
  /// Pictures of a day among those that pass the filter.
  int countOfDay(const QString& day) const;

  Q_INVOKABLE void clearFilter();
  Q_INVOKABLE void setRating(qlonglong imageId, int rating);
  /// Takes the picture out of the gallery; its file goes when the next deletion or the end of the program makes this final.
  Q_INVOKABLE void remove(qlonglong imageId);
  Q_INVOKABLE void undoRemove();
  /// Row of a picture, -1 when it is not among the rows.
  Q_INVOKABLE int rowOf(qlonglong imageId) const;
  /// Selects the picture `by` rows further (negative: newer).
  Q_INVOKABLE void selectNext(int by);
  Q_INVOKABLE darkroom::app::GalleryImage image(qlonglong imageId) const;

  bool canFetchMore(const QModelIndex& parent) const override;
  void fetchMore(const QModelIndex& parent) override;

 signals:
  void stateChanged();
  void filterChanged();
  void totalChanged();
  void selectedChanged();
  void undoChanged();
  /// remove() took this picture out.
  void removed(qlonglong imageId);
  /// The rows are not what they were.
  void reloaded();

 private:
  void takeCounts(const ImageStore::Page& page);
  ImageQuery filter() const;
  void fail(const QString& text);

  ImageStore* m_store;
  State m_state = Loading;
  QString m_errorText;
  QString m_search;
  int m_minimumRating = 0;
  QString m_modelFilter;
  QString m_period;
  QStringList m_models;
  QHash<QString, int> m_dayCounts;
  int m_total = 0;
  int m_matching = 0;
  qlonglong m_selectedId = 0;
  qlonglong m_deletedId = 0;
  bool m_fetching = false;
  quint64 m_generation = 0;  ///< answers to older questions are dropped
};

}  // namespace darkroom::app
