// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <ATen/ops/empty.h>

#include "espalier/phase.hpp"
#include "espalier/torch/data/image_data.hpp"

namespace espalier::testing {

/// Classes of noise, each with a brighter column of its own.
class Columns final : public torch_sdk::ImageData {
public:
    explicit Columns(Shape input = {1, 8, 8}, std::size_t classes = 2, std::int64_t images = 192)
        : ImageData(input, classes,
                    {std::vector<double>(static_cast<std::size_t>(input[0]), 0.5),
                     std::vector<double>(static_cast<std::size_t>(input[0]), 0.3)}),
          shape_{input},
          classes_{classes},
          images_{images}
    {
    }

protected:
    Images load(torch_sdk::Split split) const override
    {
        const std::int64_t n = split == torch_sdk::Split::train ? images_ : 16;
        Images images{at::empty({n, shape_[0], shape_[1], shape_[2]}, at::kByte), at::empty({n}, at::kLong)};
        Rng rng(split == torch_sdk::Split::train ? 1 : 2);
        const std::int64_t width = shape_[2], band = width / static_cast<std::int64_t>(classes_);
        for (std::int64_t i = 0; i < n; ++i) {
            const auto label = static_cast<std::int64_t>(rng.below(classes_));
            images.labels.mutable_data_ptr<std::int64_t>()[i] = label;
            for (std::int64_t pixel = 0; pixel < shape_.elements(); ++pixel) {
                const bool bright = pixel % width / band == label;
                images.pixels.mutable_data_ptr<std::uint8_t>()[i * shape_.elements() + pixel] =
                    static_cast<std::uint8_t>(rng.below(180) + (bright ? 70 : 0));
            }
        }
        return images;
    }

private:
    Shape shape_;
    std::size_t classes_;
    std::int64_t images_;
};

/// Runs phases from their beginning, or from what `killed` saved, step by step.
class Steps final : public Context {
public:
    bool stopped() const override { return false; }
    void note(std::string_view series, double value) override { notes[std::string(series)].push_back(value); }
    void phase(std::string_view, Phase& work) override { run(work); }
    /// @param from how many steps were made before. @param most ends after so many.
    void run(Phase& work, std::size_t from = 0, std::size_t most = 1000)
    {
        bool more = true;
        for (std::size_t index = from; more && index < from + most; ++index) {
            Phase::Step step{index, Rng(5, std::to_string(index)), *this};
            more = work.step(step);
        }
    }
    std::map<std::string, std::vector<double>> notes;
};

/// The bytes of the files in a folder, by name.
inline std::map<std::string, std::string> files_in(const std::string& folder)
{
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        files[entry.path().filename().string()] = {std::istreambuf_iterator<char>(file), {}};
    }
    return files;
}

}  // namespace espalier::testing
