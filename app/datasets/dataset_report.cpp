// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/dataset_report.h"

#include <algorithm>
#include <numeric>

#include "app/datasets/filter_rows.h"
#include "app/engine_host/engine_task.h"
#include "app/viewmodels/format.h"
#include "core/base/error.h"
#include "core/dataset/dataset_card.h"

namespace darkroom::app {
namespace {

/// The value below which a fraction of the rows of a histogram lies, by bins.
double quantile(const Histogram& histogram, double fraction) {
  const auto all = static_cast<double>(std::accumulate(histogram.all.begin(), histogram.all.end(), uint64_t{0}));
  double below = 0;
  const double width = (histogram.high - histogram.low) / static_cast<double>(std::max<size_t>(histogram.all.size(), 1));
  for (size_t bin = 0; bin < histogram.all.size(); ++bin) {
    const auto here = static_cast<double>(histogram.all[bin]);
    if (here > 0 && below + here >= fraction * all) {
      return histogram.low + width * (static_cast<double>(bin) + (fraction * all - below) / here);
    }
    below += here;
  }
  return histogram.high;
}

/// What `data stats` reads: the dataset, or the batches that one will be made of; empty when there are neither.
std::filesystem::path inputOf(const SourceRecord& source) {
  if (source.folder.empty()) {
    return {};
  }
  if (source.kind == SourceKind::arrow) {
    return source.inputs.at(0);
  }
  return std::filesystem::exists(source.stageFolder("tokens")) ? source.stageFolder("tokens") : std::filesystem::path();
}

}  // namespace

DatasetReport::DatasetReport(const EngineCommand& command, QObject* parent)
    : QObject(parent),
      m_command(command),
      m_numbers(new FactModel(this)),
      m_words(new FactModel(this)),
      m_shards(new FactModel(this)),
      m_figures(new FigureModel(this)),
      m_latents(new FactModel(this)) {}

DatasetReport::~DatasetReport() { delete m_task; }

bool DatasetReport::canCount() const { return !inputOf(m_source).empty(); }

void DatasetReport::showSource(const SourceRecord& source) {
  m_source = source;
  delete m_task;
  m_statisticsText =
      canCount() ? tr("Words and tokens have not been counted.") : tr("Words and tokens can be counted when the Tokens stage is done.");
  for (FactModel* facts : {m_numbers, m_words, m_shards}) {
    facts->setRows({});
  }
  try {
    take(read_json_file(source.folder / "stages" / "statistics.json"));
  } catch (const std::exception&) {
    emit changed();  // not counted yet
  }
  showLatents(source.folder);
}

void DatasetReport::take(const Json& statistics) {
  const auto count = [&](const char* key) {
    return statistics.contains(key) && statistics[key].is_number() ? Format::count(statistics[key].get<double>()) : QStringLiteral("–");
  };
  m_statisticsText = tr("%1 rows, %2 captions longer than the text encoder sees, %3 different words")
                         .arg(count("rows"), count("cut_captions"), count("different_words"));
  QList<FactItem> numbers;
  const std::pair<const char*, QString> names[] = {{"width", tr("Width, px")},        {"height", tr("Height, px")},
                                                   {"aspect", tr("Aspect")},          {"caption_chars", tr("Caption, characters")},
                                                   {"tokens", tr("Caption, tokens")}, {"aesthetic", tr("Aesthetic score")}};
  for (const auto& [key, name] : names) {
    const Json summary = statistics.value(key, Json::object());
    if (summary.is_object() && summary.contains("median") && summary["median"].is_number()) {
      numbers << FactItem{.name = name,
                          .value = tr("median %1, nine of ten %2 to %3")
                                       .arg(Format::figure(summary["median"].get<double>()), Format::figure(summary.value("p5", 0.0)),
                                            Format::figure(summary.value("p95", 0.0)))};
    }
  }
  m_numbers->setRows(numbers);
  const auto list = [&](const char* key) {
    QList<FactItem> rows;
    const Json entries = statistics.value(key, Json::array());
    for (const Json& entry : entries) {
      if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_number()) {
        rows << FactItem{.name = QString::fromStdString(entry[0].get<std::string>()), .value = Format::count(entry[1].get<double>())};
      }
    }
    return rows;
  };
  m_words->setRows(list("words"));
  m_shards->setRows(list("sources"));
  emit changed();
}

void DatasetReport::count() {
  const std::filesystem::path input = inputOf(m_source);
  if (m_task || input.empty()) {
    return;
  }
  const std::filesystem::path out = m_source.folder / "stages" / "statistics.json";
  std::error_code problem;
  std::filesystem::create_directories(out.parent_path(), problem);
  m_statisticsText = tr("Counting…");
  m_task = new EngineTask(m_command,
                          {"data", "stats", QString::fromStdString(input.string()), "--out", QString::fromStdString(out.string())}, this);
  const auto ended = [this] {
    m_task->deleteLater();
    m_task.clear();
  };
  connect(m_task, &EngineTask::finished, this, [this, ended](const Json& done) {
    ended();
    take(done);
  });
  connect(m_task, &EngineTask::failed, this, [this, ended](const QString& reason) {
    ended();
    m_statisticsText = reason;
    emit changed();
  });
  connect(m_task, &EngineTask::stopped, this, [this, ended] {
    ended();
    m_statisticsText = tr("Stopped.");
    emit changed();
  });
  emit changed();
}

void DatasetReport::stopCounting() {
  if (m_task) {
    m_task->stop();
  }
}

void DatasetReport::clear() {
  m_figures->setRows({});
  m_latents->setRows({});
  m_remarks.clear();
  emit changed();
}

void DatasetReport::showColumns(const CurationAnswer& answer) {
  QList<FigureItem> figures;
  for (const Histogram& histogram : answer.result.histograms) {
    const ColumnStyle style = columnStyle(histogram.column);
    const uint64_t most = histogram.all.empty() ? 0 : *std::max_element(histogram.all.begin(), histogram.all.end());
    if (most == 0) {
      continue;
    }
    FigureItem figure{.title = style.title,
                      .fromText = Format::number(histogram.low, style.decimals),
                      .toText = Format::number(histogram.high, style.decimals),
                      .detail = tr("half of the rows between %1 and %2")
                                    .arg(Format::number(quantile(histogram, 0.25), style.decimals),
                                         Format::number(quantile(histogram, 0.75), style.decimals)),
                      .bars = {}};
    for (const uint64_t count : histogram.all) {
      figure.bars << static_cast<double>(count) / static_cast<double>(most);
    }
    figures << figure;
  }
  m_figures->setRows(figures);
}

void DatasetReport::showLatents(const std::filesystem::path& folder) {
  QList<FactItem> rows;
  m_remarks.clear();
  try {
    const DatasetCard card = read_dataset_card(folder);
    const LatentStatistics& latents = card.latent_statistics;
    for (size_t channel = 0; channel < latents.mean.size() && channel < latents.std.size(); ++channel) {
      rows << FactItem{
          .name = tr("Channel %1").arg(channel),
          .value = tr("mean %1, std %2").arg(Format::number(latents.mean[channel], 3), Format::number(latents.std[channel], 3))};
    }
    for (const std::string& remark : latent_scale_remarks(latents, card.latent_recipe.scaling_factor)) {
      m_remarks << QString::fromStdString(remark);
    }
  } catch (const std::exception&) {
    rows.clear();  // no dataset yet
  }
  m_latents->setRows(rows);
  emit changed();
}

}  // namespace darkroom::app
