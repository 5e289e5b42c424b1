// SPDX-License-Identifier: Apache-2.0
// Three small networks of NAS-RecordBench-201 with weights, images and signs from a hash, their indicators computed in
// double by another framework. Dead operations are left in.
#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "espalier/counts.hpp"
#include "espalier/marks.hpp"
#include "espalier/resolve.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/gradient.hpp"

#include "activation_patterns.hpp"
#include "batch_statistics.hpp"
#include "catch.hpp"
#include "cell.hpp"
#include "expressivity.hpp"
#include "feature_maps.hpp"
#include "gradient_norm.hpp"
#include "hamming_kernel.hpp"
#include "jacobian_correlation.hpp"
#include "jacobian_logdet.hpp"
#include "meco.hpp"
#include "network.hpp"
#include "response_correlation.hpp"
#include "rewritten.hpp"
#include "snip.hpp"
#include "swap.hpp"
#include "synflow.hpp"
#include "trainability.hpp"
#include "zico.hpp"

namespace {

using namespace espalier;
using namespace espalier::indicators;

const nas_bench_201::Skeleton kRecordSkeleton{.input = {3, 16, 16}, .classes = 3, .channels = 4, .cells = 1};

/// u(i, k) in [0, 1), i the place in a tensor, k the tensor's number.
Tensor hashed(at::IntArrayRef extents, std::uint32_t k)
{
    Tensor u = at::empty(extents, at::kDouble);
    double* to = u.data_ptr<double>();
    for (std::int64_t i = 0; i < u.numel(); ++i) {
        std::uint32_t h = (static_cast<std::uint32_t>(i) + 1) * 2654435761U + (k + 1) * 40503U;
        h ^= h >> 15;
        h *= 2246822519U;
        h ^= h >> 13;
        h *= 3266489917U;
        h ^= h >> 16;
        to[i] = h / 4294967296.0;
    }
    return u;
}

Tensor record_images(std::uint32_t k = 1000)
{
    return (2 * hashed({12, 3, 16, 16}, k) - 1) * std::sqrt(3.0);
}

Tensor labels(std::int64_t factor = 1, std::int64_t shift = 0)
{
    return (at::arange(12, at::kLong) * factor + shift).remainder(3);
}

Tensor signs(const Tensor& like)
{
    return at::where(hashed(like.sizes(), 2000).ge(0.5), 1.0, -1.0).to(at::kDouble);
}

/// In the order of the layers with weights, which is stem, cell, reduction a, b, shortcut, cell, ..., classifier.
torch_sdk::Weights hashed_weights(const Network& network)
{
    torch_sdk::Weights weights(network, {}, 1, at::kDouble);
    const c10::AutoGradMode no_gradients(false);
    std::uint32_t k = 0;
    for (const Layer layer : network) {
        if (layer.op() != Op::conv && layer.op() != Op::linear)
            continue;
        const torch_sdk::LayerWeights& own = weights.layer(layer.spec().weights);
        const double fan_in = static_cast<double>(own.weight.numel() / own.weight.size(0));
        Tensor w = own.weight;
        if (layer.spec().weights.starts_with("dead"))
            w.zero_();
        else
            w.copy_((2 * hashed(w.sizes(), k++) - 1) * std::sqrt(6 / fan_in));
        if (own.bias.defined()) {
            Tensor b = own.bias;
            b.zero_();
        }
    }
    return weights;
}

struct Record {
    const char* name;
    Architecture cell;
    double params;
    std::array<double, 3> logits;
    double expressivity, progressivity;
    std::array<double, 5> s;
    double trainability, jacobian_norm, smallest, largest, jacobian;
    double meco_stem, meco_relu, meco_conv, meco_skip, meco_pool, meco_outputs, meco;
    int maps;
    double synflow;
    int relu_units;
    double naswot, wrcor, zico, gradient_norm, snip, swap;
};

const std::array<Record, 3> kRecords{{
    {"A",
     {{3, 3, 3, 1, 3, 2}},
     17487,
     {0.4145863355, 0.4801334451, -0.3610320033},
     10.8027719155,
     0.0013476493,
     {1.34638745, 1.33191822, 1.29863405, 1.81118012, 1.66293205},
     -0.1736176347,
     0.4312655997,
     0.72756414,
     1.26096423,
     -12.1607181385,
     0.4724042720,
     6.7639327559,
     4.4490798529,
     0.6635773339,
     0,
     0.9118354313,
     13.2608296461,
     49,
     33.9485768152,
     11520,
     105.8623134815,
     67.9781731204,
     174.0114477489,
     5.9982721603,
     16.2156855279,
     3382},
    {"B",
     {{3, 3, 4, 1, 2, 0}},
     11327,
     {-0.4097449915, 1.0705154151, -0.0445902965},
     10.4161392979,
     -0.0293144913,
     {1.20748562, 1.51770712, 1.30000022, 1.81889894, 1.50773423},
     -0.1642280399,
     0.3377102695,
     0.65648357,
     1.51313452,
     -12.3531810466,
     0.4724042720,
     4.2440031529,
     2.6036982250,
     0.6160329204,
     0.5119166959,
     0.8488763049,
     9.2969315711,
     40,
     26.1790033501,
     7936,
     101.6146911144,
     63.2890723859,
     97.1188260247,
     3.6665977458,
     9.8795059491,
     3045},
    {"D",
     {{1, 2, 0, 4, 3, 1}},
     8247,
     {0.4471353914, 1.1746633094, -1.3426088617},
     10.7592649922,
     -0.0997038403,
     {1.53135475, 1.31453884, 1.19482245, 1.83539679, 1.24791318},
     -0.1441773037,
     0.2209201359,
     0.59356574,
     1.56824266,
     -12.4682036719,
     0.4724042720,
     3.3928105485,
     1.5726429300,
     0.6866982329,
     0.4792451525,
     0.9493579686,
     7.5531591045,
     37,
     23.3001185272,
     6144,
     98.6017833803,
     61.8377924642,
     100.4629345373,
     4.4914380501,
     12.0307387942,
     2598},
}};

Approx close(double value)
{
    return Approx(value).epsilon(1e-8).margin(0.6e-10);  // ten decimals on record
}

/// What leads nowhere is never run. Here it leads to the output, through weights of 0.
Network all_running(Network n)
{
    std::vector<bool> used(n.size());
    for (const Layer layer : n)
        for (const std::uint32_t input : layer.inputs())
            used[input] = true;
    std::size_t out = n.size() - 1;
    for (std::size_t i = 0, layers = n.size(); i + 1 < layers; ++i)
        if (!used[i])
            out = n.add(Op::add, {out, n.add(Op::linear, {n.add(Op::global_average, {i})}, {{"out", {3}}},
                                             "dead" + std::to_string(i))});
    return n;
}

struct RecordBench {
    explicit RecordBench(const Record& record)
        : network{nas_bench_201::unpruned_network(kRecordSkeleton, record.cell)},
          weights{hashed_weights(network)},
          running{all_running(network)},
          running_weights{hashed_weights(running)}
    {
    }
    std::vector<Tensor> maps(const Tensor& x, Tensor* logits = nullptr, const Network* other = nullptr) const
    {
        const Network& run = other ? *other : network;
        const std::vector<std::size_t> places = marked(run, Mark::block);
        FeatureMaps kept(places);
        const Tensor out = torch_sdk::forward(run, weights, x, batch_statistics(kept.watch()));
        if (logits)
            *logits = out;
        std::vector<Tensor> values;
        for (const std::size_t end : places)
            values.push_back(kept[end]);
        return values;
    }
    Network network;
    torch_sdk::Weights weights;
    Network running;  // the dead operations, too
    torch_sdk::Weights running_weights;
};

}  // namespace

TEST_CASE("the hash gives the numbers on record", "[zero_cost]")
{
    const Tensor x = record_images().flatten();
    CHECK(x[0].item<double>() == Approx(0.5168507888).epsilon(1e-9));
    CHECK(x[1].item<double>() == Approx(0.0322608691).epsilon(1e-8));
    CHECK(x[2].item<double>() == Approx(-0.3575081230).epsilon(1e-9));
    const RecordBench bench(kRecords[0]);
    const Tensor w = bench.weights.layer("stem").weight.contiguous().flatten();
    CHECK(w[0].item<double>() == Approx(-0.2433442881).epsilon(1e-9));
    CHECK(w[1].item<double>() == Approx(0.4620776278).epsilon(1e-9));
    CHECK(w[2].item<double>() == Approx(0.3529092621).epsilon(1e-9));
}

TEST_CASE("the networks of the record have its parameters and logits, also without repetition", "[zero_cost]")
{
    for (const Record& record : kRecords) {
        INFO(record.name);
        const RecordBench bench(record);
        CHECK(params(bench.network) == record.params);
        const Network lean = without_repetition(bench.network);
        CHECK(lean.size() <= bench.network.size());
        for (const Network* network : {&bench.network, &lean}) {
            const Tensor logits = torch_sdk::forward(*network, bench.weights, record_images(), batch_statistics());
            for (std::size_t i = 0; i < 3; ++i)
                CHECK(logits[0][static_cast<std::int64_t>(i)].item<double>() == close(record.logits[i]));
        }
    }
}

TEST_CASE("expressivity and progressivity are those on record", "[zero_cost]")
{
    for (const Record& record : kRecords) {
        INFO(record.name);
        const std::vector<double> entropies = feature_entropies(RecordBench(record).maps(record_images()));
        REQUIRE(entropies.size() == 6);
        CHECK(expressivity(entropies) == close(record.expressivity));
        CHECK(progressivity(entropies) == close(record.progressivity));
        if (record.name == std::string("A"))
            for (const auto& [l, entropy] : std::vector<std::pair<std::size_t, double>>{{0, 1.28869166},
                                                                                        {1, 1.29003931},
                                                                                        {2, 1.73910207},
                                                                                        {3, 1.87483048},
                                                                                        {4, 2.19349127},
                                                                                        {5, 2.41661713}})
                CHECK(std::abs(entropies[l] - entropy) < 0.6e-8);
    }
}

TEST_CASE("trainability is that on record, with its singular values", "[zero_cost]")
{
    for (const Record& record : kRecords) {
        INFO(record.name);
        const RecordBench bench(record);
        const Network lean = without_repetition(bench.network);
        for (const Network* network : {&bench.network, &lean}) {
            const std::vector<Tensor> maps = bench.maps(record_images(), nullptr, network);
            REQUIRE(maps.size() == 6);
            double sum = 0;
            for (std::size_t l = 1; l < maps.size(); ++l) {
                const Tensor sign = signs(maps[l]), g = passed_back(maps[l - 1], maps[l], sign);
                CHECK(std::abs(largest_singular_value(g, sign) - record.s[l - 1]) < 0.6e-8);
                sum += block_trainability(g, sign);
            }
            CHECK(sum / 5 == close(record.trainability));
        }
    }
}

TEST_CASE("the log-determinant of the input Jacobian is that on record", "[zero_cost]")
{
    for (const Record& record : kRecords) {
        INFO(record.name);
        const RecordBench bench(record);
        const Tensor jacobian = input_jacobian(bench.network, bench.weights, record_images());
        CHECK(jacobian[0].norm().item<double>() == close(record.jacobian_norm));
        const Tensor v = at::linalg_eigvalsh(correlation(jacobian));
        CHECK(std::abs(v[0].item<double>() - record.smallest) < 0.6e-8);
        CHECK(std::abs(v[-1].item<double>() - record.largest) < 0.6e-8);
        CHECK(jacobian_logdet(jacobian) == close(record.jacobian));
    }
}

TEST_CASE("the smallest eigenvalues of correlations are those on record, kind by kind", "[zero_cost]")
{
    const c10::AutoGradMode no_gradients(false);
    for (const Record& record : kRecords) {
        INFO(record.name);
        const RecordBench bench(record);
        const Tensor image = record_images().narrow(0, 0, 1);
        CHECK(meco(bench.running, bench.running_weights, image) == close(record.meco));
        const std::vector<Recorded> recorded = recorded_maps(bench.running);
        std::vector<std::size_t> layers;
        int maps = 0;
        double stem = 0, relu = 0, pool = 0;
        for (const Recorded& one : recorded) {
            layers.push_back(one.layer);
            maps += one.times;
        }
        // a convolution stands for its normalisation too, which the record counts as one map
        CHECK(maps == record.maps);
        FeatureMaps kept(layers);
        torch_sdk::forward(bench.running, bench.running_weights, image, batch_statistics(kept.watch()));
        for (const Recorded& one : recorded) {
            const Layer layer = bench.running[one.layer];
            const double value = smallest_correlation_eigenvalue(kept[one.layer]);
            relu += layer.op() == Op::relu ? value : 0;
            pool += layer.op() == Op::avg_pool ? value : 0;
            if (layer.spec().weights == "stem")
                stem = value;
        }
        CHECK(stem == close(record.meco_stem));
        CHECK(relu == close(record.meco_relu));
        CHECK(pool == close(record.meco_pool));
        CHECK(record.meco_stem + record.meco_relu + record.meco_conv + record.meco_skip + record.meco_pool +
                  record.meco_outputs ==
              Approx(record.meco).epsilon(1e-9));
    }
}

TEST_CASE("the synaptic flow is that on record, by flow and by gradients", "[zero_cost]")
{
    for (const Record& record : kRecords) {
        INFO(record.name);
        RecordBench bench(record);
        REQUIRE(flows(bench.network, bench.weights));
        CHECK(synflow(bench.network, bench.weights) == close(record.synflow));
        CHECK(synflow_by_gradients(bench.network, bench.weights) == close(record.synflow));
    }
}

TEST_CASE("NASWOT and SWAP count the units on record", "[zero_cost]")
{
    const c10::AutoGradMode no_gradients(false);
    for (const Record& record : kRecords) {
        INFO(record.name);
        const RecordBench bench(record);
        ActivationPatterns patterns(12);
        torch_sdk::forward(bench.running, bench.running_weights, record_images(),
                           batch_statistics(watching_relus(patterns)));
        CHECK(patterns.units() == record.relu_units);
        CHECK(log_determinant(hamming_kernel(patterns)) == close(record.naswot));
        CHECK(swap_score(bench.running, bench.running_weights, record_images()) == record.swap);
    }
}

TEST_CASE("the indicators that look at a loss are those on record", "[zero_cost]")
{
    for (const Record& record : kRecords) {
        INFO(record.name);
        const RecordBench bench(record);
        CHECK(response_correlation(bench.running, bench.running_weights, record_images(), labels()) ==
              close(record.wrcor));
        const auto first = weight_gradients(bench.network, bench.weights,
                                            training_loss(bench.network, bench.weights, record_images(), labels()));
        const auto second =
            weight_gradients(bench.network, bench.weights,
                             training_loss(bench.network, bench.weights, record_images(1001), labels(2, 1)));
        CHECK(gradient_norm(first) == close(record.gradient_norm));
        CHECK(snip(first) == close(record.snip));
        CHECK(zico(first, second) == close(record.zico));
    }
}
