// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include <c10/core/Device.h>

#include "espalier/export.hpp"

namespace espalier {
struct Execution;
}

namespace espalier::torch_sdk {

/// "cpu", "cuda" or "cuda:1". @throws Error if there is no such device here, naming what there is.
ESPALIER_API c10::Device device(const std::string& name);

/// For the constructor of whatever works on `execution.device`, so that nothing starts on a machine that lacks one of
/// them. @throws ExecutionError at the first that is not here.
ESPALIER_API void require_devices(const Execution&);

/// Sets how many threads LibTorch uses for the tensor work that the calling thread starts. Cheap; called at the start
/// of every `evaluate`, because the setting belongs to the thread.
ESPALIER_API void use_threads(int threads);

/// The processor's model name, or "CUDA device 0".
ESPALIER_API std::string hardware_name(const c10::Device&);

}  // namespace espalier::torch_sdk
