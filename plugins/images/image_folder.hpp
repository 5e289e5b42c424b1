// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "espalier/option.hpp"
#include "espalier/torch/data/augmentation.hpp"
#include "espalier/torch/data/data.hpp"

namespace espalier::images {

/// Images in a folder for each class, as ImageNet's are kept: `path`/train/<class>/*.JPEG, `path`/val/<class>/*.JPEG.
/// Classes are numbered by name. Nothing is kept in memory but the names: an image is read and decoded when a batch has
/// it, on the thread that asks.
class ImageFolder final : public torch_sdk::TensorData {
public:
    struct Options {
        std::filesystem::path path;
        std::string train = "train", test = "val";
        int side = 224, validation = 0;
        double centre = 0.875;
        std::vector<double> mean{0.485, 0.456, 0.406}, deviation{0.229, 0.224, 0.225};  // ImageNet's
        static void describe(Describe<Options>& d)
        {
            d("path", &Options::path,
              "folder of two folders, each with a folder of JPEG and PNG files (.jpg, .jpeg, .png) for every class")
                .must();
            d("train", &Options::train, "the one of them with the training images");
            d("test", &Options::test, "the one with the test images");
            d("side", &Options::side, "pixels that networks get in height and width").range(1, 4096);
            d("centre", &Options::centre,
              "side of the square in an image's middle that is scored, as a part of its shorter side: 0.875 is 224 of "
              "256")
                .range(0.01, 1);
            d("mean", &Options::mean, "of red, green and blue, of pixels in 0..1").range(0, 1);
            d("deviation", &Options::deviation, "as `mean`").range(1e-6, 1);
            d("validation", &Options::validation,
              "training images set aside for validation, of each class in proportion to its size")
                .range(0, 1e9);
        }
    };
    /// Lists the folders, and looks at the first image of each. @throws OptionError.
    ImageFolder(const Options&, const Setup&);

    std::vector<Input> inputs() const override { return {{"image", shape_}}; }
    Shape output() const override { return {std::ssize(classes_)}; }
    std::int64_t examples(torch_sdk::Split split) const override { return std::ssize(of(split)); }
    using TensorData::batch;
    torch_sdk::Batch batch(torch_sdk::Split, std::span<const std::int64_t> indices, const torch_sdk::Augmentation&,
                           Rng&) const override;
    Attributes preprocessing() const override;

private:
    struct Image {
        std::string name;  // of the file
        std::int64_t label;
    };
    const std::vector<Image>& of(torch_sdk::Split split) const { return images_[static_cast<std::size_t>(split)]; }
    std::filesystem::path file(torch_sdk::Split, const Image&) const;
    void list(torch_sdk::Split, const std::filesystem::path& folder);
    void set_aside(std::int64_t count);

    Shape shape_;
    torch_sdk::Normalisation normalisation_;
    torch_sdk::ByteValues values_;
    double centre_;
    std::filesystem::path train_, test_;
    std::vector<std::string> classes_;
    std::array<std::vector<Image>, 3> images_;  // by split
};

}  // namespace espalier::images
