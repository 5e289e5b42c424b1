// SPDX-License-Identifier: Apache-2.0
#include "rows.hpp"

#include <ATen/ops/empty.h>

namespace espalier::torch_sdk {
namespace {

/// A view of images that lie channels_last in which an example is one run of memory, which is what copies fast.
Tensor memory_order(const Tensor& x)
{
    return x.dim() == 4 && x.is_contiguous(at::MemoryFormat::ChannelsLast) ? x.permute({0, 2, 3, 1}) : x;
}

}  // namespace

Rows Rows::where(std::int64_t batch, const std::function<bool(std::int64_t example)>& holds)
{
    Rows result = none(batch);
    result.in_.resize(static_cast<std::size_t>(batch));
    for (std::int64_t i = 0; i < batch; ++i) {
        const bool in = holds(i);
        result.in_[static_cast<std::size_t>(i)] = in;
        result.count_ += in ? 1 : 0;
    }
    if (result.count_ == 0 || result.count_ == batch)
        result.in_.clear();
    return result;
}

Rows Rows::operator&(const Rows& other) const
{
    if (empty() || other.count_ == batch_)
        return *this;
    if (other.empty() || count_ == batch_)
        return other;
    return where(batch_, [&](std::int64_t i) { return holds(i) && other.holds(i); });
}

Rows Rows::operator|(const Rows& other) const
{
    if (empty() || other.count_ == batch_)
        return other;
    if (other.empty() || count_ == batch_)
        return *this;
    return where(batch_, [&](std::int64_t i) { return holds(i) || other.holds(i); });
}

Rows Rows::operator-(const Rows& other) const
{
    return where(batch_, [&](std::int64_t i) { return holds(i) && !other.holds(i); });
}

Tensor Rows::within(const Rows& held) const
{
    Tensor places = at::empty({count_}, at::kLong);
    auto* next = places.mutable_data_ptr<std::int64_t>();
    std::int64_t place = 0;
    for (std::int64_t i = 0; i < batch_; ++i) {
        if (holds(i))
            *next++ = place;
        place += held.holds(i) ? 1 : 0;
    }
    return places;
}

Tensor taken(const Tensor& x, const Rows& held, const Rows& wanted)
{
    if (held == wanted)
        return x;
    const Tensor ordered = memory_order(x);
    const Tensor rows = ordered.index_select(0, wanted.within(held).to(x.device()));
    return ordered.is_same(x) ? rows : rows.permute({0, 3, 1, 2});
}

Tensor zeros_as(const Tensor& x, const Rows& rows)
{
    at::DimVector extents(x.sizes());
    extents[0] = rows.count();
    return at::empty(extents, x.options(), x.suggest_memory_format()).zero_();
}

void add_rows(const Tensor& into, const Rows& held, const Tensor& x, const Rows& rows)
{
    const bool images = !memory_order(into).is_same(into);
    memory_order(into).index_add_(0, rows.within(held).to(x.device()), images ? x.permute({0, 2, 3, 1}) : x);
}

void copy_rows(const Tensor& into, const Rows& held, const Tensor& x, const Rows& rows)
{
    const bool images = !memory_order(into).is_same(into);
    memory_order(into).index_copy_(0, rows.within(held).to(x.device()), images ? x.permute({0, 2, 3, 1}) : x);
}

}  // namespace espalier::torch_sdk
