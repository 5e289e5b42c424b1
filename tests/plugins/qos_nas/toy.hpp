// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/counts.hpp"
#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/training/recipe.hpp"

#include "controller.hpp"
#include "meta_graph.hpp"
#include "model.hpp"
#include "supernet/columns.hpp"
#include "training.hpp"

namespace espalier::testing {

/// A meta-graph of nine narrow layers, images of two classes that it learns within seconds, a controller.
class QosToy {
public:
    explicit QosToy(std::int64_t images = 192) : data_{{1, 8, 8}, 2, images}, space_{options(), setup()}
    {
        torch_sdk::use_threads(1);
        for (std::int64_t i = 0; i < images; ++i)
            examples_.push_back(i);
    }
    QosToy(const QosToy&) = delete;
    QosToy& operator=(const QosToy&) = delete;

    qos_nas::Model model(std::uint64_t seed = 1) const
    {
        Network meta = space_.network(Region(space_.decisions()));
        qos_nas::Controller controller({1, 8, 8}, 45, {.pool = 2, .widths = {4, 8}, .hidden = 32}, seed, at::kCPU);
        const auto price = [](const Network& part) { return macs(part) / 1e6; };
        const double controller_ms = price(controller.network());
        qos_nas::PolicyLatency latency = qos_nas::policy_latency(meta, price, controller_ms);
        const double highest = 950 / latency.lowest();
        torch_sdk::Weights weights(meta, {}, seed);
        return {std::move(meta),
                std::move(weights),
                std::move(controller),
                std::move(latency),
                controller_ms,
                {highest / 80, highest},
                2};
    }
    qos_nas::Lessons lessons() const { return {data_, examples_, {}}; }
    const Columns& data() const { return data_; }
    static torch_sdk::Recipe recipe(int epochs)
    {
        torch_sdk::Recipe recipe;
        recipe.epochs = epochs;
        recipe.batch = 32;
        recipe.learning_rate = 0.05;
        recipe.clip = 5;
        recipe.crop = 0;
        recipe.flip = false;
        return recipe;
    }

private:
    static meta_graph::MetaGraph::Options options()
    {
        meta_graph::MetaGraph::Options o;
        o.backbone = "r9";
        o.combine = "mean";
        o.width = 0.5;
        return o;
    }
    Setup setup() const
    {
        Setup setup;
        setup.data = &data_;
        return setup;
    }

    Columns data_;
    meta_graph::MetaGraph space_;
    std::vector<std::int64_t> examples_;
};

}  // namespace espalier::testing
