// SPDX-License-Identifier: Apache-2.0
#include "lookup.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "espalier/error.hpp"
#include "espalier/sdk/scale.hpp"

#include "block_parts.hpp"
#include "named_columns.hpp"
#include "priced.hpp"

namespace espalier::cost_models {
namespace {

std::vector<OptionError> wrong_options(const Lookup::Options& options)
{
    std::vector<OptionError> wrong = wrong_columns(options.file, {{"column", options.column}});
    if (std::none_of(wrong.begin(), wrong.end(), [](const OptionError& e) { return e.option() == "file"; }))
        if (const std::string missing = BlockTable::missing_column(options.file); !missing.empty())
            wrong.emplace_back("file", options.file.string() + " has no column '" + missing +
                                           "', so it cannot be told which block a row is");
    return wrong;
}

}  // namespace

void Lookup::Options::describe(Describe<Options>& d)
{
    d("file", &Options::file, "CSV with a header line, also .gz or .xz; one row a block").must();
    d("column", &Options::column, "the column with the numbers");
    d("as", &Options::as, "name of the metric, with its unit");
    d("scale", &Options::scale, "factor from the column's unit to the metric's").added_later();
}

Lookup::Lookup(const Options& options, const Setup& setup)
    : options_{options},
      sum_{setup.space, [this](const Network& network) { return block_parts(network, std::cref(table_.get())); },
           by_block}
{
    std::vector<OptionError> wrong = wrong_options(options_);
    if (options_.as.empty())
        wrong.emplace_back("as", "a metric needs a name");
    if (std::optional<OptionError> scale =
            wrong_scale(wrong.empty() ? options_.column : "", options_.as, options_.scale))
        wrong.push_back(std::move(*scale));
    if (!wrong.empty())
        throw OptionErrors(std::move(wrong));
    table_ = std::async(std::launch::deferred,
                        [this] { return BlockTable(options_.file, options_.column, options_.scale); });
}

Lookup::~Lookup() = default;

std::vector<Evaluation> Lookup::evaluate(std::span<const Candidate> batch, Context&)
{
    table_.get();  // a file that is damaged ends the run; it is no network's failure
    return priced(batch, [this](const Candidate& c) { return Metrics{{options_.as, sum_(c)}}; });
}

}  // namespace espalier::cost_models
