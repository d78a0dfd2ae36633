# SPDX-License-Identifier: Apache-2.0
# ./dev build, engine, carry. Sourced by ./dev.

dev_configure() {
  [ -f build/build.ninja ] || cmake --preset release
}

dev_build() {
  dev_configure
  cmake --build --preset release -- ${1:+"$@"}
}

# The torch folder of the Python that is there, for machines that bring their own torch.
dev_torch_of_python() { python3 -c 'import importlib.util, os; print(os.path.dirname(importlib.util.find_spec("torch").origin))' 2>/dev/null || true; }

dev_engine() {
  local preset=engine torch=""
  if [ "${1:-}" = --cuda ] || { [ "${1:-}" != --cpu ] && command -v nvcc >/dev/null && command -v nvidia-smi >/dev/null; }; then
    preset=cuda
  fi
  compgen -G '.venv/lib/python3*/site-packages/torch/lib/libtorch_cpu.so' >/dev/null || torch="$(dev_torch_of_python)"
  cmake --preset "$preset" ${torch:+-DDARKROOM_TORCH_DIR="$torch"} $(command -v ninja >/dev/null || echo -G "Unix Makefiles")
  cmake --build --preset "$preset" --parallel "$(nproc)"
  echo "The engine is build-$preset/bin/darkroom-engine"
}

dev_carry() {
  local into=.carry/include
  rm -rf .carry
  mkdir -p "$into"
  cp -r /usr/include/CLI /usr/include/nlohmann /usr/include/spdlog /usr/include/fmt /usr/include/gloo "$into"
  cp /usr/include/xxhash.h /usr/include/xxh3.h "$into"
  du -sh "$into"
}
