# SPDX-License-Identifier: Apache-2.0
# ./dev build, engine, carry. Sourced by ./dev.

dev_configure() {
  [ -f build/build.ninja ] || cmake --preset release
}

# The two programs; with arguments, those targets.
dev_build() {
  dev_configure
  cmake --build --preset release --target ${@:-darkroom darkroom-engine}
}

# The folder of a package of the Python that is there, for machines that bring their own torch and pyarrow.
dev_folder_of_python() {
  python3 -c 'import importlib.util, os, sys; print(os.path.dirname(importlib.util.find_spec(sys.argv[1]).origin))' "$1" 2>/dev/null || true
}

# [--cuda | --cpu] [arguments for cmake]
dev_engine() {
  local preset=engine torch="" pyarrow=""
  if [ "${1:-}" = --cuda ] || { [ "${1:-}" != --cpu ] && command -v nvcc >/dev/null && command -v nvidia-smi >/dev/null; }; then
    preset=cuda
  fi
  case "${1:-}" in --cuda|--cpu) shift ;; esac
  compgen -G '.venv/lib/python3*/site-packages/torch/lib/libtorch_cpu.so' >/dev/null || torch="$(dev_folder_of_python torch)"
  [ -z "$torch" ] || pyarrow="$(dev_folder_of_python pyarrow)"
  cmake --preset "$preset" ${torch:+-DDARKROOM_TORCH_DIR="$torch"} ${pyarrow:+-DDARKROOM_PYARROW_DIR="$pyarrow"} $(command -v ninja >/dev/null || echo -G "Unix Makefiles") "$@"
  cmake --build --preset "$preset" --parallel "$(nproc)"
  echo "The engine is build-$preset/bin/darkroom-engine"
}

dev_carry() {
  local into=.carry/include
  rm -rf .carry
  mkdir -p "$into"
  cp -r /usr/include/CLI /usr/include/nlohmann /usr/include/spdlog /usr/include/fmt /usr/include/protozero /usr/include/gloo "$into"
  cp /usr/include/xxhash.h /usr/include/xxh3.h "$into"
  du -sh "$into"
}
