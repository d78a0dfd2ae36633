// SPDX-License-Identifier: Apache-2.0
// A strip is given to a 3x3 convolution with one more row on either side, and these two rows of the result are dropped: at the strip's
// inner edges the padding's zeros would stand in for rows that exist.
#include "core/nn/row_strips.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/kernels/group_norm.h"

namespace darkroom {
namespace {

void for_strips(int64_t height, int64_t strip, const std::function<void(int64_t first, int64_t last)>& work) {
  if (strip < 1) {
    throw std::invalid_argument(format("[row_strips] a strip must have at least one row, got {}", strip));
  }
  for (int64_t first = 0; first < height; first += strip) {
    work(first, std::min(first + strip, height));
  }
}

// Rows first … last - 1 of convolution(prepare(x)), 3x3 with padding 1; the padding is that of the prepared map.
torch::Tensor convolved_rows(const Weights& weights, const ConvolutionLayer& layer, const RowSource& x, int64_t first, int64_t last,
                             const std::function<torch::Tensor(const torch::Tensor&)>& prepare) {
  const int64_t above = std::min<int64_t>(first, 1);
  const int64_t below = std::min<int64_t>(x.height() - last, 1);
  const torch::Tensor made = convolution(weights, layer, prepare(x.rows(first - above, last + below)));
  return made.narrow(2, above, last - first);
}

std::function<torch::Tensor(const torch::Tensor&)> through(const Weights& weights, const NormLayer& layer, const StripGroupNorm& norm) {
  return [&weights, &layer, &norm](const torch::Tensor& rows) {
    return norm.apply(rows, weight_at(weights, layer.weight), weight_at(weights, layer.bias), layer.eps, /*silu=*/true);
  };
}

int64_t channels_out(const Weights& weights, const ConvolutionLayer& layer) { return weight_at(weights, layer.bias).size(0); }

}  // namespace

RowSource::RowSource(torch::Tensor x_1CHW) : x_(std::move(x_1CHW)) {
  if (x_.dim() != 4 || x_.size(0) != 1) {
    throw std::invalid_argument(format("[RowSource] a map must be [1,C,H,W], got [{}]", fmt::join(x_.sizes(), ",")));
  }
}

RowSource::RowSource(const Weights& weights, const ConvolutionLayer& upsampling, torch::Tensor x_1CHW) : RowSource(std::move(x_1CHW)) {
  enlarge_ = [&weights, layer = upsampling](const torch::Tensor& rows_1CRW) {
    return upsample_convolution(weights, layer, rows_1CRW, 2 * rows_1CRW.size(2), 2 * rows_1CRW.size(3));
  };
}

int64_t RowSource::height() const { return enlarge_ ? 2 * x_.size(2) : x_.size(2); }
int64_t RowSource::width() const { return enlarge_ ? 2 * x_.size(3) : x_.size(3); }

torch::Tensor RowSource::rows(int64_t first, int64_t last) const {
  if (!enlarge_) {
    return x_.narrow(2, first, last - first);
  }
  // One more row of x on either side: the edge rows of an enlarged strip miss their neighbours.
  const int64_t from = std::max<int64_t>(first / 2 - 1, 0);
  const int64_t to = std::min((last + 1) / 2 + 1, x_.size(2));
  return enlarge_(x_.narrow(2, from, to - from)).narrow(2, first - 2 * from, last - first);
}

torch::Tensor RowSource::whole(int64_t strip) const {
  if (!enlarge_) {
    return x_;
  }
  return map_in_strips(options(), x_.size(1), height(), width(), strip, [this](int64_t first, int64_t last) { return rows(first, last); });
}

torch::Tensor map_in_strips(const torch::TensorOptions& options, int64_t channels, int64_t height, int64_t width, int64_t strip,
                            const std::function<torch::Tensor(int64_t first, int64_t last)>& make) {
  torch::Tensor made = at::empty({1, channels, height, width}, options.memory_format(at::MemoryFormat::ChannelsLast));
  for_strips(height, strip, [&](int64_t first, int64_t last) { made.narrow(2, first, last - first).copy_(make(first, last)); });
  return made;
}

torch::Tensor resnet_block_in_strips(const Weights& weights, const ResnetBlock& block, const RowSource& x, int64_t strip) {
  StripGroupNorm norm1(block.norm1.groups);
  torch::Tensor out;  // the shortcut first, then the sum
  if (block.shortcut) {
    out =
        map_in_strips(x.options(), channels_out(weights, *block.shortcut), x.height(), x.width(), strip, [&](int64_t first, int64_t last) {
          const torch::Tensor rows = x.rows(first, last).contiguous(at::MemoryFormat::ChannelsLast);
          norm1.add(rows);
          return convolution(weights, *block.shortcut, rows);
        });
  } else {
    out = x.whole(strip);
    for_strips(out.size(2), strip, [&](int64_t first, int64_t last) { norm1.add(out.narrow(2, first, last - first)); });
  }
  const RowSource input = block.shortcut ? x : RowSource(out);
  StripGroupNorm norm2(block.norm2.groups);
  const auto norm_x = through(weights, block.norm1, norm1);
  const RowSource branch(
      map_in_strips(x.options(), channels_out(weights, block.conv1), x.height(), x.width(), strip, [&](int64_t first, int64_t last) {
        torch::Tensor rows = convolved_rows(weights, block.conv1, input, first, last, norm_x);
        norm2.add(rows);
        return rows;
      }));
  const auto norm_branch = through(weights, block.norm2, norm2);
  for_strips(out.size(2), strip, [&](int64_t first, int64_t last) {
    out.narrow(2, first, last - first).add_(convolved_rows(weights, block.conv2, branch, first, last, norm_branch));
  });
  return out;
}

torch::Tensor norm_silu_convolution_in_strips(const Weights& weights, const NormLayer& norm, const ConvolutionLayer& layer,
                                              const RowSource& x, int64_t strip) {
  StripGroupNorm statistics(norm.groups);
  for_strips(x.height(), strip,
             [&](int64_t first, int64_t last) { statistics.add(x.rows(first, last).contiguous(at::MemoryFormat::ChannelsLast)); });
  const auto normed = through(weights, norm, statistics);
  return map_in_strips(x.options(), channels_out(weights, layer), x.height(), x.width(), strip,
                       [&](int64_t first, int64_t last) { return convolved_rows(weights, layer, x, first, last, normed); });
}

torch::Tensor convolution_in_strips(const Weights& weights, const ConvolutionLayer& layer, const RowSource& x, int64_t strip) {
  const auto as_they_are = [](const torch::Tensor& rows) { return rows; };
  return map_in_strips(x.options(), channels_out(weights, layer), x.height(), x.width(), strip,
                       [&](int64_t first, int64_t last) { return convolved_rows(weights, layer, x, first, last, as_they_are); });
}

torch::Tensor downsample_in_strips(const Weights& weights, const ConvolutionLayer& layer, const torch::Tensor& x_1CHW, int64_t strip) {
  const int64_t height = x_1CHW.size(2);
  return map_in_strips(x_1CHW.options(), channels_out(weights, layer), height / 2, x_1CHW.size(3) / 2, strip,
                       [&](int64_t first, int64_t last) {
                         // The row of zeros that is added below is used at the bottom of the map alone.
                         const int64_t end = std::min(2 * last + 1, height);
                         return downsample_bottom_right(weights, layer, x_1CHW.narrow(2, 2 * first, end - 2 * first));
                       });
}

}  // namespace darkroom
