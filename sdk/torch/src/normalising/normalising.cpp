// SPDX-License-Identifier: Apache-2.0
#include "normalising.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/native_batch_norm_backward.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "loops.hpp"

namespace espalier::torch_sdk::normalising {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Numbers that are added up in float32 before they are added to others, and which one thread takes at a time.
constexpr std::int64_t kPart = 1 << 14;
/// As many are worth a thread: some 20 microseconds.
constexpr std::int64_t kPartsOfAThread = 4;

/// The widest that this machine has. LibTorch knows the machine, and obeys ATEN_CPU_CAPABILITY.
const Loops& loops()
{
#ifdef __x86_64__
    static const std::string capability = at::get_cpu_capability();
    if (capability == "AVX512")
        return kLoopsAvx512;
    if (capability == "AVX2")
        return kLoopsAvx2;
#endif
    return kLoops;
}

/// Images of one size, cut into parts.
class Cut {
public:
    explicit Cut(const Tensor& x)
        : channels_{x.size(1)},
          count_{x.numel()},
          period_{std::lcm(channels_, 4 * loops().width)},
          part_{std::max<std::int64_t>(1, kPart / period_) * period_},
          parts_{(count_ + part_ - 1) / part_}
    {
    }

    double examples() const { return static_cast<double>(count_) / static_cast<double>(channels_); }

    /// Calls work(images, first number, part) for all parts.
    template <class Work>
    void each(const Work& work) const
    {
        at::parallel_for(0, parts_, kPartsOfAThread, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t p = begin; p < end; ++p)
                work(Images{std::min(part_, count_ - p * part_), period_}, p * part_, p);
        });
    }

    /// Two sums for each channel: add(images, first number, sums, sums) adds to those of a part.
    template <class Add>
    std::array<std::vector<double>, 2> sums(const Add& add) const
    {
        std::vector<float> all(static_cast<std::size_t>(2 * parts_ * period_));
        each([&](const Images& images, std::int64_t first, std::int64_t p) {
            float* const own = all.data() + 2 * p * period_;
            add(images, first, own, own + period_);
        });
        std::array<std::vector<double>, 2> result;
        for (std::vector<double>& sum : result)
            sum.resize(static_cast<std::size_t>(channels_));
        const float* from = all.data();
        for (std::int64_t p = 0; p < 2 * parts_; ++p) {
            double* const to = result[static_cast<std::size_t>(p % 2)].data();
            for (std::int64_t pixel = 0; pixel < period_ / channels_; ++pixel, from += channels_)
                for (std::int64_t c = 0; c < channels_; ++c)
                    to[c] += from[c];
        }
        return result;
    }

    /// What of(channel) says, for all places of a period.
    template <class Of>
    std::vector<float> by_place(const Of& of) const
    {
        std::vector<float> placed(static_cast<std::size_t>(period_));
        for (std::size_t i = 0; i < placed.size(); ++i) {
            const auto channels = static_cast<std::size_t>(channels_);
            placed[i] = i < channels ? static_cast<float>(of(i)) : placed[i - channels];
        }
        return placed;
    }

private:
    std::int64_t channels_, count_, period_, part_, parts_;
};

Tensor laid_out(const Tensor& x)
{
    return x.contiguous(at::MemoryFormat::ChannelsLast);
}

Tensor like(const Tensor& x)
{
    return at::empty(x.sizes(), x.options(), at::MemoryFormat::ChannelsLast);
}

const float* numbers(const Tensor& x)
{
    return x.const_data_ptr<float>();
}

/// Where the normalised numbers come from: mean and reciprocal deviation of each channel, then scale and offset.
class Coefficients {
public:
    Coefficients(const Cut& cut, const Tensor& by_channel)
        : mean_{by_channel[0]},
          reciprocal_{by_channel[1]},
          means_{placed(cut, mean_)},
          scale_{placed(cut, by_channel[2])},
          offset_{placed(cut, by_channel[3])}
    {
    }

    Affine affine(const Bounds& bounds) const { return {scale_.data(), offset_.data(), bounds.low, bounds.high}; }
    const float* means() const { return means_.data(); }
    double mean(std::size_t channel) const { return numbers(mean_)[channel]; }
    double reciprocal(std::size_t channel) const { return numbers(reciprocal_)[channel]; }
    double scale(std::size_t channel) const { return scale_[channel]; }
    const Tensor& mean() const { return mean_; }
    const Tensor& reciprocal() const { return reciprocal_; }

private:
    static std::vector<float> placed(const Cut& cut, const Tensor& of)
    {
        return cut.by_place([values = numbers(of)](std::size_t channel) { return values[channel]; });
    }

    Tensor mean_, reciprocal_;
    std::vector<float> means_, scale_, offset_;
};

class Differentiable : public torch::autograd::Function<Differentiable> {
public:
    static Tensor forward(AutogradContext* context, const Tensor& x, const std::optional<Tensor>& scale,
                          const std::optional<Tensor>& shift, const Tensor& coefficients, double eps,
                          const Bounds& bounds)
    {
        context->save_for_backward({x, scale.value_or(Tensor()), coefficients});
        context->saved_data["shift"] = shift.has_value();
        context->saved_data["eps"] = eps;
        context->saved_data["low"] = static_cast<double>(bounds.low);
        context->saved_data["high"] = static_cast<double>(bounds.high);
        const Cut cut(x);
        const Coefficients own(cut, coefficients);
        Tensor y = like(x);
        const float* const in = numbers(x);
        auto* const out = y.mutable_data_ptr<float>();
        cut.each([&](const Images& images, std::int64_t first, std::int64_t) {
            loops().apply(images, in + first, own.affine(bounds), out + first);
        });
        return y;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients)
    {
        const variable_list saved = context->get_saved_variables();
        const Tensor &x = saved[0], &scale = saved[1], g = laid_out(gradients[0]);
        const Bounds bounds{static_cast<float>(context->saved_data["low"].toDouble()),
                            static_cast<float>(context->saved_data["high"].toDouble())};
        const Cut cut(x);
        const Coefficients own(cut, saved[2]);
        if (c10::GradMode::is_enabled())  // this gradient is to be differentiated
            return differentiable(x, scale, context->saved_data["shift"].toBool(), g, saved[2], bounds,
                                  context->saved_data["eps"].toDouble());
        const float *in = numbers(x), *from = numbers(g);
        const std::array<std::vector<double>, 2> both =
            cut.sums([&](const Images& images, std::int64_t first, float* sum, float* product) {
                loops().gradient_sums(images, in + first, from + first, own.affine(bounds), own.means(), sum, product);
            });
        const std::vector<double>&sums = both[0], &products = both[1];
        const auto slope = [&](std::size_t c) {
            return -own.scale(c) * own.reciprocal(c) * own.reciprocal(c) * products[c] / cut.examples();
        };
        const auto constant = [&](std::size_t c) {
            return -own.scale(c) * sums[c] / cut.examples() - slope(c) * own.mean(c);
        };
        Tensor dx;
        if (context->needs_input_grad(0)) {
            dx = like(x);
            const std::vector<float> slopes = cut.by_place(slope), constants = cut.by_place(constant);
            auto* const out = dx.mutable_data_ptr<float>();
            cut.each([&](const Images& images, std::int64_t first, std::int64_t) {
                loops().input_gradient(images, in + first, from + first, own.affine(bounds), slopes.data(),
                                       constants.data(), out + first);
            });
        }
        const auto by_channel = [&](const auto& of) {
            Tensor made = at::empty({x.size(1)}, at::kFloat);
            auto* const to = made.mutable_data_ptr<float>();
            for (std::size_t c = 0; c < sums.size(); ++c)
                to[c] = static_cast<float>(of(c));
            return made;
        };
        Tensor d_scale, d_shift;
        if (scale.defined())
            d_scale = by_channel([&](std::size_t c) { return products[c] * own.reciprocal(c); });
        if (context->saved_data["shift"].toBool())
            d_shift = by_channel([&](std::size_t c) { return sums[c]; });
        return {dx, d_scale, d_shift, Tensor(), Tensor(), Tensor()};
    }

private:
    static variable_list differentiable(const Tensor& x, const Tensor& scale, bool shifts, const Tensor& g,
                                        const Tensor& coefficients, const Bounds& bounds, double eps)
    {
        const auto wide = [&](std::int64_t row) { return coefficients[row].view({1, -1, 1, 1}); };
        const Tensor z = x.detach().mul(wide(2)).add(wide(3));
        const Tensor inside = z.gt(bounds.low).logical_and(z.lt(bounds.high)).to(g.scalar_type());
        const auto [dx, d_scale, d_shift] = at::native_batch_norm_backward(
            g.mul(inside), x, scale.defined() ? std::optional(scale) : std::nullopt, {}, {}, coefficients[0],
            coefficients[1], true, eps, {true, scale.defined(), shifts});
        return {dx, scale.defined() ? d_scale : Tensor(), shifts ? d_shift : Tensor(), Tensor(), Tensor(), Tensor()};
    }
};

}  // namespace

bool covers(const Tensor& x, const Tensor& scale, const Tensor& shift)
{
    const auto fits = [](const Tensor& tensor) {
        return !tensor.defined() || (tensor.is_cpu() && tensor.scalar_type() == at::kFloat);
    };
    return x.dim() == 4 && x.numel() > 0 && fits(x) && fits(scale) && fits(shift);
}

Tensor batch_norm(const Tensor& x, const Tensor& scale, const Tensor& shift, const Tensor& mean, const Tensor& variance,
                  double momentum, double eps, const Bounds& bounds)
{
    const Tensor images = laid_out(x);
    const Cut cut(images);
    const float* const in = numbers(images);
    // sums of what differs little from the mean lose little; the first pixel is as good a guess as any
    const std::vector<float> guess = cut.by_place([in](std::size_t channel) { return in[channel]; });
    const auto [sums, squares] = cut.sums([&](const Images& part, std::int64_t first, float* sum, float* square) {
        loops().moments(part, in + first, guess.data(), sum, square);
    });
    const std::int64_t channels = images.size(1);
    const Tensor coefficients = at::empty({4, channels}, at::kFloat);
    auto* const to = coefficients.mutable_data_ptr<float>();
    const Tensor scales = scale.defined() ? scale.contiguous() : scale,
                 shifts = shift.defined() ? shift.contiguous() : shift;
    const double n = cut.examples();
    for (std::int64_t c = 0; c < channels; ++c) {
        const auto i = static_cast<std::size_t>(c);
        const double off = sums[i] / n, own_mean = guess[i] + off;
        const double own_variance = std::max(0.0, squares[i] / n - off * off);
        const double reciprocal = 1 / std::sqrt(own_variance + eps);
        const double by = (scales.defined() ? numbers(scales)[c] : 1) * reciprocal;
        to[c] = static_cast<float>(own_mean);
        to[channels + c] = static_cast<float>(reciprocal);
        to[2 * channels + c] = static_cast<float>(by);
        to[3 * channels + c] = static_cast<float>((shifts.defined() ? numbers(shifts)[c] : 0) - own_mean * by);
        const auto move = [&](const Tensor& running, double towards) {
            float& moved = running.mutable_data_ptr<float>()[c * running.stride(0)];
            moved = static_cast<float>((1 - momentum) * moved + momentum * towards);
        };
        if (mean.defined())
            move(mean, own_mean);
        if (variance.defined())
            move(variance, own_variance * n / (n - 1));
    }
    const auto given = [](const Tensor& tensor) { return tensor.defined() ? std::optional(tensor) : std::nullopt; };
    return Differentiable::apply(images, given(scale), given(shift), coefficients, eps, bounds);
}

}  // namespace espalier::torch_sdk::normalising
