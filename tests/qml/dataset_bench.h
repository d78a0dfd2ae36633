// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTemporaryDir>
#include <memory>

#include "app/datasets/datasets_view_model.h"

namespace darkroom::app::fixture {

/// A workspace with a source that was audited, and two finished datasets; its engine cannot be started.
class DatasetBench {
 public:
  DatasetBench();
  DatasetsViewModel* datasets() const { return m_datasets.get(); }

 private:
  QTemporaryDir m_folder;
  std::unique_ptr<DatasetsViewModel> m_datasets;
};

}  // namespace darkroom::app::fixture
