// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "espalier/cost_model.hpp"
#include "espalier/plugin.hpp"

namespace espalier::peak_memory {

/// Metric `peak_kib`: the most memory that one layer needs for its inputs and its output at a time, in KiB. What must
/// fit into the memory of a microcontroller that computes layer by layer.
class PeakMemory final : public CostModel {
public:
    struct Options {
        int bytes = 1;
        static void describe(Describe<Options>& d)
        {
            d("bytes", &Options::bytes, "bytes of one activation: 1 for int8, 4 for float").range(1, 8);
        }
    };
    PeakMemory(const Options& options, const Setup&) : options_{options} {}

    std::vector<std::string> metrics() const override { return {"peak_kib"}; }

    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> results;
        for (const Candidate& candidate : batch)
            results.push_back({candidate.architecture(), {{"peak_kib", peak(candidate.network())}}, Status::ok, {}});
        return results;
    }

private:
    double peak(const Network& network) const
    {
        std::int64_t most = 0;
        for (const Layer layer : network) {
            std::int64_t elements = layer.shape().elements();
            for (std::size_t i = 0; i < layer.inputs().size(); ++i)
                elements += layer.input_shape(i).elements();
            most = std::max(most, elements);
        }
        return static_cast<double>(most * options_.bytes) / 1024;
    }

    Options options_;
};

void register_components(Registry& registry)
{
    registry.add<PeakMemory>("peak_memory", "the most activation memory that one layer needs");
}

}  // namespace espalier::peak_memory

ESPALIER_PLUGIN("peak_memory", "0.1.0", espalier::peak_memory::register_components)
