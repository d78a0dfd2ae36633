// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QUrl>
#include <vector>

#include "app/viewmodels/grid_items.h"
#include "app/viewmodels/grid_sheets.h"
#include "core/plan/generate_options.h"

class QSettings;

namespace darkroom::app {

class RequestForm;

/// The same picture under several settings: up to three axes, one picture a cell, laid out on a sheet with headers. The third axis makes
/// several sheets. The pictures are made by the request queue and lie in the gallery like others; the sheet is written when it is asked
/// for.
class GridViewModel : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Generate page")
  /// The card with the axes.
  Q_PROPERTY(bool open READ open WRITE setOpen NOTIFY openChanged)
  Q_PROPERTY(darkroom::app::GridAxisModel* axes READ axes CONSTANT)
  /// Names of what an axis can be.
  Q_PROPERTY(QList<QString> kinds READ kinds CONSTANT)
  Q_PROPERTY(bool canAdd READ canAdd NOTIFY planChanged)
  /// How many pictures start() would make.
  Q_PROPERTY(int pictures READ pictures NOTIFY planChanged)
  /// "3 × 4", "3 × 4 × 2 sheets"
  Q_PROPERTY(QString shape READ shape NOTIFY planChanged)
  /// Why start() would do nothing, a sentence; or empty.
  Q_PROPERTY(QString problem READ problem NOTIFY planChanged)

  /// There is a sheet: pictures of the grid that was started last.
  Q_PROPERTY(bool hasSheet READ hasSheet NOTIFY sheetChanged)
  /// The canvas shows it.
  Q_PROPERTY(bool shown READ shown WRITE setShown NOTIFY shownChanged)
  Q_PROPERTY(darkroom::app::GridCellModel* cells READ cells CONSTANT)
  Q_PROPERTY(QStringList columnLabels READ columnLabels NOTIFY sheetChanged)
  Q_PROPERTY(QStringList rowLabels READ rowLabels NOTIFY sheetChanged)
  Q_PROPERTY(QStringList sheetLabels READ sheetLabels NOTIFY sheetChanged)
  Q_PROPERTY(int sheet READ sheet WRITE setSheet NOTIFY sheetChanged)
  /// Width by height of a picture.
  Q_PROPERTY(double cellAspect READ cellAspect NOTIFY sheetChanged)
  /// Some picture is there that could be written.
  Q_PROPERTY(bool canExport READ canExport NOTIFY exportChanged)
  /// "Written to sheet.png"; or empty.
  Q_PROPERTY(QString exportText READ exportText NOTIFY exportChanged)

 public:
  static constexpr int kMostAxes = 3;
  static constexpr int kMostPictures = 2000;

  /// Both must outlive it.
  GridViewModel(RequestForm* form, QSettings* settings, QObject* parent = nullptr);

  bool open() const { return m_open; }
  void setOpen(bool open);
  GridAxisModel* axes() const { return m_axes; }
  QStringList kinds() const;
  bool canAdd() const { return m_axes->rowCount() < kMostAxes; }
  int pictures() const;
  QString shape() const;
  QString problem() const;

  Q_INVOKABLE void addAxis();
  Q_INVOKABLE void removeAxis(int row);
  Q_INVOKABLE void setKind(int row, int kindIndex);
  /// Of numbers and words.
  Q_INVOKABLE void setText(int row, const QString& text);
  /// Of choices.
  Q_INVOKABLE void setChosen(int row, int option, bool chosen);
  /// Asks for the pictures; a cell that another one equals is still made.
  Q_INVOKABLE void start();

  bool hasSheet() const { return !m_made.empty(); }
  bool shown() const { return m_shown; }
  void setShown(bool shown);
  GridCellModel* cells() const { return m_cells; }
  QStringList columnLabels() const { return m_labels[0]; }
  QStringList rowLabels() const { return m_labels[1]; }
  QStringList sheetLabels() const { return m_labels[2]; }
  int sheet() const { return m_sheet; }
  void setSheet(int sheet);
  double cellAspect() const { return m_aspect; }
  bool canExport() const;
  QString exportText() const { return m_exportText; }
  /// Writes the sheets beside the GUI thread: FILE.png, of several sheets FILE-1.png, FILE-2.png, … Cells that are not made are crossed
  /// out.
  Q_INVOKABLE void exportTo(const QUrl& file);

  /// The request of the grid that was started last. Its pictures come by setMade.
  void setRequest(qlonglong request) { m_request = request; }
  bool isRequest(qlonglong request) const { return request == m_request; }
  /// An image of a request is in the gallery; an id of 0: it could not be kept.
  void setMade(qlonglong request, int image, const QUrl& url, qlonglong imageId);
  /// No more images of a request come.
  void setEnded(qlonglong request);

 signals:
  void openChanged();
  void planChanged();
  void sheetChanged();
  void shownChanged();
  void exportChanged();
  /// start() wants these, one picture each.
  void asked(const QString& title, const std::vector<darkroom::GenerateOptions>& images);
  /// A sentence, and what lies behind it.
  void failed(const QString& reason, const QString& detail);

 private:
  struct Axis {
    QString key;
    QString text;          ///< of numbers and words
    QStringList selected;  ///< of choices
  };
  QStringList valuesOf(const Axis& axis) const;
  GridAxisItem itemOf(size_t row) const;
  QString labelOf(const QString& key, const QString& value) const;
  /// Values and names of what can be chosen.
  QStringList optionsOf(const QString& key) const;
  void update();
  void showSheet();

  RequestForm* m_form;
  QSettings* m_settings;
  std::vector<Axis> m_plan;
  bool m_open = false;
  GridAxisModel* m_axes;
  GridCellModel* m_cells;

  qlonglong m_request = 0;
  GridLabels m_labels;
  std::vector<int> m_cellOf;         ///< by image of the request
  std::vector<GridCellItem> m_made;  ///< by cell: sheet by sheet, row by row
  double m_aspect = 1;
  int m_sheet = 0;
  bool m_shown = false;
  QString m_exportText;
};

}  // namespace darkroom::app
