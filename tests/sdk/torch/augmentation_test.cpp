// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <set>

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/item.h>
#include <ATen/ops/max.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "espalier/torch/data/image_data.hpp"
#include "espalier/torch/tensors/generator.hpp"

#include "catch.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

namespace {

const std::vector<double> kMean{0.5, 0.4, 0.3}, kDeviation{0.2, 0.25, 0.3};

/// Random pixels of middling brightness, so that small changes leave [0, 1] alone.
class Pixels final : public ImageData {
public:
    Pixels() : ImageData({3, 9, 6}, 2, {kMean, kDeviation}) {}
    Tensor batch_of(const Augmentation& augmentation, std::uint64_t seed = 1) const
    {
        Rng rng(seed);
        return batch(Split::train, first_indices(30), augmentation, rng).x().contiguous();
    }
    /// [image, channel, row, column] in [0, 1].
    static Tensor raw(const Tensor& x)
    {
        const auto row = [](const std::vector<double>& numbers) {
            return at::tensor(numbers).to(at::kFloat).reshape({1, 3, 1, 1});
        };
        return x * row(kDeviation) + row(kMean);
    }

protected:
    Images load(Split) const override
    {
        return {at::empty({30, 3, 9, 6}, at::kByte).random_(90, 160, generator(1, "pixels")),
                at::zeros({30}, at::kLong)};
    }
};

Tensor grey(const Tensor& x)
{
    return x.select(1, 0) * 0.299 + x.select(1, 1) * 0.587 + x.select(1, 2) * 0.114;
}

}  // namespace

TEST_CASE("images in memory are cut out and resized, too", "[augmentation]")
{
    const Pixels data;
    const Tensor plain = data.batch_of({}), changed = data.batch_of({.resized_crop = 0.2});
    CHECK(changed.sizes() == plain.sizes());
    CHECK(at::equal(changed, data.batch_of({.resized_crop = 0.2})));
    for (std::int64_t i = 0; i < 30; ++i)
        CHECK_FALSE(at::equal(changed[i], plain[i]));
    // means over pixels are within what the pixels are
    CHECK(Pixels::raw(changed).max().item<double>() <= Pixels::raw(plain).max().item<double>() + 1e-6);
}

TEST_CASE("a square around a random pixel is cut out, within the image", "[augmentation]")
{
    const Pixels data;
    const Tensor plain = data.batch_of({}), cut = data.batch_of({.cutout = 4});
    std::set<std::int64_t> sizes;
    for (std::int64_t i = 0; i < 30; ++i) {
        const Tensor gone = cut[i].eq(0).all(0);  // rows, columns
        CHECK(at::equal(cut[i].masked_select(gone.logical_not()), plain[i].masked_select(gone.logical_not())));
        const Tensor rows = gone.any(1), columns = gone.any(0);
        CHECK(gone.sum().item<std::int64_t>() ==
              rows.sum().item<std::int64_t>() * columns.sum().item<std::int64_t>());  // a rectangle
        CHECK(rows.sum().item<std::int64_t>() <= 4);
        CHECK(columns.sum().item<std::int64_t>() <= 4);
        CHECK(gone.any().item<bool>());
        sizes.insert(gone.sum().item<std::int64_t>());
    }
    CHECK(sizes.contains(16));
    CHECK(sizes.size() > 1);  // some lie at the border
}

TEST_CASE("colours change by factors of brightness, contrast and saturation", "[augmentation]")
{
    const Pixels data;
    const Tensor plain = Pixels::raw(data.batch_of({})), jittered = Pixels::raw(data.batch_of({.colour_jitter = 0.1}));
    Rng rng(1);
    const auto factor = [&] { return 1 + 0.1 * (2 * rng.uniform() - 1); };
    for (std::int64_t i = 0; i < 30; ++i) {
        const double brightness = factor(), contrast = factor(), saturation = factor();
        Tensor x = plain.slice(0, i, i + 1) * brightness;
        x = x * contrast + grey(x).mean() * (1 - contrast);
        x = x * saturation + grey(x).unsqueeze(1) * (1 - saturation);
        CHECK(at::allclose(jittered.slice(0, i, i + 1), x, 1e-4, 1e-5));
    }
    const Tensor wild = Pixels::raw(data.batch_of({.colour_jitter = 1}));
    CHECK(wild.max().item<double>() <= 1 + 1e-5);
    CHECK(wild.min().item<double>() >= -1e-5);
}

TEST_CASE("what changes nothing draws nothing", "[augmentation]")
{
    const Pixels data;
    Rng rng(7), untouched(7);
    static_cast<void>(data.batch(Split::train, first_indices(5), {}, rng));
    CHECK(rng() == untouched());
}
