// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/data/data.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <set>
#include <thread>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "espalier/error.hpp"
#include "espalier/torch/data/image_data.hpp"
#include "espalier/torch/training/loss.hpp"

#include "catch.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

namespace {

/// Image i: channel 0 has its row, channel 1 its column, channel 2 is i everywhere. Label i mod 10.
class Coordinates final : public ImageData {
public:
    explicit Coordinates(Normalisation normalisation = {{0, 0, 0}, {1, 1, 1}}, std::int64_t validation = 0)
        : ImageData({3, 8, 8}, 10, std::move(normalisation), validation)
    {
    }
    mutable std::atomic<int> loads = 0;

protected:
    Images load(Split split) const override
    {
        ++loads;
        const std::int64_t n = split == Split::train ? 40 : 10;
        Images images{at::empty({n, 3, 8, 8}, at::kByte), at::arange(n, at::kLong).remainder(10)};
        const at::Tensor line = at::arange(8, at::kByte);
        images.pixels.select(1, 0).copy_(line.reshape({8, 1}).expand({n, 8, 8}));
        images.pixels.select(1, 1).copy_(line.expand({n, 8, 8}));
        images.pixels.select(1, 2).copy_(at::arange(n, at::kByte).reshape({n, 1, 1}).expand({n, 8, 8}));
        return images;
    }
};

/// Which of the files' images an example of `Coordinates` is.
std::vector<int> numbers(const ImageData& data, Split split)
{
    const at::Tensor& pixels = data.images(split).pixels;
    std::vector<int> found;
    for (std::int64_t i = 0; i < pixels.size(0); ++i)
        found.push_back(pixels[i][2][0][0].item<int>());
    return found;
}

double pixel(const Batch& batch, int i, int c, int y, int x)
{
    return batch.x()[i][c][y][x].item<double>() * 255;
}

}  // namespace

TEST_CASE("a batch has the asked examples, scaled to one, channels last", "[data]")
{
    const Coordinates data;
    const std::vector<std::int64_t> indices{7, 3};
    const Batch batch = static_cast<const TensorData&>(data).batch(Split::train, indices);
    CHECK(batch.x().is_contiguous(at::MemoryFormat::ChannelsLast));
    CHECK(pixel(batch, 0, 2, 4, 4) == Approx(7));
    CHECK(pixel(batch, 1, 2, 0, 0) == Approx(3));
    CHECK(pixel(batch, 0, 0, 5, 2) == Approx(5));
    CHECK(pixel(batch, 0, 1, 5, 2) == Approx(2));
    CHECK(at::equal(batch.y, at::tensor({7, 3}, at::kLong)));
    const std::vector<std::int64_t> beyond{40};
    CHECK_THROWS_WITH(static_cast<const TensorData&>(data).batch(Split::train, beyond), ContainsSubstring("40"));
}

TEST_CASE("normalisation subtracts the mean and divides by the deviation, given or computed", "[data]")
{
    const std::vector<std::int64_t> first{0};
    Rng rng(1);
    const Coordinates given({{0.1, 0.1, 0.1}, {0.5, 0.5, 0.25}});
    CHECK(given.batch(Split::train, first, {}, rng).x()[0][2][0][0].item<double>() == Approx(-0.4));
    const Coordinates computed(Normalisation{});
    CHECK(computed.normalisation().mean[0] == Approx(3.5 / 255));
    CHECK(computed.normalisation().deviation[0] == Approx(std::sqrt(5.25) / 255));
    CHECK(computed.normalisation().mean[2] == Approx(19.5 / 255));
}

TEST_CASE("files are read once per split, whoever asks", "[data]")
{
    const Coordinates data;
    CHECK(data.loads == 0);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] { data.examples(Split::train); });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(data.loads == 1);
    CHECK(data.examples(Split::test) == 10);
    CHECK(data.loads == 2);
}

TEST_CASE("validation images are training images set aside, as many of each class, always the same", "[data]")
{
    const Coordinates all, data({}, 20);
    CHECK(all.examples(Split::validation) == 0);
    CHECK(all.images(Split::validation).labels.size(0) == 0);
    REQUIRE(data.examples(Split::validation) == 20);
    REQUIRE(data.examples(Split::train) == 20);
    CHECK(data.examples(Split::test) == 10);
    CHECK(data.loads == 2);
    const std::vector<int> aside = numbers(data, Split::validation), kept = numbers(data, Split::train);
    CHECK(aside == numbers(Coordinates({}, 20), Split::validation));
    CHECK(std::ranges::is_sorted(kept));
    CHECK(aside != std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19});
    std::vector<int> together(aside);
    together.insert(together.end(), kept.begin(), kept.end());
    std::ranges::sort(together);
    CHECK(together == numbers(all, Split::train));
    const at::Tensor labels = data.images(Split::validation).labels;
    for (int c = 0; c < 10; ++c)
        CHECK(labels.eq(c).sum().item<int>() == 2);
    for (std::size_t i = 0; i < aside.size(); ++i)
        CHECK(labels[static_cast<std::int64_t>(i)].item<int>() == aside[i] % 10);
    // the mean of channel 2 is that of the images that are trained on
    const double mean = std::accumulate(kept.begin(), kept.end(), 0.0) / 20 / 255;
    CHECK(data.normalisation().mean[2] == Approx(mean));
    CHECK(data.preprocessing() ==
          Attributes{{"mean", data.normalisation().mean}, {"deviation", data.normalisation().deviation}});
    CHECK_THROWS_WITH(Coordinates({}, 40).images(Split::train), ContainsSubstring("none of the 40 training images"));
}

TEST_CASE("a small class keeps its share when images are set aside", "[data]")
{
    class Uneven final : public ImageData {
    public:
        Uneven() : ImageData({1, 1, 1}, 2, {{0}, {1}}, 10) {}

    protected:
        Images load(Split) const override
        {
            return {at::zeros({40, 1, 1, 1}, at::kByte), at::arange(40, at::kLong).lt(4).to(at::kLong)};
        }
    };
    const Uneven data;
    CHECK(data.images(Split::validation).labels.sum().item<int>() == 1);
    CHECK(data.images(Split::train).labels.sum().item<int>() == 3);
}

TEST_CASE("classes are scored by the share of right answers, the loss is cross entropy", "[data]")
{
    const Coordinates data;
    CHECK(data.metrics() == std::vector<std::string>{"top1_pct"});
    CHECK(data.classes() == 10);
    CHECK(data.input() == Shape{3, 8, 8});
    const at::Tensor outputs = at::tensor({0.0, 1.0, 2.0, 0.0, 3.0, 0.0}, at::kDouble).reshape({3, 2});
    const Batch batch{{outputs}, at::tensor({1, 1, 0}, at::kLong)};
    const std::unique_ptr<Score> score = data.task().score();
    score->add(outputs, batch);
    score->add(outputs.narrow(0, 0, 1), Batch{{outputs}, batch.y.narrow(0, 0, 1)});
    CHECK(score->metrics() == Metrics{{"top1_pct", 75}});
    CHECK(data.task().loss(outputs, batch, 0.1).item<double>() ==
          Approx(cross_entropy(outputs, batch.y, 0.1).item<double>()));
}

TEST_CASE("crops shift by at most the padding and are black outside, flips mirror", "[data]")
{
    const Coordinates data;
    const std::vector<std::int64_t> indices(400, 5);
    Rng rng(1);
    const Batch batch = data.batch(Split::train, indices, {.crop_padding = 2, .flip = true}, rng);
    std::set<int> downs, rights;
    int flips = 0;
    for (int i = 0; i < 400; ++i) {
        const bool flipped = pixel(batch, i, 1, 4, 3) > pixel(batch, i, 1, 4, 4);
        const int down = static_cast<int>(std::lround(pixel(batch, i, 0, 4, 4))) - 4;
        const int right = static_cast<int>(std::lround(pixel(batch, i, 1, 4, flipped ? 3 : 4))) - 4;
        downs.insert(down), rights.insert(right), flips += flipped;
        // row 7 comes from row 7 + down, which is black below the image
        CHECK(pixel(batch, i, 2, 7, 4) == Approx(down > 0 ? 0 : 5));
        CHECK(pixel(batch, i, 2, 0, 4) == Approx(down < 0 ? 0 : 5));
    }
    CHECK(downs == std::set<int>{-2, -1, 0, 1, 2});
    CHECK(rights == downs);
    CHECK(flips > 150);
    CHECK(flips < 250);
    // black as normalised, not the mean
    const Coordinates shifted({{0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}});
    const Batch dark = shifted.batch(Split::train, indices, {.crop_padding = 2}, rng);
    CHECK(dark.x().min().item<double>() == Approx(-2));
    CHECK(dark.x().select(1, 2).max().item<double>() == Approx((5.0 / 255 - 0.5) / 0.25));
}

TEST_CASE("a batch goes to a device as a whole", "[data]")
{
    const Batch here{{at::zeros({2, 3}), at::zeros({2, 4}, at::kLong)}, at::zeros({2}, at::kLong)};
    const Batch there = here.to(c10::Device(at::kMeta));
    REQUIRE(there.inputs.size() == 2);
    CHECK(there.inputs[0].is_meta());
    CHECK(there.inputs[1].is_meta());
    CHECK(there.y.is_meta());
    CHECK(there.inputs[1].sizes() == at::IntArrayRef({2, 4}));
}

TEST_CASE("an epoch hands out every index once, in order, the last batch smaller", "[data]")
{
    const Coordinates data;
    Epoch epoch(data, Split::train, first_indices(7), 3, {}, Rng(1));
    CHECK(epoch.batches() == 3);
    std::vector<std::int64_t> seen, sizes;
    while (const auto batch = epoch.next()) {
        sizes.push_back(batch->y.size(0));
        for (std::int64_t i = 0; i < batch->y.size(0); ++i)
            seen.push_back(batch->y[i].item<std::int64_t>());
    }
    CHECK(seen == first_indices(7));
    CHECK(sizes == std::vector<std::int64_t>{3, 3, 1});
}

TEST_CASE("random indices are different, within bounds, and by the stream", "[data]")
{
    Rng a(1), b(1), c(2);
    const auto drawn = random_indices(100, 60, a);
    CHECK(std::set<std::int64_t>(drawn.begin(), drawn.end()).size() == 60);
    CHECK(*std::max_element(drawn.begin(), drawn.end()) < 100);
    CHECK(drawn == random_indices(100, 60, b));
    CHECK(drawn != random_indices(100, 60, c));
    CHECK_THROWS_WITH(random_indices(5, 6, a), ContainsSubstring("there are 5"));
}

TEST_CASE("data without tensors are refused with the remedy", "[data]")
{
    Setup setup;
    CHECK_THROWS_WITH(tensors(setup), ContainsSubstring("data: {use: cifar10"));
    const Coordinates data;
    setup.data = &data;
    CHECK(&tensors(setup) == &data);
}
