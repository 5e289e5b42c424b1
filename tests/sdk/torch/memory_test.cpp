// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <thread>
#include <vector>

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <sys/resource.h>

#include "espalier/rng.hpp"
#include "espalier/torch/tensors/device.hpp"

#include "catch.hpp"
#include "toys/sanitized.hpp"

using espalier::Rng;
using espalier::torch_sdk::use_threads;

namespace {

/// Pages that the system has given this process so far.
long pages()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return used.ru_minflt;
}

at::Tensor filled(std::int64_t numbers, float with)
{
    return at::full({numbers}, with, at::kFloat);
}

/// Makes and drops tensors of all sizes in any order. @return whether all kept their numbers and places of their own.
bool kept_apart(std::uint64_t seed)
{
    Rng rng(seed, "sizes");
    std::vector<std::pair<at::Tensor, float>> held;
    for (int i = 0; i < 3000; ++i) {
        if (held.size() > 40 || (!held.empty() && rng.below(3) == 0)) {
            std::swap(held[rng.below(held.size())], held.back());
            const auto [tensor, number] = held.back();
            if (!tensor.eq(number).all().item<bool>())
                return false;
            held.pop_back();
            continue;
        }
        const auto numbers = static_cast<std::int64_t>(1 + rng.below(std::size_t{1} << (4 + rng.below(15))));
        const auto number = static_cast<float>(seed * 10'000 + static_cast<std::uint64_t>(i));
        held.emplace_back(filled(numbers, number), number);
        if (reinterpret_cast<std::uintptr_t>(held.back().first.const_data_ptr<float>()) % 64 != 0)
            return false;
    }
    return true;
}

}  // namespace

TEST_CASE("tensors have memory of their own, whatever is dropped meanwhile", "[memory]")
{
    use_threads(1);
    std::vector<int> fine(3);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < fine.size(); ++t)
        threads.emplace_back([&, t] { fine[t] = kept_apart(1 + t); });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(fine == std::vector{1, 1, 1});
}

TEST_CASE("a tensor may be dropped by another thread, and be empty", "[memory]")
{
    at::Tensor x = filled(1 << 20, 1);
    std::thread([dropped = std::move(x)]() mutable { dropped = at::Tensor(); }).join();
    CHECK(at::empty({0}).numel() == 0);
    CHECK(kept_apart(1));
}

TEST_CASE("the memory of dropped tensors is used again", "[memory]")
{
    if (espalier::test::kSanitized) {
        WARN("skipped: sanitizers have memory of their own");
        return;
    }
    constexpr std::int64_t kNumbers = 64 << 20;  // 128 huge pages, or 65,536 small ones
    constexpr long kFew = 64;
    filled(kNumbers, 1);
    long before = pages();
    for (int i = 0; i < 3; ++i)
        filled(kNumbers, 2);
    CHECK(pages() - before < kFew);
    // gaps side by side are one
    std::vector<at::Tensor> parts;
    for (int i = 0; i < 63; ++i)
        parts.push_back(filled(kNumbers / 64, 3));
    for (const std::size_t step : {2U, 1U})
        for (std::size_t i = 0; i < parts.size(); i += step)
            parts[i] = at::Tensor();
    before = pages();
    filled(kNumbers / 64 * 63, 4);
    CHECK(pages() - before < kFew);
}
