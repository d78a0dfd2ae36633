// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/datasets/mixture_items.h"
#include "app/datasets/side_stage.h"
#include "core/dataset/dataset_card.h"
#include "core/plan/training_plan.h"

namespace darkroom::app {

class SourceCards;

/// Mixtures of the workspace's encoded datasets: datasets/mixtures/<name>.json, written by `data mix`, as a plan's source may name it. One
/// is open; its shares always sum to 100 %.
class DatasetMixtures : public darkroom::app::SideStage {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("Made by the Datasets page")
  Q_PROPERTY(darkroom::app::MixtureModel* mixtures READ mixtures CONSTANT)
  /// Key of the open one; empty: it has not been written yet.
  Q_PROPERTY(QString current READ current NOTIFY changed)
  Q_PROPERTY(QString name READ name WRITE setName NOTIFY changed)
  /// Where it is, or will be written.
  Q_PROPERTY(QString file READ file NOTIFY changed)
  /// The sources of the workspace, and what else the open mixture names.
  Q_PROPERTY(darkroom::app::MixturePartModel* parts READ parts CONSTANT)
  /// Datasets in it.
  Q_PROPERTY(int chosen READ chosen NOTIFY changed)
  /// It can be written, and it would change the file.
  Q_PROPERTY(bool canWrite READ canWrite NOTIFY changed)
  /// What stands in the way; or empty.
  Q_PROPERTY(QString cannot READ cannot NOTIFY changed)

 public:
  /// folder  the workspace's datasets;  cards  its sources, which outlive this
  DatasetMixtures(const EngineCommand& command, const QString& folder, const SourceCards* cards, QObject* parent = nullptr);

  MixtureModel* mixtures() const { return m_mixtures; }
  QString current() const { return m_current; }
  QString name() const { return m_name; }
  void setName(const QString& name);
  QString file() const { return fileOf(m_name); }
  MixturePartModel* parts() const { return m_parts; }
  int chosen() const { return static_cast<int>(m_chosen.size()); }
  bool canWrite() const;
  QString cannot() const;

  /// Looks at mixtures and datasets again; opens the first, when none is open and nothing has been chosen.
  Q_INVOKABLE void refresh();
  Q_INVOKABLE void openMixture(const QString& key);
  /// An empty one under a name of its own.
  Q_INVOKABLE void create();
  /// Removes the file of the open one; what is chosen stays, so that it can be written again.
  Q_INVOKABLE void removeFile();
  Q_INVOKABLE void setOn(int row, bool on);
  Q_INVOKABLE void setShare(int row, double percent);
  /// rows  at most; 0: all
  Q_INVOKABLE void setLimit(int row, double rows);
  Q_INVOKABLE void write();

 protected:
  void finished(const Json& done, double seconds) override;
  void left(const StageItem& row) override;

 private:
  /// A dataset as dataset.json has it.
  struct Known {
    QString title;
    double rows = 0;
    std::vector<int64_t> shape;
    std::string vae;
    QString problem;
  };
  QString fileOf(const QString& name) const;
  Known look(const std::filesystem::path& folder, const QString& title) const;
  void listFiles();
  void show();
  /// The open mixture has been edited.
  void edited();
  int placeOf(int row) const;
  bool sameAsFile() const;
  StageItem restRow() const;

  QString m_folder;
  const SourceCards* m_cards;
  MixtureModel* m_mixtures;
  MixturePartModel* m_parts;
  QString m_current;
  QString m_name;
  QString m_writing;                  ///< name of what is being written
  std::vector<SourcePlan> m_chosen;   ///< absolute folders
  std::vector<SourcePlan> m_written;  ///< as in the file
  QString m_openProblem;              ///< why the file could not be read
  double m_samples = 0;               ///< of an epoch, as the engine counted at writing; 0: not written in this session
  StageItem m_end;                    ///< failed or stopped, until the next edit; without a state: it has not
};

}  // namespace darkroom::app
