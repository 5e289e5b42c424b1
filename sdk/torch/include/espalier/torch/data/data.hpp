// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "espalier/data.hpp"
#include "espalier/rng.hpp"
#include "espalier/setup.hpp"
#include "espalier/torch/data/task.hpp"

namespace espalier::torch_sdk {

/// `validation`: held out of the training examples, for what a search or a training follows; may be empty. `test`: for
/// what is told at the end.
enum class Split : std::uint8_t { train, validation, test };

/// Random changes of training images. The defaults change nothing.
struct Augmentation {
    int crop_padding = 0;  ///< pixels of zeros (before normalisation) around the image, then a random crop of its size
    bool flip = false;     ///< left to right, with probability 1/2
    /// Side in pixels of a square around a random pixel that is set to 0 after normalisation (DeVries and Taylor,
    /// arXiv 1708.04552); 0: none.
    int cutout = 0;
    /// Brightness, contrast and saturation, in this order, times a factor each from [1 - jitter, 1 + jitter].
    double colour_jitter = 0;
    /// Before all else a `random_box` of images, of at least this share of the area, is brought to their size; 0: none.
    double resized_crop = 0;
};

/// Data with tensors. Reads its files once, at the first request, whichever thread asks.
class ESPALIER_API TensorData : public Data {
public:
    ~TensorData() override;
    std::vector<std::string> metrics() const final { return task().metrics(); }
    /// How outputs are judged; classification unless a data set says otherwise.
    virtual const Task& task() const;
    virtual std::int64_t examples(Split) const = 0;
    /// The examples with these indices, in this order; images channels_last. An example may have several rows: a user
    /// with what was bought and some that was not.
    /// @param rng draws the augmentation of one example after the other, and what else is another each time.
    virtual Batch batch(Split, std::span<const std::int64_t> indices, const Augmentation&, Rng& rng) const = 0;
    /// The same, unchanged.
    Batch batch(Split, std::span<const std::int64_t> indices) const;
    /// What was done to examples before networks saw them, for who uses a trained network: `mean`, `deviation`.
    virtual Attributes preprocessing() const { return {}; }
};

/// The experiment's data. @throws Error "needs data with tensors, e.g. data: {use: cifar10, ...}".
ESPALIER_API const TensorData& tensors(const Setup&);

/// One pass over the examples with these indices, in their order, in batches.
class ESPALIER_API Epoch {
public:
    /// @param data must outlive this object. @param rng is copied; draws the augmentation.
    Epoch(const TensorData& data, Split, std::vector<std::int64_t> indices, std::int64_t batch, const Augmentation&,
          const Rng& rng);
    std::optional<Batch> next();
    std::int64_t batches() const;  ///< of the whole epoch

private:
    const TensorData& data_;
    std::vector<std::int64_t> order_;
    std::int64_t batch_, position_ = 0;
    Augmentation augmentation_;
    Rng rng_;
    Split split_;
};

/// 0, 1, ..., n - 1.
ESPALIER_API std::vector<std::int64_t> first_indices(std::int64_t n);
/// `count` different indices below n in random order. @throws Error if there are fewer than `count`.
ESPALIER_API std::vector<std::int64_t> random_indices(std::int64_t n, std::int64_t count, Rng&);

}  // namespace espalier::torch_sdk
