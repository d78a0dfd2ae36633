// SPDX-License-Identifier: GPL-3.0-or-later
// Cells are made model by model: a switch of models may cost more than the pictures between two of them.
#include "app/viewmodels/grid_view_model.h"

#include <QCoreApplication>
#include <QPointer>
#include <QSettings>
#include <QThreadPool>
#include <algorithm>
#include <numeric>

#include "app/viewmodels/grid_axis.h"
#include "app/viewmodels/request_form.h"
#include "app/viewmodels/utf8_text.h"

namespace darkroom::app {
namespace {

const QString kGridGroup = QStringLiteral("generate/grid");

int atLeastOne(qsizetype count) { return static_cast<int>(std::max<qsizetype>(1, count)); }

}  // namespace

GridViewModel::GridViewModel(RequestForm* form, QSettings* settings, QObject* parent)
    : QObject(parent), m_form(form), m_settings(settings), m_axes(new GridAxisModel(this)), m_cells(new GridCellModel(this)) {
  const int size = std::min(kMostAxes, settings->beginReadArray(kGridGroup));
  for (int row = 0; row < size; ++row) {
    settings->setArrayIndex(row);
    m_plan.push_back({gridAxisKind(settings->value("key").toString()).key, settings->value("text").toString(),
                      settings->value("selected").toStringList()});
  }
  settings->endArray();
  if (m_plan.empty()) {
    m_plan = {{"cfg_scale", "3, 5, 7.5", {}}, {"steps", "10, 20, 30", {}}};
  }
  update();
  connect(form, &RequestForm::promptChanged, this, &GridViewModel::update);
  connect(form->models(), &RowListModelBase::countChanged, this, &GridViewModel::update);
}

void GridViewModel::setOpen(bool open) {
  if (open != m_open) {
    m_open = open;
    emit openChanged();
  }
}

QStringList GridViewModel::kinds() const {
  QStringList labels;
  for (const GridAxisKind& kind : gridAxisKinds()) {
    labels << kind.label;
  }
  return labels;
}

QStringList GridViewModel::optionsOf(const QString& key) const {
  QStringList options;
  if (key == "model") {
    for (const ModelItem& model : m_form->models()->rows()) {
      options << model.path;
    }
    return options;
  }
  for (const std::string_view choice : parameter_spec("generate." + key.toStdString()).choices) {
    options << utf8Text(choice);
  }
  return options;
}

QString GridViewModel::labelOf(const QString& key, const QString& value) const {
  if (key == "model") {
    for (const ModelItem& model : m_form->models()->rows()) {
      if (model.path == value) {
        return model.name;
      }
    }
  }
  return gridLabel(key, value);
}

QStringList GridViewModel::valuesOf(const Axis& axis) const {
  if (gridAxisKind(axis.key).values != GridValues::choices) {
    return gridValuesFromText(axis.key, axis.text).values;
  }
  QStringList values;  // in the order of the list, and only what it still has
  for (const QString& option : optionsOf(axis.key)) {
    if (axis.selected.contains(option)) {
      values << option;
    }
  }
  return values;
}

GridAxisItem GridViewModel::itemOf(size_t row) const {
  const Axis& axis = m_plan[row];
  const GridAxisKind& kind = gridAxisKind(axis.key);
  const QString places[kMostAxes] = {tr("Columns"), tr("Rows"), tr("Sheets")};
  GridAxisItem item;
  item.key = axis.key;
  item.place = places[row];
  item.kindIndex = static_cast<int>(&kind - gridAxisKinds().data());
  const QStringList values = valuesOf(axis);
  item.valueCount = static_cast<int>(values.size());
  switch (kind.values) {
    case GridValues::numbers:
      item.values = QStringLiteral("numbers");
      item.text = axis.text;
      item.hint = tr("3, 7.5 or 10..50:10");
      item.problem = gridValuesFromText(axis.key, axis.text).problem;
      break;
    case GridValues::words:
      item.values = QStringLiteral("words");
      item.text = axis.text;
      item.hint = tr("red, green, blue");
      if (!values.isEmpty() && !m_form->prompt().contains(values.front())) {
        item.problem = tr("The prompt does not hold “%1”: the first of the words is what the others stand in for.").arg(values.front());
      }
      break;
    case GridValues::choices: {
      item.values = QStringLiteral("choices");
      QStringList names;
      for (const QString& value : values) {
        names << labelOf(axis.key, value);
      }
      item.text = names.join(QStringLiteral(", "));
      for (const QString& option : optionsOf(axis.key)) {
        item.options << labelOf(axis.key, option);
        item.chosen << axis.selected.contains(option);
      }
      break;
    }
  }
  if (item.problem.isEmpty() && values.isEmpty()) {
    item.problem = tr("%1 has no values yet.").arg(kind.label);
  }
  return item;
}

void GridViewModel::update() {
  QList<GridAxisItem> items;
  for (size_t row = 0; row < m_plan.size(); ++row) {
    items << itemOf(row);
  }
  m_axes->setRows(items);
  m_settings->remove(kGridGroup);
  m_settings->beginWriteArray(kGridGroup, static_cast<int>(m_plan.size()));
  for (size_t row = 0; row < m_plan.size(); ++row) {
    m_settings->setArrayIndex(static_cast<int>(row));
    m_settings->setValue("key", m_plan[row].key);
    m_settings->setValue("text", m_plan[row].text);
    m_settings->setValue("selected", m_plan[row].selected);
  }
  m_settings->endArray();
  emit planChanged();
}

int GridViewModel::pictures() const {
  qlonglong all = 1;
  for (const GridAxisItem& axis : m_axes->rows()) {
    all *= axis.valueCount;
  }
  return static_cast<int>(std::min<qlonglong>(all, std::numeric_limits<int>::max()));
}

QString GridViewModel::shape() const {
  QStringList sides;
  for (const GridAxisItem& axis : m_axes->rows()) {
    sides << QString::number(axis.valueCount);
  }
  const QString sides_text = sides.join(QStringLiteral(" × "));
  return sides.size() == kMostAxes ? tr("%1 sheets").arg(sides_text) : sides_text;
}

QString GridViewModel::problem() const {
  if (!m_form->problem().isEmpty()) {
    return m_form->problem();
  }
  QStringList keys;
  for (const GridAxisItem& axis : m_axes->rows()) {
    if (!axis.problem.isEmpty()) {
      return axis.problem;
    }
    if (keys.contains(axis.key)) {
      return tr("%1 is on two axes.").arg(gridAxisKind(axis.key).label);
    }
    keys << axis.key;
  }
  return pictures() > kMostPictures ? tr("%1 pictures are too many for one grid, at most %2.").arg(pictures()).arg(kMostPictures)
                                    : QString();
}

void GridViewModel::addAxis() {
  if (!canAdd()) {
    return;
  }
  for (const GridAxisKind& kind : gridAxisKinds()) {
    if (std::none_of(m_plan.begin(), m_plan.end(), [&](const Axis& axis) { return axis.key == kind.key; })) {
      m_plan.push_back({kind.key, {}, {}});
      break;
    }
  }
  update();
}

void GridViewModel::removeAxis(int row) {
  if (m_plan.size() > 1 && row >= 0 && row < static_cast<int>(m_plan.size())) {
    m_plan.erase(m_plan.begin() + row);
    update();
  }
}

void GridViewModel::setKind(int row, int kindIndex) {
  const bool known = row >= 0 && row < static_cast<int>(m_plan.size()) && kindIndex >= 0 && kindIndex < gridAxisKinds().size();
  if (known && m_plan[static_cast<size_t>(row)].key != gridAxisKinds()[kindIndex].key) {
    m_plan[static_cast<size_t>(row)] = {gridAxisKinds()[kindIndex].key, {}, {}};
    update();
  }
}

void GridViewModel::setText(int row, const QString& text) {
  if (row >= 0 && row < static_cast<int>(m_plan.size()) && m_plan[static_cast<size_t>(row)].text != text) {
    m_plan[static_cast<size_t>(row)].text = text;
    update();
  }
}

void GridViewModel::setChosen(int row, int option, bool chosen) {
  if (row < 0 || row >= static_cast<int>(m_plan.size())) {
    return;
  }
  Axis& axis = m_plan[static_cast<size_t>(row)];
  const QStringList options = gridAxisKind(axis.key).values == GridValues::choices ? optionsOf(axis.key) : QStringList();
  if (option >= 0 && option < options.size()) {
    axis.selected.removeAll(options[option]);
    if (chosen) {
      axis.selected << options[option];
    }
    update();
  }
}

void GridViewModel::start() {
  if (!problem().isEmpty()) {
    return;
  }
  QStringList values[kMostAxes];
  QStringList names;
  for (size_t row = 0; row < kMostAxes; ++row) {
    m_labels[row].clear();
    if (row < m_plan.size()) {
      values[row] = valuesOf(m_plan[row]);
      names << gridAxisKind(m_plan[row].key).label;
      for (const QString& value : values[row]) {
        m_labels[row] << labelOf(m_plan[row].key, value);
      }
    }
  }
  const int columns = atLeastOne(values[0].size());
  const int rows = atLeastOne(values[1].size());
  const int count = pictures();
  GenerateOptions base = m_form->submit();
  base.count = 1;
  base.batch = 1;
  std::vector<GenerateOptions> cells(static_cast<size_t>(count), base);
  m_made.assign(static_cast<size_t>(count), {});
  for (int cell = 0; cell < count; ++cell) {
    const int indexes[kMostAxes] = {cell % columns, cell / columns % rows, cell / columns / rows};
    QStringList labels;
    for (size_t row = 0; row < m_plan.size(); ++row) {
      applyGridValue(cells[static_cast<size_t>(cell)], m_plan[row].key, values[row], indexes[row]);
      labels << m_labels[row][indexes[row]];
    }
    m_made[static_cast<size_t>(cell)] = {labels.join(QStringLiteral(", ")), QStringLiteral("waiting"), {}, 0};
  }
  m_cellOf.resize(static_cast<size_t>(count));
  std::iota(m_cellOf.begin(), m_cellOf.end(), 0);
  std::stable_sort(m_cellOf.begin(), m_cellOf.end(),
                   [&](int one, int other) { return cells[static_cast<size_t>(one)].model < cells[static_cast<size_t>(other)].model; });
  std::vector<GenerateOptions> ordered;
  ordered.reserve(cells.size());
  for (const int cell : m_cellOf) {
    ordered.push_back(cells[static_cast<size_t>(cell)]);
  }
  m_aspect = static_cast<double>(base.width.value_or(1)) / static_cast<double>(base.height.value_or(1));
  m_sheet = 0;
  m_request = 0;
  m_exportText.clear();
  showSheet();
  emit asked(tr("Grid: %1").arg(names.join(QStringLiteral(" × "))), ordered);
  setOpen(false);
  setShown(true);
}

void GridViewModel::setShown(bool shown) {
  shown = shown && hasSheet();
  if (shown != m_shown) {
    m_shown = shown;
    emit shownChanged();
  }
}

void GridViewModel::setSheet(int sheet) {
  if (sheet != m_sheet && sheet >= 0 && sheet < atLeastOne(m_labels[2].size())) {
    m_sheet = sheet;
    showSheet();
  }
}

void GridViewModel::showSheet() {
  const int size = atLeastOne(m_labels[0].size()) * atLeastOne(m_labels[1].size());
  const auto begin = m_made.begin() + m_sheet * size;
  const QList<GridCellItem> items(begin, begin + size);
  m_cells->setRows(items);
  emit sheetChanged();
  emit exportChanged();
}

void GridViewModel::setMade(qlonglong request, int image, const QUrl& url, qlonglong imageId) {
  if (request != m_request || image < 0 || image >= static_cast<int>(m_cellOf.size())) {
    return;
  }
  const int cell = m_cellOf[static_cast<size_t>(image)];
  GridCellItem& made = m_made[static_cast<size_t>(cell)];
  made.state = imageId != 0 ? QStringLiteral("done") : QStringLiteral("failed");
  made.imageUrl = url;
  made.imageId = imageId;
  const int shown = cell - m_sheet * m_cells->rowCount();
  if (shown >= 0 && shown < m_cells->rowCount()) {
    m_cells->set(shown, made);
  }
  emit exportChanged();
}

void GridViewModel::setEnded(qlonglong request) {
  if (request != m_request) {
    return;
  }
  for (GridCellItem& made : m_made) {
    made.state = made.state == "waiting" ? QStringLiteral("failed") : made.state;
  }
  showSheet();
}

bool GridViewModel::canExport() const {
  return std::any_of(m_made.begin(), m_made.end(), [](const GridCellItem& cell) { return cell.imageId != 0; });
}

void GridViewModel::exportTo(const QUrl& file) {
  if (!canExport() || !file.isLocalFile()) {
    return;
  }
  std::vector<GridSheetFile> files = gridSheetFiles(file.toLocalFile().toStdString(), m_labels, m_made);
  const QString name = QString::fromStdString(files.front().file.filename().string());
  const int count = static_cast<int>(files.size());
  QThreadPool::globalInstance()->start([self = QPointer<GridViewModel>(this), files = std::move(files), name, count] {
    const QString problem = writeGridSheets(files);
    QMetaObject::invokeMethod(QCoreApplication::instance(), [self, problem, name, count] {
      if (!self) {
        return;
      }
      if (!problem.isEmpty()) {
        emit self->failed(tr("The sheet could not be written."), problem);
        return;
      }
      self->m_exportText = count > 1 ? tr("%1 sheets written, from %2").arg(count).arg(name) : tr("Written to %1").arg(name);
      emit self->exportChanged();
    });
  });
}

}  // namespace darkroom::app
