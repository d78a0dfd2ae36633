// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the tst_*.qml files of this folder. `test_qml -input FILE` runs one, `test_qml Case::test_name` one promise.
#include <QDir>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QMouseEvent>
#include <QQmlContext>
#include <QQmlEngine>
#include <QQuickItem>
#include <QQuickWindow>
#include <QtQuickTest>

#include <memory>

#include "app/datasets/wall_provider.h"
#include "app/engine_host/engine_supervisor.h"
#include "app/shell/image_providers.h"
#include "app/viewmodels/shell_view_model.h"
#include "core/image/image_encode.h"
#include "tests/app/studio_fixture.h"
#include "tests/qml/batch_bench.h"
#include "tests/qml/dataset_bench.h"
#include "tests/qml/drag_hand.h"
#include "tests/qml/launch_bench.h"
#include "tests/qml/model_bench.h"

/// A double click as a hand makes it. TestCase's own sets its clicks so far apart in time that a TapHandler sees two single ones.
class Mouse : public QObject {
  Q_OBJECT

 public:
  Q_INVOKABLE void doubleClick(QQuickItem* item, qreal x, qreal y) {
    const QPointF place = item->mapToScene(QPointF(x, y));
    m_time_ms += 10'000;
    send(item->window(), QEvent::MouseButtonPress, place);
    send(item->window(), QEvent::MouseButtonRelease, place);
    send(item->window(), QEvent::MouseButtonPress, place);
    send(item->window(), QEvent::MouseButtonDblClick, place);
    send(item->window(), QEvent::MouseButtonRelease, place);
  }

 private:
  void send(QQuickWindow* window, QEvent::Type type, QPointF place) {
    const Qt::MouseButtons held = type == QEvent::MouseButtonRelease ? Qt::NoButton : Qt::LeftButton;
    QMouseEvent event(type, place, window->mapToGlobal(place), Qt::LeftButton, held, Qt::NoModifier);
    event.setTimestamp(m_time_ms += 30);
    QCoreApplication::sendEvent(window, &event);
  }

  quint64 m_time_ms = 1'000'000;
};

/// A studio on the fake engine for the parts of the Generate page, and pictures to use there; datasets for the Datasets page.
class Bench : public QObject {
  Q_OBJECT
  Q_PROPERTY(darkroom::app::GenerateViewModel* generate READ generate CONSTANT)
  Q_PROPERTY(darkroom::app::GalleryModel* gallery READ gallery CONSTANT)
  Q_PROPERTY(darkroom::app::DatasetsViewModel* datasets READ datasets CONSTANT)

 public:
  Bench() { m_studio.engine.start(); }

  darkroom::app::GenerateViewModel* generate() const { return m_studio.generate.get(); }
  darkroom::app::GalleryModel* gallery() const { return m_studio.gallery.get(); }

  darkroom::app::DatasetsViewModel* datasets() const { return m_datasets.datasets(); }
  /// Puts this many rows on the wall: those of the source, over and over.
  Q_INVOKABLE void fillWall(double rows) {
    std::vector<uint64_t> numbers(static_cast<size_t>(rows));
    for (size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = i % 200;
    }
    m_datasets.datasets()->wall()->showRows(std::move(numbers), 0);
  }

  const darkroom::app::PreviewStore& previews() const { return m_studio.previews; }
  const darkroom::app::ImageStore& images() const { return m_studio.images; }

  /// A flat PNG of this size, outside the gallery.
  Q_INVOKABLE QUrl picture(const QString& name, int width, int height) { return m_studio.picture(name, width, height); }
  /// The same with A1111's text chunk.
  Q_INVOKABLE QUrl pictureWithSettings(const QString& name, const QString& parameters) {
    const QString file = m_studio.path(name);
    const std::vector<darkroom::PngText> texts{{"parameters", parameters.toStdString()}};
    darkroom::write_png(file.toStdString(), darkroom::Image(8, 8), texts);
    return QUrl::fromLocalFile(file);
  }
  /// Brightness of the mask at a pixel of the start picture.
  Q_INVOKABLE int maskAt(int x, int y) const { return qGray(generate()->start()->mask()->image().pixel(x, y)); }

 private:
  darkroom::app::fixture::Studio m_studio;
  darkroom::app::fixture::DatasetBench m_datasets;
};

/// What the studio's main() does before it loads a page: its type, and the modules inside the program.
class Setup : public QObject {
  Q_OBJECT

 public slots:
  void applicationAvailable() {
    const QDir fonts(QStringLiteral(DARKROOM_FONTS));
    const QStringList names = fonts.entryList({QStringLiteral("*.ttf"), QStringLiteral("*.otf")}, QDir::Files);
    for (const QString& name : names) {
      if (QFontDatabase::addApplicationFont(fonts.filePath(name)) < 0) {
        qFatal("%s is no font that Qt can read", qPrintable(name));
      }
    }
    QFont font(QStringLiteral("Inter Tabular"));
    font.setPixelSize(12);
    QGuiApplication::setFont(font);
  }

  void cleanupTestCase() {
    m_batch.reset();
    m_launch.reset();
    m_bench.reset();
  }

  void qmlEngineAvailable(QQmlEngine* engine) {
    engine->addImportPath(QStringLiteral("qrc:/qt/qml"));
    engine->rootContext()->setContextProperty(QStringLiteral("mouse"), &m_mouse);
    engine->rootContext()->setContextProperty(QStringLiteral("studioShell"), &m_shell);
    engine->rootContext()->setContextProperty(QStringLiteral("drag"), &m_drag);
    engine->rootContext()->setContextProperty(QStringLiteral("modelBench"), &m_models);
    m_bench = std::make_unique<Bench>();
    engine->rootContext()->setContextProperty(QStringLiteral("bench"), m_bench.get());
    m_launch = std::make_unique<darkroom::app::fixture::LaunchBench>();
    engine->rootContext()->setContextProperty(QStringLiteral("launchBench"), m_launch.get());
    m_batch = std::make_unique<darkroom::app::fixture::BatchBench>();
    engine->rootContext()->setContextProperty(QStringLiteral("batchBench"), m_batch.get());
    engine->addImageProvider(QStringLiteral("preview"), new darkroom::app::PreviewProvider(m_bench->previews()));
    engine->addImageProvider(QStringLiteral("thumbnail"), new darkroom::app::ThumbnailProvider(m_bench->images()));
    engine->addImageProvider(QStringLiteral("wall"), new darkroom::app::WallProvider(m_bench->datasets()->pictures()));
  }

 private:
  Mouse m_mouse;
  darkroom::app::fixture::DragHand m_drag;
  darkroom::app::fixture::ModelBench m_models;
  // These have timers, so they come after the application and go before it.
  std::unique_ptr<Bench> m_bench;
  std::unique_ptr<darkroom::app::fixture::LaunchBench> m_launch;
  std::unique_ptr<darkroom::app::fixture::BatchBench> m_batch;
  darkroom::app::EngineSupervisor m_engine{{QStringLiteral("/nowhere/engine"), {}, {}}};  ///< never started
  darkroom::app::ShellViewModel m_shell{&m_engine};
};

QUICK_TEST_MAIN_WITH_SETUP(darkroom, Setup)

#include "main.moc"
