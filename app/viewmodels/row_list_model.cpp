// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/row_list_model.h"

#include <QMetaProperty>

namespace darkroom::app {

RowListModelBase::RowListModelBase(const QMetaObject& gadget, QObject* parent) : QAbstractListModel(parent), m_gadget(gadget) {
  for (int property = 0; property < gadget.propertyCount(); ++property) {
    m_roles.insert(Qt::UserRole + property, gadget.property(property).name());
  }
}

QVariant RowListModelBase::data(const QModelIndex& index, int role) const {
  const int property = role - Qt::UserRole;
  if (!index.isValid() || index.row() >= size() || property < 0 || property >= m_gadget.propertyCount()) {
    return {};
  }
  return m_gadget.property(property).readOnGadget(gadgetAt(index.row()));
}

}  // namespace darkroom::app
