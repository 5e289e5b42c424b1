// SPDX-License-Identifier: Apache-2.0
// One small network of NAS-VectorBench-201 with weights from a formula, its indicators computed in double by another
// framework.
#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "espalier/counts.hpp"
#include "espalier/resolve.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/gradient.hpp"

#include "activation_patterns.hpp"
#include "batch_statistics.hpp"
#include "catch.hpp"
#include "hamming_kernel.hpp"
#include "jacobian_correlation.hpp"
#include "network.hpp"
#include "ntk_condition.hpp"
#include "output_sensitivity.hpp"

namespace {

using namespace espalier;
using namespace espalier::indicators;

const nas_bench_201::Skeleton kSkeleton{.input = {3, 8, 8}, .classes = 3, .channels = 4, .cells = 1};
const Architecture kCell{{3, 3, 4, 1, 2, 0}};

Tensor wave(at::IntArrayRef extents, double step, double scale = 1, double phase = 0, bool cosine = false)
{
    std::int64_t n = 1;
    for (const std::int64_t extent : extents)
        n *= extent;
    const Tensor angle = at::arange(n, at::kDouble) * step + phase;
    return ((cosine ? angle.cos() : angle.sin()) * scale).reshape(extents);
}

Tensor images()
{
    return wave({4, 3, 8, 8}, 0.173, 1, 0, true);
}

/// Weights by the formula, in the order stem, cell, reduction, cell, reduction, cell, classifier. The last operation
/// of the cell that leads nowhere has weights too.
torch_sdk::Weights formula_weights(const Network& network)
{
    torch_sdk::Weights weights(network, {}, 1, at::kDouble);
    const c10::AutoGradMode no_gradients(false);
    std::vector<std::string> names{"stem"};
    for (const std::string stage : {"0", "1", "2"}) {
        if (stage != "0")
            for (const char* part : {".a", ".b", ".shortcut"})
                names.push_back("reduce" + stage + part);
        for (const char* edge : {".0.0.3x3", ".0.1.3x3", ".0.4.1x1"})
            names.push_back(stage + edge);
    }
    names.push_back("classifier");
    REQUIRE(names.size() == 17);
    for (std::size_t k = 0; k < names.size(); ++k)
        for (const torch_sdk::NamedTensor& tensor : weights.tensors()) {
            if (tensor.name == "classifier.bias")
                tensor.value.zero_();
            if (tensor.name != names[k] + ".weight")
                continue;
            const double fan_in = static_cast<double>(tensor.value.numel() / tensor.value.size(0));
            tensor.value.copy_(wave(tensor.value.sizes(), 0.37, std::sqrt(2 / fan_in), 0.9 * static_cast<double>(k)));
        }
    return weights;
}

void check_close(const Tensor& seen, const std::vector<double>& expected, double relative = 1e-6)
{
    const Tensor flat = seen.detach().to(at::kCPU, at::kDouble).flatten().contiguous();
    REQUIRE(flat.numel() == static_cast<std::int64_t>(expected.size()));
    for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO("number " << i);
        // the record has eight decimals or nine digits
        const double seen_here = flat.const_data_ptr<double>()[i];
        CHECK(std::abs(seen_here - expected[i]) <= std::max(relative * std::abs(expected[i]), 0.6e-8));
    }
}

struct VectorBench {
    Network unpruned = nas_bench_201::unpruned_network(kSkeleton, kCell);
    Network live = resolved(nas_bench_201::super_network(kSkeleton), Region(kCell));
    torch_sdk::Weights weights = formula_weights(unpruned);
};

}  // namespace

TEST_CASE("the network of the record has its counts", "[indicators]")
{
    const VectorBench bench;
    CHECK(macs(bench.unpruned) == 94000);
    CHECK(params(bench.unpruned) == 11327);
    CHECK(macs(bench.live) < 94000);  // one convolution leads nowhere
}

TEST_CASE("logits are those on record, with the batch's statistics and with the initial ones", "[indicators]")
{
    const VectorBench bench;
    for (const Network* network : {&bench.unpruned, &bench.live}) {
        check_close(torch_sdk::forward(*network, bench.weights, images(), batch_statistics()),
                    {-0.13177721, -0.14761166, -0.14418869, 0.10752461, 0.18242193, 0.23352049, -0.35169159,
                     -0.29502507, -0.19986957, -0.19767757, -0.32161109, -0.40358722});
        check_close(torch_sdk::forward(*network, bench.weights, images()),
                    {-0.04738059, 0.22306246, 0.46440478, -0.31242803, -0.23147639, -0.12032633, -0.65755374,
                     -0.32169028, 0.05614090, -0.02769035, -0.00749860, 0.01367142});
    }
}

TEST_CASE("Jacobian, correlations, their count and their log-determinant are those on record", "[indicators]")
{
    VectorBench bench;
    bench.weights.require_gradients(false);
    const Tensor jacobian = input_jacobian(bench.live, bench.weights, images());
    check_close(jacobian.norm(2, 1), {1.3538981, 2.20521624, 1.44455124, 2.10888753});
    const Tensor r = correlation(jacobian);
    check_close(at::stack({r[0][1], r[0][2], r[0][3], r[1][2], r[1][3], r[2][3]}),
                {0.02032943, 0.43155597, 0.27778879, -0.12231189, 0.20159155, -0.37602227});
    CHECK(correlations_below(r, 0.25) == 4);
    CHECK(correlations_below(r, 0.5) == 8);
    check_close(at::linalg_eigvalsh(r), {0.27215576, 0.87717523, 1.33883863, 1.51183038});
    CHECK(log_determinant_score(r) == Approx(-5.49535406).epsilon(1e-6));
}

TEST_CASE("the tangent kernel and its condition are those on record", "[indicators]")
{
    VectorBench bench;
    for (const Network* network : {&bench.unpruned, &bench.live}) {
        const Tensor kernel = tangent_kernel(*network, bench.weights, images());
        check_close(at::linalg_eigvalsh(kernel), {97.2211519, 4673.64653, 67340.3943, 102330.974});
        CHECK(inverse_condition(kernel) == Approx(9.5006573e-4).epsilon(1e-6));
    }
    for (const torch_sdk::NamedTensor& tensor : bench.weights.tensors())
        if (tensor.name.find(".bn.") != std::string::npos)
            tensor.value.requires_grad_(false);
    std::vector<Tensor> convolutions;
    for (const Tensor& parameter : bench.weights.parameters())
        if (parameter.requires_grad() && parameter.dim() > 1)
            convolutions.push_back(parameter);
    const Tensor logits = torch_sdk::forward(bench.unpruned, bench.weights, images(), batch_statistics());
    std::vector<Tensor> rows;
    for (std::int64_t i = 0; i < 4; ++i) {
        std::vector<Tensor> row;
        for (const Tensor& gradient : torch_sdk::gradients(logits[i].sum(), convolutions, true))
            row.push_back(gradient.reshape(-1));
        rows.push_back(at::cat(row));
    }
    const Tensor g = at::stack(rows);
    CHECK(g.size(1) == 11020);
    const Tensor kernel = g.mm(g.t());
    check_close(kernel.diagonal(), {65263.50491576, 33291.75209044, 38414.50507735, 33991.64768854});
    check_close(at::linalg_eigvalsh(kernel), {91.1753623, 4532.97023, 65202.0836, 101135.181});
    CHECK(inverse_condition(kernel) == Approx(9.0151975e-4).epsilon(1e-6));
}

TEST_CASE("the Hamming kernel and its log-determinant are those on record", "[indicators]")
{
    const VectorBench bench;
    const c10::AutoGradMode no_gradients(false);
    ActivationPatterns patterns(4);
    std::vector<std::int64_t> units;
    const auto watch = watching_relus(patterns);
    torch_sdk::forward(bench.live, bench.weights, images(),
                       batch_statistics([&](const Layer& layer, const Tensor& input, const Tensor& output) {
                           watch(layer, input, output);
                           if (layer.op() == Op::relu)
                               units.push_back(layer.shape().elements());
                           // The record counts the ReLU of the operation that leads nowhere, too. It sees what that of
                           // the first edge sees: the cell's input.
                           if (layer.spec().weights.ends_with(".0.0.3x3"))
                               patterns.add(input), units.push_back(layer.input_shape().elements());
                       }));
    CHECK(patterns.units() == 1984);
    std::sort(units.begin(), units.end());
    CHECK(units == std::vector<std::int64_t>{64, 64, 64, 64, 64, 128, 128, 128, 128, 128, 256, 256, 256, 256});
    const Tensor k = hamming_kernel(patterns);
    check_close(at::stack({k[0][1], k[0][2], k[0][3], k[1][2], k[1][3], k[2][3], k[0][0], k[3][3]}),
                {802, 734, 1273, 816, 595, 903, 1984, 1984});
    CHECK(log_determinant(k) == Approx(29.316036).epsilon(1e-7));
}

TEST_CASE("the output sensitivity is that on record", "[indicators]")
{
    const VectorBench bench;
    const Tensor noise = wave({4, 3, 8, 8}, 0.71, 0.1);
    const Tensor clean = torch_sdk::forward(bench.live, bench.weights, images(), batch_statistics());
    const Tensor noisy = torch_sdk::forward(bench.live, bench.weights, images() + noise, batch_statistics());
    check_close((noisy - clean).mean(1), {-0.12588236, 0.02099188, 0.08720049, -0.01034145});
    const OutputSensitivity sensitivity = output_sensitivity(clean, noisy);
    CHECK(sensitivity.variance == Approx(0.0079338191).epsilon(1e-6));
    CHECK(sensitivity.relative == Approx(0.113528).epsilon(5e-6));  // six digits on record
}
