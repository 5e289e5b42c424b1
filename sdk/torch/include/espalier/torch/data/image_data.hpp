// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <mutex>
#include <optional>

#include "espalier/torch/data/data.hpp"

namespace espalier::torch_sdk {

/// Per channel, of pixels scaled to [0, 1].
struct Normalisation {
    std::vector<double> mean, deviation;
};

/// Labelled images of one size, kept in memory as bytes. A data set derives and says how its files are read.
/// Validation images are training images set aside: from each class in proportion to its size, always the same ones.
class ESPALIER_API ImageData : public TensorData {
public:
    /// pixels [n, channels, height, width] bytes; labels [n] 64-bit integers.
    struct Images {
        Tensor pixels, labels;
    };
    /// @param normalisation empty: mean and deviation of the training images, computed once.
    /// @param validation how many training images are set aside.
    ImageData(Shape input, std::size_t classes, Normalisation normalisation, std::int64_t validation = 0);
    ~ImageData() override;

    std::vector<Input> inputs() const final { return {{"image", input_}}; }
    Shape output() const final { return {static_cast<std::int64_t>(classes_)}; }
    std::int64_t examples(Split) const final;
    using TensorData::batch;
    Batch batch(Split, std::span<const std::int64_t> indices, const Augmentation&, Rng&) const final;

    Attributes preprocessing() const final;      ///< `mean` and `deviation`, as `normalisation`
    const Images& images(Split) const;           ///< reads the files at the first call
    const Normalisation& normalisation() const;  ///< may read the training images

protected:
    /// Called at most once for `train`, validation images included, and for `test`, unless it throws.
    /// @throws Error naming the file.
    virtual Images load(Split) const = 0;
    /// How many images `load` gives, where that is known without reading them.
    virtual std::optional<std::int64_t> count(Split) const { return std::nullopt; }

private:
    const Images& loaded(Split) const;  // the lock is held
    const std::vector<std::array<float, 256>>& table() const;

    Shape input_;
    std::size_t classes_;
    std::int64_t validation_;
    mutable std::mutex mutex_;  // guards what follows, all of it filled once
    mutable std::array<std::optional<Images>, 3> images_;
    mutable Normalisation normalisation_;
    mutable std::vector<std::array<float, 256>> table_;  // per channel and byte the normalised value
};

}  // namespace espalier::torch_sdk
