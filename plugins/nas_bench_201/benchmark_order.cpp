// SPDX-License-Identifier: Apache-2.0
#include "benchmark_order.hpp"

#include <bit>
#include <numeric>
#include <random>
#include <utility>

#include "cell.hpp"

namespace espalier::nas_bench_201 {
namespace {

/// Python's `random.seed(n)` for a small n: `init_by_array({n})` of Matsumoto and Nishimura's mt19937ar.c (2002).
class PythonSeed {
public:
    using result_type = std::uint32_t;
    explicit PythonSeed(std::uint32_t n) : n_{n} {}

    template <class Iterator>
    void generate(Iterator begin, Iterator end) const
    {
        const auto size = static_cast<std::uint32_t>(end - begin);
        begin[0] = 19650218U;
        for (std::uint32_t i = 1; i < size; ++i)
            begin[i] = static_cast<std::uint32_t>(1812433253U * (begin[i - 1] ^ (begin[i - 1] >> 30)) + i);
        std::uint32_t i = 1;
        const auto next = [&] {
            if (++i == size)
                begin[0] = begin[size - 1], i = 1;
        };
        for (std::uint32_t k = 0; k < size; ++k, next())
            begin[i] = static_cast<std::uint32_t>((begin[i] ^ ((begin[i - 1] ^ (begin[i - 1] >> 30)) * 1664525U)) + n_);
        for (std::uint32_t k = 1; k < size; ++k, next())
            begin[i] =
                static_cast<std::uint32_t>((begin[i] ^ ((begin[i - 1] ^ (begin[i - 1] >> 30)) * 1566083941U)) - i);
        begin[0] = 0x80000000U;
    }

private:
    std::uint32_t n_;
};

/// Python's `_randbelow_with_getrandbits`: the leading bits, drawn again while they are too large.
std::uint32_t below(std::uint32_t n, std::mt19937& generator)
{
    const auto bits = static_cast<int>(std::bit_width(n));
    for (;;) {
        const auto drawn = static_cast<std::uint32_t>(generator()) >> (32 - bits);
        if (drawn < n)
            return drawn;
    }
}

}  // namespace

std::vector<std::uint16_t> benchmark_order()
{
    std::vector<std::uint16_t> rank_at(kCells);  // benchmark index -> rank
    std::iota(rank_at.begin(), rank_at.end(), std::uint16_t{0});
    PythonSeed seed(88);
    std::mt19937 generator(seed);
    for (std::uint32_t i = kCells - 1; i > 0; --i)
        std::swap(rank_at[i], rank_at[below(i + 1, generator)]);
    std::vector<std::uint16_t> index_of(kCells);
    for (std::size_t index = 0; index < kCells; ++index)
        index_of[rank_at[index]] = static_cast<std::uint16_t>(index);
    return index_of;
}

}  // namespace espalier::nas_bench_201
