#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints the folder of LibTorch on standard output, for CMAKE_PREFIX_PATH; installs it where there is none:
#   1. what CMAKE_PREFIX_PATH or Torch_DIR names,
#   2. the torch of the active Python, from 2.1,
#   3. the CPU wheel of torch 2.13.0 in .deps/python, a virtual environment in this repository (about 750 MB), with what
#      Python needs to import it, for the benchmarks beside PyTorch.
# ESPALIER_PIP_ARGS is added to pip's command line: where the wheel is not on the index that pip knows, name PyTorch's
# own index for CPU wheels with it ("--index-url ...").
set -euo pipefail
cd "$(dirname "$0")/../.."
version=2.13.0+cpu

if [ -n "${Torch_DIR:-}" ]; then
    echo "${Torch_DIR%/share/cmake/Torch}"
    exit 0
fi
IFS=: read -r -a prefixes <<<"${CMAKE_PREFIX_PATH:-}"
for prefix in "${prefixes[@]}"; do
    if [ -n "$prefix" ] && [ -e "$prefix/share/cmake/Torch/TorchConfig.cmake" ]; then
        echo "$prefix"
        exit 0
    fi
done

# finds torch without importing it: that takes seconds and needs packages that we do not
torch_of() {
    "$1" - <<'PYTHON' 2>/dev/null
import importlib.metadata, importlib.util, pathlib, sys
major, minor = importlib.metadata.version("torch").split(".")[:2]
folder = pathlib.Path(importlib.util.find_spec("torch").submodule_search_locations[0])
if (int(major), int(minor)) < (2, 1) or not (folder / "share/cmake/Torch/TorchConfig.cmake").exists():
    sys.exit(1)
print(folder)
PYTHON
}
for python in python3 .deps/python/bin/python3; do
    if command -v "$python" >/dev/null && torch_of "$python"; then
        exit 0
    fi
done

echo "Installing torch==$version with pip into .deps/python" >&2
python3 -m venv .deps/python >&2
# shellcheck disable=SC2086  # several arguments in one variable
if ! .deps/python/bin/pip install --quiet --no-deps "torch==$version" typing_extensions sympy mpmath ${ESPALIER_PIP_ARGS:-} >&2; then
    echo "pip found no torch==$version; set ESPALIER_PIP_ARGS to '--index-url' and PyTorch's own index for CPU wheels," \
        "or CMAKE_PREFIX_PATH to a LibTorch from 2.1" >&2
    exit 1
fi
torch_of .deps/python/bin/python3
