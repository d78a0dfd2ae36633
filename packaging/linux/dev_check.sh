# SPDX-License-Identifier: Apache-2.0
# ./dev lint, test, parity, screenshots. Sourced by ./dev.

dev_sources() { git ls-files -co --exclude-standard -- "$@" | while read -r file; do [ -f "$file" ] && echo "$file"; done; }

# All of it; with --quick what takes seconds: formatting, layers, licences.
dev_lint() {
  local failed=0 quick="${1:-}"
  echo "lint: clang-format"
  dev_sources '*.h' '*.cpp' '*.cu' | xargs clang-format-14 --dry-run -Werror || failed=1
  echo "lint: layers and licences"
  python3 packaging/check_layers.py || failed=1
  if [ "$quick" != --quick ]; then
    dev_lint_slowly || failed=1
  fi
  if [ "$failed" != 0 ]; then
    echo "lint: not clean" >&2
    return 1
  fi
  echo "lint: clean"
}

dev_lint_slowly() {
  local failed=0
  echo "lint: qmllint"
  cmake --build build --target all_qmllint >build/qmllint.log 2>&1 && ! grep -E '^(Warning|Error):' build/qmllint.log || { cat build/qmllint.log; failed=1; }
  echo "lint: clang-tidy"
  dev_sources 'core/*.cpp' 'app/*.cpp' | xargs python3 packaging/tidy.py build || failed=1
  return "$failed"
}

# --quick leaves out the slow part of lint; --all runs the torch-free tests once more under ASan and UBSan.
dev_test() {
  local builds=(build) lint=1 quick=""
  case "${1:-}" in
    --quick) quick=--quick; shift ;;
    --all)
      shift
      builds+=(build-dev)
      [ -f build-dev/build.ninja ] || cmake --preset dev >/dev/null
      cmake --build --preset dev
      ;;
  esac
  dev_lint $quick || lint=0
  if ! python3 tests/run_tests.py "${builds[@]}" "$@"; then
    return 1
  fi
  [ "$lint" = 1 ]
}

dev_parity() {
  local wanted=packaging/linux/requirements-parity.txt stamp=.venv-parity/darkroom-requirements.txt
  if ! cmp -s "$wanted" "$stamp" 2>/dev/null; then
    [ -x .venv-parity/bin/pip ] || /usr/bin/python3 -m venv .venv-parity
    .venv-parity/bin/pip install --quiet --disable-pip-version-check -r "$wanted"
    # Its samplers alone are run; what its training code wants stays out.
    .venv-parity/bin/pip install --quiet --disable-pip-version-check --no-deps k-diffusion==0.1.1.post1
    cp "$wanted" "$stamp"
  fi
  local script
  for script in tests/parity/make_*.py; do
    echo "parity: $script"
    .venv-parity/bin/python "$script"
  done
  git --no-pager diff --stat -- tests
  echo "parity: rows, datasets and latents"
  .venv-parity/bin/python tests/parity/check_data_stages.py
  echo "parity: downloads, with img2dataset and webdataset"
  python3 tests/parity/compare_download.py --work "$PWD/build/parity/download"
  echo "parity: whole pictures"
  .venv-parity/bin/python tests/parity/compare_pictures.py
  echo "parity: LoRA files beside peft"
  .venv-parity/bin/python tests/parity/compare_lora.py
  echo "parity: a model of full size"
  .venv-parity/bin/python tests/parity/compare_full_size.py
  # "third" has a third of Stable Diffusion 1.5's channels and needs 4 GB; "sd15" needs 20 GB.
  local size=${DARKROOM_PARITY_TRAINING:-third}
  echo "parity: two training steps, UNet size $size"
  .venv-parity/bin/python tests/parity/make_training_goldens.py --size "$size" --out "build/parity/training_$size.json"
  DARKROOM_TRAINING_GOLDEN="build/parity/training_$size.json" QTEST_FUNCTION_TIMEOUT=3600000 build/tests/test_train TrainingParityTest
  python3 tests/run_tests.py build --regex '^(text|image|dataset|recipe|nn|diffusion|kernels|lora|train|model|checkpoint)$'
}

dev_screenshots() {
  local size theme into
  for theme in dark light; do
    for size in 1280x720 1440x900 2560x1440; do
      into="captures/$theme-$size"
      QT_QPA_PLATFORM=offscreen build/bin/darkroom --theme "$theme" --size "$size" --capture "$into" ${1:+"$1"}
      echo "$into: $(ls "$into" | tr '\n' ' ')"
    done
  done
}
