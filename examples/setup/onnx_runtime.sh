#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints a Python that has ONNX Runtime on standard output; installs 1.32.0 where there is none, with pip in
# .deps/onnx_runtime, a virtual environment in this repository (about 180 MB). ESPALIER_PIP_ARGS is added to pip's command line.
set -euo pipefail
cd "$(dirname "$0")/../.."

own=$PWD/.deps/onnx_runtime/bin/python3
for python in "$own" python3; do
    if command -v "$python" >/dev/null && "$python" -c 'import numpy, onnxruntime' 2>/dev/null; then
        echo "$python"
        exit 0
    fi
done
echo "Installing onnxruntime with pip into .deps/onnx_runtime" >&2
python3 -m venv .deps/onnx_runtime >&2
# shellcheck disable=SC2086  # several arguments in one variable
.deps/onnx_runtime/bin/pip install --quiet onnxruntime==1.32.0 ${ESPALIER_PIP_ARGS:-} >&2
echo "$own"
