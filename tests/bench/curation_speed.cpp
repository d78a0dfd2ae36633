// SPDX-License-Identifier: GPL-3.0-or-later
// How long the Datasets page keeps the window from answering while a hand curates a set of millions of rows: filters with their histograms
// and the wall, in a window that Qt's software renderer draws. `curation_speed FOLDER` takes a folder of metadata parquet; `--check MS`
// fails when an answer took longer. Times are wall clock: a machine that does other things makes them longer; beside them stands what the
// window's thread itself computed meanwhile.
#include <QApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFileInfo>
#include <QQmlComponent>
#include <QQmlEngine>
#include <QQuickItem>
#include <QQuickWindow>
#include <QSGRendererInterface>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "app/datasets/datasets_view_model.h"
#include "app/datasets/wall_provider.h"

using namespace darkroom::app;  // NOLINT

namespace {

constexpr int kFrame_ms = 16;
constexpr int kLimit_ms = 50;
constexpr size_t kNamed = 8;  // waits that are named after a gesture, the longest
constexpr int kGestureFrames = 120;
constexpr int kPatience_ms = 600'000;

/// A pulse from another thread, each 2 ms at most: how late the thread of the window answers is how long a click would have waited.
class Pulse {
 public:
  Pulse() : m_thread([this] { beat(); }) { m_since.start(); }
  ~Pulse() {
    m_over = true;
    m_thread.join();
  }
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  /// Prints and forgets what was seen so far; returns the longest.
  double report(const char* what, double seconds) {
    std::sort(m_late.begin(), m_late.end(), [](const Late& a, const Late& b) { return a.ms < b.ms; });
    const size_t count = m_late.size();
    const double longest = count == 0 ? 0 : m_late.back().ms;
    const auto over = std::count_if(m_late.begin(), m_late.end(), [](const Late& late) { return late.ms > kLimit_ms; });
    const auto computing = std::count_if(m_late.begin(), m_late.end(), [](const Late& late) { return late.computing_ms > kLimit_ms; });
    std::printf("%-44s %7.2f s %6zu answers, 99th %6.1f ms, longest %6.1f ms, %ld over %d ms, %ld by computing alone\n", what, seconds,
                count, count == 0 ? 0 : m_late[(count - 1) * 99 / 100].ms, longest, static_cast<long>(over), kLimit_ms,
                static_cast<long>(computing));
    for (size_t i = count - std::min(static_cast<size_t>(over), kNamed); i < count; ++i) {
      std::printf("    %.1f ms at %.2f s, %.1f ms of it computing\n", m_late[i].ms, m_late[i].at_s, m_late[i].computing_ms);
    }
    std::fflush(stdout);
    m_late.clear();
    m_since.start();
    return longest;
  }

 private:
  struct Late {
    double ms = 0;
    double at_s = 0;          ///< since the last report
    double computing_ms = 0;  ///< processor time of the window's thread since the answer before
  };

  static double computed_ms() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
  }

  void beat() {
    while (!m_over) {
      if (!m_asked.exchange(true)) {
        QElapsedTimer sent;
        sent.start();
        QMetaObject::invokeMethod(
            &m_ear,
            [this, sent] {
              const double computed = computed_ms();
              m_late.push_back({static_cast<double>(sent.nsecsElapsed()) * 1e-6, static_cast<double>(m_since.elapsed()) * 1e-3,
                                computed - m_computed_ms});
              m_computed_ms = computed;
              m_asked = false;
            },
            Qt::QueuedConnection);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  QObject m_ear;
  std::vector<Late> m_late;  ///< of the window's thread
  QElapsedTimer m_since;
  double m_computed_ms = computed_ms();
  std::atomic<bool> m_asked{false};
  std::atomic<bool> m_over{false};
  std::thread m_thread;
};

/// Lets the loop run, waiting as a program without work waits.
void spinFor(int ms) {
  QEventLoop loop;
  QTimer::singleShot(ms, &loop, &QEventLoop::quit);
  loop.exec();
}

/// Ends the program when it takes too long.
void spinUntil(const std::function<bool()>& done) {
  QElapsedTimer clock;
  clock.start();
  while (!done()) {
    if (clock.elapsed() > kPatience_ms) {
      std::fprintf(stderr, "no answer for %d s\n", kPatience_ms / 1000);
      std::exit(1);
    }
    spinFor(5);
  }
}

class Curation {
 public:
  explicit Curation(const QString& metadata)
      : m_datasets(EngineCommand{QStringLiteral("/nowhere/engine"), {}, {}}, m_folder.path()), m_metadata(metadata) {
    m_engine.addImportPath(QStringLiteral("qrc:/qt/qml"));
    m_engine.setIncubationController(m_window.incubationController());  // as the studio's window does
    m_engine.addImageProvider(QStringLiteral("wall"), new WallProvider(m_datasets.pictures()));
  }

  bool show() {
    QQmlComponent component(&m_engine);
    component.setData(R"(
import QtQuick
import Darkroom.Theme
import Darkroom.Datasets
import Darkroom.DatasetModels
Rectangle {
    id: root
    required property DatasetsViewModel datasets
    color: Theme.colors.surface
    FilterPanel { id: filters; width: Theme.filterPanel; height: parent.height; datasets: root.datasets }
    WallPanel { anchors { left: filters.right; right: parent.right; top: parent.top; bottom: parent.bottom } datasets: root.datasets }
}
)",
                      QUrl(QStringLiteral("qrc:/curation_speed.qml")));
    m_page.reset(qobject_cast<QQuickItem*>(component.createWithInitialProperties({{"datasets", QVariant::fromValue(&m_datasets)}})));
    if (!m_page) {
      std::fprintf(stderr, "%s\n", qPrintable(component.errorString()));
      return false;
    }
    m_window.resize(1920, 1080);
    m_page->setParentItem(m_window.contentItem());
    m_page->setSize(QSizeF(1920, 1080));
    m_window.show();
    return true;
  }

  /// The longest wait of all gestures, ms; negative when the set could not be opened.
  double curate() {
    const auto timed = [this](const char* what, const std::function<void()>& work) {
      QElapsedTimer clock;
      clock.start();
      work();
      m_longest = std::max(m_longest, m_pulse.report(what, static_cast<double>(clock.elapsed()) * 1e-3));
    };
    timed("import, from parquet to the first answer", [this] {
      m_datasets.addDropped({QUrl::fromLocalFile(m_metadata)});
      spinUntil([this] {
        return m_datasets.state() == DatasetsViewModel::Failed || (m_datasets.state() == DatasetsViewModel::Ready && m_datasets.settled());
      });
    });
    if (m_datasets.state() != DatasetsViewModel::Ready) {
      std::fprintf(stderr, "%s\n", qPrintable(m_datasets.problem()));
      return -1;
    }
    timed("a rule for each column", [this] {
      for (int rule = m_datasets.newRules()->rowCount() - 1; rule >= 0; --rule) {
        if (const QString key = m_datasets.newRules()->at(rule).key; key.startsWith(QStringLiteral("range:"))) {
          m_datasets.addRule(key);
          spinFor(kFrame_ms);
        }
      }
      spinUntil([this] { return m_datasets.settled(); });
    });
    std::printf("    %s of %s rows, %d rules\n", qPrintable(m_datasets.keptText()), qPrintable(m_datasets.rowsText()),
                m_datasets.filters()->rowCount());
    timed("another source, and back to this one", [this] { leaveAndComeBack(); });
    for (const char* view : {"kept", "edge"}) {
      m_datasets.setView(QString::fromLatin1(view));
      spinUntil([this] { return m_datasets.settled(); });
      const QByteArray name = QByteArray("thresholds dragged, view ").append(view);
      timed(name.constData(), [this] { drag(); });
    }
    timed("walls of kept and dropped in turn", [this] {
      for (int frame = 0; frame < kGestureFrames; ++frame) {
        QMetaObject::invokeMethod(
            &m_datasets,
            [this] { m_datasets.setView(m_datasets.view() == QLatin1String("kept") ? QStringLiteral("dropped") : QStringLiteral("kept")); },
            Qt::QueuedConnection);
        spinFor(kFrame_ms);
      }
    });
    timed("undone, step by step", [this] {
      while (m_datasets.canUndo()) {
        m_datasets.undo();
        spinFor(kFrame_ms);
      }
      spinUntil([this] { return m_datasets.settled(); });
    });
    return m_longest;
  }

  QImage picture() { return m_window.grabWindow(); }

 private:
  /// The rules of the source are shown anew, all at once.
  void leaveAndComeBack() {
    const QString here = m_datasets.current();
    const QDir other(m_folder.filePath(QStringLiteral("other")));
    other.mkpath(QStringLiteral("."));
    const QFileInfo file = QDir(m_metadata).entryInfoList({QStringLiteral("*.parquet")}, QDir::Files).value(0);
    QFile::link(file.absoluteFilePath(), other.filePath(file.fileName()));
    const auto ready = [this] { return m_datasets.state() == DatasetsViewModel::Ready && m_datasets.settled(); };
    m_datasets.addDropped({QUrl::fromLocalFile(other.path())});
    spinUntil([this, &here, &ready] { return m_datasets.current() != here && ready(); });
    m_datasets.openSource(here);
    spinUntil(ready);
    spinFor(10 * kFrame_ms);
  }

  /// Each range's lower handle over half its histogram and back.
  void drag() {
    int answers = 0;
    const QObject ear;
    QObject::connect(&m_datasets, &DatasetsViewModel::answerChanged, &ear, [&answers] { ++answers; });
    for (int rule = 0; rule < m_datasets.filters()->rowCount(); ++rule) {
      const FilterItem item = m_datasets.filters()->at(rule);
      if (item.kind != QLatin1String("range")) {
        continue;
      }
      m_datasets.setFocus(rule);
      for (int frame = 0; frame < kGestureFrames; ++frame) {
        const double part = 0.5 - std::abs(0.5 - static_cast<double>(frame) / kGestureFrames);
        m_datasets.setBound(rule, QStringLiteral("low"), item.from + part * (item.to - item.from));
        spinFor(kFrame_ms);
      }
      m_datasets.endGesture();
      m_datasets.clearBound(rule, QStringLiteral("low"));
    }
    spinUntil([this] { return m_datasets.settled(); });
    std::printf("    %d answers came\n", answers);
  }

  QTemporaryDir m_folder;
  DatasetsViewModel m_datasets;
  QString m_metadata;
  QQmlEngine m_engine;
  QQuickWindow m_window;
  std::unique_ptr<QQuickItem> m_page;
  Pulse m_pulse;
  double m_longest = 0;
};

}  // namespace

int main(int argc, char** argv) {
  qputenv("QT_QPA_PLATFORM", "offscreen");
  qputenv("QSG_RENDER_LOOP", "basic");  // drawing on the thread that answers: the worse case
  QQuickWindow::setGraphicsApi(QSGRendererInterface::Software);
  const QApplication application(argc, argv);
  const QStringList arguments = QApplication::arguments();
  if (arguments.size() < 2) {
    std::fprintf(stderr, "curation_speed FOLDER [--check MS] [--picture FILE]\n");
    return 2;
  }
  Curation curation(QFileInfo(arguments[1]).absoluteFilePath());
  if (!curation.show()) {
    return 1;
  }
  const double longest = curation.curate();
  if (const qsizetype picture = arguments.indexOf(QStringLiteral("--picture")); picture > 0 && picture + 1 < arguments.size()) {
    curation.picture().save(arguments[picture + 1]);
  }
  const qsizetype check = arguments.indexOf(QStringLiteral("--check"));
  const double limit = check > 0 && check + 1 < arguments.size() ? arguments[check + 1].toDouble() : 1e9;
  if (longest < 0 || longest > limit) {
    std::fprintf(stderr, "the longest answer took %.1f ms\n", longest);
    return 1;
  }
  return 0;
}
