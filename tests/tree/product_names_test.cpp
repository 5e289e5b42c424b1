// SPDX-License-Identifier: Apache-2.0
// docs/architecture.md, "Where things live": core names no product, method, space, data set or device, not even in a
// comment or an error's text.
#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "catch.hpp"

namespace {

namespace fs = std::filesystem;

/// In small letters, with _ for -. A word counts where it begins a word of the text: `resnet` also finds ResNet50.
constexpr std::array kNames{
    // tools and methods
    "dynas", "linas", "hurricane", "u_boost", "uboost", "qos_nas", "fi_zc", "training_free_rl", "nsga", "moead",
    "c_taea", "age_moea", "motpe", "zico", "naswot", "synflow", "hw_nas", "hwnas",
    // spaces and networks
    "nas_bench", "nasbench", "once_for_all", "ofa_", "mobilenet", "resnet", "efficientnet",
    // data sets and devices
    "cifar", "imagenet", "fashion_mnist", "raspi", "raspberry", "jetson", "edge_gpu", "edgegpu", "eyeriss", "pixel3",
    "movidius"};

/// The first of the names that the text holds, or nothing.
std::string named_in(std::string text)
{
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return c == '-' ? '_' : std::tolower(c); });
    for (const std::string name : kNames)
        for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1))
            if (at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0)
                return name;
    return "";
}

}  // namespace

TEST_CASE("core names no product, method, space or device", "[product_names]")
{
    // core/app is the command: what it offers by name is what it links
    for (const char* part : {"include", "src", "host"})
        for (const auto& entry : fs::recursive_directory_iterator(fs::path(ESPALIER_SOURCE_DIR) / "core" / part)) {
            if (!entry.is_regular_file())
                continue;
            std::ifstream stream(entry.path());
            const std::string text{std::istreambuf_iterator<char>(stream), {}};
            INFO(entry.path().string());
            CHECK(named_in(entry.path().filename().string()) == "");
            CHECK(named_in(text) == "");
        }
}

TEST_CASE("names are found as words begin", "[product_names]")
{
    CHECK(named_in("throw Error(\"as DyNAS-T has it\")") == "dynas");
    CHECK(named_in("// of NAS-Bench-201") == "nas_bench");
    CHECK(named_in("is_ofa_resnet50") == "ofa_");
    CHECK(named_in("cifar10.bin") == "cifar");
    CHECK(named_in("a sofa_bed of dresnet, kept once for all") == "");
}
