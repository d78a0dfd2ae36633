// SPDX-License-Identifier: Apache-2.0
// Our own letters, drawn as strokes: no font file to carry, any size, the same pixels everywhere. A glyph is a width and strokes; a stroke
// is a row of points, two base-36 digits each (x to the right, y down: 0 the top of capitals, 6 that of small letters, 16 the base line,
// 22 the lowest tail). "~" before it: the points steer a quadratic B-spline that begins and ends at the first and last; "o": a closed one;
// nothing: straight lines, and a single point twice is a dot.
#pragma once

#include <string_view>

namespace darkroom {

struct LabelGlyph {
  int width;  ///< of the drawing, without the gap to the next letter
  std::string_view strokes;
};

inline constexpr int glyph_capital_height = 16;
inline constexpr int glyph_lowest = 22;
inline constexpr int glyph_gap = 4;

/// U+0020 … U+007E
inline constexpr LabelGlyph label_glyphs[] = {
    {6, ""},                                          // space
    {4, "202a 2g2g"},                                 // !
    {8, "2024 6064"},                                 // "
    {12, "402g a08g 06c6 0aca"},                      // #
    {12, "~c4c00008c8cg0g0c 606g"},                   // $
    {14, "e00g o00606606 o8aeaeg8g"},                 // %
    {14, "~eg4240a0060gagea"},                        // &
    {4, "2024"},                                      // '
    {6, "~60060c6i"},                                 // (
    {6, "~00666c0i"},                                 // )
    {10, "424a 0488 8408"},                           // *
    {12, "646g 0aca"},                                // +
    {4, "2g0k"},                                      // ,
    {8, "0a8a"},                                      // -
    {4, "2g2g"},                                      // .
    {8, "800i"},                                      // /
    {10, "o00a0ag0g"},                                // 0
    {10, "24606g"},                                   // 1
    {10, "~0400a0a80g 0gag"},                         // 2
    {10, "~0200a0a848 ~48a8ag0g0e"},                  // 3
    {10, "8g800aaa"},                                 // 4
    {10, "a00008 ~08a6ag0g0e"},                       // 5
    {10, "o08a8ag0g ~80000c"},                        // 6
    {10, "00a04g"},                                   // 7
    {10, "o00a0a808 o08a8ag0g"},                      // 8
    {10, "o00a0a808 ~a4ag2g"},                        // 9
    {4, "2828 2g2g"},                                 // :
    {4, "2828 2g0k"},                                 // ;
    {10, "a40aag"},                                   // <
    {12, "08c8 0ccc"},                                // =
    {10, "04aa0g"},                                   // >
    {10, "~0200a0a848 484c 4g4g"},                    // ?
    {18, "~ei0i00i0iecec6 o66c6ce6e"},                // @
    {12, "0g60cg 2aaa"},                              // A
    {12, "000g 0040 ~40a0a848 0848 ~48c8cg4g 0g4g"},  // B
    {12, "~c4c0000gcgcc"},                            // C
    {12, "000g 0040 ~40c0cg4g 0g4g"},                 // D
    {10, "a0000gag 0888"},                            // E
    {10, "a0000g 0888"},                              // F
    {12, "~c4c0000gcgc8 c868"},                       // G
    {12, "000g c0cg 08c8"},                           // H
    {4, "202g"},                                      // I
    {8, "808a ~8a8g0g0c"},                            // J
    {12, "000g c00a 46cg"},                           // K
    {10, "000gag"},                                   // L
    {16, "0g008cg0gg"},                               // M
    {12, "0g00cgc0"},                                 // N
    {14, "o00e0eg0g"},                                // O
    {12, "000g 0040 ~40c0c848 0848"},                 // P
    {14, "o00e0eg0g 8cei"},                           // Q
    {12, "000g 0040 ~40c0c848 0848 68cg"},            // R
    {12, "~c4c00008c8cg0g0c"},                        // S
    {12, "00c0 606g"},                                // T
    {12, "000a ~0a0gcgca cac0"},                      // U
    {12, "006gc0"},                                   // V
    {16, "004g84cgg0"},                               // W
    {12, "00cg c00g"},                                // X
    {12, "0068c0 686g"},                              // Y
    {12, "00c00gcg"},                                 // Z
    {6, "60202i6i"},                                  // [
    {8, "008i"},                                      // backslash
    {6, "00404i0i"},                                  // ]
    {8, "044084"},                                    // ^
    {12, "0ici"},                                     // _
    {6, "0042"},                                      // `
    {10, "o06a6ag0g a6ag"},                           // a
    {10, "000g o06a6ag0g"},                           // b
    {8, "~8886060g8g8e"},                             // c
    {10, "a0ag o06a6ag0g"},                           // d
    {10, "0aaa ~aaa6060gagae"},                       // e
    {8, "~802026 262g 0666"},                         // f
    {10, "o06a6ag0g a6ai ~aiam0m0k"},                 // g
    {10, "000g ~0c06a6ac acag"},                      // h
    {4, "262g 2222"},                                 // i
    {6, "464i ~4i4m0m 4242"},                         // j
    {10, "000g a60c 4aag"},                           // k
    {6, "202c ~2c2g6g"},                              // l
    {16, "060g ~0c06868c 8c8g ~8c86g6gc gcgg"},       // m
    {10, "060g ~0c06a6ac acag"},                      // n
    {10, "o06a6ag0g"},                                // o
    {10, "060m o06a6ag0g"},                           // p
    {10, "a6am o06a6ag0g"},                           // q
    {8, "060g ~0c068688"},                            // r
    {8, "~8886060b8b8g0g0e"},                         // s
    {8, "222c ~2c2g8g 0666"},                         // t
    {10, "060a ~0a0gagaa a6ag"},                      // u
    {8, "064g86"},                                    // v
    {16, "064g88cgg6"},                               // w
    {10, "06ag a60g"},                                // x
    {8, "064g 862m"},                                 // y
    {10, "06a60gag"},                                 // z
    {8, "~80404808 ~08484i8i"},                       // {
    {4, "202i"},                                      // |
    {8, "~00404888 ~88484i0i"},                       // }
    {12, "~0c26aec8"},                                // ~
};

inline constexpr LabelGlyph unknown_glyph{10, "00a0ag0g00"};       ///< a box
inline constexpr LabelGlyph ellipsis_glyph{10, "0g0g 5g5g agag"};  ///< U+2026

}  // namespace darkroom
