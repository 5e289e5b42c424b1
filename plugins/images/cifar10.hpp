// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "espalier/option.hpp"
#include "espalier/torch/data/image_data.hpp"

namespace espalier::images {

/// CIFAR-10 (Krizhevsky 2009), binary version: per image one label byte, then 1,024 red, green and blue bytes each.
/// 50,000 training and 10,000 test images of 32x32, normalised by the constants that NAS-Bench-201 uses.
class Cifar10 final : public torch_sdk::ImageData {
public:
    struct Options {
        std::filesystem::path path;
        int validation = 0;
        static void describe(Describe<Options>& d)
        {
            d("path", &Options::path,
              "folder with data_batch_1.bin to data_batch_5.bin and test_batch.bin, or .gz, .xz")
                .must();
            d("validation", &Options::validation, "training images set aside for validation, as many of each class")
                .range(0, 49'999)
                .added_later();
        }
    };
    /// Looks at the first image of every file. @throws OptionError about `path`.
    Cifar10(const Options&, const Setup&);

protected:
    Images load(torch_sdk::Split) const override;
    std::optional<std::int64_t> count(torch_sdk::Split) const override;

private:
    std::vector<std::filesystem::path> train_;
    std::filesystem::path test_;
};

}  // namespace espalier::images
