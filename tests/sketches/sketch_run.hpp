// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <vector>

#include "core/host/search/search_bench.hpp"

namespace espalier::sketches {

/// A run of a bench's components through the real engine.
struct SketchRun : host::Observer {
    /// @param stop_after phases' steps after which it is interrupted; 0: never.
    explicit SketchRun(int stop_after) : stop_after_{stop_after} {}
    void phase(std::string_view, std::size_t, std::optional<std::size_t>) override { bench.stop = --stop_after_ == 0; }
    void noted(std::string_view, double value) override { notes.push_back(value); }

    /// Begins in `folder`, or goes on there.
    host::RunOutcome operator()(const std::filesystem::path& folder)
    {
        host::RunStore store = std::filesystem::exists(folder / "run.db")
                                   ? host::RunStore::open(folder)
                                   : host::RunStore::create(folder, "name: sketch\n");
        bench.parts.setup.objectives = bench.experiment.objectives;
        return host::run(bench.experiment, bench.parts, store, *this, bench.stop);
    }

    test::Bench bench;
    std::vector<double> notes;

private:
    int stop_after_;
};

}  // namespace espalier::sketches
