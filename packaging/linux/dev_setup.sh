# SPDX-License-Identifier: Apache-2.0
# ./dev setup: everything that a fresh Debian 12 lacks. Sourced by ./dev, which stands in the repository root.

dev_packages() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' packaging/linux/packages.txt; }

dev_missing_packages() {
  local installed
  installed="$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | sed -n 's/^ii  *//p')"
  comm -23 <(dev_packages | sort -u) <(sort -u <<<"$installed")
}

dev_install_packages() {
  local missing as_root=()
  if ! command -v dpkg-query >/dev/null; then
    echo "./dev setup: this system has no apt. Darkroom's build needs these Debian 12 packages, or what your system calls them:" >&2
    dev_packages | sed 's/^/  /' >&2
    return 1
  fi
  missing="$(dev_missing_packages)"
  [ -n "$missing" ] || return 0
  echo "./dev setup installs these Debian packages: $(tr '\n' ' ' <<<"$missing")"
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "./dev setup: neither root nor sudo. Have somebody install: $(tr '\n' ' ' <<<"$missing")" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  # shellcheck disable=SC2086
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
}

dev_install_wheels() {
  local wanted=packaging/linux/requirements.txt stamp=.venv/darkroom-requirements.txt
  if [ -f "$stamp" ] && cmp -s "$wanted" "$stamp"; then
    return 0
  fi
  echo "./dev setup installs these wheels into .venv (about 650 MB to download): $(grep -v '^#' "$wanted" | tr '\n' ' ')"
  [ -x .venv/bin/pip ] || /usr/bin/python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check --no-deps -r "$wanted"
  cp "$wanted" "$stamp"
}

dev_setup() {
  dev_install_packages
  dev_install_wheels
}
