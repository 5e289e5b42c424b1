// SPDX-License-Identifier: Apache-2.0
// Asks a winner of strategy `qos_nas` about images at frame rates, and measures what it says: docs/methods/qos_nas.md.
//   qos_request RUN/winners/NAME PIXELS FPS...    PIXELS: images one after another, a byte for each number
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/tensors/tensors.hpp"
#include "espalier/torch/training/model.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;
using Numbers = std::map<std::string, at::Tensor>;

namespace {

double estimated_ms(const Numbers& table, const at::Tensor& policy)
{
    const at::Tensor layer = table.at("layer"), ms = table.at("module_ms"), on = policy.to(at::kDouble);
    const at::Tensor count = at::zeros({layer.max().item<std::int64_t>() + 1}, at::kDouble).index_add(0, layer, on);
    const at::Tensor forced = table.at("forced") * count.eq(0).index_select(0, layer);
    return (ms * (on + forced)).sum().item<double>() + table.at("fixed_ms").item<double>();
}

at::Tensor request(const Numbers& table, double fps)
{
    const auto place = [](double x) { return 2 * std::fmin(1, std::fmax(0, x)) - 1; };
    const double low = table.at("requests")[0].item<double>(), high = table.at("requests")[1].item<double>();
    const at::Tensor all = at::ones({table.at("layer").size(0)});
    const double least = estimated_ms(table, all * 0), most = estimated_ms(table, all);
    const double of_range = place((fps - low) / (high - low));
    const double of_time = place(std::log(1000 / fps / least) / std::log(most / least));
    return at::tensor({of_range, of_time}).reshape({1, 2}).to(at::kFloat) * table.at("scale").item<double>();
}

template <class Work>
double median_ms(Work&& work)
{
    std::vector<double> ms;
    for (int i = 0; i < 25; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    std::nth_element(ms.begin(), ms.begin() + 12, ms.end());
    return ms[12];
}

Gates gates(const at::Tensor& policy)
{
    Gates all;
    for (std::int64_t m = 0; m < policy.size(0); ++m)
        all[static_cast<std::size_t>(m)] = at::stack({1 - policy[m], policy[m]}).unsqueeze(0);
    return all;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 3)
        return std::fprintf(stderr, "usage: qos_request WINNER PIXELS FPS...\n"), 2;
    use_threads(1);
    const c10::InferenceMode inference;
    const std::string folder = argv[1];
    const Model meta = load_model(folder + "/meta_graph"), controller = load_model(folder + "/controller");
    Numbers table;
    for (auto& [name, value] : load_tensors(folder + "/policy"))
        table.emplace(name, value);
    std::ifstream file(argv[2], std::ios::binary);
    std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    const Shape& shape = meta.inputs.front().shape;
    if (bytes.empty() || std::ssize(bytes) % (shape[0] * shape[1] * shape[2]) != 0)
        return std::fprintf(stderr, "%s: holds no images of the network's size, a byte a number\n", argv[2]), 1;
    const at::Tensor pixels = at::from_blob(bytes.data(), {std::ssize(bytes)}, at::kByte).to(at::kFloat) / 255;
    at::Tensor images = pixels.reshape({-1, shape[0], shape[1], shape[2]});
    const auto by_channel = [&](const char* key) {
        return at::tensor(meta.preprocessing.at(key)).to(at::kFloat).reshape({1, -1, 1, 1});
    };
    images = (images - by_channel("mean")) / by_channel("deviation");
    const auto asked = [&](const at::Tensor& x, const at::Tensor& numbers) {
        return forward(controller.network, controller.weights, std::vector<at::Tensor>{x, numbers})[0];
    };
    const auto answer = [&](const at::Tensor& x, const at::Tensor& policy) {
        const Gates on = gates(policy);
        return forward(meta.network, meta.weights, x, {.gates = &on}).argmax(1).item<std::int64_t>();
    };
    for (int i = 3; i < argc; ++i) {
        const at::Tensor x = images.narrow(0, (i - 3) % images.size(0), 1),
                         numbers = request(table, std::stod(argv[i]));
        const at::Tensor policy = asked(x, numbers).ge(0.5).to(at::kFloat);
        const double ms = median_ms([&] { answer(x, asked(x, numbers).ge(0.5).to(at::kFloat)); });
        std::printf("image %d at %s fps: class %d, %d modules, %.3f ms by the table, %.3f measured: ", i - 3, argv[i],
                    static_cast<int>(answer(x, policy)), policy.sum().item<int>(), estimated_ms(table, policy), ms);
        for (std::int64_t m = 0; m < policy.size(0); ++m)
            std::printf("%s%d", m > 0 && m % 5 == 0 ? "," : "", policy[m].item<int>());
        std::printf("\n");
    }
    std::vector<double> estimates, times;
    for (int i = 0; i < 100; ++i) {  // random policies, few modules and many
        const at::Tensor policy = at::rand({table.at("layer").size(0)}).lt(0.05 + 0.009 * i).to(at::kFloat);
        estimates.push_back(estimated_ms(table, policy) - table.at("controller_ms").item<double>());
        times.push_back(median_ms([&] { answer(images.narrow(0, 0, 1), policy); }));
    }
    const at::Tensor both = at::stack({at::tensor(estimates), at::tensor(times)});
    std::printf("table and measurement of 100 random policies: r = %.3f\n", at::corrcoef(both)[0][1].item<double>());
}
