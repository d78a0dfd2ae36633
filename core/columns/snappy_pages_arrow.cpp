// SPDX-License-Identifier: Apache-2.0
// A dictionary has its own buffer: it is read while pages come and go.
#include "core/columns/snappy_pages_arrow.h"

#include <arrow/buffer.h>
#include <parquet/column_page.h>
#include <parquet/exception.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "core/columns/snappy_block.h"

namespace darkroom {
namespace {

class Unpacker : public parquet::PageReader {
 public:
  explicit Unpacker(std::unique_ptr<parquet::PageReader> pages) : pages_(std::move(pages)) {}

  std::shared_ptr<parquet::Page> NextPage() override {
    std::shared_ptr<parquet::Page> page = pages_->NextPage();
    if (page == nullptr) {
      return nullptr;
    }
    switch (page->type()) {
      case parquet::PageType::DATA_PAGE:
        return unpacked(static_cast<const parquet::DataPageV1&>(*page));
      case parquet::PageType::DATA_PAGE_V2:
        return unpacked(std::static_pointer_cast<parquet::DataPageV2>(page));
      case parquet::PageType::DICTIONARY_PAGE: {
        const auto& dictionary = static_cast<const parquet::DictionaryPage&>(*page);
        std::shared_ptr<arrow::ResizableBuffer> buffer = new_buffer();
        unpack(page->data(), page->size(), 0, std::nullopt, *buffer);
        return std::make_shared<parquet::DictionaryPage>(buffer, dictionary.num_values(), dictionary.encoding(), dictionary.is_sorted());
      }
      default:
        return page;
    }
  }
  void set_max_page_header_size(uint32_t size) override { pages_->set_max_page_header_size(size); }

 private:
  static std::shared_ptr<arrow::ResizableBuffer> new_buffer() {
    PARQUET_ASSIGN_OR_THROW(std::shared_ptr<arrow::ResizableBuffer> buffer, arrow::AllocateResizableBuffer(0));
    return buffer;
  }

  // The first `plain` bytes are not packed. `said`: the length with which it was announced, which a dictionary does not keep.
  static void unpack(const uint8_t* data, int32_t size, int32_t plain, std::optional<int64_t> said, arrow::ResizableBuffer& to) {
    if (plain < 0 || plain > size) {
      throw parquet::ParquetException("a page has levels that are longer than itself");
    }
    const std::span<const uint8_t> block(data + plain, static_cast<size_t>(size - plain));
    const std::optional<size_t> length = block.empty() ? std::optional<size_t>(0) : snappy_length(block);
    if (!length) {
      throw parquet::ParquetException("a page is no Snappy block");
    }
    const size_t all = static_cast<size_t>(plain) + *length;
    if (all > std::numeric_limits<int32_t>::max() || (said && all != static_cast<uint64_t>(*said))) {
      throw parquet::ParquetException("a page unpacks to another length than it says");
    }
    PARQUET_THROW_NOT_OK(to.Resize(static_cast<int64_t>(all), false));
    std::copy_n(data, plain, to.mutable_data());
    if (!block.empty() && !unpack_snappy(block, {to.mutable_data() + plain, *length})) {
      throw parquet::ParquetException("a page is a damaged Snappy block");
    }
  }

  const std::shared_ptr<arrow::ResizableBuffer>& unpack_data(const parquet::DataPage& page, int32_t plain) {
    unpack(page.data(), page.size(), plain, page.uncompressed_size(), *buffer_);
    return buffer_;
  }

  std::shared_ptr<parquet::Page> unpacked(const parquet::DataPageV1& page) {
    return std::make_shared<parquet::DataPageV1>(unpack_data(page, 0), page.num_values(), page.encoding(), page.definition_level_encoding(),
                                                 page.repetition_level_encoding(), page.uncompressed_size(), page.statistics(),
                                                 page.first_row_index(), page.size_statistics());
  }

  std::shared_ptr<parquet::Page> unpacked(std::shared_ptr<parquet::DataPageV2> page) {
    if (!page->is_compressed()) {
      return page;
    }
    const int64_t levels = int64_t{page->definition_levels_byte_length()} + page->repetition_levels_byte_length();
    if (levels < 0 || levels > page->size()) {
      throw parquet::ParquetException("a page has levels that are longer than itself");
    }
    return std::make_shared<parquet::DataPageV2>(unpack_data(*page, static_cast<int32_t>(levels)), page->num_values(), page->num_nulls(),
                                                 page->num_rows(), page->encoding(), page->definition_levels_byte_length(),
                                                 page->repetition_levels_byte_length(), page->uncompressed_size(), true, page->statistics(),
                                                 page->first_row_index(), page->size_statistics());
  }

  std::unique_ptr<parquet::PageReader> pages_;
  std::shared_ptr<arrow::ResizableBuffer> buffer_ = new_buffer();
};

}  // namespace

std::unique_ptr<parquet::PageReader> unpacked_pages(std::unique_ptr<parquet::PageReader> pages) {
  return std::make_unique<Unpacker>(std::move(pages));
}

}  // namespace darkroom
