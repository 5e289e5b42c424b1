// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/tensors/device.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/ones.h>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/boundary.hpp"

#include "catch.hpp"

using namespace espalier::torch_sdk;

TEST_CASE("a device is found or refused in a sentence", "[device]")
{
    CHECK(device("cpu").is_cpu());
    CHECK_THROWS_WITH(device("gpu"), ContainsSubstring("no device 'gpu'") && ContainsSubstring("allowed: cpu, cuda"));
    CHECK_THROWS_WITH(device("mps"), ContainsSubstring("no device 'mps'"));
    if (at::globalContext().hasCUDA())
        CHECK(device("cuda").is_cuda());
    else
        CHECK_THROWS_WITH(device("cuda:1"), ContainsSubstring("no CUDA device"));
    CHECK_FALSE(hardware_name(device("cpu")).empty());
}

TEST_CASE("the number of threads is what was asked for", "[device]")
{
    use_threads(2);
    CHECK(at::get_num_threads() == 2);
    use_threads(1);
    CHECK(at::get_num_threads() == 1);
}

TEST_CASE("what LibTorch throws arrives as one line of ours", "[boundary]")
{
    try {
        translated("adding", [] { return at::ones({2}).add(at::ones({3})); });
        FAIL("nothing was thrown");
    } catch (const espalier::Error& error) {
        CHECK_THAT(error.what(), ContainsSubstring("adding: The size of tensor a (2)"));
        CHECK(std::string(error.what()).find('\n') == std::string::npos);
    }
    CHECK_THROWS_AS(translated("x", [] { throw espalier::OptionError("o", "s"); }), espalier::OptionError);
}
