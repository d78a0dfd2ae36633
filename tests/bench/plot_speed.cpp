// SPDX-License-Identifier: GPL-3.0-or-later
// Times of a frame of a plot with ten lines of a million points, without a screen and without a GPU: the item of the studio in a window
// that Qt's software renderer draws into an image. Figures are milliseconds of the thread's own processor time, which other programs do not
// change, beside the wall clock. `plot_speed --check MS` fails when the median frame of a pan takes longer; PLOT_SPEED_PICTURES names a
// folder for the last frames.
#include <QApplication>
#include <QElapsedTimer>
#include <QQuickItem>
#include <QQuickRenderControl>
#include <QQuickRenderTarget>
#include <QQuickWindow>
#include <QSGRendererInterface>
#include <QThread>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <vector>

#include "app/plot/series_plot_item.h"
#include "tests/thread_time.h"

using namespace darkroom::app;  // NOLINT
using darkroom::test::thread_ms;

namespace {

constexpr int kLines = 10;
constexpr int kRows = 1'000'000;
constexpr int kFrames = 60;

/// Ten runs: a loss that falls, with noise.
class Runs {
 public:
  Runs() : m_columns(std::make_shared<SeriesColumns>()) {
    for (std::vector<double>& column : m_columns->values) {
      column.reserve(kRows + 1000);
    }
    for (int line = 0; line < kLines; ++line) {
      m_series.push_back(std::make_unique<SeriesStore>(m_columns));
    }
    for (int row = 1; row <= kRows; ++row) {
      append(row);
    }
  }

  void append(int row) {
    m_columns->append(row, row / 1e4, row * 8.0, row / 14400.0);
    for (int line = 0; line < kLines; ++line) {
      const double noise = static_cast<double>(m_random() >> 8) / static_cast<double>(1 << 24);
      m_series[static_cast<size_t>(line)]->append(static_cast<float>(0.1 + 0.01 * line + 5000.0 / (row + 20000) + noise * 0.05));
    }
  }
  int rows() const { return static_cast<int>(m_columns->size()); }
  SeriesStore* series(int line) { return m_series[static_cast<size_t>(line)].get(); }

 private:
  std::shared_ptr<SeriesColumns> m_columns;
  std::vector<std::unique_ptr<SeriesStore>> m_series;
  std::minstd_rand m_random{1};
};

/// A window of which every frame is asked for.
class Screen {
 public:
  explicit Screen(QSize size) : m_window(&m_control), m_image(size, QImage::Format_ARGB32_Premultiplied) {
    m_window.setGeometry(QRect(QPoint(0, 0), size));
    m_window.contentItem()->setSize(size);
    m_window.setRenderTarget(QQuickRenderTarget::fromPaintDevice(&m_image));
  }

  QQuickItem* root() { return m_window.contentItem(); }
  const QImage& image() const { return m_image; }

  struct Frame {
    double polish = 0;
    double render = 0;
    double wall = 0;
    double sum() const { return polish + render; }
  };
  Frame draw() {
    QElapsedTimer wall;
    wall.start();
    const double before = thread_ms();
    m_control.polishItems();
    const double polished = thread_ms();
    m_control.beginFrame();
    m_control.sync();
    m_control.render();
    m_control.endFrame();
    return {polished - before, thread_ms() - polished, static_cast<double>(wall.nsecsElapsed()) * 1e-6};
  }

 private:
  QQuickRenderControl m_control;
  QQuickWindow m_window;
  QImage m_image;
};

double middle(std::vector<double> values, double quantile = 0.5) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(quantile * static_cast<double>(values.size() - 1))];
}

/// Median sum of the frames that `change` makes.
double measure(Screen& screen, const char* name, int frames, const std::function<void(int)>& change) {
  std::vector<double> polish;
  std::vector<double> render;
  std::vector<double> sum;
  std::vector<double> wall;
  for (int i = 0; i < frames; ++i) {
    QElapsedTimer before;
    before.start();
    const double began = thread_ms();
    change(i);
    const double changed = thread_ms() - began;
    const double changed_wall = static_cast<double>(before.nsecsElapsed()) * 1e-6;
    const Screen::Frame frame = screen.draw();
    polish.push_back(changed + frame.polish);
    render.push_back(frame.render);
    sum.push_back(changed + frame.sum());
    wall.push_back(changed_wall + frame.wall);
  }
  std::printf("%-36s %8.2f %8.2f %8.2f %8.2f %10.2f\n", name, middle(sum), middle(sum, 0.99), middle(polish), middle(render), middle(wall));
  return middle(sum);
}

/// A hand drags the slider of the smoothing for three seconds: another weight for all lines each sixtieth of a second, then a frame. The
/// lines come back from workers as events. A block is what the thread does between two looks at its events.
void drag(Screen& screen, Runs& runs) {
  constexpr int kDragFrames = 180;
  constexpr int kFrame_us = 16'667;
  struct Blocks {
    std::vector<double> own;
    std::vector<double> wall;
    void add(const std::function<void()>& work) {
      QElapsedTimer timer;
      timer.start();
      const double began = thread_ms();
      work();
      own.push_back(thread_ms() - began);
      wall.push_back(static_cast<double>(timer.nsecsElapsed()) * 1e-6);
    }
    void print(const char* name) const {
      std::printf("%-36s %8.2f %8.2f %8.2f %8.2f %10.2f\n", name, middle(own), middle(own, 1), middle(wall), middle(wall, 0.99),
                  middle(wall, 1));
    }
  };
  Blocks frames;
  Blocks events;
  QElapsedTimer clock;
  clock.start();
  int came = 0;
  qint64 last_ms = 0;
  const QObject ear;
  for (int line = 0; line < kLines; ++line) {
    QObject::connect(runs.series(line), &SeriesStore::resmoothed, &ear, [&] {
      ++came;
      last_ms = clock.elapsed();
    });
  }
  qint64 released_ms = 0;
  for (int frame = 0; frame < kDragFrames + kFrames; ++frame) {
    frames.add([&] {
      for (int line = 0; line < kLines && frame < kDragFrames; ++line) {
        runs.series(line)->setSmoothing(0.5 + 0.4 * frame / kDragFrames);
        released_ms = clock.elapsed();
      }
      screen.draw();
    });
    do {
      events.add([] { QCoreApplication::processEvents(); });
      QThread::usleep(200);
    } while (clock.nsecsElapsed() / 1000 < static_cast<qint64>(frame + 1) * kFrame_us);
  }
  std::printf("%-36s %8s %8s %8s %8s %10s\n", "ms a block, smoothing dragged", "median", "longest", "wall", "p99 wall", "longest");
  frames.print("a frame and its weights");
  events.print("the lines that came");
  std::printf("each line came %.1f times a second; the last one %lld ms after the last weight\n",
              came * 1e3 / kLines / static_cast<double>(last_ms), static_cast<long long>(last_ms - released_ms));
}

void dress(SeriesPlotItem& plot) {
  const QList<QColor> colors{"#e8a317", "#4fa3e0", "#7bc96f", "#e06c75", "#b48ead", "#56b6c2", "#d19a66", "#c0c0c0"};
  plot.setProperty("seriesColors", QVariant::fromValue(colors));
  plot.setProperty("seriesDashes", QVariantList{QVariantList{}, QVariantList{5, 3}, QVariantList{1, 3}, QVariantList{8, 3, 1, 3}});
}

/// The worst median of the pans.
double measurePlot(Runs& runs, QSize size) {
  std::printf("%d lines of %d points, %d x %d px\n", kLines, runs.rows(), size.width(), size.height());
  std::printf("%-36s %8s %8s %8s %8s %10s\n", "ms a frame", "median", "p99", "build", "scene", "wall");
  Screen screen(size);
  SeriesPlotItem plot;
  LineSet lines;
  dress(plot);
  plot.setParentItem(screen.root());
  plot.setSize(size);
  measure(screen, "first", 1, [&](int) {
    QList<SetLine> set;
    for (int line = 1; line < kLines; ++line) {
      SetLine entry;
      entry.series = runs.series(line);
      entry.look = line % 8;
      set.append(entry);
    }
    lines.set(set);
    plot.setLineSet(&lines);
    plot.setSeries(runs.series(0));
  });
  if (screen.image().pixelColor(size.width() / 2, 2).alpha() == 0) {
    std::fprintf(stderr, "nothing was drawn\n");
    std::exit(1);
  }
  double worst = 0;
  const auto show = [&](double from, double to) {
    plot.setProperty("viewFrom", from);
    plot.setProperty("viewTo", to);
  };
  for (const double part : {0.5, 0.1, 0.01, 0.001}) {
    const double span = part * kRows;
    const QByteArray name = QByteArray("pan, 1/").append(QByteArray::number(qRound(1 / part))).append(" of the run shown");
    worst = std::max(worst, measure(screen, name.constData(), kFrames, [&](int i) {
                       const double from = 0.2 * kRows + i * span * 0.01;
                       show(from, from + span);
                     }));
  }
  measure(screen, "zoom from all to 1/1000", kFrames, [&](int i) {
    const double span = kRows * std::pow(0.001, static_cast<double>(i) / (kFrames - 1));
    show(0.4 * (kRows - span), 0.4 * (kRows - span) + span);
  });
  const double none = std::numeric_limits<double>::quiet_NaN();
  show(none, none);
  screen.draw();
  measure(screen, "cursor", kFrames, [&](int i) { plot.setProperty("cursorX", 1e5 + i * 1e4); });
  measure(screen, "a new row of each line", kFrames, [&](int) {
    runs.append(runs.rows() + 1);
    for (int line = 0; line < kLines; ++line) {
      runs.series(line)->announce();
    }
  });
  drag(screen, runs);
  if (const QString folder = qEnvironmentVariable("PLOT_SPEED_PICTURES"); !folder.isEmpty()) {
    screen.image().save(QStringLiteral("%1/plot_%2.png").arg(folder).arg(size.width()));
  }
  return worst;
}

}  // namespace

int main(int argc, char** argv) {
  qputenv("QT_QPA_PLATFORM", "offscreen");
  qputenv("QT_QUICK_BACKEND", "software");
  QQuickWindow::setGraphicsApi(QSGRendererInterface::Software);
  const QApplication application(argc, argv);
  const QStringList arguments = QApplication::arguments();
  Runs runs;
  double worst = 0;
  for (const QSize size : {QSize(1600, 480), QSize(500, 160)}) {
    worst = std::max(worst, measurePlot(runs, size));
  }
  const qsizetype check = arguments.indexOf(QStringLiteral("--check"));
  if (check > 0 && check + 1 < arguments.size() && worst > arguments[check + 1].toDouble()) {
    std::fprintf(stderr, "a frame of a pan takes %.2f ms; at most %s were asked for\n", worst, qPrintable(arguments[check + 1]));
    return 1;
  }
  return 0;
}
