// SPDX-License-Identifier: Apache-2.0
// The three formats differ in the tensors' names alone.
#include "core/lora/text_embedding.h"

#include "core/base/format.h"
#include "core/checkpoint/weight_files.h"

namespace darkroom {
namespace {

constexpr std::string_view a1111_archive = "string_to_param.";
constexpr std::string_view a1111_token_ids = "string_to_token.";  // of its training; older files hold them as tensors
constexpr std::string_view a1111_safetensors = "emb_params";
constexpr int64_t chunk_tokens = 75;

std::string spoken_name(const WeightFiles& file, const std::string& tensor) {
  const bool named_by_file = tensor == a1111_safetensors || tensor.starts_with(a1111_archive);
  return named_by_file ? file.path().stem().string() : tensor;
}

TextEmbedding read_one(const WeightFiles& file, const TensorInfo& info, int64_t width) {
  const std::string place = format("{}: \"{}\"", file.path().string(), info.name);
  const std::string shape = format("[{}]", fmt::join(info.shape, ","));
  if (!c10::isFloatingType(info.dtype)) {
    fail(ErrorCode::bad_input, "{} is {}, expected a floating-point type", place, c10::toString(info.dtype));
  }
  if (info.shape.empty() || info.shape.size() > 2 || info.numel() == 0) {
    fail(ErrorCode::bad_input, "{} is {}, expected [vectors,{}]", place, shape, width);
  }
  if (info.shape.back() != width) {
    const int64_t given = info.shape.back();
    const char* family = given == 768 ? ", as in SD 1.x" : given == 1024 ? ", as in SD 2.x" : given == 1280 ? ", as in SDXL" : "";
    fail(ErrorCode::bad_input, "{} is {}: its vectors are {} wide{}, this model's tokens {}", place, shape, given, family, width);
  }
  if (info.numel() > chunk_tokens * width) {
    fail(ErrorCode::bad_input, "{} is {}: an embedding stands in one chunk of a prompt, which holds {} tokens", place, shape, chunk_tokens);
  }
  // A copy: the file may be replaced while the model is in use.
  const torch::Tensor vectors_ND = file.tensor(info.name).to(torch::kFloat32, /*non_blocking=*/false, /*copy=*/true).reshape({-1, width});
  if (!at::isfinite(vectors_ND).all().item<bool>()) {
    fail(ErrorCode::bad_input, "{} holds a NaN or an infinity", place);
  }
  return {spoken_name(file, info.name), vectors_ND.detach()};
}

}  // namespace

std::vector<TextEmbedding> read_text_embeddings(const std::filesystem::path& path, int64_t width) {
  const WeightFiles file(path);
  std::vector<TextEmbedding> embeddings;
  for (const TensorInfo& info : file.tensors()) {
    if (info.name == "clip_l" || info.name == "clip_g") {
      fail(ErrorCode::bad_input, "{}: is an embedding of SDXL (\"{}\"), not of SD 1.x", path.string(), info.name);
    }
    if (!info.name.starts_with(a1111_token_ids)) {
      embeddings.push_back(read_one(file, info, width));
    }
  }
  if (embeddings.empty()) {
    fail(ErrorCode::bad_input, "{}: holds no embedding", path.string());
  }
  if (embeddings.size() > 1 && embeddings[0].name == embeddings[1].name) {
    fail(ErrorCode::bad_input, "{}: holds {} tensors for one word, expected one", path.string(), embeddings.size());
  }
  return embeddings;
}

}  // namespace darkroom
