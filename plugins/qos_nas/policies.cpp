// SPDX-License-Identifier: Apache-2.0
#include "policies.hpp"

#include <cmath>

#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>

namespace espalier::qos_nas {

PolicyRows::PolicyRows(const Tensor& policies) : bytes_{policies.to(at::kCPU, at::kByte).contiguous()} {}

std::span<const std::uint8_t> PolicyRows::operator[](std::int64_t example) const
{
    const std::int64_t modules = bytes_.size(1);
    return {bytes_.const_data_ptr<std::uint8_t>() + example * modules, static_cast<std::size_t>(modules)};
}

torch_sdk::Gates gates(const Tensor& policies)
{
    torch_sdk::Gates all;
    for (std::int64_t module = 0; module < policies.size(1); ++module) {
        const Tensor on = policies.select(1, module);
        all.emplace(static_cast<std::size_t>(module), at::stack({1 - on, on}, 1));
    }
    return all;
}

Tensor rates_of(const PolicyLatency& latency, const Tensor& policies)
{
    const PolicyRows rows(policies);
    Tensor rates = at::empty({rows.count()}, at::kDouble);
    auto* rate = rates.mutable_data_ptr<double>();
    for (std::int64_t i = 0; i < rows.count(); ++i)
        rate[i] = latency.fps(rows[i]);
    return rates;
}

double met(const PolicyLatency& latency, const Tensor& policies, const Tensor& rates)
{
    return rates_of(latency, policies).ge(rates).to(at::kDouble).mean().item<double>();
}

Tensor drawn_rates(const RequestRange& range, double share, double log_uniform, std::int64_t count, Rng& rng)
{
    const double highest = range.rate(share);
    Tensor rates = at::empty({count}, at::kDouble);
    auto* rate = rates.mutable_data_ptr<double>();
    for (std::int64_t i = 0; i < count; ++i) {
        const bool in_logarithms = rng.uniform() < log_uniform;
        const double place = rng.uniform();
        rate[i] = in_logarithms ? range.low * std::pow(highest / range.low, place)
                                : range.low + place * (highest - range.low);
    }
    return rates;
}

}  // namespace espalier::qos_nas
