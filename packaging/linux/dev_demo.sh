# SPDX-License-Identifier: Apache-2.0
# ./dev run: the main job, end to end, on the embedded model and data. Sourced by ./dev.

dev_demo_usage() {
  echo "./dev run [--workspace FOLDER] [--steps N]   default: workspace/ here, and as many steps as fit into about three minutes on two cores"
}

dev_demo() {
  local workspace="$PWD/workspace" steps=420 engine=build/bin/darkroom-engine
  while [ $# -gt 0 ]; do
    case "$1" in
      --workspace) workspace="$(realpath -m "$2")"; shift 2 ;;
      --steps) steps="$2"; shift 2 ;;
      *) dev_demo_usage >&2; return 2 ;;
    esac
  done
  local first=$((steps * 4 / 5)) run started=$SECONDS
  run="$workspace/runs/demo-$(date +%Y%m%d-%H%M%S)"
  mkdir -p "$workspace/plans" "$workspace/runs" "$workspace/images"

  echo "1/4  pictures and captions -> dataset with latents"
  "$engine" data build resources/demo/*.tar --model pocket --size 96 --out "$workspace/datasets/demo"

  echo "2/4  training the pocket UNet from scratch in two CPU processes, $first steps"
  "$engine" plan template pocket_demo --out "$workspace/plans/demo.json"
  "$engine" train --plan "$workspace/plans/demo.json" --run "$run" --devices cpu,cpu --max-steps "$first"

  echo "3/4  resuming from its checkpoint, up to step $steps"
  "$engine" train --run "$run" --resume --max-steps "$steps"

  echo "4/4  a contact sheet with the pocket model as shipped"
  "$engine" generate --model pocket --prompts resources/pocket/prompts.txt --steps 30 --batch 4 --sheet "$workspace/contact_sheet.png" \
    --out "$workspace/images"

  echo
  echo "Done in $((SECONDS - started)) s."
  echo "  dataset        $workspace/datasets/demo"
  echo "  run            $run   (log, metrics, samples, checkpoints)"
  echo "  contact sheet  $workspace/contact_sheet.png"
  if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    echo "The studio opens on this workspace."
    build/bin/darkroom "$workspace"
  else
    QT_QPA_PLATFORM=offscreen build/bin/darkroom "$workspace" --capture "$workspace/pages"
    echo "  the studio     no display here: its pages are rendered to $workspace/pages/*.png; with a display: build/bin/darkroom $workspace"
  fi
}
