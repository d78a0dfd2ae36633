// SPDX-License-Identifier: Apache-2.0
// Plain columns of the usual types come straight from the pages; every other type goes through Arrow's cast, so that a value is what
// MetadataReader makes of it.
#pragma once

#include <memory>

#include "core/columns/parquet_file.h"

namespace darkroom {

/// A field of one row group as numbers. NaN: empty.
class NumberField {
 public:
  NumberField(const ParquetFile& file, uint64_t group, int field);
  ~NumberField();
  /// The next rows, at most `most`; 0 at the end.
  /// throws Error{bad_input} naming the file, the field and the row group
  size_t read(size_t most, double* out);
  /// The same without a detour, for PlainType::f32 (empty: NaN) …
  size_t read(size_t most, float* out);
  /// … and PlainType::i32 (empty: empty_i32); `taken` becomes true when that is a value of the file.
  size_t read(size_t most, int32_t* out, bool& taken);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace darkroom
