// SPDX-License-Identifier: Apache-2.0
#include "cifar10.hpp"

#include <cstdlib>

#include <ATen/core/Tensor.h>

#include "espalier/error.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using images::Cifar10;
using torch_sdk::Split;

namespace {

constexpr std::size_t kRecord = 3073;

/// `images` images; image i has label i mod 10 and pixels i mod 251.
std::string records(std::size_t images)
{
    std::string bytes;
    for (std::size_t i = 0; i < images; ++i) {
        bytes += static_cast<char>(i % 10);
        bytes.append(kRecord - 1, static_cast<char>(i % 251));
    }
    return bytes;
}

void write_all(const TemporaryFolder& folder, std::size_t images)
{
    for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                             "data_batch_5.bin", "test_batch.bin"})
        folder.write(name, records(images));
}

void check_labels(const at::Tensor& labels, const std::vector<int>& begin, int each)
{
    for (std::size_t i = 0; i < begin.size(); ++i)
        CHECK(labels[static_cast<std::int64_t>(i)].item<int>() == begin[i]);
    for (int c = 0; c < 10; ++c)
        CHECK(labels.eq(c).sum().item<int>() == each);
}

}  // namespace

TEST_CASE("the real CIFAR-10 has its published test labels, and the constants of the literature", "[images]")
{
    const char* root = std::getenv("ESPALIER_DATA");
    if (root == nullptr) {
        WARN("skipped: ESPALIER_DATA is not set");
        return;
    }
    const Cifar10 data({.path = std::filesystem::path(root) / "cifar10"}, Setup{});
    CHECK(data.input() == Shape{3, 32, 32});
    CHECK(data.classes() == 10);
    CHECK(data.examples(Split::test) == 10'000);
    const auto& test = data.images(Split::test);
    check_labels(test.labels, {3, 8, 8, 0, 6, 6, 1, 6, 3, 1}, 1'000);  // cat, ship, ship, airplane, ...
    const std::vector<std::int64_t> first{0};
    Rng rng(1);
    const auto batch = data.batch(Split::test, first, {}, rng);
    const double byte = test.pixels[0][1][2][3].item<double>();
    CHECK(batch.x()[0][1][2][3].item<double>() == Approx((byte - 123.0) / 62.1));
}

// 180 MB of .xz
TEST_CASE("the real CIFAR-10 has its published training labels and means", "[images][slow]")
{
    const char* root = std::getenv("ESPALIER_DATA");
    if (root == nullptr) {
        WARN("skipped: ESPALIER_DATA is not set");
        return;
    }
    const Cifar10 data({.path = std::filesystem::path(root) / "cifar10"}, Setup{});
    REQUIRE(data.examples(Split::train) == 50'000);
    const auto& train = data.images(Split::train);
    check_labels(train.labels, {6, 9, 9, 4, 1, 1, 2, 7, 8, 3}, 5'000);  // frog, truck, truck, deer, ...
    // the constants of the literature are these means, rounded
    for (const auto& [channel, expected] : std::vector<std::pair<int, double>>{{0, 125.3}, {1, 123.0}, {2, 113.9}}) {
        const double sum = train.pixels.select(1, channel).sum().item<double>();
        CHECK(sum / (50'000.0 * 1'024) == Approx(expected).margin(0.06));
    }
}

TEST_CASE("files of the wrong size or with impossible labels are refused and named", "[images]")
{
    const TemporaryFolder folder;
    write_all(folder, 2);  // the first images are fine, so the experiment may begin
    const Cifar10 data({.path = folder.path()}, Setup{});
    CHECK_THROWS_WITH(data.images(Split::test), ContainsSubstring("test_batch.bin: has 6146 bytes"));

    folder.write("data_batch_3.bin", std::string(kRecord, '\x0a'));
    CHECK_THROWS_WITH(Cifar10({.path = folder.path()}, Setup{}),
                      ContainsSubstring("data_batch_3.bin: label 10 of image 0"));
    folder.write("data_batch_3.bin", std::string(100, '\0'));
    CHECK_THROWS_WITH(Cifar10({.path = folder.path()}, Setup{}), ContainsSubstring("data_batch_3.bin: too short"));
    std::filesystem::remove(folder / "data_batch_3.bin");
    CHECK_THROWS_WITH(Cifar10({.path = folder.path()}, Setup{}),
                      ContainsSubstring("has no file data_batch_3.bin, nor with .gz or .xz"));
    CHECK_THROWS_WITH(Cifar10({.path = folder / "none"}, Setup{}), ContainsSubstring("there is no folder"));
}
