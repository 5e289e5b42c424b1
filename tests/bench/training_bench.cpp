// SPDX-License-Identifier: Apache-2.0
// Training two super-networks by one path a step, with the trainer, recipe and image data that experiments have, on one
// thread of LibTorch's. training_ratio.py sets plain PyTorch beside it.
//   training_bench steps     CPU seconds a step, the data's thread included, as JSON with the paths
//   training_bench replicas  wall seconds a step of two replicas and of LibTorch's two threads, beside one thread's
//   training_bench loader    batches a second that the data give, beside those that training takes
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <ATen/ops/empty.h>

#include "espalier/network_json.hpp"
#include "espalier/torch/data/image_data.hpp"
#include "espalier/torch/data/prefetch.hpp"
#include "espalier/torch/tensors/device.hpp"
#include "espalier/torch/tensors/generator.hpp"
#include "espalier/torch/training/trainer.hpp"

#include "hurricane.hpp"
#include "mobilenet_v3.hpp"
#include "toys/quiet.hpp"

namespace {

using namespace espalier;
using namespace espalier::torch_sdk;

constexpr int kBatch = 64, kClasses = 10, kEpochs = 4;

class Noise final : public ImageData {
public:
    Noise(std::int64_t side, std::int64_t images)
        : ImageData({3, side, side}, kClasses, {}), shape_{images, 3, side, side}
    {
    }

private:
    Images load(Split) const override
    {
        return {at::empty(shape_, at::kByte).random_(0, 256, generator(1, "pixels")),
                at::empty({shape_[0]}, at::kLong).random_(0, kClasses, generator(1, "labels"))};
    }

    std::vector<std::int64_t> shape_;
};

/// A space with some of its paths.
struct Subject {
    Subject(std::string called, std::unique_ptr<SearchSpace> of, std::int64_t side, std::size_t steps)
        : name{std::move(called)},
          data{side, static_cast<std::int64_t>(steps) * kBatch},
          super{of->network(Region(of->decisions()))}
    {
        Rng rng(1, name);
        while (paths.size() < steps)
            paths.push_back({of->network(Region(random_architecture(Region(of->decisions()), rng)))});
    }

    std::string name;
    Noise data;
    Network super;
    std::vector<Path> paths;
};

/// All, or those whose names begin so.
std::list<Subject> subjects(const std::string& called)
{
    std::list<Subject> all;
    all.emplace_back("hurricane mini",
                     std::make_unique<hurricane::Hurricane>(hurricane::Hurricane::Options{.backbone = "mini"}, Setup{}),
                     32, 30);
    all.emplace_back("MobileNetV3",
                     std::make_unique<once_for_all::MobileNetV3>(
                         once_for_all::MobileNetV3::Options{.resolution = 64, .classes = kClasses}, Setup{}),
                     64, 12);
    all.remove_if([&](const Subject& subject) { return !subject.name.starts_with(called); });
    return all;
}

double wall()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu()
{
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// What a step takes of `clock`, by epoch; the first, which fills caches of compiled kernels, does not count.
std::vector<double> seconds(const Subject& subject, int replicas, double (*clock)())
{
    Recipe recipe;
    recipe.epochs = kEpochs + 1, recipe.batch = kBatch, recipe.learning_rate = 0.01, recipe.weight_decay = 4e-5;
    recipe.label_smoothing = 0.1;
    Weights weights(subject.super, {}, 1);
    const std::vector<std::int64_t> examples = first_indices(subject.data.examples(Split::train));
    Trainer trainer(weights, subject.data, examples, recipe, {.replicas = replicas});
    test::Quiet context;
    std::vector<double> taken;
    for (std::size_t e = 0; e <= kEpochs; ++e) {
        Phase::Step step{e, Rng(e, "epoch"), context};
        std::size_t next = 0;
        const double start = clock();
        trainer.epoch(step, [&](Rng&) { return std::vector{subject.paths[next++]}; });
        taken.push_back((clock() - start) / static_cast<double>(subject.paths.size()));
    }
    return {taken.begin() + 1, taken.end()};
}

void print_steps(const std::string& called)
{
    const char* before = "{";
    for (const Subject& subject : subjects(called)) {
        std::printf("%s\"%s\": {\"batch\": %d, \"classes\": %d, \"seconds\": [", before, subject.name.c_str(), kBatch,
                    kClasses);
        before = "";
        for (const double s : seconds(subject, 1, cpu))
            std::printf("%s%.5f", before, s), before = ", ";
        std::printf("], \"paths\": [");
        before = "";
        for (const Path& path : subject.paths)
            std::printf("%s%s", before, to_json(path.network).c_str()), before = ", ";
        std::printf("]}");
    }
    std::printf("}\n");
}

double least(const std::vector<double>& of)
{
    return *std::ranges::min_element(of);
}

/// Speed of two replicas, and of LibTorch's own two threads, relative to one thread's, alone and beside a thread that
/// keeps a core busy.
void print_replicas(const std::string& called)
{
    std::printf(
        "| super-network | beside | one thread, s a step | `replicas: 2` | speed-up | `threads: 2` | speed-up |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n");
    for (const Subject& subject : subjects(called)) {
        for (const bool busy : {false, true}) {
            std::atomic<bool> over = !busy;
            std::thread other([&] {
                while (!over) {
                }
            });
            const double one = least(seconds(subject, 1, wall)), two = least(seconds(subject, 2, wall));
            use_threads(2);
            const double threads = least(seconds(subject, 1, wall));
            use_threads(1);
            over = true;
            other.join();
            std::printf("| %s | %s | %.4f | %.4f | %.2f | %.4f | %.2f |\n", subject.name.c_str(),
                        busy ? "a busy thread" : "nothing", one, two, one / two, threads, one / threads);
            std::fflush(stdout);
        }
    }
}

void print_loader(const std::string& called)
{
    std::printf(
        "| super-network | batches a second of the data | of training |\n"
        "| --- | --- | --- |\n");
    for (const Subject& subject : subjects(called)) {
        const auto epoch = [&] {
            return Epoch(subject.data, Split::train, first_indices(subject.data.examples(Split::train)), kBatch,
                         Recipe{}.augmentation(), Rng(1));
        };
        subject.data.images(Split::train);
        const double start = wall();
        for (Epoch alone = epoch(); alone.next();) {
        }
        const double a_batch = (wall() - start) / static_cast<double>(subject.paths.size());
        std::printf("| %s | %.0f | %.1f |\n", subject.name.c_str(), 1 / a_batch, 1 / least(seconds(subject, 1, wall)));
    }
}

}  // namespace

int main(int argc, char** argv)
{
    use_threads(1);
    const std::string what = argc > 1 ? argv[1] : "", called = argc > 2 ? argv[2] : "";
    if (what == "steps")
        print_steps(called);
    else if (what == "replicas")
        print_replicas(called);
    else if (what == "loader")
        print_loader(called);
    else
        return std::fprintf(stderr, "training_bench steps | replicas | loader [SUPER-NETWORK]\n"), 2;
}
