// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtTest/QtTest>
#include <functional>
#include <memory>
#include <vector>

namespace darkroom::test {

/// Factories of the Qt Test classes linked into this program, in link order.
std::vector<std::function<std::unique_ptr<QObject>()>>& registered_tests();

struct Registration {
  explicit Registration(std::function<std::unique_ptr<QObject>()> factory) { registered_tests().push_back(std::move(factory)); }
};

}  // namespace darkroom::test

/// Adds a Qt Test class to the program; write it below the class, then `#include "<file>.moc"`.
#define DARKROOM_TEST(Class) static const darkroom::test::Registration registration_##Class([] { return std::make_unique<Class>(); })
