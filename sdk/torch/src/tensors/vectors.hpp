// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

// Included by files that are each compiled for one instruction set, which gives each its own copy of everything.
namespace espalier::torch_sdk {
namespace {

#if defined(__AVX512F__)
constexpr std::int64_t kWidth = 16;
#elif defined(__AVX2__)
constexpr std::int64_t kWidth = 8;
#else
constexpr std::int64_t kWidth = 4;
#endif
using Vector = float __attribute__((vector_size(kWidth * sizeof(float))));

/// A vector, or a number where less than one is left.
template <class Value = Vector>
inline Value load(const float* from)
{
    Value v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

template <class Value>
inline void store(float* to, const Value& v)
{
    __builtin_memcpy(to, &v, sizeof v);
}

}  // namespace
}  // namespace espalier::torch_sdk
