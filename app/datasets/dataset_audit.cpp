// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/dataset_audit.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QFile>
#include <QThreadPool>
#include <algorithm>
#include <array>

#include "app/datasets/stage_notes.h"
#include "app/datasets/wall_provider.h"
#include "app/viewmodels/format.h"
#include "app/viewmodels/utf8_text.h"
#include "core/source/picture_source.h"

namespace darkroom::app {
namespace fs = std::filesystem;
namespace {

constexpr const char* kKey = "audit";
constexpr int kFindingsShown = 2000;
constexpr int kSmallestSide = 0;
constexpr int kLargestSide = 32768;
constexpr double kWidestSpread = 127.5;

struct FindingWords {
  FindingKind kind;
  const char* title;
  const char* help;
};
constexpr std::array kFindingWords{
    FindingWords{FindingKind::broken, QT_TRANSLATE_NOOP("Audit", "Broken"), QT_TRANSLATE_NOOP("Audit", "Cannot be read as pictures")},
    FindingWords{FindingKind::truncated, QT_TRANSLATE_NOOP("Audit", "Cut short"), QT_TRANSLATE_NOOP("Audit", "End before their end mark")},
    FindingWords{FindingKind::damaged, QT_TRANSLATE_NOOP("Audit", "Damaged"), QT_TRANSLATE_NOOP("Audit", "Have places that were guessed")},
    FindingWords{FindingKind::animated, QT_TRANSLATE_NOOP("Audit", "Moving"),
                 QT_TRANSLATE_NOOP("Audit", "Are animations: one frame counts")},
    FindingWords{FindingKind::cmyk, QT_TRANSLATE_NOOP("Audit", "Four inks"),
                 QT_TRANSLATE_NOOP("Audit", "Have CMYK colours, meant for print")},
    FindingWords{FindingKind::rotated, QT_TRANSLATE_NOOP("Audit", "Turned"),
                 QT_TRANSLATE_NOOP("Audit", "Stand upright by their EXIF alone: other tools see them lying")},
    FindingWords{FindingKind::flat, QT_TRANSLATE_NOOP("Audit", "Flat"),
                 QT_TRANSLATE_NOOP("Audit", "Are nearly one colour, black or white")},
    FindingWords{FindingKind::tiny, QT_TRANSLATE_NOOP("Audit", "Too small"),
                 QT_TRANSLATE_NOOP("Audit", "Have a shorter side below the limit")},
    FindingWords{FindingKind::duplicate, QT_TRANSLATE_NOOP("Audit", "Copies"),
                 QT_TRANSLATE_NOOP("Audit", "Have the bytes of an earlier one")},
    FindingWords{FindingKind::no_caption, QT_TRANSLATE_NOOP("Audit", "No caption"), QT_TRANSLATE_NOOP("Audit", "Have no caption")},
    FindingWords{FindingKind::long_caption, QT_TRANSLATE_NOOP("Audit", "Long caption"),
                 QT_TRANSLATE_NOOP("Audit", "Have captions longer than the text encoder sees")},
    FindingWords{FindingKind::wrong_pair, QT_TRANSLATE_NOOP("Audit", "Wrong pair"),
                 QT_TRANSLATE_NOOP("Audit", "Have a caption, a size or a row that belongs to another picture")},
    FindingWords{FindingKind::unusable, QT_TRANSLATE_NOOP("Audit", "Unusable"),
                 QT_TRANSLATE_NOOP("Audit", "Are members of the tar that cannot be used")}};

QString auditText(const char* source) { return QCoreApplication::translate("Audit", source); }

QString keyOf(const FindingWords& words) { return utf8Text(finding_name(words.kind)); }

/// Findings of one kind, as many as are shown.
QList<AuditFinding> findingsIn(const fs::path& file, const std::string& kind) {
  QList<AuditFinding> found;
  QFile lines(QString::fromStdString(file.string()));
  if (!lines.open(QIODevice::ReadOnly)) {
    return found;
  }
  while (!lines.atEnd() && found.size() < kFindingsShown) {
    const Json json = Json::parse(lines.readLine().toStdString(), nullptr, false);
    if (!json.is_object() || json.value("finding", "") != kind) {
      continue;
    }
    AuditFinding finding;
    const QString key = QString::fromStdString(json.value("key", ""));
    // Of a row that no shard has the key is whole.
    finding.name = key.contains(QStringLiteral("::")) ? key : QString::fromStdString(json.value("source", "")) + QStringLiteral("::") + key;
    finding.detail = QString::fromStdString(json.value("detail", ""));
    finding.picture = shardPictureUrl(finding.name);
    found << finding;
  }
  return found;
}

}  // namespace

DatasetAudit::DatasetAudit(const EngineCommand& command, QObject* parent)
    : SideStage(command, QString::fromLatin1(kKey), tr("Audit"), parent),
      m_kinds(new AuditKindModel(this)),
      m_findings(new AuditFindingModel(this)) {}

QString DatasetAudit::cannot() const {
  return active() && !running() ? tr("%1 is being looked at").arg(m_running.title)
         : !m_hasShards         ? tr("there are no shards yet")
                                : QString();
}

void DatasetAudit::setTinySide(int side) {
  m_options.tiny_side = std::clamp(side, kSmallestSide, kLargestSide);
  show();
}

void DatasetAudit::setFlatSpread(double spread) {
  m_options.flat_std = std::clamp(spread, 0.0, kWidestSpread);
  show();
}

QString DatasetAudit::kindHelp() const {
  for (const AuditKind& one : m_kinds->rows()) {
    if (one.key == m_kind) {
      return one.help;
    }
  }
  return {};
}

QString DatasetAudit::shownText() const {
  for (const AuditKind& one : m_kinds->rows()) {
    if (one.key == m_kind && one.count > kFindingsShown) {
      return tr("the first %1 of %2").arg(Format::count(kFindingsShown), one.countText);
    }
  }
  return {};
}

QStringList DatasetAudit::arguments(const SourceRecord& source) const {
  QStringList all{QStringLiteral("data"), QString::fromLatin1(kKey)};
  for (const fs::path& shard : shardFiles(source)) {
    all << QString::fromStdString(shard.string());
  }
  if (readStageNote(source, Stage::tokens).contains("done")) {
    all << QStringLiteral("--rows") << QString::fromStdString(source.stageFolder("tokens").string());
  }
  return all << QStringLiteral("--out") << QString::fromStdString(source.stageFolder(kKey).string()) << QStringLiteral("--tiny")
             << QString::number(m_options.tiny_side) << QStringLiteral("--flat") << QString::number(m_options.flat_std);
}

QString DatasetAudit::signature(const SourceRecord& source) const {
  QCryptographicHash hash(QCryptographicHash::Sha1);
  for (const QString& argument : arguments(source)) {
    hash.addData(argument.toUtf8() + '\n');
  }
  for (const fs::path& shard : shardFiles(source)) {
    hash.addData(QByteArray::fromStdString(source_file_identity(shard)) + '\n');
  }
  hash.addData(QByteArray::fromStdString(readStageNote(source, Stage::tokens).value("stamp", "")));
  return QString::fromLatin1(hash.result().toHex());
}

void DatasetAudit::showSource(const SourceRecord& source) {
  const bool other = source.folder != m_source.folder;
  m_source = source;
  if (other) {
    const Json note = source.folder.empty() ? Json::object() : readNote(source, kKey);
    const Json done = note.value("done", Json::object());
    m_options = CheckOptions();
    m_options.tiny_side = done.value("tiny_side", m_options.tiny_side);
    m_options.flat_std = done.value("flat_std", m_options.flat_std);
    m_kind.clear();
  }
  show();
}

void DatasetAudit::show() {
  m_hasShards = !m_source.folder.empty() && !shardFiles(m_source).empty();
  const Json note = m_source.folder.empty() ? Json::object() : readNote(m_source, kKey);
  m_known = note.contains("done");
  QList<AuditKind> kinds;
  double all = 0;
  StageItem row{.key = {}, .title = {}, .percentText = {}, .line = {}, .detail = {}};
  if (m_known) {
    const Json counts = note["done"].value("findings", Json::object());
    for (const FindingWords& words : kFindingWords) {
      const QString key = keyOf(words);
      const double count = counts.value(key.toStdString(), 0.0);
      all += count;
      if (count > 0) {
        AuditKind kind{.key = key, .title = auditText(words.title), .help = auditText(words.help), .countText = Format::count(count)};
        kind.count = count;
        kinds << kind;
      }
    }
    std::stable_sort(kinds.begin(), kinds.end(), [](const AuditKind& a, const AuditKind& b) { return a.count > b.count; });
    const bool current = QString::fromStdString(note.value("signature", "")) == signature(m_source);
    row.state = current ? QStringLiteral("done") : QStringLiteral("stale");
    row.progress = 1;
    row.line = all > 0 ? tr("%n finding(s)", nullptr, static_cast<int>(std::min(all, 2e9))) : tr("nothing found");
    row.detail = !current ? tr("made before the last change")
                          : tr("%1 of %2 pictures without a finding, in %3")
                                .arg(Format::count(numberOf(note["done"], {"clean"})), Format::count(numberOf(note["done"], {"samples"})),
                                     Format::duration(numberOf(note, {"seconds"})));
    row.quarantined = static_cast<int>(std::min(all, 2e9));
  } else {
    row.line = m_hasShards ? tr("not run") : tr("needs shards");
  }
  m_kinds->setRows(kinds);
  if (std::none_of(kinds.begin(), kinds.end(), [this](const AuditKind& kind) { return kind.key == m_kind; })) {
    m_kind = kinds.isEmpty() ? QString() : kinds.first().key;
  }
  if (m_ended.contains(m_source.name)) {
    row = m_ended[m_source.name];
  }
  readFindings();
  rest(row);
}

void DatasetAudit::setKind(const QString& key) {
  if (key != m_kind) {
    m_kind = key;
    readFindings();
    emit changed();
  }
}

void DatasetAudit::readFindings() {
  const int reading = ++m_reading;
  if (m_kind.isEmpty()) {
    m_findings->setRows({});
    return;
  }
  QThreadPool::globalInstance()->start(
      [self = QPointer<DatasetAudit>(this), reading, kind = m_kind.toStdString(), file = m_source.stageFolder(kKey) / "audit.jsonl"] {
        QList<AuditFinding> found = findingsIn(file, kind);
        QMetaObject::invokeMethod(QCoreApplication::instance(), [self, reading, found = std::move(found)] {
          if (self && self->m_reading == reading) {
            self->m_findings->setRows(found);
          }
        });
      });
}

void DatasetAudit::run() {
  if (active() || !canRun()) {
    return;
  }
  m_running = m_source;
  m_ended.remove(m_running.name);
  m_runningOptions = m_options;
  m_signature = signature(m_running);
  start(arguments(m_running));
}

void DatasetAudit::finished(const Json& done, double seconds) {
  try {
    Json kept = done;
    kept.erase("event");
    kept["tiny_side"] = m_runningOptions.tiny_side;
    kept["flat_std"] = m_runningOptions.flat_std;
    writeNote(m_running, kKey, m_signature, seconds, kept);
  } catch (const std::exception& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
  show();
}

void DatasetAudit::left(const StageItem& row) {
  m_ended[m_running.name] = row;
  show();
}

}  // namespace darkroom::app
