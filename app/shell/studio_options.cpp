// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/studio_options.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QFile>
#include <cstdio>
#include <cstdlib>

#include "app/engine_host/engine_command.h"
#include "core/base/error.h"

namespace darkroom::app {
namespace {

[[noreturn]] void usage(const QString& sentence) { throw Error(ErrorCode::usage, sentence.toStdString()); }

[[noreturn]] void print(const QString& text) {
  std::fputs(text.toUtf8().constData(), stdout);
  std::exit(0);
}

QString oneOf(const QCommandLineParser& parser, const QString& option, const QStringList& allowed) {
  QString value = parser.value(option);
  if (parser.isSet(option) && !allowed.contains(value)) {
    usage(QStringLiteral("--%1 is \"%2\"; it is one of: %3").arg(option, value, allowed.join(", ")));
  }
  return value;
}

}  // namespace

StudioOptions readOptions(const QStringList& arguments) {
  QCommandLineParser parser;
  parser.setApplicationDescription("Darkroom: trains Stable Diffusion from scratch and makes images with it.");
  parser.addPositionalArgument("workspace", "Folder of the workspace; made when it is not there.", "[WORKSPACE]");
  parser.addOptions({{"page", "Page to open: generate, datasets, plans, runs or models.", "NAME"},
                     {"theme", "dark, light or system.", "THEME"},
                     {"size", "Size of the window, for example 1440x900.", "WxH"},
                     {"engine", "local, or ssh:HOST.", "ENGINE", "local"},
                     {"capture", "Render every page (or --page) to DIR/<page>.png and exit.", "DIR"},
                     {"safe-mode", "No plugins, default settings."},
                     {"version", "Print the version."},
                     {"licenses", "Print what Darkroom is made of, and under which licences."},
                     {"help", "Print this."}});
  if (!parser.parse(arguments)) {
    usage(parser.errorText());
  }
  if (parser.isSet("help")) {
    print(parser.helpText());
  }
  if (parser.isSet("version")) {
    print(QStringLiteral("darkroom %1 (Qt %2)\n").arg(QCoreApplication::applicationVersion(), QString::fromLatin1(qVersion())));
  }
  if (parser.isSet("licenses")) {
    QFile file(QStringLiteral(":/darkroom/licenses.txt"));
    print(file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString());
  }
  StudioOptions options;
  if (parser.positionalArguments().size() > 1) {
    usage("One workspace at a time: got " + parser.positionalArguments().join(", "));
  }
  options.workspace = parser.positionalArguments().value(0);
  options.page = oneOf(parser, "page", {"generate", "datasets", "plans", "runs", "models"});
  options.theme = oneOf(parser, "theme", {"dark", "light", "system"});
  if (parser.isSet("size")) {
    const QStringList sides = parser.value("size").split('x');
    options.size = sides.size() == 2 ? QSize(sides[0].toInt(), sides[1].toInt()) : QSize();
    if (options.size.width() < 320 || options.size.height() < 240 || options.size.width() > 16384 || options.size.height() > 16384) {
      usage(QStringLiteral("--size is \"%1\"; it is WIDTHxHEIGHT in pixels, for example 1440x900").arg(parser.value("size")));
    }
  }
  options.engine = parser.value("engine");
  engineCommand(options.engine);
  options.captureFolder = parser.value("capture");
  options.safeMode = parser.isSet("safe-mode");
  return options;
}

}  // namespace darkroom::app
