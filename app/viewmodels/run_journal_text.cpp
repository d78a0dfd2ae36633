// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/run_journal_text.h"

#include <QCoreApplication>

#include "app/viewmodels/format.h"

namespace darkroom::app {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("RunJournal", text); }

double number(const JournalEntry& entry, const char* key, double fallback) {
  const auto found = entry.fields.find(key);
  return found != entry.fields.end() && found->is_number() ? found->get<double>() : fallback;
}

QString text(const JournalEntry& entry, const char* key) {
  const auto found = entry.fields.find(key);
  return found == entry.fields.end() ? QString()
         : found->is_string()        ? QString::fromStdString(found->get<std::string>())
                                     : QString::fromStdString(found->dump());
}

/// "Saved at step 400, on request." with what is known of it.
QString withReason(const QString& sentence, const QString& reason) {
  return reason.isEmpty() ? sentence + '.' : sentence + QStringLiteral(": ") + reason + (reason.endsWith('.') ? "" : ".");
}

}  // namespace

bool isAlarm(const JournalEntry& entry) {
  switch (entry.event) {
    case JournalEvent::died:
    case JournalEvent::failed:
    case JournalEvent::skipped_batch:
    case JournalEvent::rolled_back:
    case JournalEvent::save_failed:
    case JournalEvent::restarted:
    case JournalEvent::quarantined:
      return true;
    default:
      return false;
  }
}

JournalItem journalItem(const JournalEntry& entry, double now) {
  JournalItem item;
  item.step = number(entry, "step", -1);
  item.secondsAgo = std::max(0.0, now - entry.time);
  item.kind = QStringLiteral("info");
  const QString at = item.step >= 0 ? tr(" at step %1").arg(Format::count(item.step)) : QString();
  switch (entry.event) {
    case JournalEvent::launched: {
      const int ranks = static_cast<int>(number(entry, "world_size", 1));
      item.text = ranks == 1 ? tr("Started with one worker.") : tr("Started with %1 workers.").arg(ranks);
      break;
    }
    case JournalEvent::resumed:
      item.text = tr("Went on") + at + '.';
      break;
    case JournalEvent::saved:
      item.kind = QStringLiteral("ok");
      item.text = tr("Saved") + at + '.';
      break;
    case JournalEvent::sampled:
      item.text = tr("Samples made") + at + '.';
      break;
    case JournalEvent::stop_requested:
      item.text = tr("Asked to stop after its step.");
      break;
    case JournalEvent::save_requested:
      item.text = tr("Asked to save.");
      break;
    case JournalEvent::pause_requested:
      item.text = tr("Asked to pause.");
      break;
    case JournalEvent::resume_requested:
      item.text = tr("Asked to go on.");
      break;
    case JournalEvent::stopped:
      item.text = tr("Stopped, saved") + at + '.';
      break;
    case JournalEvent::finished:
      item.kind = QStringLiteral("ok");
      item.text = tr("The plan is complete") + at + '.';
      break;
    case JournalEvent::died:
      item.kind = QStringLiteral("error");
      item.text = withReason(tr("Worker %1 ended").arg(text(entry, "rank")), text(entry, "reason"));
      break;
    case JournalEvent::failed:
      item.kind = QStringLiteral("error");
      item.text = withReason(tr("The run failed"), text(entry, "reason"));
      break;
    case JournalEvent::paused:
      item.text = tr("Paused") + at + '.';
      break;
    case JournalEvent::edited:
      item.text = tr("Changed %1 from %2 to %3.").arg(text(entry, "pointer"), text(entry, "from"), text(entry, "to"));
      break;
    case JournalEvent::skipped_batch:
      item.kind = QStringLiteral("warning");
      item.text = withReason(tr("A batch was skipped") + at, text(entry, "reason"));
      break;
    case JournalEvent::rolled_back:
      item.kind = QStringLiteral("warning");
      item.text = withReason(tr("Rolled back") + at, text(entry, "reason"));
      break;
    case JournalEvent::save_failed:
      item.kind = QStringLiteral("error");
      item.text = withReason(tr("The checkpoint") + at + tr(" could not be saved; the training goes on"), text(entry, "reason"));
      break;
    case JournalEvent::restarted:
      item.kind = QStringLiteral("warning");
      item.text =
          withReason(tr("All workers were started again (%1 of %2)").arg(text(entry, "attempt"), text(entry, "of")), text(entry, "reason"));
      break;
    case JournalEvent::quarantined:
      item.kind = QStringLiteral("warning");
      item.text = withReason(tr("%1 is broken and left out").arg(text(entry, "key")), text(entry, "reason"));
      break;
    case JournalEvent::removed_leftovers:
      item.text = tr("Unfinished files of an earlier start were removed.");
      break;
  }
  return item;
}

JournalDigest digestOf(const std::vector<JournalEntry>& journal, double now) {
  JournalDigest digest;
  for (const JournalEntry& entry : journal) {
    const JournalItem item = journalItem(entry, now);
    digest.items.prepend(item);
    if (isAlarm(entry)) {
      digest.alarms.prepend(item);
    }
    switch (entry.event) {
      case JournalEvent::saved:
        digest.lastSave = std::max(digest.lastSave, entry.time);
        break;
      case JournalEvent::stop_requested:
        digest.stopAsked = true;
        break;
      case JournalEvent::resumed:
        if (item.step >= 0) {
          digest.restarts.append(item.step);
        }
        digest.stopAsked = false;
        break;
      case JournalEvent::launched:
      case JournalEvent::stopped:
        digest.stopAsked = false;
        break;
      default:
        break;
    }
  }
  return digest;
}

}  // namespace darkroom::app
