// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdlib>
#include <optional>
#include <string>

/// A Python that has onnxruntime: what examples/setup/onnx_runtime.sh installs, or the one on the path.
inline std::optional<std::string> python_with_onnx_runtime()
{
    for (const std::string python : {ESPALIER_SOURCE_DIR "/.deps/onnx_runtime/bin/python3", "python3"})
        if (std::system(("'" + python + "' -c 'import numpy, onnxruntime' 2>/dev/null").c_str()) == 0)
            return python;
    return std::nullopt;
}
