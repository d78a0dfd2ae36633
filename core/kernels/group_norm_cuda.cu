// SPDX-License-Identifier: Apache-2.0
// The twin of group_norm_cpu.cpp. A thread reads 16 bytes of neighbouring channels and walks down a chunk of rows; the rows' lanes of a
// block and then the chunks are added in a fixed order, without atomics. Sums are of differences to the picture's first row.
#include <ATen/ATen.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "core/kernels/group_norm_backends.h"
#include "core/kernels/vector_pack.cuh"

namespace darkroom::kernels {
namespace {

constexpr int threads_wanted = 256;
constexpr int reduce_threads = 128;

template <bool silu>
__device__ float through_silu(float dy, float z) {
  if constexpr (silu) {
    const float s = 1.0F / (1.0F + __expf(-z));
    return dy * s * (1.0F + z * (1.0F - s));
  } else {
    return dy;
  }
}

// Adds `count` values of each thread over the block's rows of lanes (threadIdx.y) in order; the result is that of row 0.
template <int count>
__device__ void add_rows(float (&sum)[count], float* shared) {
  float* mine = shared + (threadIdx.y * blockDim.x + threadIdx.x) * count;
#pragma unroll
  for (int i = 0; i < count; ++i) {
    mine[i] = sum[i];
  }
  __syncthreads();
  if (threadIdx.y == 0) {
    for (unsigned row = 1; row < blockDim.y; ++row) {
      const float* other = shared + (row * blockDim.x + threadIdx.x) * count;
#pragma unroll
      for (int i = 0; i < count; ++i) {
        sum[i] += other[i];
      }
    }
  }
}

struct Rows {
  int64_t rows;  // of a picture
  int64_t channels;
  int64_t per_chunk;
};

// What a thread of a grid (channel tiles, chunks, pictures) walks over: a pack of channels of the rows first, first + blockDim.y, … < end.
template <typename T>
struct Walk {
  int64_t channel;  // the first of the pack
  int64_t begin;    // of its first row in the tensor
  int64_t first;
  int64_t end;

  __device__ explicit Walk(const Rows& shape)
      : channel((static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * Pack<T>::width),
        begin(blockIdx.z * shape.rows * shape.channels + channel),
        first(blockIdx.y * shape.per_chunk + threadIdx.y),
        end(min(shape.rows, (blockIdx.y + 1) * shape.per_chunk)) {}
};

// Writes a pack's pairs of sums, which row 0 of the block holds, as one chunk of partial [B, chunks, C].
template <int count>
__device__ void store_pairs(const float (&sum)[count], float2* partial, int64_t channel, const Rows& shape) {
  if (threadIdx.y == 0) {
    float2* to = partial + (blockIdx.z * gridDim.y + blockIdx.y) * shape.channels + channel;
#pragma unroll
    for (int i = 0; i < count / 2; ++i) {
      to[i] = make_float2(sum[2 * i], sum[2 * i + 1]);
    }
  }
}

// Grid: as Walk. partial [B, chunks, C]: sum and square sum of x - first row.
template <typename T>
__global__ void sum_chunks(const T* __restrict__ x, float2* __restrict__ partial, Rows shape) {
  extern __shared__ float shared[];
  constexpr int width = Pack<T>::width;
  const Walk<T> walk(shape);
  const Pack<T> shift = load_pack(x + walk.begin);
  float sum[2 * width] = {};
  for (int64_t row = walk.first; row < walk.end; row += blockDim.y) {
    const Pack<T> value = load_pack(x + walk.begin + row * shape.channels);
#pragma unroll
    for (int i = 0; i < width; ++i) {
      const float d = to_float(value.value[i]) - to_float(shift.value[i]);
      sum[2 * i] += d;
      sum[2 * i + 1] += d * d;
    }
  }
  add_rows(sum, shared);
  store_pairs(sum, partial, walk.channel, shape);
}

__device__ double block_sum(double value, double* shared) {
  shared[threadIdx.x] = value;
  __syncthreads();
  for (int half = reduce_threads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) {
      shared[threadIdx.x] += shared[threadIdx.x + half];
    }
    __syncthreads();
  }
  const double sum = shared[0];
  __syncthreads();
  return sum;
}

struct Groups {
  int64_t rows;
  int64_t channels;
  int64_t of_group;  // channels of a group
  int64_t groups;
  int64_t chunks;
};

// The parts of channel `c` of one picture in order.
__device__ double2 sum_of_chunks(const float2* partial, int64_t b, int64_t c, const Groups& shape) {
  double2 sum = make_double2(0, 0);
  for (int64_t chunk = 0; chunk < shape.chunks; ++chunk) {
    const float2 part = partial[(b * shape.chunks + chunk) * shape.channels + c];
    sum.x += part.x;
    sum.y += part.y;
  }
  return sum;
}

// Grid: groups, pictures. Writes statistics [B,G,2] and, a channel, (scale, offset).
template <typename T>
__global__ void reduce_statistics(const T* __restrict__ x, const float2* __restrict__ partial, const T* __restrict__ weight,
                                  const T* __restrict__ bias, float* __restrict__ statistics, float2* __restrict__ table, double eps,
                                  Groups shape) {
  __shared__ double shared[reduce_threads];
  const int64_t b = blockIdx.y;
  const int64_t first = blockIdx.x * shape.of_group;
  const auto n = static_cast<double>(shape.rows);
  double mean_sum = 0;
  double square_sum = 0;
  for (int64_t c = first + threadIdx.x; c < first + shape.of_group; c += blockDim.x) {
    const double2 sum = sum_of_chunks(partial, b, c, shape);
    const double mean = to_float(x[b * shape.rows * shape.channels + c]) + sum.x / n;
    mean_sum += mean;
    square_sum += sum.y / n - sum.x / n * (sum.x / n) + mean * mean;
  }
  const auto count = static_cast<double>(shape.of_group);
  const double mean = block_sum(mean_sum, shared) / count;
  const double variance = fmax(0.0, block_sum(square_sum, shared) / count - mean * mean);
  const auto rstd = static_cast<float>(1.0 / sqrt(variance + eps));
  if (threadIdx.x == 0) {
    statistics[(b * shape.groups + blockIdx.x) * 2] = static_cast<float>(mean);
    statistics[(b * shape.groups + blockIdx.x) * 2 + 1] = rstd;
  }
  for (int64_t c = first + threadIdx.x; c < first + shape.of_group; c += blockDim.x) {
    const float scale = to_float(weight[c]) * rstd;
    table[b * shape.channels + c] = make_float2(scale, to_float(bias[c]) - static_cast<float>(mean) * scale);
  }
}

// Grid: as Walk. table [B,C]: (scale, offset).
template <typename T, bool silu>
__global__ void apply(const T* __restrict__ x, T* __restrict__ y, const float2* __restrict__ table, Rows shape) {
  constexpr int width = Pack<T>::width;
  const Walk<T> walk(shape);
  float2 k[width];
#pragma unroll
  for (int i = 0; i < width; ++i) {
    k[i] = table[blockIdx.z * shape.channels + walk.channel + i];
  }
  for (int64_t row = walk.first; row < walk.end; row += blockDim.y) {
    Pack<T> value = load_pack(x + walk.begin + row * shape.channels);
#pragma unroll
    for (int i = 0; i < width; ++i) {
      const float z = to_float(value.value[i]) * k[i].x + k[i].y;
      value.value[i] = from_float<T>(silu ? z / (1.0F + __expf(-z)) : z);
    }
    store_pack(y + walk.begin + row * shape.channels, value);
  }
}

// What the gradient needs of a channel.
struct Channel {
  float scale;
  float offset;
  float mean;
  float rstd;
};

template <typename T>
__device__ Channel channel_of(const float* statistics, const T* weight, const T* bias, int64_t b, int64_t c, const Groups& shape) {
  const float* group = statistics + (b * shape.groups + c / shape.of_group) * 2;
  const float scale = to_float(weight[c]) * group[1];
  return {scale, to_float(bias[c]) - group[0] * scale, group[0], group[1]};
}

// Grid: as Walk. partial [B, chunks, C]: sums of dz and of dz (x - mean) / std.
template <typename T, bool silu>
__global__ void sum_gradient_chunks(const T* __restrict__ x, const T* __restrict__ dy, const T* __restrict__ weight,
                                    const T* __restrict__ bias, const float* __restrict__ statistics, float2* __restrict__ partial,
                                    Rows shape, Groups groups) {
  extern __shared__ float shared[];
  constexpr int width = Pack<T>::width;
  const Walk<T> walk(shape);
  Channel k[width];
#pragma unroll
  for (int i = 0; i < width; ++i) {
    k[i] = channel_of(statistics, weight, bias, blockIdx.z, walk.channel + i, groups);
  }
  float sum[2 * width] = {};
  for (int64_t row = walk.first; row < walk.end; row += blockDim.y) {
    const Pack<T> value = load_pack(x + walk.begin + row * shape.channels);
    const Pack<T> gradient = load_pack(dy + walk.begin + row * shape.channels);
#pragma unroll
    for (int i = 0; i < width; ++i) {
      const float v = to_float(value.value[i]);
      const float dz = through_silu<silu>(to_float(gradient.value[i]), v * k[i].scale + k[i].offset);
      sum[2 * i] += dz;
      sum[2 * i + 1] += dz * (v - k[i].mean) * k[i].rstd;
    }
  }
  add_rows(sum, shared);
  store_pairs(sum, partial, walk.channel, shape);
}

// Grid: groups, pictures. Writes the channels' sums [B,C] and what x's gradient needs [B,C]: (scale, offset, slope, intercept).
template <typename T>
__global__ void reduce_gradient(const float2* __restrict__ partial, const T* __restrict__ weight, const T* __restrict__ bias,
                                const float* __restrict__ statistics, float2* __restrict__ sums, float4* __restrict__ table, Groups shape) {
  __shared__ double shared[reduce_threads];
  const int64_t b = blockIdx.y;
  const int64_t first = blockIdx.x * shape.of_group;
  double total = 0;
  double projection = 0;
  for (int64_t c = first + threadIdx.x; c < first + shape.of_group; c += blockDim.x) {
    const double2 sum = sum_of_chunks(partial, b, c, shape);
    sums[b * shape.channels + c] = make_float2(static_cast<float>(sum.x), static_cast<float>(sum.y));
    total += sum.x * to_float(weight[c]);
    projection += sum.y * to_float(weight[c]);
  }
  total = block_sum(total, shared);
  projection = block_sum(projection, shared);
  const double mean = statistics[(b * shape.groups + blockIdx.x) * 2];
  const double rstd = statistics[(b * shape.groups + blockIdx.x) * 2 + 1];
  const auto count = static_cast<double>(shape.rows * shape.of_group);
  const double slope = -rstd * rstd * projection / count;
  const double intercept = -rstd * total / count - slope * mean;
  for (int64_t c = first + threadIdx.x; c < first + shape.of_group; c += blockDim.x) {
    const Channel k = channel_of(statistics, weight, bias, b, c, shape);
    table[b * shape.channels + c] = make_float4(k.scale, k.offset, static_cast<float>(slope), static_cast<float>(intercept));
  }
}

// One thread a channel: over the pictures in order.
template <typename T>
__global__ void sum_pictures(const float2* __restrict__ sums, int64_t batch, int64_t channels, T* __restrict__ d_weight,
                             T* __restrict__ d_bias) {
  const int64_t c = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (c >= channels) {
    return;
  }
  double of_bias = 0;
  double of_weight = 0;
  for (int64_t b = 0; b < batch; ++b) {
    of_bias += sums[b * channels + c].x;
    of_weight += sums[b * channels + c].y;
  }
  d_weight[c] = from_float<T>(static_cast<float>(of_weight));
  d_bias[c] = from_float<T>(static_cast<float>(of_bias));
}

// Grid: as Walk.
template <typename T, bool silu>
__global__ void apply_gradient(const T* __restrict__ x, const T* __restrict__ dy, T* __restrict__ dx, const float4* __restrict__ table,
                               Rows shape) {
  constexpr int width = Pack<T>::width;
  const Walk<T> walk(shape);
  float4 k[width];
#pragma unroll
  for (int i = 0; i < width; ++i) {
    k[i] = table[blockIdx.z * shape.channels + walk.channel + i];
  }
  for (int64_t row = walk.first; row < walk.end; row += blockDim.y) {
    Pack<T> value = load_pack(x + walk.begin + row * shape.channels);
    const Pack<T> gradient = load_pack(dy + walk.begin + row * shape.channels);
#pragma unroll
    for (int i = 0; i < width; ++i) {
      const float v = to_float(value.value[i]);
      const float dz = through_silu<silu>(to_float(gradient.value[i]), v * k[i].x + k[i].y);
      value.value[i] = from_float<T>(k[i].x * dz + k[i].z * v + k[i].w);
    }
    store_pack(dx + walk.begin + row * shape.channels, value);
  }
}

// How a picture's rows and channels are laid on blocks: by the shape alone.
struct Launch {
  dim3 grid;
  dim3 block;
  dim3 group_grid;
  size_t shared = 0;
  Rows rows{};
  Groups groups{};

  Launch(const torch::Tensor& x_BCHW, int64_t group_count) {
    const int64_t batch = x_BCHW.size(0);
    const int64_t channels = x_BCHW.size(1);
    const int64_t count = x_BCHW.size(2) * x_BCHW.size(3);
    const auto width = static_cast<int64_t>(16 / x_BCHW.element_size());
    const int64_t packs = channels / width;
    int64_t across = 1;
    for (int64_t divisor = 1; divisor <= 64; ++divisor) {
      across = packs % divisor == 0 ? divisor : across;
    }
    const int64_t down = threads_wanted / across;
    const int64_t chunks = std::clamp<int64_t>(count / (down * 8), 1, 32);
    rows = {count, channels, (count + chunks - 1) / chunks};
    const int64_t used = (count + rows.per_chunk - 1) / rows.per_chunk;
    groups = {count, channels, channels / group_count, group_count, used};
    grid = dim3(static_cast<unsigned>(packs / across), static_cast<unsigned>(used), static_cast<unsigned>(batch));
    block = dim3(static_cast<unsigned>(across), static_cast<unsigned>(down));
    group_grid = dim3(static_cast<unsigned>(group_count), static_cast<unsigned>(batch));
    shared = static_cast<size_t>(across * down * 2 * width) * sizeof(float);
  }
};

template <typename T>
const T* data(const torch::Tensor& tensor) {
  return static_cast<const T*>(tensor.const_data_ptr());
}
template <typename T>
T* mutable_data(const torch::Tensor& tensor) {
  return static_cast<T*>(tensor.mutable_data_ptr());
}

torch::Tensor scratch(const torch::Tensor& like, at::IntArrayRef shape) {
  return at::empty(shape, at::TensorOptions().dtype(at::kFloat).device(like.device()));
}

template <typename T>
GroupNormForward forward(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias, int64_t group_count,
                         double eps, bool silu) {
  const Launch launch(x_BCHW, group_count);
  const int64_t batch = x_BCHW.size(0);
  const int64_t channels = x_BCHW.size(1);
  const auto stream = c10::cuda::getCurrentCUDAStream();
  GroupNormForward made{at::empty_like(x_BCHW), scratch(x_BCHW, {batch, group_count, 2})};
  const torch::Tensor partial = scratch(x_BCHW, {batch, launch.groups.chunks, channels, 2});
  const torch::Tensor table = scratch(x_BCHW, {batch, channels, 2});
  const T* x = data<T>(x_BCHW);
  T* y = mutable_data<T>(made.y_BCHW);
  sum_chunks<T><<<launch.grid, launch.block, launch.shared, stream>>>(x, mutable_data<float2>(partial), launch.rows);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
  reduce_statistics<T><<<launch.group_grid, reduce_threads, 0, stream>>>(x, data<float2>(partial), data<T>(weight), data<T>(bias),
                                                                         mutable_data<float>(made.statistics), mutable_data<float2>(table),
                                                                         eps, launch.groups);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
  if (silu) {
    apply<T, true><<<launch.grid, launch.block, 0, stream>>>(x, y, data<float2>(table), launch.rows);
  } else {
    apply<T, false><<<launch.grid, launch.block, 0, stream>>>(x, y, data<float2>(table), launch.rows);
  }
  C10_CUDA_KERNEL_LAUNCH_CHECK();
  return made;
}

template <typename T, bool silu>
GroupNormGradients backward(const GroupNormSaved& saved, const torch::Tensor& dy_BCHW) {
  const Launch launch(saved.x_BCHW, saved.groups);
  const int64_t batch = saved.x_BCHW.size(0);
  const int64_t channels = saved.x_BCHW.size(1);
  const auto stream = c10::cuda::getCurrentCUDAStream();
  GroupNormGradients made{at::empty_like(saved.x_BCHW), at::empty_like(saved.weight), at::empty_like(saved.bias)};
  const torch::Tensor partial = scratch(dy_BCHW, {batch, launch.groups.chunks, channels, 2});
  const torch::Tensor sums = scratch(dy_BCHW, {batch, channels, 2});
  const torch::Tensor table = scratch(dy_BCHW, {batch, channels, 4});
  const T* x = data<T>(saved.x_BCHW);
  const T* dy = data<T>(dy_BCHW);
  const T* weight = data<T>(saved.weight);
  const T* bias = data<T>(saved.bias);
  const float* statistics = data<float>(saved.statistics);
  sum_gradient_chunks<T, silu><<<launch.grid, launch.block, launch.shared, stream>>>(
      x, dy, weight, bias, statistics, mutable_data<float2>(partial), launch.rows, launch.groups);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
  reduce_gradient<T><<<launch.group_grid, reduce_threads, 0, stream>>>(
      data<float2>(partial), weight, bias, statistics, mutable_data<float2>(sums), mutable_data<float4>(table), launch.groups);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
  sum_pictures<T><<<static_cast<unsigned>((channels + 127) / 128), 128, 0, stream>>>(
      data<float2>(sums), batch, channels, mutable_data<T>(made.weight), mutable_data<T>(made.bias));
  C10_CUDA_KERNEL_LAUNCH_CHECK();
  apply_gradient<T, silu><<<launch.grid, launch.block, 0, stream>>>(x, dy, mutable_data<T>(made.x_BCHW), data<float4>(table), launch.rows);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
  return made;
}

template <typename T>
GroupNormGradients backward_of(const GroupNormSaved& saved, const torch::Tensor& dy_BCHW) {
  return saved.silu ? backward<T, true>(saved, dy_BCHW) : backward<T, false>(saved, dy_BCHW);
}

}  // namespace

GroupNormForward group_norm_forward_cuda(const torch::Tensor& x_BCHW, const torch::Tensor& weight, const torch::Tensor& bias,
                                         int64_t groups, double eps, bool silu) {
  const c10::cuda::CUDAGuard guard(x_BCHW.device());
  return with_type(x_BCHW.scalar_type(),
                   [&](auto* type) { return forward<std::remove_pointer_t<decltype(type)>>(x_BCHW, weight, bias, groups, eps, silu); });
}

GroupNormGradients group_norm_backward_cuda(const GroupNormSaved& saved, const torch::Tensor& dy_BCHW) {
  const c10::cuda::CUDAGuard guard(dy_BCHW.device());
  return with_type(saved.x_BCHW.scalar_type(),
                   [&](auto* type) { return backward_of<std::remove_pointer_t<decltype(type)>>(saved, dy_BCHW); });
}

}  // namespace darkroom::kernels
