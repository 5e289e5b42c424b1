// SPDX-License-Identifier: Apache-2.0
#include "trainability.hpp"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "espalier/rng.hpp"

#include "feature_maps.hpp"

namespace espalier::indicators {

namespace {

/// [samples, channels * r^2, height / r, width / r], zeros appended where r does not divide.
Tensor unshuffled(const Tensor& x, std::int64_t r)
{
    const std::int64_t below = (r - x.size(2) % r) % r, right = (r - x.size(3) % r) % r;
    const Tensor whole = below + right > 0 ? at::constant_pad_nd(x, {0, right, 0, below}) : x;
    return at::pixel_unshuffle(whole, r);
}

std::int64_t ratio(const Tensor& large, const Tensor& small)
{
    return large.dim() != 4 || small.dim() != 4 ? 1 : (large.size(2) + small.size(2) - 1) / small.size(2);
}

}  // namespace

Tensor random_signs(const Tensor& like, std::uint64_t seed)
{
    Tensor signs = at::empty_like(like, like.options().requires_grad(false).device(at::kCPU));
    Rng rng(seed, "signs");
    const std::int64_t count = signs.numel();
    const auto fill = [&](auto* to) {
        for (std::int64_t i = 0; i < count; i += 64) {
            std::uint64_t bits = rng();
            const std::int64_t last = std::min<std::int64_t>(i + 64, count);
            for (std::int64_t k = i; k < last; ++k, bits >>= 1)
                to[k] = static_cast<std::remove_pointer_t<decltype(to)>>(static_cast<int>(bits & 1) * 2 - 1);
        }
    };
    if (signs.scalar_type() == at::kDouble)
        fill(signs.data_ptr<double>());
    else
        fill(signs.data_ptr<float>());
    return signs.to(like.device());
}

Tensor passed_back(const Tensor& before, const Tensor& after, const Tensor& signs)
{
    Tensor g;
    if (after.requires_grad())
        g = torch::autograd::grad({after}, {before}, {signs}, /*retain_graph=*/true, /*create_graph=*/false,
                                  /*allow_unused=*/true)[0];
    return g.defined() ? g : at::zeros_like(before);
}

double largest_singular_value(const Tensor& g, const Tensor& signs)
{
    const Tensor small_g = ratio(g, signs) > 1 ? unshuffled(g, ratio(g, signs)) : g;
    const Tensor small_signs = ratio(signs, g) > 1 ? unshuffled(signs, ratio(signs, g)) : signs;
    const Tensor rows = by_channel(small_g), sign_rows = by_channel(small_signs);
    const Tensor a = at::mm(rows.t(), sign_rows).to(at::kCPU, at::kDouble) / static_cast<double>(rows.size(0));
    if (!at::isfinite(a).all().item<bool>())
        return std::numeric_limits<double>::quiet_NaN();
    // the smaller of the two products has the same largest eigenvalue, s^2
    const Tensor square = a.size(0) < a.size(1) ? at::mm(a, a.t()) : at::mm(a.t(), a);
    return std::sqrt(std::max(at::linalg_eigvalsh(square)[-1].item<double>(), 0.0));
}

double block_trainability(const Tensor& g, const Tensor& signs)
{
    if (g.sizes() == signs.sizes() && at::equal(g, signs))
        return kLeast;
    const double s = largest_singular_value(g, signs);
    return std::isnan(s) ? kLeast : 2 - s - 1 / (s + 1e-6);
}

double trainability(const std::vector<Tensor>& maps, std::uint64_t seed)
{
    if (maps.size() < 2)
        return kLeast;
    double sum = 0;
    for (std::size_t l = 1; l < maps.size(); ++l) {
        const Tensor signs = random_signs(maps[l], seed + l);
        sum += block_trainability(passed_back(maps[l - 1], maps[l], signs), signs);
    }
    return sum / static_cast<double>(maps.size() - 1);
}

}  // namespace espalier::indicators
