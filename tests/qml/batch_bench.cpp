// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/qml/batch_bench.h"

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/image/image_encode.h"

namespace darkroom::app::fixture {

BatchBench::BatchBench() {
  const std::string folder = m_folder.path().toStdString();
  write_file_atomically(folder + "/engine.sh",
                        "while [ $# -gt 0 ]; do [ \"$1\" = --step ] && step=$2; shift; done\n"
                        "[ -f '" +
                            folder + "'/$step ] || exec sleep 60\n" + "cat '" + folder +
                            "'/$step\n"
                            "! grep -q '\"error\"' '" +
                            folder + "'/$step\n");
  m_batch.setCommand({QStringLiteral("/bin/sh"), {m_folder.filePath("engine.sh")}, {}});
}

void BatchBench::answer(int step, const Json& event) {
  write_file_atomically(m_folder.filePath(QString::number(step)).toStdString(), event.dump() + "\n");
}

void BatchBench::give(int step, const QStringList& captions, bool pictures, bool readable) {
  Json samples = Json::array();
  for (int i = 0; i < captions.size(); ++i) {
    Json sample{
        {"dataset", "/data/food"}, {"key", "key " + std::to_string(i)}, {"caption", captions[i].toStdString()}, {"timestep", 100 * i}};
    if (pictures) {
      const std::string file = m_folder.filePath(QStringLiteral("%1-%2.png").arg(step).arg(i)).toStdString();
      Image image(8, 8);
      std::fill(image.pixels.begin(), image.pixels.end(), static_cast<uint8_t>(60 * i));
      write_png(file, image);
      if (!readable) {
        write_file_atomically(file, "no picture");
      }
      sample["picture"] = file;
    }
    samples.push_back(std::move(sample));
  }
  answer(step, {{"event", "done"}, {"step", step}, {"samples", std::move(samples)}});
}

void BatchBench::giveError(int step, const QString& message) {
  answer(step, {{"event", "error"}, {"code", "not_found"}, {"message", message.toStdString()}});
}

}  // namespace darkroom::app::fixture
