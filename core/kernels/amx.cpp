// SPDX-License-Identifier: Apache-2.0
// Both are one product: rows of pixels (or tokens) times the weights of one tap after the other. The picture is copied with its border of
// zeros, so that what a tap sees of 16 neighbouring pixels lies one fixed distance from the pixels; results at the border's own places are
// not written. Large pictures go strip by strip, which stays in the caches.
#include "core/kernels/amx.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "core/base/format.h"
#include "core/kernels/amx_block.h"
#include "core/kernels/amx_shape.h"

namespace darkroom {
namespace {

using kernels::amx_pair_rows;
using kernels::amx_panel;
using kernels::amx_step;
using kernels::amx_step_tiles;
using kernels::amx_tile;
using kernels::amx_tile_rows;
using kernels::AmxRows;
using kernels::AmxShape;

constexpr int64_t run_steps = 5;       ///< between two looks at the sums: panel and rows stay in the first-level cache
constexpr int64_t linear_panels = 10;  ///< of a block, at most
constexpr int64_t linear_pairs = 8;
constexpr int64_t convolution_pairs = 28;                                                 ///< of a block, with one panel
constexpr int64_t most_sums = std::max(linear_panels * linear_pairs, convolution_pairs);  ///< [32][32] each: 320 KB
constexpr int64_t strip_elements = int64_t{1} << 19;                                      ///< of each part of the rows: 1 MB

// What shares a block: the rows of a run are read from the second-level cache once a tap and panel.
int64_t most_panels(const AmxShape& shape) { return shape.taps() > 1 ? 1 : linear_panels; }
int64_t most_pairs(const AmxShape& shape) { return shape.taps() > 1 ? convolution_pairs : linear_pairs; }

struct AmxOperands {
  const uint16_t* weight;
  const float* bias;      // may be null
  const float* residual;  // may be null
  float* out;
};

// Rows of the left factor and where their results go.
struct Work {
  std::vector<AmxRows> tiles;        // an even number
  std::vector<int64_t> out_at;       // of each row of each tile: the first element of its result, -1: nowhere
  std::vector<int64_t> tap_offsets;  // elements from a row to what a tap sees
  int64_t step_stride = 0;           // elements from 32 channels of a row to the next 32
};

// Pairs of tiles and panels of output channels.
struct Block {
  int64_t first_pair, last_pair, first_panel, last_panel;

  int64_t pairs() const { return last_pair - first_pair; }
  float* sums_of(float* sums, int64_t panel, int64_t pair) const {
    return sums + ((panel - first_panel) * pairs() + pair - first_pair) * amx_pair_rows * amx_panel;
  }
};

void write_block(const AmxOperands& operands, const Work& work, const Block& block, float* sums) {
  for (int64_t pair = block.first_pair; pair < block.last_pair; ++pair) {
    for (int64_t row = 0; row < amx_pair_rows; ++row) {
      const int64_t at = work.out_at[static_cast<size_t>(pair * amx_pair_rows + row)];
      for (int64_t panel = block.first_panel; at >= 0 && panel < block.last_panel; ++panel) {
        const int64_t channel = panel * amx_panel;
        kernels::amx_write(block.sums_of(sums, panel, pair) + row * amx_panel, operands.bias == nullptr ? nullptr : operands.bias + channel,
                           operands.residual == nullptr ? nullptr : operands.residual + at + channel, operands.out + at + channel);
      }
    }
  }
}

void run_block(const AmxShape& shape, const AmxOperands& operands, const Work& work, const Block& block, float* sums) {
  constexpr int64_t step_lines = amx_step_tiles * amx_tile * 2 / 64;
  constexpr int64_t most_lines = 8;
  const int64_t lines = std::min((step_lines + block.pairs() - 1) / block.pairs(), most_lines);
  for (int64_t step = 0; step < shape.steps(); step += run_steps) {
    const int64_t steps = std::min(run_steps, shape.steps() - step);
    for (int64_t panel = block.first_panel; panel < block.last_panel; ++panel) {
      const uint16_t* const weights = operands.weight + panel * shape.panel_stride() + step * shape.step_stride();
      for (int64_t tap = 0; tap < shape.taps(); ++tap) {
        const uint16_t* const at = weights + tap * shape.tap_stride();
        // The next tap, panel or run.
        const bool is_last_tap = tap + 1 == shape.taps();
        const uint16_t* const next = !is_last_tap                   ? at + shape.tap_stride()
                                     : panel + 1 < block.last_panel ? weights + shape.panel_stride()
                                                                    : operands.weight + block.first_panel * shape.panel_stride() +
                                                                          (step + steps) % shape.steps() * shape.step_stride();
        const int64_t first = work.tap_offsets[static_cast<size_t>(tap)] + step * work.step_stride;
        for (int64_t pair = block.first_pair; pair < block.last_pair; ++pair) {
          const AmxRows* const rows = &work.tiles[static_cast<size_t>(2 * pair)];
          const kernels::AmxWeights tiles{at, shape.step_stride(), next + (pair - block.first_pair) * lines * 32, lines};
          kernels::amx_multiply(rows[0], rows[1], work.step_stride, first, tiles, steps, block.sums_of(sums, panel, pair),
                                step == 0 && tap == 0);
        }
      }
    }
  }
  write_block(operands, work, block, sums);
}

int64_t parts_of(int64_t all, int64_t most) { return (all + most - 1) / most; }

// Of one size but for the last, which has one at least: `wanted` of them, or fewer.
struct Pieces {
  int64_t size, count;
};
Pieces pieces_of(int64_t all, int64_t wanted) {
  const int64_t size = parts_of(all, wanted);
  return {size, parts_of(all, size)};
}

// Blocks as many for each thread, so that none waits.
void run(const AmxShape& shape, const AmxOperands& operands, const Work& work) {
  const auto pairs = static_cast<int64_t>(work.tiles.size() / 2);
  const Pieces wide = pieces_of(shape.panels(), parts_of(shape.panels(), most_panels(shape)));
  const int64_t threads = at::get_num_threads();
  const int64_t fewest = parts_of(pairs, most_pairs(shape));
  const Pieces high = pieces_of(pairs, wide.count % threads == 0 ? fewest : parts_of(fewest, threads) * threads);
  at::parallel_for(0, high.count * wide.count, 1, [&](int64_t begin, int64_t end) {
    const torch::Tensor memory = at::empty({most_sums * amx_pair_rows * amx_panel}, torch::kFloat32);
    auto* const sums = memory.mutable_data_ptr<float>();
    kernels::amx_begin();
    for (int64_t task = begin; task < end; ++task) {
      const int64_t pair = task / wide.count * high.size, panel = task % wide.count * wide.size;
      run_block(shape, operands, work, {pair, std::min(pair + high.size, pairs), panel, std::min(panel + wide.size, shape.panels())}, sums);
    }
    kernels::amx_end();
  });
}

// Both parts of the left factor, bfloat16 [I/32][rows][32] each, with room behind the last row for a tile that ends beyond it.
class SplitRows {
 public:
  SplitRows(int64_t rows, const AmxShape& shape)
      : steps_(shape.steps()),
        step_stride_((rows + amx_tile_rows) * amx_step),
        values_(at::empty({2, steps_ * step_stride_}, torch::kBFloat16)),
        high_(static_cast<uint16_t*>(values_.mutable_data_ptr())),
        low_(high_ + steps_ * step_stride_) {}

  // `count` rows of a dense float32 matrix.
  void fill(int64_t row, const float* from, int64_t count) const {
    for (int64_t r = 0; r < count; ++r) {
      const int64_t at = (row + r) * amx_step;
      kernels::amx_split(from + r * steps_ * amx_step, steps_, step_stride_, high_ + at, low_ + at);
    }
  }
  void clear(int64_t row, int64_t count) const {
    for (int64_t step = 0; step < steps_; ++step) {
      const int64_t at = step * step_stride_ + row * amx_step;
      std::fill_n(high_ + at, count * amx_step, uint16_t{0});
      std::fill_n(low_ + at, count * amx_step, uint16_t{0});
    }
  }
  AmxRows rows(int64_t row) const { return {high_ + row * amx_step, low_ + row * amx_step}; }
  int64_t step_stride() const { return step_stride_; }

 private:
  int64_t steps_;
  int64_t step_stride_;
  torch::Tensor values_;
  uint16_t* high_;
  uint16_t* low_;
};

void make_even(Work& work) {
  if (work.tiles.size() % 2 != 0) {
    work.tiles.push_back(work.tiles.back());
    work.out_at.insert(work.out_at.end(), amx_tile_rows, -1);
  }
}

// Rows first … last - 1 of one picture's result.
struct Segment {
  int64_t picture, first, last;
};

struct PictureSizes {
  int64_t batch, height, width, padding, kernel;

  int64_t out_height() const { return height + 2 * padding - kernel + 1; }
  int64_t out_width() const { return width + 2 * padding - kernel + 1; }
  int64_t padded_width() const { return width + 2 * padding; }
  int64_t seen_rows(const Segment& segment) const { return segment.last - segment.first + kernel - 1; }
};

// What a segment sees, with its border, to the rows from `line` on.
void copy_segment(const AmxShape& shape, const PictureSizes& sizes, const float* x, const Segment& segment, int64_t line,
                  const SplitRows& to) {
  const int64_t wide = sizes.padded_width();
  at::parallel_for(0, sizes.seen_rows(segment), 1, [&](int64_t begin, int64_t end) {
    for (int64_t seen = begin; seen < end; ++seen) {
      const int64_t at = (line + seen) * wide;
      const int64_t y = segment.first + seen - sizes.padding;
      if (y < 0 || y >= sizes.height) {
        to.clear(at, wide);
        continue;
      }
      to.clear(at, sizes.padding);
      to.fill(at + sizes.padding, x + (segment.picture * sizes.height + y) * sizes.width * shape.in, sizes.width);
      to.clear(at + sizes.padding + sizes.width, sizes.padding);
    }
  });
}

// The tiles of a segment that lies from `line` on.
void add_segment(const AmxShape& shape, const PictureSizes& sizes, const Segment& segment, int64_t line, const SplitRows& rows,
                 Work& work) {
  const int64_t wide = sizes.padded_width();
  const int64_t places = (segment.last - segment.first - 1) * wide + sizes.out_width();
  for (int64_t place = 0; place < places; place += amx_tile_rows) {
    work.tiles.push_back(rows.rows(line * wide + place));
    for (int64_t at = place; at < place + amx_tile_rows; ++at) {
      const int64_t pixel = (segment.picture * sizes.out_height() + segment.first + at / wide) * sizes.out_width() + at % wide;
      work.out_at.push_back(at < places && at % wide < sizes.out_width() ? pixel * shape.out : -1);
    }
  }
}

void run_strip(const AmxShape& shape, const AmxOperands& operands, const PictureSizes& sizes, const float* x,
               const std::vector<Segment>& segments) {
  const int64_t wide = sizes.padded_width();
  int64_t lines = 0;
  for (const Segment& segment : segments) {
    lines += sizes.seen_rows(segment);
  }
  const SplitRows rows(lines * wide, shape);
  Work work;
  work.step_stride = rows.step_stride();
  for (int64_t r = 0; r < sizes.kernel; ++r) {
    for (int64_t c = 0; c < sizes.kernel; ++c) {
      work.tap_offsets.push_back((r * wide + c) * amx_step);
    }
  }
  int64_t line = 0;
  for (const Segment& segment : segments) {
    copy_segment(shape, sizes, x, segment, line, rows);
    add_segment(shape, sizes, segment, line, rows, work);
    line += sizes.seen_rows(segment);
  }
  make_even(work);
  run(shape, operands, work);
}

void run_pictures(const AmxShape& shape, const AmxOperands& operands, const PictureSizes& sizes, const float* x) {
  const int64_t most_rows = std::max<int64_t>(strip_elements / (sizes.padded_width() * shape.in) - sizes.kernel + 1, 4);
  std::vector<Segment> segments;
  int64_t rows = 0;
  for (int64_t picture = 0; picture < sizes.batch; ++picture) {
    for (int64_t first = 0; first < sizes.out_height();) {
      const int64_t last = std::min(sizes.out_height(), first + most_rows - rows);
      segments.push_back({picture, first, last});
      rows += last - first;
      first = last;
      if (rows == most_rows) {
        run_strip(shape, operands, sizes, x, segments);
        segments.clear();
        rows = 0;
      }
    }
  }
  if (!segments.empty()) {
    run_strip(shape, operands, sizes, x, segments);
  }
}

void run_rows(const AmxShape& shape, const AmxOperands& operands, const float* x, int64_t rows) {
  const int64_t strip = std::max<int64_t>(strip_elements / shape.in / amx_pair_rows, 1) * amx_pair_rows;
  for (int64_t first = 0; first < rows; first += strip) {
    const int64_t last = std::min(rows, first + strip);
    const SplitRows parts(last - first, shape);
    at::parallel_for(0, last - first, 64,
                     [&](int64_t begin, int64_t end) { parts.fill(begin, x + (first + begin) * shape.in, end - begin); });
    Work work;
    work.tap_offsets = {0};
    work.step_stride = parts.step_stride();
    for (int64_t row = first; row < last; row += amx_tile_rows) {
      work.tiles.push_back(parts.rows(row - first));
      for (int64_t at = row; at < row + amx_tile_rows; ++at) {
        work.out_at.push_back(at < last ? at * shape.out : -1);
      }
    }
    make_even(work);
    run(shape, operands, work);
  }
}

void check(const char* where, const torch::Tensor& x, int64_t channels, const torch::Tensor& weight,
           const std::optional<torch::Tensor>& bias) {
  const bool known = is_amx(weight) && weight.scalar_type() == torch::kFloat32 && weight.size(4) == 2 && weight.size(5) == amx_tile;
  if (!known || channels != AmxShape(weight).in || x.scalar_type() != torch::kFloat32 || x.numel() == 0 ||
      (bias && (bias->dim() != 1 || bias->size(0) != AmxShape(weight).out))) {
    throw std::invalid_argument(
        format("[{}] x {} [{}], weight [{}] and bias [{}] must be float32 [...,I] or [B,I,H,W], [O/32,I/32,K,K,2,512] and [O]", where,
               c10::toString(x.scalar_type()), fmt::join(x.sizes(), ","), fmt::join(weight.sizes(), ","),
               bias ? fmt::format("{}", fmt::join(bias->sizes(), ",")) : "none"));
  }
}

void check_sum(const char* where, const torch::Tensor& sum, const std::vector<int64_t>& sizes) {
  if (sum.sizes() != at::IntArrayRef(sizes) || sum.scalar_type() != torch::kFloat32) {
    throw std::invalid_argument(format("[{}] what is added must be float32 [{}], got {} [{}]", where, fmt::join(sizes, ","),
                                       c10::toString(sum.scalar_type()), fmt::join(sum.sizes(), ",")));
  }
}

const uint16_t* tiles_of(const torch::Tensor& weight) { return static_cast<const uint16_t*>(weight.const_data_ptr()); }

// residual may be null, or the result itself.
void convolve(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t padding, const float* residual,
              const torch::Tensor& out_BCHW) {
  const torch::Tensor x = x_BCHW.contiguous(at::MemoryFormat::ChannelsLast);
  const torch::Tensor shift = bias.contiguous();
  const AmxShape shape(weight);
  run_pictures(shape, {tiles_of(weight), shift.const_data_ptr<float>(), residual, out_BCHW.mutable_data_ptr<float>()},
               {x.size(0), x.size(2), x.size(3), padding, shape.kernel}, x.const_data_ptr<float>());
}

std::vector<int64_t> result_sizes(const torch::Tensor& x_BCHW, const torch::Tensor& weight, int64_t padding) {
  const AmxShape shape(weight);
  const int64_t growth = 2 * padding - shape.kernel + 1;
  return {x_BCHW.size(0), shape.out, x_BCHW.size(2) + growth, x_BCHW.size(3) + growth};
}

}  // namespace

torch::Tensor amx_linear(const torch::Tensor& x, const torch::Tensor& weight, const std::optional<torch::Tensor>& bias,
                         const std::optional<torch::Tensor>& residual) {
  check("amx_linear", x, x.dim() > 0 ? x.size(-1) : 0, weight, bias);
  const AmxShape shape(weight);
  if (shape.kernel != 1) {
    throw std::invalid_argument(format("[amx_linear] the weight must have one tap, it is of a {0}x{0} convolution", shape.kernel));
  }
  std::vector<int64_t> sizes = x.sizes().vec();
  sizes.back() = shape.out;
  if (residual) {
    check_sum("amx_linear", *residual, sizes);
  }
  const torch::Tensor rows = x.contiguous();
  const torch::Tensor shift = bias ? bias->contiguous() : torch::Tensor();
  const torch::Tensor added = residual ? residual->contiguous() : torch::Tensor();
  torch::Tensor out = at::empty(sizes, torch::kFloat32);
  run_rows(shape,
           {tiles_of(weight), bias ? shift.const_data_ptr<float>() : nullptr, residual ? added.const_data_ptr<float>() : nullptr,
            out.mutable_data_ptr<float>()},
           rows.const_data_ptr<float>(), rows.numel() / shape.in);
  return out;
}

torch::Tensor amx_convolution(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t padding,
                              const std::optional<torch::Tensor>& residual_BCHW) {
  check("amx_convolution", x_BCHW, x_BCHW.dim() == 4 ? x_BCHW.size(1) : 0, weight, bias);
  const std::vector<int64_t> sizes = result_sizes(x_BCHW, weight, padding);
  if (residual_BCHW) {
    check_sum("amx_convolution", *residual_BCHW, sizes);
  }
  const torch::Tensor added = residual_BCHW ? residual_BCHW->contiguous(at::MemoryFormat::ChannelsLast) : torch::Tensor();
  torch::Tensor out = at::empty(sizes, x_BCHW.options().memory_format(at::MemoryFormat::ChannelsLast));
  convolve(x_BCHW, weight, bias, padding, residual_BCHW ? added.const_data_ptr<float>() : nullptr, out);
  return out;
}

void amx_convolution_onto(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t padding,
                          const torch::Tensor& sum_BCHW) {
  check("amx_convolution_onto", x_BCHW, x_BCHW.dim() == 4 ? x_BCHW.size(1) : 0, weight, bias);
  check_sum("amx_convolution_onto", sum_BCHW, result_sizes(x_BCHW, weight, padding));
  if (!sum_BCHW.is_contiguous(at::MemoryFormat::ChannelsLast)) {
    throw std::invalid_argument("[amx_convolution_onto] the sum must be channels_last");
  }
  convolve(x_BCHW, weight, bias, padding, sum_BCHW.const_data_ptr<float>(), sum_BCHW);
}

}  // namespace darkroom
