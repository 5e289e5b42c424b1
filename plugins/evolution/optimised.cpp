// SPDX-License-Identifier: Apache-2.0
#include "optimised.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "espalier/cost_model.hpp"
#include "espalier/error.hpp"
#include "espalier/search_space.hpp"

namespace espalier::evolution {
namespace {

bool for_one_number(const std::string& method)
{
    return method == "ga" || method == "constrained_ga";
}

bool for_several(const std::string& method)
{
    return method == "age_moea" || method == "c_taea" || method == "moead" || method == "u_nsga3";
}

bool has_operators(const std::string& method)
{
    return method != "motpe" && method != "local_search" && method != "constrained_ga";
}

std::optional<double> probability(const std::string& text)
{
    if (text == "auto")
        return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value <= 1))
        throw OptionError("mutation", "'" + text + "' is neither `auto` nor a probability, 0 to 1");
    return value;
}

/// Decisions whose names are equal but for one of `words`, such as kernel and expansion of a block.
std::vector<std::vector<std::uint32_t>> blocks_of(std::span<const Decision> decisions,
                                                  const std::vector<std::string>& words)
{
    std::map<std::string, std::vector<std::uint32_t>> blocks;
    for (std::uint32_t i = 0; i < decisions.size(); ++i) {
        for (const std::string& word : words) {
            std::string rest = decisions[i].name;
            if (const std::size_t at = rest.find(word); at != std::string::npos) {
                blocks[rest.erase(at, word.size())].push_back(i);
                break;
            }
        }
    }
    std::vector<std::vector<std::uint32_t>> result;
    result.reserve(blocks.size());
    for (auto& [name, genes] : blocks)
        result.push_back(std::move(genes));
    return result;
}

void check_blocks(std::span<const Decision> decisions, const std::vector<std::string>& words)
{
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto has_word = [&](const Decision& decision) {
            return decision.name.find(words[i]) != std::string::npos;
        };
        if (words[i].empty() || std::ranges::none_of(decisions, has_word))
            throw OptionError("blocks." + std::to_string(i),
                              "no decision of the space has '" + words[i] + "' in its name; the first is '" +
                                  decisions.front().name + "', the last '" + decisions.back().name + "'");
    }
}

/// Constraints that cost models answer without measuring.
bool all_priced(const Setup& setup)
{
    std::vector<std::string> priced;
    for (const CostModel* cost : setup.costs) {
        if (cost->measures())
            return false;  // asking for costs would measure
        const std::vector<std::string> metrics = cost->metrics();
        priced.insert(priced.end(), metrics.begin(), metrics.end());
    }
    return std::ranges::all_of(setup.constraints, [&](const Constraint& constraint) {
        return std::ranges::find(priced, constraint.metric) != priced.end();
    });
}

using Options = Optimised::Options;

void describe_operators(Describe<Options>& d)
{
    d("operators", &Options::operators,
      "how children are made; the integer ones are those of pymoo 0.5 and 0.6, for comparison")
        .one_of(moo::operators_names());
    d("crossover", &Options::crossover, "probability that two parents are crossed").range(0, 1).symbol("p_c");
    d("steps", &Options::steps,
      "discrete: probability that a mutating decision with ordered options goes to a neighbouring one")
        .range(0, 1);
    d("crossover_eta", &Options::crossover_eta, "integer operators: larger keeps children nearer their parents")
        .range(0, 1e6)
        .symbol("eta_c");
    d("mutation_eta", &Options::mutation_eta, "integer operators: larger keeps mutants nearer what they were")
        .range(0, 1e6)
        .symbol("eta_m");
    d("exchange", &Options::exchange, "integer operators: probability that a pair's children exchange values")
        .range(0, 1);
}

void describe_population(Describe<Options>& d, const std::string& method)
{
    d("mutation", &Options::mutation,
      method == "constrained_ga"
          ? "probability of each decision or block, auto: 0.1"
          : "probability of each decision (integer_06: of an architecture); auto: discrete max(1 / active "
            "decisions, 0.02), integer_05 1 / decisions, integer_06 0.9")
        .symbol("p_m");
    d("sampling", &Options::sampling, "the first population; latin_hypercube: every option equally often")
        .one_of({"uniform", "latin_hypercube"});
    d("never_again", &Options::never_again, "propose no network twice, instead of none that the population holds");
}

/// What only one or two methods have.
void describe_own(Describe<Options>& d, const std::string& method)
{
    if (method == "moead" || method == "c_taea")
        d("scale_objectives", &Options::scale_objectives,
          "by the best and worst values seen; false: raw, as in the reference implementation");
    if (method == "moead") {
        d("neighbours", &Options::neighbours, "directions that are neighbours of one").range(2, 1e6).symbol("T");
        d("neighbour_mating", &Options::neighbour_mating, "probability that parents are neighbours")
            .range(0, 1)
            .symbol("delta");
        d("replacements", &Options::replacements, "neighbours that a child may replace; 0: all")
            .range(0, 1e6)
            .symbol("n_r");
    }
    if (method == "motpe") {
        d("startup", &Options::startup, "random architectures first").range(0, 1e6);
        d("candidates", &Options::candidates, "drawn for each decision").range(1, 1e6).symbol("n_c");
        d("prior_weight", &Options::prior_weight, "of each option").range(1e-6, 1e6);
    }
    if (method == "constrained_ga") {
        d("parents", &Options::parents, "share of the population that breeds").range(0, 1);
        d("mutants", &Options::mutants, "share of the children that are mutants, the rest are crossed").range(0, 1);
        d("blocks", &Options::blocks,
          "decisions whose names are equal but for one of these words are redrawn together, such as [ks, e] of "
          "ofa_mobilenet_v3");
    }
}

}  // namespace

Optimised::Options Optimised::defaults(const std::string& method)
{
    Options options;
    if (method == "constrained_ga")
        options.population = 100;
    if (method == "motpe")
        options.batch = 1;
    return options;
}

void Optimised::Options::describe(Describe<Options>& d, const std::string& method)
{
    const bool population = method != "motpe" && method != "local_search";
    if (population)
        d("population", &Options::population, "members that survive").range(2, 1'000'000).symbol("P");
    d("batch", &Options::batch,
      population ? "architectures proposed at the same time; part of the method, unlike workers; 0: the population"
                 : "architectures proposed at the same time; part of the method, unlike workers; 0: 50")
        .range(0, 1'000'000);
    if (has_operators(method))
        describe_operators(d);
    if (population)
        describe_population(d, method);
    describe_own(d, method);
    // what the method starts from shows as its default
    const Options own = defaults(method);
    for (Option& option : d.options) {
        if (option.name == "population")
            option.preset = std::to_string(own.population);
        if (option.name == "batch")
            option.preset = std::to_string(own.batch);
    }
}

Optimised::Optimised(std::string method, const Options& options, const Setup& setup)
    : method_{std::move(method)},
      options_{options},
      constraints_{setup.constraints},
      by_reward_{setup.reward != nullptr && (setup.objectives.empty() || for_one_number(method_))},
      priced_{all_priced(setup)}
{
    if (setup.objectives.empty() && !by_reward_)
        throw Error(method_ + " needs `objectives` to go by, or a `reward`");
    const std::size_t numbers = by_reward_ ? 1 : setup.objectives.size();
    if (for_one_number(method_) && numbers != 1)
        throw Error(method_ + " goes by one number and there are " + std::to_string(numbers) +
                    " objectives: leave exactly one, or add a `reward` such as weighted_sum");
    if (for_several(method_) && numbers < 2)
        throw Error(method_ + " weighs objectives against each other and there is one; use nsga2, ga or motpe");
    if (setup.space != nullptr)
        check_blocks(setup.space->decisions(), options_.blocks);
    moo::check_settings(method_, numbers, settings());
}

moo::Settings Optimised::settings() const
{
    moo::Settings s;
    s.population = static_cast<std::size_t>(options_.population);
    s.variation.operators = moo::operators_named(options_.operators);
    s.variation.mutation = probability(options_.mutation);
    s.variation.crossover = options_.crossover;
    s.variation.steps = options_.steps;
    s.variation.crossover_eta = options_.crossover_eta;
    s.variation.mutation_eta = options_.mutation_eta;
    s.variation.exchange = options_.exchange;
    s.latin_hypercube = options_.sampling == "latin_hypercube";
    s.never_again = options_.never_again;
    s.scale_objectives = options_.scale_objectives;
    s.neighbours = static_cast<std::size_t>(options_.neighbours);
    s.neighbour_mating = options_.neighbour_mating;
    s.replacements = static_cast<std::size_t>(options_.replacements);
    s.parents = options_.parents;
    s.mutants = options_.mutants;
    s.startup = static_cast<std::size_t>(options_.startup);
    s.candidates = static_cast<std::size_t>(options_.candidates);
    s.prior_weight = options_.prior_weight;
    return s;
}

moo::GenomeSpace Optimised::genome_space(Search& search, const moo::SearchGenomes& genomes) const
{
    moo::GenomeSpace space = genomes.genome_space();
    space.groups = blocks_of(search.space().decisions(), options_.blocks);
    if (method_ == "constrained_ga" && priced_ && !constraints_.empty())
        space.violation = [&](std::span<const moo::Gene> genome) {
            const Architecture architecture = genomes.architecture(genome);
            return genomes.violation(search.cost(std::span(&architecture, 1)).front().metrics);
        };
    return space;
}

void Optimised::search(Search& search)
{
    moo::Settings settings = this->settings();
    settings.seed = search.rng(method_)();
    const moo::SearchGenomes genomes(search, constraints_, by_reward_);
    const auto optimiser = moo::make_optimiser(method_, genome_space(search, genomes), settings);
    const auto tell = [&](std::span<const Evaluation> evaluations) {
        const moo::Told told = genomes.told(evaluations);
        optimiser->tell(told.genomes, told.losses, told.violations);
    };
    tell(search.known());
    const std::size_t batch = options_.batch > 0 ? static_cast<std::size_t>(options_.batch) : optimiser->batch();
    try {
        while (search.remaining() > 0) {
            const moo::Genomes asked = optimiser->ask(std::min(batch, search.remaining()));
            if (asked.empty())
                return;  // there is nothing left that it would try
            tell(search.evaluate(genomes.architectures(asked)));
        }
    } catch (const moo::NothingFeasible&) {
        // one architecture for the record, so that the run can say by how much it missed
        Rng rng = search.rng(method_ + " infeasible");
        search.evaluate(std::vector{random_architecture(Region(search.space().decisions()), rng)});
    }
}

void add_optimised(Registry& registry, const std::string& method, std::string help)
{
    Describe<Optimised::Options> described;
    Optimised::Options::describe(described, method);
    registry.add({Kind::strategy, method, std::move(help), described.options,
                  [method, options = described.options](const Config& config, const Setup& setup) {
                      return located(config, [&]() -> std::unique_ptr<Component> {
                          Optimised::Options values = Optimised::defaults(method);
                          read_map(config, options, &values);
                          return std::make_unique<Optimised>(method, values, setup);
                      });
                  }});
}

}  // namespace espalier::evolution
