// SPDX-License-Identifier: Apache-2.0
// Opcodes of pickle protocols 0 to 5 by the names of Python's Lib/pickletools.py.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace darkroom {

/// Those that files of weights need: protocol 2, then the ones that 3 to 5 add.
enum class Opcode : uint8_t {
  proto = 0x80,
  stop = '.',
  mark = '(',
  none = 'N',
  new_true = 0x88,
  new_false = 0x89,
  bin_int = 'J',
  bin_int1 = 'K',
  bin_int2 = 'M',
  long1 = 0x8a,
  bin_float = 'G',
  bin_unicode = 'X',
  short_bin_string = 'U',
  bin_string = 'T',
  empty_dict = '}',
  empty_list = ']',
  empty_tuple = ')',
  tuple = 't',
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  append = 'a',
  appends = 'e',
  set_item = 's',
  set_items = 'u',
  bin_put = 'q',
  long_bin_put = 'r',
  bin_get = 'h',
  long_bin_get = 'j',
  global = 'c',
  reduce = 'R',
  build = 'b',
  new_obj = 0x81,
  bin_pers_id = 'Q',

  short_bin_bytes = 'C',
  bin_bytes = 'B',
  bin_bytes8 = 0x8e,
  short_bin_unicode = 0x8c,
  bin_unicode8 = 0x8d,
  empty_set = 0x8f,
  add_items = 0x90,
  frozen_set = 0x91,
  new_obj_ex = 0x92,
  stack_global = 0x93,
  memoize = 0x94,
  frame = 0x95,
};

/// The others, for messages only: text mode, the extension registry, classes named in place, buffers out of band.
struct RefusedOpcode {
  uint8_t code;
  std::string_view name;
};
inline constexpr std::array refused_opcodes = {RefusedOpcode{'0', "POP"},          RefusedOpcode{'1', "POP_MARK"},
                                               RefusedOpcode{'2', "DUP"},          RefusedOpcode{'F', "FLOAT"},
                                               RefusedOpcode{'I', "INT"},          RefusedOpcode{'L', "LONG"},
                                               RefusedOpcode{'P', "PERSID"},       RefusedOpcode{'S', "STRING"},
                                               RefusedOpcode{'V', "UNICODE"},      RefusedOpcode{'d', "DICT"},
                                               RefusedOpcode{'g', "GET"},          RefusedOpcode{'i', "INST"},
                                               RefusedOpcode{'l', "LIST"},         RefusedOpcode{'o', "OBJ"},
                                               RefusedOpcode{'p', "PUT"},          RefusedOpcode{0x82, "EXT1"},
                                               RefusedOpcode{0x83, "EXT2"},        RefusedOpcode{0x84, "EXT4"},
                                               RefusedOpcode{0x8b, "LONG4"},       RefusedOpcode{0x96, "BYTEARRAY8"},
                                               RefusedOpcode{0x97, "NEXT_BUFFER"}, RefusedOpcode{0x98, "READONLY_BUFFER"}};

}  // namespace darkroom
