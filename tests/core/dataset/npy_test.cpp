// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/base/error.h"
#include "core/dataset/half.h"
#include "core/dataset/npy.h"
#include "tests/byte_view.h"
#include "tests/test_registry.h"

using namespace darkroom;
using darkroom::test::bytes_of;

namespace {

std::string with_dict(std::string dict) {
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(dict.size() & 0xFF);
  bytes += static_cast<char>(dict.size() >> 8);
  return bytes + dict;
}

}  // namespace

class NpyTest : public QObject {
  Q_OBJECT
 private slots:
  void headerIsByteForByteThatOfNumpy() {
    // numpy.save of zeros((3, 4, 24, 24), float16) begins with these 128 bytes; numpy pads a dict shorter than that to 118.
    const std::string dict = "{'descr': '<f2', 'fortran_order': False, 'shape': (3, 4, 24, 24), }";
    std::string expected = with_dict(dict + std::string(118 - dict.size() - 1, ' ') + '\n');
    const std::vector<int64_t> shape{3, 4, 24, 24};
    QCOMPARE(npy_header("<f2", shape), expected);
    QCOMPARE(npy_header("<f2", shape).size() % 64, size_t{0});
  }

  void shapesOfOneAndNoSide() {
    const std::vector<int64_t> one{7};
    QVERIFY(npy_header("<i4", one).find("'shape': (7,), }") != std::string::npos);
    QVERIFY(npy_header("<i4", {}).find("'shape': (), }") != std::string::npos);
    QCOMPARE(parse_npy_header(bytes_of(npy_header("<i4", one)), "x").shape, one);
    QVERIFY(parse_npy_header(bytes_of(npy_header("<i4", {})), "x").shape.empty());
  }

  void readsWhatItWrites() {
    const std::vector<int64_t> shape{512, 4, 64, 64};
    const std::string header = npy_header("<f2", shape);
    const NpyHeader parsed = parse_npy_header(bytes_of(header), "x");
    QCOMPARE(parsed.descr, std::string("<f2"));
    QCOMPARE(parsed.shape, shape);
    QVERIFY(!parsed.fortran_order);
    QCOMPARE(parsed.data_offset, header.size());
  }

  void damagedHeadersAreRefused() {
    QVERIFY_EXCEPTION_THROWN(parse_npy_header(bytes_of("PK"), "x"), Error);
    QVERIFY_EXCEPTION_THROWN(parse_npy_header(bytes_of(npy_header("<f2", {}).substr(0, 40)), "x"), Error);
    for (const char* dict : {"{}", "{'descr': '<f2'}", "{'descr': '<f2', 'fortran_order': False, 'shape': (1, -2), }",
                             "{'descr': '<f2', 'fortran_order': maybe, 'shape': (1,), }", "{'descr': '<f2', 'shape': (1,), 'other': 3}",
                             "{'descr': '<f2', 'fortran_order': False, 'shape': (1,"}) {
      QVERIFY_EXCEPTION_THROWN(parse_npy_header(bytes_of(with_dict(dict) + std::string(8, ' ')), "x"), Error);
    }
  }

  void halvesAreExact() {
    QCOMPARE(half_to_float(0x3C00), 1.0F);
    QCOMPARE(half_to_float(0xC000), -2.0F);
    QCOMPARE(half_to_float(0x0001), std::ldexp(1.0F, -24));
    QCOMPARE(half_to_float(0x03FF), std::ldexp(1023.0F, -24));
    QCOMPARE(half_to_float(0x7BFF), 65504.0F);
    QVERIFY(std::isinf(half_to_float(0x7C00)));
    QVERIFY(std::isnan(half_to_float(0x7E00)));
    QVERIFY(std::signbit(half_to_float(0x8000)));
  }
};

DARKROOM_TEST(NpyTest);
#include "npy_test.moc"
