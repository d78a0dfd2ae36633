// SPDX-License-Identifier: GPL-3.0-or-later
// The studio. A QApplication, as QCustomPlot is a widget inside.
#include <QApplication>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFontDatabase>
#include <QLibraryInfo>
#include <QQmlApplicationEngine>
#include <QQuickStyle>
#include <QQuickWindow>
#include <QTranslator>
#include <cstdio>

#include "app/datasets/datasets_view_model.h"
#include "app/datasets/wall_provider.h"
#include "app/plans/plans_view_model.h"
#include "app/runs/runs_view_model.h"
#include "app/shell/english_plurals.h"
#include "app/shell/image_providers.h"
#include "app/shell/page_capture.h"
#include "app/shell/shortcut_priority.h"
#include "app/shell/studio_options.h"
#include "app/shell/studio_services.h"
#include "app/viewmodels/gallery_model.h"
#include "app/viewmodels/generate_view_model.h"
#include "app/viewmodels/models_view_model.h"
#include "app/viewmodels/shell_view_model.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/resources.h"

namespace {

using namespace darkroom;
using namespace darkroom::app;

constexpr QSize kSize(1440, 900);
constexpr QSize kSmallest(1024, 640);

void loadFonts() {
  try {
    QDirIterator files(QString::fromStdString(resource_path("fonts").string()), {"*.ttf", "*.otf"}, QDir::Files,
                       QDirIterator::Subdirectories);
    while (files.hasNext()) {
      QFontDatabase::addApplicationFont(files.next());
    }
  } catch (const Error& error) {
    log().warn("{} The system's fonts stand in.", error.what());
  }
  QFont font(QStringLiteral("Inter Tabular"));
  font.setPixelSize(12);
  QGuiApplication::setFont(font);
}

void loadTranslation(QCoreApplication& application) {
  QCoreApplication::installTranslator(new EnglishPlurals(&application));
  auto* translator = new QTranslator(&application);
  try {
    if (translator->load(QLocale(), "darkroom", "_", QString::fromStdString(resource_path("translations").string()))) {
      QCoreApplication::installTranslator(translator);
    }
  } catch (const Error&) {
    return;  // English is in the sources: no folder, no translation
  }
}

void placeWindow(QQuickWindow& window, const StudioOptions& options, QSettings& settings) {
  window.setMinimumSize(kSmallest.boundedTo(options.size.isValid() ? options.size : kSize));
  window.resize(options.size.isValid() ? options.size : settings.value("window/size", kSize).toSize());
  if (settings.contains("window/position") && !options.size.isValid()) {
    window.setPosition(settings.value("window/position").toPoint());
  }
  if (settings.value("window/maximized", false).toBool() && !options.size.isValid()) {
    window.showMaximized();
  } else {
    window.show();
  }
}

void keepWindow(const QQuickWindow& window, QSettings& settings) {
  const bool maximized = window.visibility() == QWindow::Maximized || window.visibility() == QWindow::FullScreen;
  settings.setValue("window/maximized", maximized);
  if (!maximized) {
    settings.setValue("window/size", window.size());
    settings.setValue("window/position", window.position());
  }
}

int runStudio(QApplication& application, const StudioOptions& options, const QElapsedTimer& sinceStart) {
  const bool trace = qEnvironmentVariableIsSet("DARKROOM_TRACE_STARTUP");
  const auto tell = [&](const char* what) {
    if (trace) {
      std::fprintf(stderr, "startup: %s %lld ms\n", what, static_cast<long long>(sinceStart.elapsed()));
    }
  };
  loadFonts();
  loadTranslation(application);
  tell("fonts");
  StudioServices services(options);
  tell("services");
  application.installEventFilter(new ShortcutPriority(services.shell(), &services));
  QQmlApplicationEngine engine;
  engine.addImportPath(QStringLiteral("qrc:/qt/qml"));
  engine.addImageProvider("preview", new PreviewProvider(services.previews()));
  engine.addImageProvider("thumbnail", new ThumbnailProvider(services.images()));
  engine.addImageProvider("wall", new WallProvider(services.datasets()->pictures()));
  engine.setInitialProperties({{"shell", QVariant::fromValue(services.shell())},
                               {"generate", QVariant::fromValue(services.generate())},
                               {"gallery", QVariant::fromValue(services.gallery())},
                               {"datasets", QVariant::fromValue(services.datasets())},
                               {"plans", QVariant::fromValue(services.plans())},
                               {"runs", QVariant::fromValue(services.runs())},
                               {"models", QVariant::fromValue(services.models())}});
  engine.load(QUrl(QStringLiteral("qrc:/qt/qml/Darkroom/Shell/Main.qml")));
  auto* window = engine.rootObjects().isEmpty() ? nullptr : qobject_cast<QQuickWindow*>(engine.rootObjects().first());
  if (!window) {
    throw Error(ErrorCode::failed, "The window cannot be made: the lines above say what is wrong in the QML files.");
  }
  tell("qml");
  // The engine loads LibTorch: it may not compete with the first frame.
  QObject::connect(
      window, &QQuickWindow::frameSwapped, &services,
      [&] {
        tell("first frame");
        services.start();
      },
      static_cast<Qt::ConnectionType>(Qt::QueuedConnection | Qt::SingleShotConnection));
  std::unique_ptr<PageCapture> capture;
  if (!options.captureFolder.isEmpty()) {
    QStringList pages;
    for (const PageItem& page : services.shell()->pages()->rows()) {
      pages << page.key;
    }
    capture =
        std::make_unique<PageCapture>(window, &services, options.page.isEmpty() ? pages : QStringList{options.page}, options.captureFolder);
  }
  placeWindow(*window, options, services.settings());
  const int code = QApplication::exec();
  keepWindow(*window, services.settings());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  QElapsedTimer since_start;
  since_start.start();
  QCoreApplication::setApplicationName(QStringLiteral("darkroom"));
  QCoreApplication::setApplicationVersion(QStringLiteral(DARKROOM_VERSION));
  QQuickStyle::setStyle(QStringLiteral("Basic"));
  init_log({.role = "studio"});
  // Pictures of pages need no graphics card, and come out the same everywhere.
  if (qEnvironmentVariable("QT_QPA_PLATFORM") == "offscreen" && !qEnvironmentVariableIsSet("QT_QUICK_BACKEND")) {
    QQuickWindow::setGraphicsApi(QSGRendererInterface::Software);
  }
  try {
    QStringList arguments;
    for (int i = 0; i < argc; ++i) {
      arguments << QString::fromLocal8Bit(argv[i]);
    }
    // Before QApplication: --version must work where there is no display.
    const StudioOptions options = readOptions(arguments);
    QApplication application(argc, argv);
    return runStudio(application, options, since_start);
  } catch (const Error& error) {
    std::fprintf(stderr, "darkroom: %s\n", error.what());
    return exit_code(error.code());
  }
}
