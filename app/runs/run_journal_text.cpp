// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_journal_text.h"

#include <QCoreApplication>

#include "app/viewmodels/format.h"

namespace darkroom::app {
namespace {

QString journalText(const char* text) { return QCoreApplication::translate("RunJournal", text); }

double number(const JournalEntry& entry, const char* key, double fallback) {
  const auto found = entry.fields.find(key);
  return found != entry.fields.end() && found->is_number() ? found->get<double>() : fallback;
}

QString fieldText(const JournalEntry& entry, const char* key) {
  const auto found = entry.fields.find(key);
  return found == entry.fields.end() ? QString()
         : found->is_string()        ? QString::fromStdString(found->get<std::string>())
                                     : QString::fromStdString(found->dump());
}

/// "Saved at step 400, on request." with what is known of it.
QString withReason(const QString& sentence, const QString& reason) {
  return reason.isEmpty() ? sentence + '.' : sentence + QStringLiteral(": ") + reason + (reason.endsWith('.') ? "" : ".");
}

/// "Spike at step 168,402 skipped: norm 12.3, mean 0.38."
QString skippedText(const JournalEntry& entry, const QString& at) {
  const bool spike = fieldText(entry, "reason") == QLatin1String("spike");
  const double norm = number(entry, "norm", 0);
  const double mean = number(entry, "mean", 0);
  const QString what = spike ? journalText("Spike%1 skipped") : journalText("Gradient%1 was not finite: skipped");
  return withReason(what.arg(at),
                    spike && norm > 0 ? journalText("norm %1, mean %2").arg(Format::figure(norm), Format::figure(mean)) : QString());
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
  item.time = entry.time;
  item.kind = QStringLiteral("info");
  const QString at = item.step >= 0 ? journalText(" at step %1").arg(Format::count(item.step)) : QString();
  switch (entry.event) {
    case JournalEvent::launched: {
      const int ranks = static_cast<int>(number(entry, "world_size", 1));
      item.text = ranks == 1 ? journalText("Started with one worker.") : journalText("Started with %1 workers.").arg(ranks);
      break;
    }
    case JournalEvent::resumed:
      item.text = journalText("Went on") + at + '.';
      break;
    case JournalEvent::saved:
      item.kind = QStringLiteral("ok");
      item.text = journalText("Saved") + at + '.';
      break;
    case JournalEvent::sampled:
      item.text = journalText("Samples made") + at + '.';
      break;
    case JournalEvent::stop_requested:
      item.text = journalText("Asked to stop after its step.");
      break;
    case JournalEvent::save_requested:
      item.text = journalText("Asked to save.");
      break;
    case JournalEvent::sample_requested:
      item.text = journalText("Asked for samples.");
      break;
    case JournalEvent::pause_requested:
      item.text = journalText("Asked to pause.");
      break;
    case JournalEvent::resume_requested:
      item.text = journalText("Asked to go on.");
      break;
    case JournalEvent::stopped:
      item.text = journalText("Stopped, saved") + at + '.';
      break;
    case JournalEvent::finished:
      item.kind = QStringLiteral("ok");
      item.text = journalText("The plan is complete") + at + '.';
      break;
    case JournalEvent::died:
      item.kind = QStringLiteral("error");
      item.text = withReason(journalText("Worker %1 ended").arg(fieldText(entry, "rank")), fieldText(entry, "reason"));
      item.done = journalText("The other workers were ended; the newest save is whole.");
      break;
    case JournalEvent::failed:
      item.kind = QStringLiteral("error");
      item.text = withReason(journalText("The run failed"), fieldText(entry, "reason"));
      item.done = journalText("It can go on from the newest save.");
      break;
    case JournalEvent::paused:
      item.text = journalText("Paused") + at + '.';
      break;
    case JournalEvent::edited:
      item.text =
          journalText("Changed %1 from %2 to %3.").arg(fieldText(entry, "pointer"), fieldText(entry, "from"), fieldText(entry, "to"));
      break;
    case JournalEvent::skipped_batch:
      item.kind = QStringLiteral("warning");
      item.text = skippedText(entry, at);
      item.done =
          journalText("Its gradient was not used: weights and averages stayed as they were. The keys of its pictures are in the journal.");
      break;
    case JournalEvent::rolled_back:
      item.kind = QStringLiteral("warning");
      item.text = withReason(journalText("Rolled back") + at, fieldText(entry, "reason"));
      item.done = journalText("Weights are those of %1 again; the learning rate is multiplied by %2 until step %3.")
                      .arg(fieldText(entry, "checkpoint"), fieldText(entry, "rate_factor"), Format::count(number(entry, "rate_until", 0)));
      break;
    case JournalEvent::save_failed:
      item.kind = QStringLiteral("error");
      item.text = withReason(journalText("The checkpoint") + at + journalText(" could not be saved"), fieldText(entry, "reason"));
      item.done = journalText("The saves before it are as they were, and the training goes on; the next planned save is the next try.");
      break;
    case JournalEvent::restarted:
      item.kind = QStringLiteral("warning");
      item.text =
          withReason(journalText("All workers were started again (%1 of %2)").arg(fieldText(entry, "attempt"), fieldText(entry, "of")),
                     fieldText(entry, "reason"));
      break;
    case JournalEvent::quarantined:
      item.kind = QStringLiteral("warning");
      item.text = withReason(journalText("%1 is broken and left out").arg(fieldText(entry, "key")), fieldText(entry, "reason"));
      item.done = journalText("The next sound picture of its dataset takes its place from now on.");
      break;
    case JournalEvent::removed_leftovers:
      item.text = journalText("Unfinished files of an earlier start were removed.");
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
        digest.lastSave = entry.time;  // the newest by the journal's order: the clock may have been set back
        break;
      case JournalEvent::stop_requested:
        digest.stopAsked = true;
        break;
      case JournalEvent::pause_requested:
        digest.pauseAsked = true;
        break;
      case JournalEvent::paused:
        digest.pauseAsked = false;
        break;
      case JournalEvent::resumed:
        if (item.step >= 0) {
          digest.restarts.append(item.step);
        }
        digest.stopAsked = digest.pauseAsked = false;
        break;
      case JournalEvent::launched:
        digest.stopAsked = digest.pauseAsked = false;
        digest.devices.clear();
        for (const Json& device : entry.fields.value("devices", Json::array())) {
          digest.devices << (device.is_string() ? QString::fromStdString(device.get<std::string>()) : QString());
        }
        break;
      case JournalEvent::stopped:
        // A pause ends the ranks too; the supervisor's word comes after theirs.
        digest.stopAsked = false;
        break;
      default:
        break;
    }
  }
  return digest;
}

}  // namespace darkroom::app
