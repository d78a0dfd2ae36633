// SPDX-License-Identifier: Apache-2.0
// Makes tars for tests, right ones and wrong ones.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace darkroom::test {

inline void put_octal(std::string& header, size_t at, int digits, uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
  header.replace(at, static_cast<size_t>(digits), text);
}

inline void sign_header(std::string& header) {
  header.replace(148, 8, "        ");
  uint64_t sum = 0;
  for (const char c : header) {
    sum += static_cast<uint8_t>(c);
  }
  put_octal(header, 148, 6, sum);
  header[154] = '\0';
  header[155] = ' ';
}

/// A ustar header block for a member of `size` bytes.
inline std::string tar_header(const std::string& name, uint64_t size, char type = '0', const std::string& prefix = {}) {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  put_octal(header, 100, 7, 0444);
  put_octal(header, 108, 7, 0);
  put_octal(header, 116, 7, 0);
  put_octal(header, 124, 11, size);
  put_octal(header, 136, 11, 0);
  header[156] = type;
  header.replace(257, 8, std::string("ustar\00000", 8));
  header.replace(345, prefix.size(), prefix);
  sign_header(header);
  return header;
}

inline std::string padded(std::string data) {
  data.resize((data.size() + 511) / 512 * 512, '\0');
  return data;
}

inline std::string tar_member(const std::string& name, const std::string& data, char type = '0') {
  return tar_header(name, data.size(), type) + padded(data);
}

inline std::string tar_end() { return std::string(1024, '\0'); }

}  // namespace darkroom::test
