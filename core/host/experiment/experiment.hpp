// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "espalier/evaluation.hpp"
#include "espalier/setup.hpp"

#include "host/plugins/catalog.hpp"

namespace espalier::host {

enum class OnFailure : std::uint8_t { skip, retry, abort };

struct Budget {
    std::optional<std::size_t> evaluations;  ///< neither set: the strategy ends by itself
    std::optional<double> minutes;
};

/// "at most 22", for sentences.
std::string bounds(const Constraint&);

/// `winners:` of an experiment: so many of the best of a search go to `final`, whose metric orders them.
struct Shortlist {
    std::size_t keep = 1;
    std::string by;
    bool maximise = true;
};

/// Where a metric comes from, in the order of the search: costs first, then the evaluator; `final` and `verify` after
/// the search.
enum class MetricSource : std::uint8_t { cost, evaluator, final, verify };

/// An experiment file, read, checked against the catalog, with every default written out. A plain value, with a member
/// for each key at the top of the file.
struct Experiment {
    std::string name;
    std::uint64_t seed = 1;
    std::filesystem::path file;  ///< absolute
    Config root;                 ///< as in the file, overrides applied; defaults of components not filled in
    std::string resolved;        ///< YAML with all defaults and absolute paths; reading it gives an equal experiment

    std::optional<Config> data, evaluator, reward;
    Config space, strategy;
    std::vector<Config> costs, finals, verifiers;
    std::vector<Objective> objectives;
    std::vector<Constraint> constraints;
    std::optional<Shortlist> shortlist;
    Budget budget;
    Execution execution;
    int replicas = 1;  ///< Setup::replicas
    OnFailure on_failure = OnFailure::skip;
    int retries = 0;
    double timeout_s = 0;                      ///< per evaluation; 0: none
    std::vector<std::filesystem::path> reuse;  ///< of a folder of seeds, its runs
    std::optional<std::filesystem::path> start;
    std::size_t start_best = 0;  ///< 0: all

    /// What has errors: "space", "costs.0", "objectives"; empty for a good file. The other parts are right as far as
    /// can be known without plug-in code, so `assemble` can still find what is wrong with them.
    std::vector<std::string> faulty;
};

/// One `--set key.path=value`.
struct Override {
    std::string path, value;
};

/// Reads and checks everything that needs no plug-in code. All errors go to `diagnostics` in the order of the file,
/// each with the nearest valid name and what is allowed. `check` goes on with `assemble` in any case, so that one go
/// tells everything.
Experiment read_experiment(const std::filesystem::path& file, std::span<const Override>, const Catalog&, Diagnostics&);
/// The same from text, for resumed runs: `file` is what relative paths and messages refer to.
Experiment parse_experiment(std::string_view yaml, const std::filesystem::path& file, std::span<const Override>,
                            const Catalog&, Diagnostics&);

}  // namespace espalier::host
