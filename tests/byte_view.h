// SPDX-License-Identifier: Apache-2.0
// A file's content, which tests keep as text, as the bytes that readers take.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace darkroom::test {

/// The bytes of `text`, which must outlive them.
inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

}  // namespace darkroom::test
