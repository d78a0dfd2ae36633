// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QStringList>
#include <QVariant>

#include "app/viewmodels/row_list_model.h"
#include "core/plan/generate_options.h"

class QSettings;

namespace darkroom::app {

/// One of the settings that most pictures leave alone.
struct ExtraSetting {
  Q_GADGET
  Q_PROPERTY(QString key MEMBER key)          ///< of the parameter table, without "generate.": limits and help by `Parameters.info(key)`
  Q_PROPERTY(QString section MEMBER section)  ///< "Second pass": rows of one section stand together
  Q_PROPERTY(bool startsSection MEMBER startsSection)
  Q_PROPERTY(QString label MEMBER label)
  Q_PROPERTY(QString kind MEMBER kind)            ///< "number", "optional" (a number that can be off), "choice", "path"
  Q_PROPERTY(QStringList choices MEMBER choices)  ///< of a choice; the first may be "as usual", which sets nothing
  Q_PROPERTY(int choiceIndex MEMBER choiceIndex)  ///< in `choices`: of the one that counts
  Q_PROPERTY(QString usual MEMBER usual)          ///< what counts while it is not set: "none", "the model's own"
  Q_PROPERTY(double number MEMBER number)         ///< of a number: as set, else the usual one
  Q_PROPERTY(QString text MEMBER text)            ///< of a path or choice: as set, else empty
  Q_PROPERTY(bool isSet MEMBER isSet)
 public:
  QString key, section, label, kind;
  QStringList choices;
  QString usual;
  int choiceIndex = 0;
  double number = 0;
  QString text;
  bool isSet = false;
  bool startsSection = false;
  bool operator==(const ExtraSetting&) const = default;
};

/// The further settings of the Generate page, made from the parameter table; what is set is kept in the settings from one start to the
/// next.
class ExtraSettings : public RowListModel<ExtraSetting> {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Generate page")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)  // see RowListModelBase
  /// How many are set.
  Q_PROPERTY(int changed READ changed NOTIFY changedChanged)

 public:
  /// `settings` must outlive it.
  explicit ExtraSettings(QSettings* settings, QObject* parent = nullptr);

  int changed() const;
  /// Sets a row: a number within the limits of the table, a word of `choices`, a path or file URL. A value that the table refuses, an empty
  /// text, or "as usual" makes it unset.
  Q_INVOKABLE void put(int row, const QVariant& value);
  Q_INVOKABLE void reset(int row);
  Q_INVOKABLE void resetAll();

  /// Writes what is set into `options`, and nothing else.
  void addTo(GenerateOptions& options) const;
  /// Takes over what `options` say; all else becomes unset.
  void take(const GenerateOptions& options);

 signals:
  void changedChanged();

 private:
  void change(int row, const ExtraSetting& setting);

  QSettings* m_settings;
};

}  // namespace darkroom::app
