// SPDX-License-Identifier: Apache-2.0
#include "device_profile.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "espalier/counts.hpp"
#include "espalier/marks.hpp"
#include "espalier/sdk/units.hpp"
#include "espalier/window.hpp"

#include "priced.hpp"

namespace espalier::cost_models {
namespace {

/// Nanoseconds a million, microseconds for `kernels` and `gates`.
struct Profile {
    std::string_view device;
    double depthwise3, depthwise5, depthwise7, dense, moved, kernel, shuffled, gate;
};
constexpr Profile kProfiles[] = {
    {"dsp", 0.024, 9.3, 2.3, 0.03, 0.61, 68, 0.81, 300},
    {"cpu", 0.1, 0.28, 0.63, 0.13, 0.22, 19, 1.6, 400},
    {"vpu", 0.02, 0.034, 0.21, 0.0022, 2.0, 16, 0.44, 35'000},
};

double elements(const Layer& layer)
{
    return activations(layer);
}

/// Whether each layer is part of a squeeze and excite: from a global mean to the factor of a product.
std::vector<bool> within_gates(const Network& network)
{
    std::vector<bool> within(network.size());
    for (const Layer layer : network) {
        if (layer.op() != Op::multiply)
            continue;
        for (const std::uint32_t factor : layer.inputs()) {
            std::vector<std::size_t> path;
            std::size_t at = factor;
            for (; network[at].op() != Op::global_average && network[at].inputs().size() == 1;
                 at = network[at].inputs()[0])
                path.push_back(at);
            if (network[at].op() == Op::global_average)
                for (const std::size_t part : path)
                    within[part] = true;
        }
    }
    return within;
}

class Counting {
public:
    explicit Counting(const Network& network)
        : network_{network}, gates_{within_gates(network)}, blocks_{marked(network, Mark::block)}
    {
        for (const Layer layer : network)
            count(layer);
    }
    const DeviceWork& work() const { return work_; }

private:
    void count(const Layer& layer)
    {
        switch (layer.op()) {
            case Op::conv:
            case Op::linear:
                ++work_.kernels;
                if (!gates_[layer.index()])
                    count_products(layer);
                break;
            case Op::add:
                work_.moved += elements(layer);
                for (const std::uint32_t input : layer.inputs())
                    work_.moved += elements(network_[input]);
                break;
            case Op::multiply:
                ++work_.gates;
                work_.moved += 2 * elements(network_[end_of_block(layer.index())]);
                break;
            case Op::concat:
                work_.shuffled += 2 * elements(layer);
                break;
            default:
                break;
        }
    }

    void count_products(const Layer& layer)
    {
        const double here = macs(layer);
        if (layer.op() == Op::linear) {
            work_.dense += here;
            return;
        }
        work_.moved += elements(network_[layer.inputs()[0]]) + elements(layer) +
                       (in_blocks(layer.index()) ? params(layer) - biases(layer) : 0);
        const bool depthwise = groups(layer) > 1 && groups(layer) == layer.input_shape()[0];
        const std::int64_t kernel = window(layer).kernel[0];
        if (!depthwise || kernel == 1)
            work_.dense += here;
        else if (kernel == 3)
            work_.depthwise3 += here;
        else if (kernel == 5)
            work_.depthwise5 += here;
        else if (kernel == 7)
            work_.depthwise7 += here;
        else
            throw Error("layer " + std::to_string(layer.index()) + " is a depthwise convolution with kernel " +
                        std::to_string(kernel) + ", for which no profile has a time; there are 1, 3, 5 and 7");
    }

    static double biases(const Layer& layer)
    {
        return layer.spec().number("bias", 0) != 0 ? static_cast<double>(layer.shape()[0]) : 0;
    }
    bool in_blocks(std::size_t layer) const
    {
        return blocks_.empty() || (layer > blocks_.front() && layer <= blocks_.back());
    }
    std::size_t end_of_block(std::size_t layer) const
    {
        const auto end = std::find_if(blocks_.begin(), blocks_.end(), [layer](std::size_t b) { return b >= layer; });
        return end != blocks_.end() ? *end : network_.size() - 1;
    }

    const Network& network_;
    std::vector<bool> gates_;
    std::vector<std::size_t> blocks_;
    DeviceWork work_;
};

double milliseconds(const Profile& p, const DeviceWork& w)
{
    return 1e-6 * (p.depthwise3 * w.depthwise3 + p.depthwise5 * w.depthwise5 + p.depthwise7 * w.depthwise7 +
                   p.dense * w.dense + p.moved * w.moved + p.shuffled * w.shuffled) +
           1e-3 * (p.kernel * w.kernels + p.gate * w.gates);
}

}  // namespace

DeviceWork device_work(const Network& network)
{
    return Counting(network).work();
}

void DeviceProfile::Options::describe(Describe<Options>& d)
{
    d("device", &Options::device, "which of the made-up devices").one_of({"dsp", "cpu", "vpu"}).must();
    d("as", &Options::as, "name of the metric, in milliseconds");
}

DeviceProfile::DeviceProfile(const Options& options, const Setup&) : options_{options}
{
    if (const auto wrong = wrong_metric(options_.as, "ms"))
        throw *wrong;
}

std::vector<Evaluation> DeviceProfile::evaluate(std::span<const Candidate> batch, Context&)
{
    const Profile& profile = *std::find_if(std::begin(kProfiles), std::end(kProfiles),
                                           [&](const Profile& p) { return p.device == options_.device; });
    return priced(batch, [&](const Candidate& c) {
        return Metrics{{options_.as, milliseconds(profile, device_work(c.network()))}};
    });
}

}  // namespace espalier::cost_models
