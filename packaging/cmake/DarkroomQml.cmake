# SPDX-License-Identifier: GPL-3.0-or-later
# darkroom_qml_module(URI [TARGET name] [SOURCES a.cpp a.h …] [QML A.qml …] [SINGLETONS A.qml …] [RESOURCES icon.svg …]
#                     [IMPORTS Darkroom.Theme …] [DEPENDS QtQuick …] [LINK target …])
#   One folder, one QML module: a static library <name> (darkroom_qml_<last word> unless given) and its plugin <name>plugin, which the
#   program links. Files land below qrc:/qt/qml/<URI as folders>. IMPORTS are the modules that its QML imports, for qmllint and the linker;
#   DEPENDS are those that its C++ types build on, for qmllint.
set(DARKROOM_QML_ROOT "${CMAKE_BINARY_DIR}/qml_modules")

function(darkroom_qml_module uri)
  cmake_parse_arguments(arg "" "TARGET" "SOURCES;QML;SINGLETONS;RESOURCES;IMPORTS;DEPENDS;LINK" ${ARGN})
  set(CMAKE_AUTOMOC ON)
  string(REPLACE "." "/" folder "${uri}")
  if(NOT arg_TARGET)
    string(REGEX REPLACE "^.*\\." "" word "${uri}")
    string(TOLOWER "darkroom_qml_${word}" arg_TARGET)
  endif()
  foreach(file IN LISTS arg_SINGLETONS)
    set_source_files_properties("${file}" PROPERTIES QT_QML_SINGLETON_TYPE TRUE)
  endforeach()
  set(import_list)
  if(arg_IMPORTS)
    set(import_list IMPORTS ${arg_IMPORTS})
  endif()
  set(depend_list)
  if(arg_DEPENDS)
    set(depend_list DEPENDENCIES ${arg_DEPENDS})
  endif()
  qt_add_qml_module(${arg_TARGET}
    URI ${uri}
    VERSION 1.0
    STATIC
    RESOURCE_PREFIX /qt/qml
    OUTPUT_DIRECTORY "${DARKROOM_QML_ROOT}/${folder}"
    IMPORT_PATH "${DARKROOM_QML_ROOT}"
    ${import_list}
    ${depend_list}
    SOURCES ${arg_SOURCES}
    QML_FILES ${arg_QML} ${arg_SINGLETONS}
    RESOURCES ${arg_RESOURCES})
  # Byte code, no C++: most of the speed at start, a fraction of the build time, and no generated code that trips our warnings.
  set_property(TARGET ${arg_TARGET} PROPERTY QT_QMLCACHEGEN_ARGUMENTS --only-bytecode)
  # Each generated file of byte code includes the same private headers of Qt, which take longer than the code: they are joined in any build.
  darkroom_join_sources(${arg_TARGET} 12)
  if(NOT DARKROOM_JOINED GREATER 1)
    set_source_files_properties(${arg_SOURCES} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
  set_property(GLOBAL APPEND PROPERTY DARKROOM_QML_PLUGINS "${arg_TARGET}plugin")
  # The generated registration file includes the headers by their bare names.
  target_include_directories(${arg_TARGET} PUBLIC "${CMAKE_SOURCE_DIR}" PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(${arg_TARGET} PUBLIC Qt6::Qml Qt6::Quick ${arg_LINK} PRIVATE darkroom_warnings)
endfunction()
