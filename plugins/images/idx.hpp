// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "espalier/option.hpp"
#include "espalier/torch/data/image_data.hpp"

namespace espalier::images {

/// Images and labels in IDX files of bytes (LeCun's format of MNIST): big-endian magic number, extents, bytes.
class Idx final : public torch_sdk::ImageData {
public:
    struct Options {
        std::filesystem::path path;
        int classes = 10, validation = 0;
        std::vector<double> mean = {}, deviation = {};
        static void describe(Describe<Options>& d)
        {
            d("path", &Options::path,
              "folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
              "t10k-labels-idx1-ubyte, or .gz, .xz")
                .must();
            d("classes", &Options::classes, "how many there are").range(2, 65536);
            d("mean", &Options::mean, "per channel, of pixels in 0..1; none: that of the training images").range(0, 1);
            d("deviation", &Options::deviation, "per channel, as `mean`").range(1e-6, 1);
            d("validation", &Options::validation,
              "training images set aside for validation, of each class in proportion to its size")
                .range(0, 1e9)
                .added_later();
        }
    };
    /// Reads the headers of all four files. @throws OptionError.
    Idx(const Options&, const Setup&);

protected:
    Images load(torch_sdk::Split) const override;
    std::optional<std::int64_t> count(torch_sdk::Split) const override;

private:
    std::filesystem::path path_;
};

}  // namespace espalier::images
