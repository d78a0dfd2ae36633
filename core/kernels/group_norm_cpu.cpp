// SPDX-License-Identifier: Apache-2.0
// Rows of C neighbouring values: the inner loops run over channels, so that all of them vectorise; sums go up in fixed chunks of rows, then
// the chunks in turn, so that the value does not depend on the number of threads. Sums are of differences to the picture's first row:
// the variance of a channel with a large mean survives in float32.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "core/kernels/float_access.h"
#include "core/kernels/group_norm_backends.h"

namespace darkroom::kernels {
namespace {

constexpr int64_t chunk_elements = 16384;

// exp(x) by 2^n times a polynomial of degree 6 on [-ln2/2, ln2/2]; within 2 ulp on [-76, 76], clamped outside. Vectorises, as expf does
// not. The bound keeps products with it above 2^-126 for all but the smallest z: GCC computes z * sigmoid(bound) for all lanes before it
// chooses, and a processor takes 100 cycles over one below that.
inline __attribute__((always_inline)) float fast_exp(float x) {
  constexpr float round = 12582912.0F;  // 1.5 * 2^23: adding and taking it away rounds to a whole number
  x = std::min(std::max(x, -76.0F), 76.0F);
  const float n = (x * 1.44269504F + round) - round;
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  return p * std::bit_cast<float>((static_cast<int32_t>(n) + 127) << 23);
}

inline __attribute__((always_inline)) float sigmoid(float z) { return 1.0F / (1.0F + fast_exp(-z)); }

// Per channel of one picture, float32 [C] each.
struct Coefficients {
  const float* __restrict scale;   ///< weight / std
  const float* __restrict offset;  ///< bias - mean weight / std
  const float* __restrict mean;
  const float* __restrict inverse_std;
  const float* __restrict linear;    ///< of x in its gradient
  const float* __restrict constant;  ///< in x's gradient
};

template <typename T>
inline __attribute__((always_inline)) void sum_rows(const T* __restrict x, const T* __restrict shift, int64_t rows, int64_t channels,
                                                    float* __restrict sum, float* __restrict square) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t c = 0; c < channels; ++c) {
      const float d = load(x[row * channels + c]) - load(shift[c]);
      sum[c] += d;
      square[c] += d * d;
    }
  }
}

template <typename T, bool silu>
inline __attribute__((always_inline)) void apply_rows(const T* x, T* y, int64_t rows, int64_t channels, Coefficients k) {
  for (int64_t row = 0; row < rows; ++row) {
#pragma GCC ivdep  // y is x, or apart from it
    for (int64_t c = 0; c < channels; ++c) {
      const float z = load(x[row * channels + c]) * k.scale[c] + k.offset[c];
      store(silu ? z * sigmoid(z) : z, y[row * channels + c]);
    }
  }
}

template <bool silu>
inline __attribute__((always_inline)) float through_silu(float dy, float z) {
  if constexpr (silu) {
    const float s = sigmoid(z);
    return dy * s * (1.0F + z * (1.0F - s));
  } else {
    return dy;
  }
}

template <typename T, bool silu>
inline __attribute__((always_inline)) void sum_gradient_rows(const T* __restrict x, const T* __restrict dy, int64_t rows, int64_t channels,
                                                             Coefficients k, float* __restrict d_bias, float* __restrict d_weight) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t c = 0; c < channels; ++c) {
      const float value = load(x[row * channels + c]);
      const float dz = through_silu<silu>(load(dy[row * channels + c]), value * k.scale[c] + k.offset[c]);
      d_bias[c] += dz;
      d_weight[c] += dz * (value - k.mean[c]) * k.inverse_std[c];
    }
  }
}

template <typename T, bool silu>
inline __attribute__((always_inline)) void gradient_rows(const T* __restrict x, const T* __restrict dy, T* __restrict dx, int64_t rows,
                                                         int64_t channels, Coefficients k) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t c = 0; c < channels; ++c) {
      const float value = load(x[row * channels + c]);
      const float dz = through_silu<silu>(load(dy[row * channels + c]), value * k.scale[c] + k.offset[c]);
      store(k.scale[c] * dz + k.linear[c] * value + k.constant[c], dx[row * channels + c]);
    }
  }
}

// One entry a dtype and pass, since a template cannot be cloned for instruction sets.
// NOLINTBEGIN(bugprone-macro-parentheses): T is a type
#define DARKROOM_PASSES(T, name)                                                                                                           \
  DARKROOM_CLONES void name##_sum(const T* x, const T* shift, int64_t rows, int64_t channels, float* sum, float* square) {                 \
    sum_rows<T>(x, shift, rows, channels, sum, square);                                                                                    \
  }                                                                                                                                        \
  DARKROOM_CLONES void name##_apply(const T* x, T* y, int64_t rows, int64_t channels, const Coefficients& k, bool silu) {                  \
    silu ? apply_rows<T, true>(x, y, rows, channels, k) : apply_rows<T, false>(x, y, rows, channels, k);                                   \
  }                                                                                                                                        \
  DARKROOM_CLONES void name##_sum_gradient(const T* x, const T* dy, int64_t rows, int64_t channels, const Coefficients& k, float* d_bias,  \
                                           float* d_weight, bool silu) {                                                                   \
    silu ? sum_gradient_rows<T, true>(x, dy, rows, channels, k, d_bias, d_weight)                                                          \
         : sum_gradient_rows<T, false>(x, dy, rows, channels, k, d_bias, d_weight);                                                        \
  }                                                                                                                                        \
  DARKROOM_CLONES void name##_gradient(const T* x, const T* dy, T* dx, int64_t rows, int64_t channels, const Coefficients& k, bool silu) { \
    silu ? gradient_rows<T, true>(x, dy, dx, rows, channels, k) : gradient_rows<T, false>(x, dy, dx, rows, channels, k);                   \
  }                                                                                                                                        \
  struct name##_passes {                                                                                                                   \
    using Value = T;                                                                                                                       \
    static constexpr auto sum = name##_sum;                                                                                                \
    static constexpr auto apply = name##_apply;                                                                                            \
    static constexpr auto sum_gradient = name##_sum_gradient;                                                                              \
    static constexpr auto gradient = name##_gradient;                                                                                      \
  };
DARKROOM_PASSES(float, fp32)
DARKROOM_PASSES(uint16_t, bf16)
// NOLINTEND(bugprone-macro-parentheses)
#undef DARKROOM_PASSES

struct Shape {
  int64_t batch;
  int64_t channels;
  int64_t rows;
  int64_t groups;
  int64_t rows_per_chunk;
  int64_t chunks;

  Shape(const torch::Tensor& x_BCHW, int64_t group_count)
      : batch(x_BCHW.size(0)),
        channels(x_BCHW.size(1)),
        rows(x_BCHW.size(2) * x_BCHW.size(3)),
        groups(group_count),
        rows_per_chunk(std::max<int64_t>(1, chunk_elements / channels)),
        chunks((rows + rows_per_chunk - 1) / rows_per_chunk) {}

  int64_t channels_of_group() const { return channels / groups; }
};

// work(picture, chunk, first row, rows)
template <typename Work>
void for_chunks(const Shape& shape, const Work& work) {
  at::parallel_for(0, shape.batch * shape.chunks, 1, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const int64_t row = i % shape.chunks * shape.rows_per_chunk;
      work(i / shape.chunks, i % shape.chunks, row, std::min(shape.rows_per_chunk, shape.rows - row));
    }
  });
}

std::vector<float> as_float(const torch::Tensor& vector) {
  const torch::Tensor values = vector.detach().to(at::kFloat).contiguous();
  return {values.const_data_ptr<float>(), values.const_data_ptr<float>() + values.numel()};
}

// [B, part, C] of float32.
class Table {
 public:
  Table(int64_t batch, int64_t parts, int64_t channels)
      : parts_(parts), channels_(channels), values_(static_cast<size_t>(batch * parts * channels)) {}
  float* at(int64_t b, int64_t part) { return values_.data() + (b * parts_ + part) * channels_; }

 private:
  int64_t parts_;
  int64_t channels_;
  std::vector<float> values_;
};

enum Part : int64_t { scale, offset, mean, inverse_std, linear, constant, parts };

Coefficients coefficients_of(Table& table, int64_t b) {
  return {table.at(b, scale), table.at(b, offset), table.at(b, mean), table.at(b, inverse_std), table.at(b, linear), table.at(b, constant)};
}

// From statistics [B,G,2] to scale, offset, mean and inverse_std of each channel.
Table normalising_table(const Shape& shape, const float* statistics, const torch::Tensor& weight, const torch::Tensor& bias) {
  const std::vector<float> gamma = as_float(weight);
  const std::vector<float> beta = as_float(bias);
  Table table(shape.batch, parts, shape.channels);
  for (int64_t b = 0; b < shape.batch; ++b) {
    for (int64_t c = 0; c < shape.channels; ++c) {
      const float* group = statistics + (b * shape.groups + c / shape.channels_of_group()) * 2;
      const float factor = gamma[static_cast<size_t>(c)] * group[1];
      table.at(b, scale)[c] = factor;
      table.at(b, offset)[c] = beta[static_cast<size_t>(c)] - group[0] * factor;
      table.at(b, mean)[c] = group[0];
      table.at(b, inverse_std)[c] = group[1];
    }
  }
  return table;
}

// Mean and variance of each group, from the chunks' sums: channel by channel, then over the channels.
struct Moments {
  double mean = 0;
  double variance = 0;
};

template <typename T>
std::vector<Moments> reduce_moments(const Shape& shape, const T* x, Table& sums, Table& squares) {
  std::vector<Moments> moments;
  moments.reserve(static_cast<size_t>(shape.batch * shape.groups));
  const auto n = static_cast<double>(shape.rows);
  for (int64_t b = 0; b < shape.batch; ++b) {
    for (int64_t g = 0; g < shape.groups; ++g) {
      double mean_sum = 0;
      double mean_square = 0;
      double within = 0;
      for (int64_t c = g * shape.channels_of_group(); c < (g + 1) * shape.channels_of_group(); ++c) {
        double sum = 0;
        double square = 0;
        for (int64_t chunk = 0; chunk < shape.chunks; ++chunk) {
          sum += static_cast<double>(sums.at(b, chunk)[c]);
          square += static_cast<double>(squares.at(b, chunk)[c]);
        }
        const double channel_mean = static_cast<double>(load(x[b * shape.rows * shape.channels + c])) + sum / n;
        within += square / n - sum / n * (sum / n);
        mean_sum += channel_mean;
        mean_square += channel_mean * channel_mean;
      }
      const auto count = static_cast<double>(shape.channels_of_group());
      const double group_mean = mean_sum / count;
      moments.push_back({group_mean, std::max(0.0, within / count + mean_square / count - group_mean * group_mean)});
    }
  }
  return moments;
}

template <typename Passes>
std::vector<Moments> moments_of(const torch::Tensor& x_BCHW, const Shape& shape) {
  using T = typename Passes::Value;
  const auto* x = static_cast<const T*>(x_BCHW.const_data_ptr());
  const int64_t picture = shape.rows * shape.channels;
  Table sums(shape.batch, shape.chunks, shape.channels);
  Table squares(shape.batch, shape.chunks, shape.channels);
  for_chunks(shape, [&](int64_t b, int64_t chunk, int64_t row, int64_t rows) {
    Passes::sum(x + b * picture + row * shape.channels, x + b * picture, rows, shape.channels, sums.at(b, chunk), squares.at(b, chunk));
  });
  return reduce_moments(shape, x, sums, squares);
}

// y may be x itself.
template <typename Passes>
void apply(const torch::Tensor& x_BCHW, const Shape& shape, const torch::Tensor& statistics, const torch::Tensor& weight,
           const torch::Tensor& bias, bool silu, const torch::Tensor& y_BCHW) {
  using T = typename Passes::Value;
  const auto* x = static_cast<const T*>(x_BCHW.const_data_ptr());
  auto* y = static_cast<T*>(y_BCHW.mutable_data_ptr());
  const int64_t picture = shape.rows * shape.channels;
  Table table = normalising_table(shape, statistics.const_data_ptr<float>(), weight, bias);
  for_chunks(shape, [&](int64_t b, int64_t, int64_t row, int64_t rows) {
    const int64_t begin = b * picture + row * shape.channels;
    Passes::apply(x + begin, y + begin, rows, shape.channels, coefficients_of(table, b), silu);
  });
}

template <typename Passes>
torch::Tensor statistics_of(const torch::Tensor& x_BCHW, const Shape& shape, double eps) {
  torch::Tensor statistics = at::empty({shape.batch, shape.groups, 2}, at::kFloat);
  auto* values = statistics.mutable_data_ptr<float>();
  for (const Moments& group : moments_of<Passes>(x_BCHW, shape)) {
    *values++ = static_cast<float>(group.mean);
    *values++ = static_cast<float>(1.0 / std::sqrt(group.variance + eps));
  }
  return statistics;
}

template <typename Passes>
GroupNormForward forward(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t groups, double eps,
                         bool silu) {
  const Shape shape(x_BCHW, groups);
  GroupNormForward made{at::empty_like(x_BCHW), statistics_of<Passes>(x_BCHW, shape, eps)};
  apply<Passes>(x_BCHW, shape, made.statistics, weight, bias, silu, made.y_BCHW);
  return made;
}

template <typename Passes>
void forward_in_place(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t groups, double eps,
                      bool silu) {
  const Shape shape(x_BCHW, groups);
  apply<Passes>(x_BCHW, shape, statistics_of<Passes>(x_BCHW, shape, eps), weight, bias, silu, x_BCHW);
}

template <typename Passes>
GroupNormGradients backward(const GroupNormSaved& saved, const torch::Tensor& dy_BCHW) {
  using T = typename Passes::Value;
  const Shape shape(saved.x_BCHW, saved.groups);
  const auto* x = static_cast<const T*>(saved.x_BCHW.const_data_ptr());
  const auto* dy = static_cast<const T*>(dy_BCHW.const_data_ptr());
  torch::Tensor dx_BCHW = at::empty_like(saved.x_BCHW);
  auto* dx = static_cast<T*>(dx_BCHW.mutable_data_ptr());
  const int64_t picture = shape.rows * shape.channels;
  Table table = normalising_table(shape, saved.statistics.const_data_ptr<float>(), saved.weight, saved.bias);
  Table d_bias(shape.batch, shape.chunks, shape.channels);
  Table d_weight(shape.batch, shape.chunks, shape.channels);
  for_chunks(shape, [&](int64_t b, int64_t chunk, int64_t row, int64_t rows) {
    const int64_t begin = b * picture + row * shape.channels;
    Passes::sum_gradient(x + begin, dy + begin, rows, shape.channels, coefficients_of(table, b), d_bias.at(b, chunk), d_weight.at(b, chunk),
                         saved.silu);
  });

  const std::vector<float> gamma = as_float(saved.weight);
  std::vector<double> weight_sum(static_cast<size_t>(shape.channels));
  std::vector<double> bias_sum(static_cast<size_t>(shape.channels));
  const auto count = static_cast<double>(shape.rows * shape.channels_of_group());
  for (int64_t b = 0; b < shape.batch; ++b) {
    for (int64_t g = 0; g < shape.groups; ++g) {
      const int64_t first = g * shape.channels_of_group();
      const int64_t last = first + shape.channels_of_group();
      double sum = 0;         // of dz weight
      double projection = 0;  // of dz weight (x - mean) / std
      for (int64_t c = first; c < last; ++c) {
        double of_bias = 0;
        double of_weight = 0;
        for (int64_t chunk = 0; chunk < shape.chunks; ++chunk) {
          of_bias += static_cast<double>(d_bias.at(b, chunk)[c]);
          of_weight += static_cast<double>(d_weight.at(b, chunk)[c]);
        }
        bias_sum[static_cast<size_t>(c)] += of_bias;
        weight_sum[static_cast<size_t>(c)] += of_weight;
        sum += of_bias * static_cast<double>(gamma[static_cast<size_t>(c)]);
        projection += of_weight * static_cast<double>(gamma[static_cast<size_t>(c)]);
      }
      const auto rstd = static_cast<double>(table.at(b, inverse_std)[first]);
      const double slope = -rstd * rstd * projection / count;
      const double intercept = -rstd * sum / count - slope * static_cast<double>(table.at(b, mean)[first]);
      std::fill(table.at(b, linear) + first, table.at(b, linear) + last, static_cast<float>(slope));
      std::fill(table.at(b, constant) + first, table.at(b, constant) + last, static_cast<float>(intercept));
    }
  }
  for_chunks(shape, [&](int64_t b, int64_t, int64_t row, int64_t rows) {
    const int64_t begin = b * picture + row * shape.channels;
    Passes::gradient(x + begin, dy + begin, dx + begin, rows, shape.channels, coefficients_of(table, b), saved.silu);
  });
  const auto as_weight = [&](const std::vector<double>& values) {
    return at::tensor(at::ArrayRef<double>(values), at::kDouble).to(saved.weight.scalar_type());
  };
  return {std::move(dx_BCHW), as_weight(weight_sum), as_weight(bias_sum)};
}

}  // namespace

GroupNormForward group_norm_forward_cpu(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t groups,
                                        double eps, bool silu) {
  if (x_BCHW.scalar_type() == at::kHalf) {  // rare on a CPU: through float32
    GroupNormForward made = forward<fp32_passes>(x_BCHW.to(at::kFloat), weight, bias, groups, eps, silu);
    made.y_BCHW = made.y_BCHW.to(at::kHalf);
    return made;
  }
  return x_BCHW.scalar_type() == at::kFloat ? forward<fp32_passes>(x_BCHW, weight, bias, groups, eps, silu)
                                            : forward<bf16_passes>(x_BCHW, weight, bias, groups, eps, silu);
}

torch::Tensor group_norm_moments_cpu(const torch::Tensor& x_BCHW, int64_t groups) {
  const bool half = x_BCHW.scalar_type() == at::kHalf;
  const torch::Tensor x = half ? x_BCHW.to(at::kFloat) : x_BCHW;
  const Shape shape(x, groups);
  const std::vector<Moments> moments =
      x.scalar_type() == at::kFloat ? moments_of<fp32_passes>(x, shape) : moments_of<bf16_passes>(x, shape);
  torch::Tensor made = at::empty({shape.batch, groups, 2}, at::kDouble);
  auto* values = made.mutable_data_ptr<double>();
  for (const Moments& group : moments) {
    *values++ = group.mean;
    *values++ = group.variance;
  }
  return made;
}

torch::Tensor group_norm_apply_cpu(const torch::Tensor& x_BCHW, const torch::Tensor& statistics, const torch::Tensor& weight,
                                   const torch::Tensor& bias, int64_t groups, bool silu) {
  if (x_BCHW.scalar_type() == at::kHalf) {
    return group_norm_apply_cpu(x_BCHW.to(at::kFloat), statistics, weight, bias, groups, silu).to(at::kHalf);
  }
  const Shape shape(x_BCHW, groups);
  torch::Tensor y_BCHW = at::empty_like(x_BCHW);
  x_BCHW.scalar_type() == at::kFloat ? apply<fp32_passes>(x_BCHW, shape, statistics, weight, bias, silu, y_BCHW)
                                     : apply<bf16_passes>(x_BCHW, shape, statistics, weight, bias, silu, y_BCHW);
  return y_BCHW;
}

void group_norm_in_place_cpu(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t groups,
                             double eps, bool silu) {
  x_BCHW.scalar_type() == at::kFloat ? forward_in_place<fp32_passes>(x_BCHW, weight, bias, groups, eps, silu)
                                     : forward_in_place<bf16_passes>(x_BCHW, weight, bias, groups, eps, silu);
}

GroupNormGradients group_norm_backward_cpu(const GroupNormSaved& saved, const torch::Tensor& dy_BCHW) {
  if (saved.x_BCHW.scalar_type() == at::kHalf) {
    GroupNormSaved wide = saved;
    wide.x_BCHW = saved.x_BCHW.to(at::kFloat);
    GroupNormGradients made = backward<fp32_passes>(wide, dy_BCHW.to(at::kFloat));
    made.x_BCHW = made.x_BCHW.to(at::kHalf);
    return made;
  }
  return saved.x_BCHW.scalar_type() == at::kFloat ? backward<fp32_passes>(saved, dy_BCHW) : backward<bf16_passes>(saved, dy_BCHW);
}

}  // namespace darkroom::kernels
