// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/model_catalog.h"

#include <QCoreApplication>
#include <algorithm>
#include <fstream>
#include <string_view>

#include "app/viewmodels/format.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/resources.h"
#include "core/run/run_directory.h"

namespace darkroom::app {
namespace {
namespace fs = std::filesystem;

constexpr int kSize = 512;          ///< of SD 1.x
constexpr size_t kCheckpoints = 5;  ///< of a run that are offered

QString catalogText(const char* text) { return QCoreApplication::translate("ModelCatalog", text); }

double bytesBelow(const fs::path& folder) {
  double sum = 0;
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, failed)) {
    sum += entry.is_regular_file(failed) ? static_cast<double>(entry.file_size(failed)) : 0;
  }
  return sum;
}

}  // namespace

bool isLoraFile(const fs::path& file) {
  constexpr std::streamsize kHeader = 64 << 10;
  constexpr std::string_view marks[] = {"lora_down.", "lora_A.", "lora_unet_", ".lora.down", "lora_linear_layer", "hada_w1_", "lokr_w1"};
  if (file.extension() != ".safetensors") {
    return false;
  }
  std::string header(kHeader, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(header.data(), kHeader);
  header.resize(static_cast<size_t>(stream.gcount()));
  return std::any_of(std::begin(marks), std::end(marks), [&](std::string_view mark) { return header.find(mark) != std::string::npos; });
}

QStringList findLoras(const Workspace& workspace) {
  QStringList paths;
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(workspace.models(), failed)) {
    if (entry.is_regular_file(failed) && isLoraFile(entry.path())) {
      paths << QString::fromStdString(entry.path().string());
    }
  }
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(workspace.models() / "lora", failed)) {
    const fs::path ending = entry.path().extension();
    if (ending == ".safetensors" || ending == ".pt" || ending == ".ckpt") {
      paths << QString::fromStdString(entry.path().string());
    }
  }
  paths.sort();
  return paths;
}

int pictureSizeOf(const fs::path& folder, const fs::path& vae) {
  try {
    const Json unet = read_json_file(folder / (fs::exists(folder / "unet") ? "unet" : "unet_ema") / "config.json");
    const Json decoder = read_json_file((vae.empty() ? folder / "vae" : vae / (fs::exists(vae / "vae") ? "vae" : "")) / "config.json");
    const auto blocks = decoder.at("block_out_channels").size();
    return unet.at("sample_size").get<int>() << (blocks - 1);
  } catch (const std::exception&) {
    return kSize;  // no such files, or a layout without sizes
  }
}

QList<ModelItem> findModels(const Workspace& workspace) {
  QList<ModelItem> models;
  fs::path pocket;
  try {
    pocket = resource_path("pocket");
    models.append({catalogText("Pocket (built in)"), QStringLiteral("pocket"), catalogText("Built in"), Format::bytes(bytesBelow(pocket)),
                   false, pictureSizeOf(pocket)});
  } catch (const Error&) {
    models.append({catalogText("Pocket (not installed)"), QStringLiteral("pocket"), catalogText("Built in"), QString(), false, kSize});
  }
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(workspace.models(), failed)) {
    const bool folder = entry.is_directory(failed) && fs::exists(entry.path() / "unet", failed);
    const bool file = (entry.path().extension() == ".safetensors" && !isLoraFile(entry.path())) || entry.path().extension() == ".ckpt";
    if (folder || file) {
      models.append({QString::fromStdString(entry.path().stem().string()), QString::fromStdString(entry.path().string()),
                     catalogText("Models"), Format::bytes(folder ? bytesBelow(entry.path()) : static_cast<double>(entry.file_size(failed))),
                     false, folder ? pictureSizeOf(entry.path()) : kSize});
    }
  }
  for (const RunDirectory& run : find_runs(workspace.runs())) {
    fs::path vae;
    try {
      const std::string named = run.plan().model.vae;
      vae = named == "pocket" ? pocket : fs::path(named);
    } catch (const Error&) {
      vae = pocket;
    }
    const std::vector<CheckpointInfo> checkpoints = run.checkpoints();
    for (size_t i = 0; i < checkpoints.size() && i < kCheckpoints; ++i) {
      const CheckpointInfo& checkpoint = checkpoints[checkpoints.size() - 1 - i];
      models.append(
          {catalogText("%1 · step %2").arg(QString::fromStdString(run.info().name), Format::count(static_cast<double>(checkpoint.step))),
           QString::fromStdString(checkpoint.folder.string()), catalogText("Checkpoints"),
           catalogText("step %1").arg(Format::count(static_cast<double>(checkpoint.step))),
           fs::exists(checkpoint.folder / "unet_ema", failed), pictureSizeOf(checkpoint.folder, vae)});
    }
  }
  return models;
}

}  // namespace darkroom::app
