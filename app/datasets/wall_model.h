// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QHash>
#include <QTimer>
#include <QUrl>
#include <functional>
#include <vector>

#include "app/datasets/curation_worker.h"
#include "app/viewmodels/row_list_model.h"

namespace darkroom::app {

/// A row on the wall.
struct WallItem {
  Q_GADGET
  Q_PROPERTY(double row MEMBER row)           ///< number of the row in its source
  Q_PROPERTY(bool known MEMBER known)         ///< its values have been read
  Q_PROPERTY(QString value MEMBER value)      ///< of the rule in focus: "6.52"; or empty
  Q_PROPERTY(QString size MEMBER size)        ///< "1024 × 683"; or empty
  Q_PROPERTY(QString caption MEMBER caption)  ///< plain text
  Q_PROPERTY(QString name MEMBER name)        ///< its URL, or its key
  Q_PROPERTY(bool kept MEMBER kept)
  Q_PROPERTY(bool byHand MEMBER byHand)
  Q_PROPERTY(QString reason MEMBER reason)  ///< which rule dropped it
  Q_PROPERTY(QUrl picture MEMBER picture)   ///< empty: it is not on this computer
 public:
  double row = 0;
  bool known = false;
  QString value, size, caption, name;
  bool kept = true;
  bool byHand = false;
  QString reason;
  QUrl picture;
  bool operator==(const WallItem&) const = default;
};

/// Rows of the source, as many as there are; what is looked at is described when it comes into view. Of more rows than a view can scroll
/// through a part is shown, see `first`.
class WallModel : public RowListModelBase {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)
  /// Rows in all.
  Q_PROPERTY(double total READ total NOTIFY countChanged)
  /// Place of the first row that is shown.
  Q_PROPERTY(double first READ first NOTIFY countChanged)
  /// Rows that are shown at once.
  Q_PROPERTY(int most READ most CONSTANT)

 public:
  /// A view of Qt keeps places as 32-bit floats: beyond this many rows they would shiver.
  static constexpr int kMost = 60'000;
  using Describe = std::function<WallItem(const DescribedRow&)>;

  explicit WallModel(CurationWorker* worker, QObject* parent = nullptr);

  /// How a described row becomes an item.
  void setDescribe(Describe describe) { m_describe = std::move(describe); }
  double total() const { return static_cast<double>(m_fixed.empty() ? m_set.size() : m_fixed.size()); }
  int most() const { return kMost; }
  double first() const { return static_cast<double>(m_first); }
  /// serial  of the answer that the rows belong to: descriptions of another one are not taken
  void showSet(const RowSet& set, quint64 serial);
  void showRows(std::vector<uint64_t> rows, quint64 serial);
  /// Forgets what is known: another source, or pictures that have come.
  void forget();
  void take(quint64 serial, const QList<DescribedRow>& rows);
  /// Of the place in the list; nothing when it is beyond the end or not described yet.
  const WallItem* itemAt(int index) const;
  /// What was last known of a row, also when it has left the list.
  const WallItem* known(double row) const;

  /// The row at a place, -1 beyond the end.
  Q_INVOKABLE double rowAt(int index) const;
  /// Its place in the list; -1 when it is not shown.
  Q_INVOKABLE int indexOf(double row) const;
  /// Shows rows from this place on.
  Q_INVOKABLE void showFrom(double place);

 protected:
  int size() const override;
  const void* gadgetAt(int row) const override;

 private:
  uint64_t rowOf(int index) const;
  /// Lets `change` put other rows on the wall, of which `now` are shown.
  template <typename Change>
  void replace(int now, Change&& change);
  /// All that is known was described by earlier rules.
  void outdate(quint64 serial);
  void ask();

  CurationWorker* m_worker;
  Describe m_describe;
  RowSet m_set;
  std::vector<uint64_t> m_fixed;
  uint64_t m_first = 0;
  quint64 m_serial = 0;
  QHash<quint64, WallItem> m_items;
  mutable QHash<quint64, bool> m_stale;  ///< described, but by earlier rules
  mutable QList<quint64> m_wanted;
  mutable QTimer m_turn;
  WallItem m_unknown;
  mutable WallItem m_shown;
};

}  // namespace darkroom::app
