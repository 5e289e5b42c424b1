// SPDX-License-Identifier: Apache-2.0
#include "steady_memory.hpp"

#include <optional>
#include <thread>
#include <vector>

#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <c10/core/CPUAllocator.h>
// clang-format off: after LibTorch, which has a CHECK of its own
#include "catch.hpp"
// clang-format on

using espalier::measured::SteadyMemory;

namespace {

/// Addresses of tensors as a network's forward pass takes and frees them.
std::vector<const void*> pass()
{
    std::vector<const void*> places;
    at::Tensor x = at::empty({1, 16, 100, 100});
    for (int i = 0; i < 5; ++i) {
        const at::Tensor next = at::empty({1, 16 + i, 100, 100});
        places.push_back(next.const_data_ptr());
        x = next;
    }
    return places;
}

}  // namespace

TEST_CASE("tensors are where they were when the same is done again", "[measured]")
{
    std::vector<const void*> first;
    {
        const SteadyMemory steady;
        first = pass();
        CHECK(pass() == first);
        for (const void* const place : first)
            CHECK(reinterpret_cast<std::uintptr_t>(place) % 64 == 0);
    }
    std::optional<at::Tensor> between = at::empty({1000, 1000});  // of the system, as before
    {
        const SteadyMemory steady;
        CHECK(pass() == first);
        between.reset();
    }
    const SteadyMemory outer;
    {
        const SteadyMemory inner;
    }
    CHECK(pass() == first);
}

TEST_CASE("memory may be given back by anyone, at any time", "[measured]")
{
    std::optional<at::Tensor> outlives;
    void* raw = nullptr;
    {
        const SteadyMemory steady;
        outlives = at::ones({500, 500});
        raw = c10::GetCPUAllocator()->raw_allocate(100);
        c10::GetCPUAllocator()->raw_deallocate(c10::GetCPUAllocator()->raw_allocate(0));
        CHECK(at::empty({0}).numel() == 0);
    }
    CHECK(outlives->sum().item<float>() == 250'000);
    outlives.reset();
    c10::GetCPUAllocator()->raw_deallocate(raw);
    void* const systems = c10::GetCPUAllocator()->raw_allocate(100);
    const SteadyMemory steady;
    c10::GetCPUAllocator()->raw_deallocate(systems);

    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([t] {
            for (int i = 1; i < 200; ++i) {
                const at::Tensor own = at::empty({i, 10}).fill_(t);
                if (own.sum().item<float>() != static_cast<float>(10 * i * t))
                    std::abort();
            }
        });
    for (std::thread& thread : threads)
        thread.join();
}
