// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/qml/dataset_bench.h"

#include "tests/app/datasets_fixture.h"

namespace darkroom::app::fixture {
namespace fs = std::filesystem;

DatasetBench::DatasetBench() {
  const fs::path datasets = m_folder.filePath("datasets").toStdString();
  const SourceRecord audited = demoShards(datasets / "audited", QStringLiteral("Audited"));
  writeDataset(datasets / "birds", 300);
  writeDataset(datasets / "faces", 100);
  const fs::path stages = audited.folder / "stages";
  fs::create_directories(stages / "audit");
  write_file_atomically(
      stages / "audit.json",
      "{\"signature\":\"of an earlier day\",\"seconds\":4,\"done\":{\"samples\":240,\"clean\":237,\"findings\":{\"tiny\":2,"
      "\"duplicate\":1}}}");
  std::string lines;
  for (const char* key : {"animals-amphibians-frog", "animals-amphibians-frog-1"}) {
    lines += Json{{"finding", "tiny"}, {"source", "demo-000000.tar"}, {"key", key}, {"detail", "the shorter side has 8 px"}}.dump() + "\n";
  }
  lines +=
      Json{{"finding", "duplicate"}, {"source", "demo-000000.tar"}, {"key", "animals-birds-albino_peahen"}, {"detail", "the same bytes"}}
          .dump() +
      "\n";
  write_file_atomically(stages / "audit" / "audit.jsonl", lines);
  m_datasets = std::make_unique<DatasetsViewModel>(EngineCommand{QStringLiteral("/nowhere/engine"), {}, {}}, m_folder.path());
  m_datasets->refresh();  // opens the first source
}

}  // namespace darkroom::app::fixture
