#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian 12 packages that Espalier needs (Ubuntu 24.04 has them under the same names; untested there).
#   examples/setup/packages.sh          to build and run
#   examples/setup/packages.sh tests    to run the whole test suite too
# Says what it installs before it does; does nothing, and needs no rights, where nothing is missing.
set -euo pipefail

packages=(g++ cmake ninja-build git ca-certificates pkg-config python3 python3-venv python3-pip
    libboost-dev libboost-program-options-dev libyaml-cpp-dev libfmt-dev libsqlite3-dev libeigen3-dev libsvm-dev libonnx-dev libprotobuf-dev
    nlohmann-json3-dev zlib1g-dev liblzma-dev libxxhash-dev libjpeg-dev libpng-dev dataset-fashion-mnist)
if [ "${1:-}" = tests ]; then
    packages+=(catch2 clang libclang-rt-dev clang-tidy clang-format ccache libbenchmark-dev)
fi

missing=()
for package in "${packages[@]}"; do
    state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$state" = "install ok installed" ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "These packages are missing and there is no sudo; install them as root: ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "Installing with ${as_root[*]:+${as_root[*]} }apt-get: ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
