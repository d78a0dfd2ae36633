// SPDX-License-Identifier: Apache-2.0
#include "core/store/image_table.h"

#include <QTemporaryDir>

#include "tests/test_registry.h"

using namespace darkroom;

class ImageTableTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  int number_ = 0;

  Database fresh() { return Database(std::filesystem::path(folder_.path().toStdString()) / std::to_string(++number_)); }
  static ImageRow image(const std::string& path, double created, const std::string& prompt = "a dog", const std::string& model = "pocket") {
    return {0, path, created, prompt, "blurry", R"({"seed":7})", 7, 96, 64, model, 0, false};
  }

 private slots:
  void aRowIsReadBackWhole() {
    Database database = fresh();
    ImageTable table(database);
    const int64_t id = table.put(image("images/a.png", 10.5));
    const ImageRow row = *table.get(id);
    QCOMPARE(row.path, std::string("images/a.png"));
    QCOMPARE(row.created, 10.5);
    QCOMPARE(row.negative, std::string("blurry"));
    QCOMPARE(row.options_json, std::string(R"({"seed":7})"));
    QCOMPARE(row.seed, int64_t{7});
    QCOMPARE(row.width, int64_t{96});
    QCOMPARE(row.height, int64_t{64});
    QCOMPARE(table.find_path("images/a.png")->id, id);
    QVERIFY(!table.get(99) && !table.find_path("b"));
  }

  void findingAFileAgainKeepsItsRating() {
    Database database = fresh();
    ImageTable table(database);
    const int64_t id = table.put(image("a", 1));
    table.set_rating(id, 4);
    table.set_deleted(id, true);
    ImageRow again = image("a", 2, "a cat");
    QCOMPARE(table.put(again), id);
    QCOMPARE(table.get(id)->rating, int64_t{4});
    QVERIFY(table.get(id)->deleted);
    QCOMPARE(table.get(id)->prompt, std::string("a cat"));
    QVERIFY_EXCEPTION_THROWN(table.set_rating(id, 6), std::invalid_argument);
  }

  void theGalleryIsNewestFirstAndFilters() {
    Database database = fresh();
    ImageTable table(database);
    const int64_t dog = table.put(image("1", 1, "a brown dog"));
    table.put(image("2", 2, "a brown cat", "/models/x"));
    const int64_t percent = table.put(image("3", 3, "100% wool_sock"));
    table.set_rating(dog, 5);
    QCOMPARE(table.list().front().path, std::string("3"));
    QCOMPARE(table.list({.words = "BROWN a"}).size(), size_t{2});
    QCOMPARE(table.list({.words = "dog brown"}).size(), size_t{1});
    QCOMPARE(table.list({.words = "%"}).front().id, percent);
    QCOMPARE(table.count({.words = "%"}), int64_t{1});
    QCOMPARE(table.count({.words = "l_s"}), int64_t{1});
    QCOMPARE(table.count({.words = "' OR 1=1 --"}), int64_t{0});
    QCOMPARE(table.count({.model = "pocket"}), int64_t{2});
    QCOMPARE(table.count({.min_rating = 3}), int64_t{1});
    QCOMPARE(table.count({.created_from = 2, .created_to = 3}), int64_t{1});
    QCOMPARE(table.list({.limit = 1, .offset = 1}).front().path, std::string("2"));
    QVERIFY(table.models() == (std::vector<std::string>{"/models/x", "pocket"}));
  }

  void deletedImagesAreInTheBinUntilTheyAreRemoved() {
    Database database = fresh();
    ImageTable table(database);
    const int64_t id = table.put(image("1", 1));
    table.set_deleted(id, true);
    QCOMPARE(table.count(), int64_t{0});
    QCOMPARE(table.count({.deleted = true}), int64_t{1});
    table.set_deleted(id, false);
    QCOMPARE(table.count(), int64_t{1});
    table.remove(id);
    QVERIFY(!table.get(id));
  }

  void promptsAreRememberedOnceNewestFirst() {
    Database database = fresh();
    ImageTable table(database);
    table.put(image("1", 1, "dog"));
    table.put(image("2", 2, "cat"));
    table.put(image("3", 3, "dog"));
    table.put(image("4", 4, ""));
    QVERIFY(table.recent_prompts() == (std::vector<std::string>{"dog", "cat"}));
    QCOMPARE(table.recent_prompts(1).size(), size_t{1});
  }
};

DARKROOM_TEST(ImageTableTest);
#include "image_table_test.moc"
