// SPDX-License-Identifier: Apache-2.0
// Shapes: N vectors, D width of the token table.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace darkroom {

/// A word of one's own (textual inversion): N rows that stand where its tokens' rows of the token table would.
struct TextEmbedding {
  std::string name;          ///< what is written in the prompt
  torch::Tensor vectors_ND;  ///< float32, on the CPU, in memory of its own; N >= 1
};

/// Reads the embeddings of a file; most hold one.
///
/// A1111's .pt (`string_to_param`) and .safetensors (`emb_params`) are named by the file, without its suffix, as A1111 does. diffusers'
/// learned_embeds (.safetensors or .bin) names each: "<cat-toy>".
/// width    D of the text encoder's token table: 768 in SD 1.x
/// throws   Error{not_found | io}; Error{bad_input} naming the file and the tensor: another width, another number of dimensions, no rows,
/// not
///          a float, a NaN or infinity; or a file of SDXL (clip_l, clip_g), or one that holds no embedding
/// source   Gal et al. 2022, arXiv:2208.01618
std::vector<TextEmbedding> read_text_embeddings(const std::filesystem::path& path, int64_t width);

}  // namespace darkroom
