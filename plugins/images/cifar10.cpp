// SPDX-License-Identifier: Apache-2.0
#include "cifar10.hpp"

#include <cstring>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include "espalier/sdk/files.hpp"
#include "espalier/torch/tensors/boundary.hpp"

#include "image_file.hpp"

namespace espalier::images {
namespace {

using torch_sdk::Split;

constexpr std::size_t kClasses = 10;
constexpr std::size_t kPixels = std::size_t{3} * 32 * 32;
constexpr std::size_t kRecord = 1 + kPixels;
constexpr std::size_t kRecords = 10'000;  // per file

// of spec and code of NAS-Bench-201
torch_sdk::Normalisation nas_bench_201_normalisation()
{
    return {.mean = {125.3 / 255, 123.0 / 255, 113.9 / 255}, .deviation = {63.0 / 255, 62.1 / 255, 66.7 / 255}};
}

void check_label(unsigned char label, const std::filesystem::path& file, std::size_t image)
{
    if (label >= kClasses)
        throw Error(file.string() + ": label " + std::to_string(label) + " of image " + std::to_string(image) +
                    " is not below 10: this is no CIFAR-10 file");
}

void check_first_image(const std::filesystem::path& file)
{
    const std::string bytes = read_beginning_decompressed(file, kRecord);
    if (bytes.size() < kRecord)
        throw Error(file.string() + ": too short for one image of CIFAR-10");
    check_label(static_cast<unsigned char>(bytes[0]), file, 0);
}

void read_file(const std::filesystem::path& file, std::uint8_t* pixels, std::int64_t* labels)
{
    const std::string bytes = read_file_decompressed(file);
    if (bytes.size() != kRecords * kRecord)
        throw Error(file.string() + ": has " + std::to_string(bytes.size()) + " bytes, CIFAR-10's files have " +
                    std::to_string(kRecords * kRecord));
    for (std::size_t i = 0; i < kRecords; ++i) {
        const char* record = bytes.data() + i * kRecord;
        check_label(static_cast<unsigned char>(*record), file, i);
        labels[i] = static_cast<unsigned char>(*record);
        std::memcpy(pixels + i * kPixels, record + 1, kPixels);
    }
}

}  // namespace

Cifar10::Cifar10(const Options& options, const Setup&)
    : ImageData({3, 32, 32}, kClasses, nas_bench_201_normalisation(), options.validation)
{
    for (const char* name :
         {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"})
        train_.push_back(image_file(options.path, name));
    test_ = image_file(options.path, "test_batch.bin");
    try {
        for (const std::filesystem::path& file : train_)
            check_first_image(file);
        check_first_image(test_);
    } catch (const Error& error) {
        throw OptionError("path", error.what());
    }
}

std::optional<std::int64_t> Cifar10::count(Split split) const
{
    return static_cast<std::int64_t>((split == Split::train ? train_.size() : 1) * kRecords);
}

torch_sdk::ImageData::Images Cifar10::load(Split split) const
{
    return torch_sdk::translated("reading CIFAR-10", [&] {
        const std::vector<std::filesystem::path> files = split == Split::train ? train_ : std::vector{test_};
        const auto n = static_cast<std::int64_t>(files.size() * kRecords);
        Images images{at::empty({n, 3, 32, 32}, at::kByte), at::empty({n}, at::kLong)};
        for (std::size_t i = 0; i < files.size(); ++i)
            read_file(files[i], images.pixels.mutable_data_ptr<std::uint8_t>() + i * kRecords * kPixels,
                      images.labels.mutable_data_ptr<std::int64_t>() + i * kRecords);
        return images;
    });
}

}  // namespace espalier::images
