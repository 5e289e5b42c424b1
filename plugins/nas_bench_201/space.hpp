// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "espalier/option.hpp"
#include "espalier/search_space.hpp"
#include "espalier/setup.hpp"

#include "network.hpp"

namespace espalier::nas_bench_201 {

/// The 15,625 cells of Dong and Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search"
/// (ICLR 2020), in networks of any size. Cells with the same function share a key; their representative is the one
/// with the smallest index in the benchmark.
class NasBench201 final : public SearchSpace {
public:
    struct Options {
        int channels = 16, cells = 5, classes = 0;
        std::vector<std::int64_t> input;
        bool stem = true, reductions = true;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError for `input` or `classes` that contradict `data`, and sizes that do not fit each other.
    NasBench201(const Options&, const Setup&);

    std::span<const Decision> decisions() const override { return decisions_; }
    Network network(const Region& region) const override;
    std::string key(const Architecture&) const override;
    Architecture canonical(const Architecture&) const override;
    std::unique_ptr<SearchSpace> resized(const NetworkSize&, const Data& examples) const override;
    std::string text(const Architecture&) const override;
    Architecture parse(std::string_view) const override;

private:
    std::vector<Decision> decisions_;
    Network super_;
};

}  // namespace espalier::nas_bench_201
