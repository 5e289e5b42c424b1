// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "../tensors/vectors.hpp"
#include "loops.hpp"

// Included by one file for each instruction set, which gives each its own copy of everything.
namespace espalier::torch_sdk::normalising {
namespace {

/// Calls work.operator()<Value, how many of them side by side>(first place, their place within the period, so many
/// periods). Four vectors at a time do not wait for each other, and what is said of their channels stays in registers.
template <class Work>
inline void in_periods(const Images& images, const Work& work)
{
    const std::int64_t periods = images.count / images.period, rest = periods * images.period;
    if (periods > 0)
        for (std::int64_t place = 0; place < images.period; place += 4 * kWidth)
            work.template operator()<Vector, 4>(place, place, periods);
    for (std::int64_t i = rest; i < images.count; ++i)
        work.template operator()<float, 1>(i, i - rest, 1);
}

template <class Value, int kCount>
struct Several {
    explicit Several(const float* from)
    {
        for (int i = 0; i < kCount; ++i)
            values[i] = load<Value>(from + i * static_cast<int>(sizeof(Value) / sizeof(float)));
    }
    void write(float* to) const
    {
        for (int i = 0; i < kCount; ++i)
            store(to + i * static_cast<int>(sizeof(Value) / sizeof(float)), values[i]);
    }
    Value values[kCount];
};

/// NaN stays.
template <class Value>
inline Value bounded(Value z, float low, float high)
{
    const Value l = Value{} + low, h = Value{} + high;
    z = z < l ? l : z;
    return z > h ? h : z;
}

template <class Value>
inline Value passed(Value gradient, Value z, float low, float high)
{
    const Value l = Value{} + low, h = Value{} + high, none{};
    gradient = z <= l ? none : gradient;
    return z >= h ? none : gradient;
}

void moments(const Images& images, const float* x, const float* shift, float* sums, float* squares)
{
    in_periods(images, [&]<class Value, int kCount>(std::int64_t first, std::int64_t place, std::int64_t periods) {
        const Several<Value, kCount> s(shift + place);
        Several<Value, kCount> sum(sums + place), square(squares + place);
        const float* in = x + first;
        for (std::int64_t p = 0; p < periods; ++p, in += images.period) {
            const Several<Value, kCount> v(in);
            for (int i = 0; i < kCount; ++i) {
                const Value d = v.values[i] - s.values[i];
                sum.values[i] += d;
                square.values[i] += d * d;
            }
        }
        sum.write(sums + place);
        square.write(squares + place);
    });
}

void apply(const Images& images, const float* x, const Affine& affine, float* y)
{
    in_periods(images, [&]<class Value, int kCount>(std::int64_t first, std::int64_t place, std::int64_t periods) {
        const Several<Value, kCount> scale(affine.scale + place), offset(affine.offset + place);
        const float* in = x + first;
        float* out = y + first;
        for (std::int64_t p = 0; p < periods; ++p, in += images.period, out += images.period) {
            Several<Value, kCount> v(in);
            for (int i = 0; i < kCount; ++i)
                v.values[i] = bounded<Value>(v.values[i] * scale.values[i] + offset.values[i], affine.low, affine.high);
            v.write(out);
        }
    });
}

void gradient_sums(const Images& images, const float* x, const float* gradient, const Affine& affine,
                   const float* shift, float* sums, float* products)
{
    in_periods(images, [&]<class Value, int kCount>(std::int64_t first, std::int64_t place, std::int64_t periods) {
        const Several<Value, kCount> scale(affine.scale + place), offset(affine.offset + place), s(shift + place);
        Several<Value, kCount> sum(sums + place), product(products + place);
        const float *in = x + first, *from = gradient + first;
        for (std::int64_t p = 0; p < periods; ++p, in += images.period, from += images.period) {
            const Several<Value, kCount> v(in), g(from);
            for (int i = 0; i < kCount; ++i) {
                const Value own = passed<Value>(g.values[i], v.values[i] * scale.values[i] + offset.values[i],
                                                affine.low, affine.high);
                sum.values[i] += own;
                product.values[i] += own * (v.values[i] - s.values[i]);
            }
        }
        sum.write(sums + place);
        product.write(products + place);
    });
}

void input_gradient(const Images& images, const float* x, const float* gradient, const Affine& affine,
                    const float* slope, const float* constant, float* dx)
{
    in_periods(images, [&]<class Value, int kCount>(std::int64_t first, std::int64_t place, std::int64_t periods) {
        const Several<Value, kCount> scale(affine.scale + place), offset(affine.offset + place), m(slope + place),
            c(constant + place);
        const float *in = x + first, *from = gradient + first;
        float* out = dx + first;
        for (std::int64_t p = 0; p < periods; ++p, in += images.period, from += images.period, out += images.period) {
            const Several<Value, kCount> v(in);
            Several<Value, kCount> g(from);
            for (int i = 0; i < kCount; ++i) {
                const Value own = passed<Value>(g.values[i], v.values[i] * scale.values[i] + offset.values[i],
                                                affine.low, affine.high);
                g.values[i] = scale.values[i] * own + (m.values[i] * v.values[i] + c.values[i]);
            }
            g.write(out);
        }
    });
}

}  // namespace
}  // namespace espalier::torch_sdk::normalising
