// SPDX-License-Identifier: Apache-2.0
#include "surrogate.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "espalier/error.hpp"

#include "mobilenet_v3.hpp"
#include "mobilenet_v3_network.hpp"
#include "perceptron.hpp"
#include "resnet50.hpp"
#include "resnet50_network.hpp"

namespace espalier::once_for_all {

class Surrogate::Encoding {
public:
    virtual ~Encoding() = default;
    virtual std::string prefix() const = 0;  ///< of the predictor's files
    virtual std::size_t inputs() const = 0;
    /// Sets what is 1 among `inputs()` zeros.
    virtual void encode(const Architecture&, float* inputs) const = 0;
    /// Added to what the predictor says, a fraction.
    virtual double base() const { return 0; }
};

namespace {

constexpr std::size_t kOptions = 3, kSizes = 8;
using Sizes = std::array<std::int64_t, kSizes>;
constexpr Sizes kMobileNetV3Sizes{112, 128, 144, 160, 176, 192, 208, 224},
    kResNet50Sizes{128, 144, 160, 176, 192, 224, 240, 256};  // without 208

/// Which of the predictor's image sizes the network is for. @throws Error for another one.
std::size_t size_index(std::int64_t side, const Sizes& sizes)
{
    const auto found = std::find(sizes.begin(), sizes.end(), side);
    if (found != sizes.end())
        return static_cast<std::size_t>(found - sizes.begin());
    std::string known;
    for (const std::int64_t size : sizes)
        known += (known.empty() ? "" : ", ") + std::to_string(size);
    throw Error("the published predictor knows images of " + known + " pixels; the space has " + std::to_string(side) +
                ": set `resolution` of the space");
}

/// 60 for the kernels, 60 for the expansions, zeros where a block is absent, 8 for the image size.
class MobileNetV3Encoding final : public Surrogate::Encoding {
public:
    explicit MobileNetV3Encoding(const MobileNetV3& space)
        : space_{space}, size_{size_index(space.task().side, kMobileNetV3Sizes)}
    {
        if (space.width() != 1.2)
            throw Error("the published predictor is that of ofa_mobilenet_v3 with `width: 1.2`; the space has another");
    }
    std::string prefix() const override { return "mbv3"; }
    std::size_t inputs() const override { return 2 * kOptions * mobilenet_v3::kBlocks + kSizes; }
    void encode(const Architecture& a, float* inputs) const override
    {
        const std::vector<bool> active = space_.active(a);
        for (std::size_t gene = 0; gene < mobilenet_v3::kDepth; ++gene)  // kernels and expansions, in the same order
            if (active[gene])
                inputs[kOptions * gene + a.choices[gene]] = 1;
        inputs[kOptions * mobilenet_v3::kDepth + size_] = 1;
    }

private:
    const MobileNetV3& space_;
    std::size_t size_;
};

/// 8 for the image size, 2 for the stem's residual block (absent, present), 18 for the widths, 54 for the expansions,
/// zeros where a block is absent.
class ResNet50Encoding final : public Surrogate::Encoding {
public:
    explicit ResNet50Encoding(const ResNet50& space)
        : space_{space}, size_{size_index(space.task().side, kResNet50Sizes)}
    {
    }
    std::string prefix() const override { return "resnet50"; }
    std::size_t inputs() const override { return kExpansions + kOptions * resnet50::kBlocks; }
    void encode(const Architecture& a, float* inputs) const override
    {
        const std::vector<bool> active = space_.active(a);
        inputs[size_] = 1;
        inputs[kSizes + a.choices[resnet50::kDepth]] = 1;
        for (std::size_t w = 0; w < resnet50::kWidthGenes; ++w)
            inputs[kWidths + kOptions * w + a.choices[resnet50::kWidth + w]] = 1;
        for (std::size_t block = 0; block < resnet50::kBlocks; ++block)
            if (const std::size_t gene = resnet50::kExpansion + block; active[gene])
                inputs[kExpansions + kOptions * block + a.choices[gene]] = 1;
    }
    double base() const override { return 0.805560827255249; }

private:
    static constexpr std::size_t kWidths = kSizes + 2, kExpansions = kWidths + kOptions * resnet50::kWidthGenes;
    const ResNet50& space_;
    std::size_t size_;
};

std::unique_ptr<const Surrogate::Encoding> encoding(const SearchSpace* space)
{
    if (const auto* mobilenet = dynamic_cast<const MobileNetV3*>(space))
        return std::make_unique<MobileNetV3Encoding>(*mobilenet);
    if (const auto* resnet = dynamic_cast<const ResNet50*>(space))
        return std::make_unique<ResNet50Encoding>(*resnet);
    throw Error(
        "ofa_surrogate has predictors of two spaces only: use `space: {use: ofa_mobilenet_v3, width: 1.2}` or "
        "`space: {use: ofa_resnet50}`");
}

}  // namespace

void Surrogate::Options::describe(Describe<Options>& d)
{
    d("predictors", &Options::predictors,
      "folder with the published predictors, mbv3_layer0_weight.npy or resnet50_layer0_weight.npy and so on")
        .must();
}

Surrogate::Surrogate(const Options& options, const Setup& setup)
    : folder_{options.predictors}, encoding_{encoding(setup.space)}
{
    for (std::size_t layer = 0; layer < Perceptron::kLayers; ++layer) {
        const std::filesystem::path file = weight_file(folder_, encoding_->prefix(), layer);
        std::error_code none;
        if (!std::filesystem::exists(file, none))
            throw OptionError("predictors", "there is no " + file.string());
    }
    predictor_ = std::async(std::launch::deferred, [this] {
        Perceptron predictor(folder_, encoding_->prefix());
        if (predictor.inputs() != encoding_->inputs())
            throw Error(weight_file(folder_, encoding_->prefix(), 0).string() + ": takes " +
                        std::to_string(predictor.inputs()) + " numbers, the space has " +
                        std::to_string(encoding_->inputs()));
        return predictor;
    });
}

Surrogate::~Surrogate() = default;

std::vector<Evaluation> Surrogate::evaluate(std::span<const Candidate> batch, Context&)
{
    const std::size_t inputs = encoding_->inputs();
    std::vector<float> x(batch.size() * inputs, 0.0F);
    for (std::size_t i = 0; i < batch.size(); ++i)
        if (batch[i].space() != nullptr)
            encoding_->encode(batch[i].canonical(), x.data() + i * inputs);
    const std::vector<float> fractions = predictor_.get()(x);
    std::vector<Evaluation> results;
    results.reserve(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const Architecture& a = batch[i].architecture();
        if (batch[i].space() == nullptr)
            results.push_back(failed(a, "ofa_surrogate knows whole architectures, not single operators"));
        else
            results.push_back({.architecture = a,
                               .metrics = {{"top1_pct", 100 * (static_cast<double>(fractions[i]) + encoding_->base())}},
                               .status = Status::ok,
                               .reason = {}});
    }
    return results;
}

}  // namespace espalier::once_for_all
