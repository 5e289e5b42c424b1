// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/tensors/device.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/ones.h>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/boundary.hpp"
#include "espalier/torch/tensors/gradient.hpp"

#include "catch.hpp"
#include "toys/sanitized.hpp"

using namespace espalier::torch_sdk;

TEST_CASE("a device is found or refused in a sentence", "[device]")
{
    CHECK(device("cpu").is_cpu());
    CHECK_THROWS_WITH(device("gpu"), ContainsSubstring("no device 'gpu'") && ContainsSubstring("allowed: cpu, cuda"));
    CHECK_THROWS_WITH(device("mps"),
                      ContainsSubstring("no device 'mps': Espalier runs on processors and CUDA devices"));
    if (at::globalContext().hasCUDA())
        CHECK(device("cuda").is_cuda());
    else
        CHECK_THROWS_WITH(device("cuda:1"), ContainsSubstring("no CUDA device"));
    CHECK_FALSE(hardware_name(device("cpu")).empty());
}

TEST_CASE("gradients of a constant are zeros, those of one graph may be asked for twice", "[gradient]")
{
    const at::Tensor x = at::ones({3}).requires_grad_();
    CHECK(gradients(at::ones({2}), std::span(&x, 1))[0].abs().sum().item<double>() == 0);
    const at::Tensor y = x.mul(x);
    for (const bool again : {true, false})
        CHECK(gradients(y, std::span(&x, 1), /*keep_graph=*/again)[0].sum().item<double>() == 6);
    CHECK_FALSE(x.grad().defined());
}

TEST_CASE("the number of threads is what was asked for", "[device]")
{
    use_threads(2);
    CHECK(at::get_num_threads() == 2);
    use_threads(1);
    CHECK(at::get_num_threads() == 1);
}

TEST_CASE("what LibTorch says about memory is no property of a network", "[boundary]")
{
    const auto on_the_processor = [] {
        try {
            translated("making it", [] { return at::ones({std::int64_t{1} << 50}); });
            FAIL("nothing was thrown");
        } catch (const std::bad_alloc& error) {
            CHECK_THAT(error.what(), ContainsSubstring("making it: ") && ContainsSubstring("memory"));
            CHECK(std::string(error.what()).find('\n') == std::string::npos);
        }
    };
    if (!espalier::test::kSanitized)  // a sanitizer ends the process
        on_the_processor();
    const auto of_a_gpu = [] { TORCH_CHECK_WITH(OutOfMemoryError, false, "Tried to allocate 20.00 GiB"); };
    CHECK_THROWS_AS(translated("x", of_a_gpu), std::bad_alloc);
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
    try {
        translated("x", [] { throw std::runtime_error("of a library\nand where"); });
        FAIL("nothing was thrown");
    } catch (const espalier::Error& error) {
        CHECK(error.what() == std::string("x: of a library"));
    }
    CHECK_THROWS_AS(translated("x", [] { throw espalier::OptionError("o", "s"); }), espalier::OptionError);
}
