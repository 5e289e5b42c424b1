#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every FOLDER/NAME.onnx under ONNX Runtime on FOLDER/NAME.<i>.f32, the numbers of its inputs, and writes
FOLDER/NAME.output.f32."""
import pathlib
import sys

import numpy
import onnxruntime

for model in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    given = {}
    for i, wanted in enumerate(session.get_inputs()):
        numbers = numpy.fromfile(model.with_suffix(f".{i}.f32"), numpy.float32)
        given[wanted.name] = numbers.reshape([extent if isinstance(extent, int) else -1 for extent in wanted.shape])
    session.run(None, given)[0].tofile(model.with_suffix(".output.f32"))
