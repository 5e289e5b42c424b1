// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/tensors/generator.hpp"

#include <ATen/CPUGeneratorImpl.h>

namespace espalier::torch_sdk {

at::Generator generator(std::uint64_t seed, std::string_view stream)
{
    Rng rng(seed, stream);
    return generator(rng);
}

at::Generator generator(Rng& rng)
{
    return at::detail::createCPUGenerator(rng());
}

}  // namespace espalier::torch_sdk
