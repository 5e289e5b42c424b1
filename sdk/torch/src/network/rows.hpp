// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace espalier::torch_sdk {
using at::Tensor;

/// Some of the examples of a batch, in their order.
class Rows {
public:
    static Rows all(std::int64_t batch) { return Rows(batch, true); }
    static Rows none(std::int64_t batch) { return Rows(batch, false); }
    /// @param holds whether an example is one of them.
    static Rows where(std::int64_t batch, const std::function<bool(std::int64_t example)>& holds);

    std::int64_t count() const { return count_; }
    bool empty() const { return count_ == 0; }
    Rows operator&(const Rows&) const;
    Rows operator|(const Rows&) const;
    Rows operator-(const Rows&) const;
    bool operator==(const Rows&) const = default;

    /// The places of these in a tensor of the rows `held`, which cover them: [count] on the CPU.
    Tensor within(const Rows& held) const;

private:
    Rows(std::int64_t batch, bool all) : batch_{batch}, count_{all ? batch : 0} {}
    bool holds(std::int64_t example) const { return in_.empty() ? count_ > 0 : in_[static_cast<std::size_t>(example)]; }

    std::int64_t batch_, count_;
    std::vector<bool> in_;  ///< by example; empty for all and none, so that equal rows are equal values
};

/// The numbers of `x`, [held, ...], for the rows `wanted`, which `held` covers: `x` itself where they are the same.
Tensor taken(const Tensor& x, const Rows& held, const Rows& wanted);
/// Zeros of `rows` and the other extents, type, device and layout of `x`.
Tensor zeros_as(const Tensor& x, const Rows& rows);
/// `into`, [held, ...], with `x`, [rows, ...], added to or copied over its rows. Changes `into`.
void add_rows(const Tensor& into, const Rows& held, const Tensor& x, const Rows& rows);
void copy_rows(const Tensor& into, const Rows& held, const Tensor& x, const Rows& rows);

}  // namespace espalier::torch_sdk
