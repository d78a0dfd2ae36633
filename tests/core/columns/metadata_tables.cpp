// SPDX-License-Identifier: Apache-2.0
#include "tests/core/columns/metadata_tables.h"

#include <arrow/api.h>
#include <arrow/io/api.h>
#include <parquet/arrow/writer.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>

namespace darkroom::test {
namespace {

void check(const arrow::Status& status) {
  if (!status.ok()) {
    throw std::runtime_error(status.ToString());
  }
}

class TableMaker {
 public:
  explicit TableMaker(const TableOptions& options) : rows_(options.rows), random_(options.seed) {}

  template <typename Builder, typename Draw>
  void add(const std::string& name, double empty, Draw&& draw) {
    Builder builder;
    std::bernoulli_distribution is_empty(empty);
    for (unsigned row = 0; row < rows_; ++row) {
      if (is_empty(random_)) {
        check(builder.AppendNull());
      } else {
        check(builder.Append(draw()));
      }
    }
    std::shared_ptr<arrow::Array> array;
    check(builder.Finish(&array));
    fields_.push_back(arrow::field(name, array->type()));
    arrays_.push_back(array);
  }

  double normal(double mean, double deviation) { return std::normal_distribution<double>(mean, deviation)(random_); }
  unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }
  std::shared_ptr<arrow::Table> table() const { return arrow::Table::Make(arrow::schema(fields_), arrays_); }

 private:
  unsigned rows_;
  std::mt19937_64 random_;
  std::vector<std::shared_ptr<arrow::Field>> fields_;
  std::vector<std::shared_ptr<arrow::Array>> arrays_;
};

constexpr const char* captions[] = {"A red cat on a wooden table",
                                    "",
                                    "vintage poster, 1950s",
                                    "Ein gr\u00fcner Hund im Schnee",
                                    "\u732b\u306e\u5199\u771f",
                                    "sunset over the lake with two old boats and a lighthouse behind them",
                                    "logo",
                                    "women's shoes black leather"};
constexpr unsigned sides[] = {160, 200, 256, 300, 450, 512, 512, 600, 640, 768, 1024, 1600, 70000};

void add_common(TableMaker& maker, unsigned urls, const std::string& url, const std::string& text) {
  maker.add<arrow::StringBuilder>(url, 0.02, [&] {
    return "https://host" + std::to_string(maker.below(7)) + ".example/" + std::to_string(maker.below(urls)) + ".jpg";
  });
  maker.add<arrow::StringBuilder>(text, 0.03, [&] {
    std::string caption = captions[maker.below(std::size(captions))];
    return maker.below(3) == 0 ? caption + std::to_string(maker.below(50)) : caption;
  });
}

unsigned side(TableMaker& maker) { return sides[maker.below(std::size(sides))]; }

void fill_laion(TableMaker& maker, unsigned rows, bool mixed) {
  add_common(maker, rows * 2, "URL", "TEXT");
  if (mixed) {
    maker.add<arrow::StringBuilder>("WIDTH", 0.05,
                                    [&] { return maker.below(20) == 0 ? std::string("wide") : std::to_string(side(maker)); });
  } else {
    maker.add<arrow::Int32Builder>("WIDTH", 0.01, [&] { return static_cast<int32_t>(side(maker)); });
  }
  maker.add<arrow::Int32Builder>("HEIGHT", 0.01, [&] { return maker.below(50) == 0 ? 0 : static_cast<int32_t>(side(maker)); });
  maker.add<arrow::DoubleBuilder>("similarity", 0.02, [&] { return maker.below(30) == 0 ? 0.3 : maker.normal(0.3, 0.04); });
  maker.add<arrow::FloatBuilder>("punsafe", 0.1, [&] { return static_cast<float>(std::fabs(maker.normal(0, 0.2))); });
  maker.add<arrow::FloatBuilder>("pwatermark", 0, [&] { return static_cast<float>(std::fabs(maker.normal(0.3, 0.3))); });
  maker.add<arrow::FloatBuilder>("AESTHETIC_SCORE", 0.05, [&] {
    return maker.below(40) == 0 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(maker.normal(5, 0.8));
  });
  maker.add<arrow::StringBuilder>("LANGUAGE", 0.1, [&] { return std::string(std::array{"en", "de", "fr", "ja"}[maker.below(4)]); });
  maker.add<arrow::Int64Builder>("hash", 0, [&] { return static_cast<int64_t>(maker.below(1'000'000'000)); });
  if (mixed) {
    maker.add<arrow::StringBuilder>("NSFW", 0.2, [&] {
      return std::string(std::array{"UNLIKELY", "UNSURE", "NSFW", "0.25"}[maker.below(4)]);
    });
  }
}

void fill_base(TableMaker& maker, unsigned rows) {
  maker.add<arrow::Int64Builder>("SAMPLE_ID", 0.01, [&] { return static_cast<int64_t>(maker.below(rows * 3)) - 10; });
  add_common(maker, rows / 2 + 1, "URL", "TEXT");
  maker.add<arrow::DoubleBuilder>("HEIGHT", 0.01, [&] { return static_cast<double>(side(maker)); });
  maker.add<arrow::DoubleBuilder>("WIDTH", 0.01, [&] { return static_cast<double>(side(maker)); });
  maker.add<arrow::StringBuilder>("NSFW", 0.1, [&] {
    return std::string(std::array{"UNLIKELY", "UNSURE", "NSFW", "unlikely"}[maker.below(4)]);
  });
  maker.add<arrow::FloatBuilder>("similarity", 0.02, [&] { return static_cast<float>(maker.normal(0.3, 0.04)); });
  maker.add<arrow::DoubleBuilder>("aesthetic", 0.02, [&] {
    return maker.below(50) == 0 ? std::numeric_limits<double>::infinity() : maker.below(20) == 0 ? 6.5 : maker.normal(5, 0.8);
  });
  maker.add<arrow::DoubleBuilder>("pwatermark", 0, [&] { return std::fabs(maker.normal(0.3, 0.3)); });
  maker.add<arrow::BooleanBuilder>("checked", 0, [&] { return maker.below(2) == 0; });
}

void fill_coyo(TableMaker& maker, unsigned rows) {
  maker.add<arrow::Int64Builder>("id", 0, [&] { return static_cast<int64_t>(maker.below(rows)); });
  add_common(maker, rows, "url", "text");
  maker.add<arrow::Int64Builder>("width", 0, [&] { return static_cast<int64_t>(side(maker)); });
  maker.add<arrow::Int64Builder>("height", 0, [&] { return static_cast<int64_t>(side(maker)); });
  maker.add<arrow::StringBuilder>("image_phash", 0.05, [&] { return std::to_string(maker.below(rows / 2 + 1)); });
  maker.add<arrow::DoubleBuilder>("clip_similarity_vitb32", 0, [&] { return maker.normal(0.3, 0.04); });
  maker.add<arrow::DoubleBuilder>("clip_similarity_vitl14", 0.3, [&] { return maker.normal(0.2, 0.04); });
  maker.add<arrow::DoubleBuilder>("nsfw_score_opennsfw2", 0.2, [&] { return std::fabs(maker.normal(0, 0.2)); });
  maker.add<arrow::DoubleBuilder>("nsfw_score_gantman", 0.2, [&] { return std::fabs(maker.normal(0, 0.3)); });
  maker.add<arrow::DoubleBuilder>("watermark_score", 0, [&] { return std::fabs(maker.normal(0.3, 0.3)); });
  maker.add<arrow::DoubleBuilder>("aesthetic_score_laion_v2", 0, [&] { return maker.normal(5, 0.8); });
}

}  // namespace

void write_table(const std::filesystem::path& file, const TableOptions& options) {
  TableMaker maker(options);
  switch (options.release) {
    case Release::laion:
    case Release::mixed_nsfw:
      fill_laion(maker, options.rows, options.release == Release::mixed_nsfw);
      break;
    case Release::base:
      fill_base(maker, options.rows);
      break;
    case Release::coyo:
      fill_coyo(maker, options.rows);
      break;
    case Release::unknown:
      maker.add<arrow::Int32Builder>("apples", 0, [&] { return static_cast<int32_t>(maker.below(9)); });
      maker.add<arrow::Int32Builder>("pears", 0, [&] { return static_cast<int32_t>(maker.below(9)); });
      break;
  }
  const auto stream = arrow::io::FileOutputStream::Open(file.string());
  check(stream.status());
  // Small pages: so that a group has many of them, and skipping them is tried.
  parquet::WriterProperties::Builder builder;
  builder.data_pagesize(2000)->write_batch_size(50);
  // Of each kind one release: pages of the second version, and a codec that Arrow unpacks.
  builder.compression(options.release == Release::base ? parquet::Compression::ZSTD : parquet::Compression::SNAPPY);
  builder.data_page_version(options.release == Release::coyo ? parquet::ParquetDataPageVersion::V2 : parquet::ParquetDataPageVersion::V1);
  const auto properties = builder.build();
  check(parquet::arrow::WriteTable(*maker.table(), arrow::default_memory_pool(), *stream, options.rows_per_group, properties));
  check((*stream)->Close());
}

}  // namespace darkroom::test
