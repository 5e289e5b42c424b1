// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/data/prefetch.hpp"

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include "espalier/error.hpp"

#include "catch.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

namespace {

/// Random numbers, drawn anew each time. Example 99 is damaged.
class Noise final : public TensorData {
public:
    std::vector<Input> inputs() const override { return {{"x", {1}}}; }
    Shape output() const override { return {1}; }
    std::int64_t examples(Split) const override { return 100; }
    Batch batch(Split, std::span<const std::int64_t> indices, const Augmentation&, Rng& rng) const override
    {
        Batch batch{{at::zeros({std::ssize(indices), 1})}, at::zeros({std::ssize(indices)})};
        for (std::size_t i = 0; i < indices.size(); ++i) {
            if (indices[i] == 99)
                throw Error("example 99 is damaged");
            batch.inputs[0][static_cast<std::int64_t>(i)].fill_(rng.uniform());
        }
        return batch;
    }
};

Epoch epoch(const Noise& data, std::int64_t examples)
{
    return {data, Split::train, first_indices(examples), 7, {}, Rng(3)};
}

}  // namespace

TEST_CASE("prepared batches are those of the epoch, bit for bit", "[prefetch]")
{
    const Noise data;
    Epoch plain = epoch(data, 40);
    Prefetch ahead(epoch(data, 40));
    CHECK(ahead.batches() == 6);
    while (const auto expected = plain.next()) {
        const auto batch = ahead.next();
        REQUIRE(batch);
        CHECK(at::equal(batch->x(), expected->x()));
    }
    CHECK_FALSE(ahead.next());
    CHECK_FALSE(ahead.next());
    CHECK(ahead.waited_s() >= 0);
}

TEST_CASE("what preparing a batch throws arrives in its place", "[prefetch]")
{
    const Noise data;
    Prefetch ahead(epoch(data, 100));
    for (int i = 0; i < 14; ++i)
        REQUIRE(ahead.next());
    CHECK_THROWS_WITH(ahead.next(), "example 99 is damaged");
}

TEST_CASE("batches that nobody fetches are given up", "[prefetch]")
{
    const Noise data;
    for (int i = 0; i < 50; ++i) {
        Prefetch ahead(epoch(data, 40));
        if (i % 2 == 0)
            CHECK(ahead.next());
    }
}
