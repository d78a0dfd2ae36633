// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QHash>

namespace darkroom::app {

/// A list whose roles are the properties of a Q_GADGET, by their names: what a role means stands beside the property, once.
class RowListModelBase : public QAbstractListModel {
  Q_OBJECT
  // The type registrar cannot look through a template: a subclass whose count QML reads repeats this line, so that qmllint sees it.
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)

 public:
  RowListModelBase(const QMetaObject& gadget, QObject* parent);

  QHash<int, QByteArray> roleNames() const override { return m_roles; }
  QVariant data(const QModelIndex& index, int role) const override;
  int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : size(); }

 signals:
  void countChanged();

 protected:
  virtual int size() const = 0;
  virtual const void* gadgetAt(int row) const = 0;
  void announceRow(int row) { emit dataChanged(index(row), index(row)); }

 private:
  const QMetaObject& m_gadget;
  QHash<int, QByteArray> m_roles;
};

/// Rows of gadgets of type T. Subclasses only name the element for QML.
template <typename T>
class RowListModel : public RowListModelBase {
 public:
  explicit RowListModel(QObject* parent = nullptr) : RowListModelBase(T::staticMetaObject, parent) {}

  const QList<T>& rows() const { return m_rows; }
  const T& at(int row) const { return m_rows.at(row); }

  /// Makes the list equal to `rows`: rows that keep their place are changed in place, so delegates keep their state.
  void setRows(const QList<T>& rows) {
    const int kept = static_cast<int>(std::min(rows.size(), m_rows.size()));
    if (rows.size() < m_rows.size()) {
      beginRemoveRows({}, static_cast<int>(rows.size()), static_cast<int>(m_rows.size()) - 1);
      m_rows.resize(rows.size());
      endRemoveRows();
    }
    for (int row = 0; row < kept; ++row) {
      set(row, rows[row]);
    }
    if (rows.size() > kept) {
      beginInsertRows({}, kept, static_cast<int>(rows.size()) - 1);
      m_rows.append(rows.mid(kept));
      endInsertRows();
    }
    if (rows.size() != m_lastCount) {
      m_lastCount = rows.size();
      emit countChanged();
    }
  }
  void set(int row, const T& value) {
    if (!(m_rows[row] == value)) {
      m_rows[row] = value;
      announceRow(row);
    }
  }
  void insert(int row, const T& value) {
    beginInsertRows({}, row, row);
    m_rows.insert(row, value);
    endInsertRows();
    m_lastCount = m_rows.size();
    emit countChanged();
  }
  void append(const T& value) { insert(static_cast<int>(m_rows.size()), value); }
  void removeRow(int row) {
    beginRemoveRows({}, row, row);
    m_rows.removeAt(row);
    endRemoveRows();
    m_lastCount = m_rows.size();
    emit countChanged();
  }

 protected:
  int size() const override { return static_cast<int>(m_rows.size()); }
  const void* gadgetAt(int row) const override { return &m_rows.at(row); }

 private:
  QList<T> m_rows;
  qsizetype m_lastCount = 0;
};

}  // namespace darkroom::app
