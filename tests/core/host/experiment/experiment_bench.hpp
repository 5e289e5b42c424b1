// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "host/experiment/components.hpp"
#include "host/experiment/experiment.hpp"
#include "toys/temporary_folder.hpp"

namespace espalier::host {

/// As a person sees them.
inline std::vector<std::string> lines(const Diagnostics& diagnostics)
{
    std::vector<std::string> lines;
    for (const Diagnostic& error : diagnostics.errors)
        lines.push_back(to_string(error));
    return lines;
}

/// A folder with data files and the catalog of the test plug-in, to try experiment texts in.
class ExperimentBench {
public:
    ExperimentBench()
        : search_path_{std::filesystem::path(ESPALIER_BINARY_DIR) / "tests/plugins/experiment"},
          catalog_{search_path_},
          host_{catalog_}
    {
        std::filesystem::create_directories(folder_ / "numbers/deep");
        write("table.csv", "arch,raspi4_ms,pixel3_ms,accuracy_pct\n0,1,2,3\n");
        write("numbers/one.txt", "1");
        write("numbers/deep/two.txt", "2");
    }
    std::filesystem::path file() const { return folder_ / "e.yaml"; }
    const std::filesystem::path& folder() const { return folder_.path(); }
    const Catalog& catalog() const { return catalog_; }
    PluginHost& host() { return host_; }
    void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }

    /// Read and assembled; each error without the folder before "e.yaml".
    std::vector<std::string> errors(const std::string& yaml, const std::vector<Override>& overrides = {})
    {
        Diagnostics diagnostics;
        const Experiment e = parse_experiment(yaml, file(), overrides, catalog_, diagnostics);
        assemble(e, host_, diagnostics);
        std::vector<std::string> told;
        for (std::string error : lines(diagnostics)) {
            if (error.starts_with(folder_.path().string() + "/"))
                error.erase(0, folder_.path().string().size() + 1);
            told.push_back(std::move(error));
        }
        return told;
    }
    /// @throws ConfigError with everything that is wrong.
    Experiment good(const std::string& yaml, const std::vector<Override>& overrides = {})
    {
        Diagnostics diagnostics;
        Experiment e = parse_experiment(yaml, file(), overrides, catalog_, diagnostics);
        diagnostics.throw_if_any();
        return e;
    }
    Components parts(const Experiment& e)
    {
        Diagnostics diagnostics;
        Components made = assemble(e, host_, diagnostics);
        diagnostics.throw_if_any();
        return made;
    }

private:
    TemporaryFolder folder_;
    std::vector<std::filesystem::path> search_path_;
    Catalog catalog_;
    PluginHost host_;
};

/// Every kind of component and every section.
inline const std::string kWholeExperiment = R"(name: whole
seed: 3
data: {use: numbers, path: numbers}
space: {use: grid, decisions: 4}
evaluator:
  use: blend
  of: {use: score, gives: [quality, extra]}
  others:
    - {use: score, noise: 0.25}
  metrics: [quality]
costs:
  - {use: column, file: table.csv, column: raspi4_ms, as: latency_ms}
constraints: [{metric: latency_ms, max: 40, enforce: winners}]
objectives: [{metric: blend, goal: max}, {metric: latency_ms, goal: min}]
reward: {use: product, score: blend, latency: latency_ms, target: 40}
strategy:
  use: wander
  epochs: 20
  learning_rate: 5e-4
  watched: blend
budget: {evaluations: 500}
execution: {workers: 2, threads: 1}
final:
  - {use: column, file: table.csv, column: accuracy_pct, as: top1_pct}
reuse: []
)";

}  // namespace espalier::host
