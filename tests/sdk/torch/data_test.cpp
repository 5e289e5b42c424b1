// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/data/data.hpp"

#include <atomic>
#include <set>
#include <thread>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>

#include "espalier/error.hpp"
#include "espalier/torch/data/image_data.hpp"

#include "catch.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

namespace {

/// Image i: channel 0 has its row, channel 1 its column, channel 2 is i everywhere. Label i mod 10.
class Coordinates final : public ImageData {
public:
    explicit Coordinates(Normalisation normalisation = {{0, 0, 0}, {1, 1, 1}})
        : ImageData({3, 8, 8}, 10, std::move(normalisation))
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

double pixel(const Batch& batch, int i, int c, int y, int x)
{
    return batch.x[i][c][y][x].item<double>() * 255;
}

}  // namespace

TEST_CASE("a batch has the asked examples, scaled to one, channels last", "[data]")
{
    const Coordinates data;
    const std::vector<std::int64_t> indices{7, 3};
    const Batch batch = static_cast<const TensorData&>(data).batch(Split::train, indices);
    CHECK(batch.x.is_contiguous(at::MemoryFormat::ChannelsLast));
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
    CHECK(given.batch(Split::train, first, {}, rng).x[0][2][0][0].item<double>() == Approx(-0.4));
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
