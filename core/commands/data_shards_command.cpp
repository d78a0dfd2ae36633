// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "core/base/format.h"
#include "core/commands/data_command.h"
#include "core/commands/data_stage.h"
#include "core/pipeline/build_shards.h"

namespace darkroom {
namespace {

struct ShardsOptions {
  std::string input;
  std::string source = "folder";
  std::string captions;
  std::string instances;
  std::string out;
  uint64_t per_shard = 10'000;
  CaptionOptions choice;
  CocoOptions coco;
  VggFaceOptions faces;
  ShardOptions shards;
};

std::unique_ptr<PictureSource> open_source(const ShardsOptions& options) {
  if (options.source == "coco") {
    return open_coco_source(options.input, options.captions, options.instances, options.coco, options.choice, options.per_shard);
  }
  if (options.source == "vggface2") {
    return open_vggface_source(options.input, options.faces, options.choice, options.per_shard);
  }
  if (options.source == "diffusiondb") {
    return open_diffusiondb_source(options.input);
  }
  if (options.source == "journeydb") {
    return open_journeydb_source(options.input, options.choice);
  }
  return open_folder_source(options.input, options.per_shard);
}

void pack_shards(const ShardsOptions& options, CommandContext& context) {
  const std::unique_ptr<PictureSource> source = open_source(options);
  const ShardSummary summary = build_shards(*source, options.out, options.shards, context.output.sink(), context.cancel);
  std::string text = format("{}: {} pictures in {} shards", options.out, summary.pictures, summary.shards.size());
  if (summary.shards_skipped > 0) {
    text += format("; {} were finished by an earlier run", summary.shards_skipped);
  }
  report_stage(context,
               {{"out", options.out},
                {"pictures", summary.pictures},
                {"shards", summary.shards.size()},
                {"shards_skipped", summary.shards_skipped},
                {"quarantined", summary.quarantined.size()}},
               text + quarantine_text(summary.quarantined.size(), options.out));
}

}  // namespace

void add_data_shards_command(CLI::App& data, CommandContext& context) {
  auto options = std::make_shared<ShardsOptions>();
  CLI::App* command = add_command(data, context, "shards", "A set of captioned pictures -> WebDataset tars of square JPEGs");
  command->add_option("input", options->input, "Folder of the set (COCO: of its pictures)")->required();
  command->add_option("--source", options->source, "What the folder holds")
      ->check(CLI::IsMember({"folder", "coco", "vggface2", "diffusiondb", "journeydb"}));
  command->add_option("--out", options->out, "Folder of the shards to make or to go on with")->required();
  command->add_option("--size", options->shards.size, "Side of the square, px")->check(CLI::Range(8, 4096));
  command->add_option("--min-side", options->shards.min_side, "Smaller pictures (or crops) are left out, px; 0: none")
      ->check(CLI::Range(0, 4096));
  command->add_option("--quality", options->shards.quality, "Of the JPEGs")->check(CLI::Range(1, 100));
  command->add_option("--min-caption-chars", options->shards.min_caption_chars, "Shorter captions are left out, characters")
      ->check(CLI::Range(1, 100'000));
  command->add_option("--per-shard", options->per_shard, "Pictures a shard, where the set has no archives of its own")
      ->check(CLI::Range(1, 10'000'000));
  command->add_option("--threads", options->shards.threads, "Threads that decode and encode; 0: one a core")->check(CLI::Range(0, 1024));
  command->add_option("--seed", options->choice.seed, "Of the choice among captions and templates");
  command->add_option("--captions", options->captions, "COCO: captions_*.json");
  command->add_option("--instances", options->instances, "COCO: instances_*.json");
  command
      ->add_option("--min-person-height", options->coco.min_person_height,
                   "COCO: only pictures with a person whose box has so much of the height, 0 to 1; the source run took 0.55")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--face-margin", options->faces.margin, "VGGFace2: around a face's box, as a fraction of its longer side")
      ->check(CLI::Range(0.0, 10.0));
  command->add_option("--min-face", options->faces.min_face, "VGGFace2: smaller faces are left out, px; 0: none")
      ->check(CLI::Range(0, 4096));
  command->add_option("--caption-kind", options->choice.kind, "JourneyDB: what a picture was made with, or what a model wrote about it")
      ->check(CLI::IsMember({"prompt", "caption"}));
  command->callback(
      [&context, options] { context.action = [&context, options] { run_stage(options->out, [&] { pack_shards(*options, context); }); }; });
}

}  // namespace darkroom
