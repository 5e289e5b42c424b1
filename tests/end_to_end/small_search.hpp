// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "espalier/rng.hpp"

#include "core/app/shell.hpp"

/// The method of training-free reinforcement learning with all its parts, small enough to run in two seconds.
namespace small_search {

inline constexpr const char* kPlugins = ESPALIER_BINARY_DIR "/tests/end_to_end/plugins";
inline constexpr const char* kTables = ESPALIER_SOURCE_DIR "/examples/data/nas_bench_201";

namespace detail {

inline std::string idx_header(const std::vector<std::uint32_t>& extents)
{
    std::string bytes{'\0', '\0', '\x08', static_cast<char>(extents.size())};
    for (const std::uint32_t extent : extents)
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes += static_cast<char>(extent >> shift & 255U);
    return bytes;
}

inline void write_split(const Shell& shell, const std::string& split, std::uint32_t images)
{
    constexpr std::uint32_t kSide = 16;
    espalier::Rng rng(1, split);
    std::string pixels = idx_header({images, kSide, kSide}), labels = idx_header({images});
    for (std::uint32_t i = 0; i < images * kSide * kSide; ++i)
        pixels += static_cast<char>(rng.below(256));
    for (std::uint32_t i = 0; i < images; ++i)
        labels += static_cast<char>(i % 4);
    shell.write("images/" + split + "-images-idx3-ubyte", pixels);
    shell.write("images/" + split + "-labels-idx1-ubyte", labels);
}

}  // namespace detail

/// Images of 16 x 16 random pixels in four classes, in the folder `images`.
inline void write_images(const Shell& shell)
{
    std::filesystem::create_directory(shell.folder() / "images");
    detail::write_split(shell, "train", 64);
    detail::write_split(shell, "t10k", 32);
}

/// The line that prices candidates with a column of the latency table.
inline std::string table_cost(const std::string& column, const std::string& metric)
{
    return std::string("  - {use: table, file: '") + kTables + "/latency.csv.gz', column: " + column +
           ", as: " + metric + "}\n";
}

/// One that measures, quickly and badly: no two measurements agree.
inline std::string measured_cost(const std::string& metric)
{
    return "  - {use: measured, as: " + metric + ", warm_up: 0, repetitions: 3, max_seconds: 0.01}\n";
}

/// Fused indicators of about 10 ms a network, without the name that leads to it. `of`: how the indicators are used.
inline std::string scored(int reference, const std::string& before = "", const std::string& after = "")
{
    return "{use: fusion, combine: mean_ecdf, of: " + before +
           "{use: indicators, metrics: [cj_count, nlr, cnntk, os_rel], batch: 8, kernel_batch: 4, region_samples: 60, "
           "region_repeats: 1, kernel_network: {use: nas_bench_201, channels: 3, cells: 1, reductions: false}}" +
           after + ", reference: " + std::to_string(reference) + ", per_step: 1}";
}

inline std::string witnessed(int reference)
{
    return scored(reference, "{use: witnessed, of: ", "}");
}

/// `evaluator`: a map; `cost`: a line; `strategy`: what to add to `use: reinforce`; `final`: epochs of the winner's
/// training.
inline std::string experiment(const std::string& evaluator, const std::string& cost, const std::string& strategy,
                              int final = 0)
{
    return "name: small\n"
           "data: {use: idx, path: images, classes: 4}\n"
           "space: {use: nas_bench_201, channels: 4, cells: 1}\n"
           "evaluator: " +
           evaluator + "\ncosts:\n" + cost +
           "constraints: [{metric: latency_ms, max: 40, enforce: winners}]\n"
           "objectives: [{metric: fi_strict, goal: max}]\n"
           "reward: {use: latency_product, score: fi_equal, latency: latency_ms, target: 40}\n"
           "strategy: {use: reinforce, hidden: 16, learning_rate: 5e-3, policy_samples: 5, " +
           strategy + "}\n" +
           (final == 0 ? ""
                       : "final: [{use: train, epochs: " + std::to_string(final) +
                             ", batch: 16, images: 48, crop: 1, learning_rate: 0.05}]\n");
}

inline std::vector<std::string> lines(const std::string& text)
{
    std::vector<std::string> all;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        all.push_back(line);
    return all;
}

/// The first line in which two texts differ, of both; empty: none.
inline std::string first_difference(const std::string& a, const std::string& b)
{
    const std::vector<std::string> of_a = lines(a), of_b = lines(b);
    for (std::size_t i = 0; i < std::max(of_a.size(), of_b.size()); ++i) {
        const std::string in_a = i < of_a.size() ? of_a[i] : "(nothing)",
                          in_b = i < of_b.size() ? of_b[i] : "(nothing)";
        if (in_a != in_b)
            return "line " + std::to_string(i) + "\n" + in_a + "\n" + in_b;
    }
    return a == b ? "" : "the ends of the last lines differ";
}

}  // namespace small_search
