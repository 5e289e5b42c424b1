// SPDX-License-Identifier: Apache-2.0
#include "examples.hpp"

#include <cmath>
#include <fstream>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "espalier/error.hpp"
#include "espalier/sdk/csv.hpp"

namespace espalier::predicted {

Example example_of(const Candidate& candidate, std::string key, const Evaluation& answer, const std::string& metric)
{
    Example made{candidate.architecture(), std::move(key), {}, answer.reason};
    if (!answer.ok())
        return made;
    const auto found = answer.metrics.find(metric);
    if (found == answer.metrics.end())
        made.reason = "the cost model gave no " + metric;
    else if (!std::isfinite(found->second))
        made.reason = metric + " is not finite";
    else
        made.value = found->second;
    return made;
}

void Examples::add(Example example)
{
    keys_.insert(example.key);
    examples_.push_back(std::move(example));
}

void Examples::save(const std::string& file) const
{
    nlohmann::json all = nlohmann::json::array();
    for (const Example& example : examples_) {
        nlohmann::json one{{"architecture", example.architecture.choices}, {"key", example.key}};
        if (example.value)
            one["value"] = *example.value;
        else
            one["reason"] = example.reason;
        all.push_back(std::move(one));
    }
    std::ofstream out(file);
    out << all.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    out.close();
    if (!out)
        throw Error("cannot write " + file);
}

Examples Examples::load(const std::string& file)
{
    std::ifstream in(file);
    if (!in)
        throw Error("cannot read the examples " + file);
    Examples examples;
    try {
        for (const nlohmann::json& one : nlohmann::json::parse(in)) {
            Example example;
            one.at("architecture").get_to(example.architecture.choices);
            one.at("key").get_to(example.key);
            if (one.contains("value"))
                example.value = one.at("value").get<double>();
            else
                one.at("reason").get_to(example.reason);
            examples.add(std::move(example));
        }
    } catch (const nlohmann::json::exception& e) {
        throw Error("the examples " + file + " are damaged: " + e.what());
    }
    return examples;
}

Examples examples_in(const std::filesystem::path& file, const std::string& column, const std::string& arch_column,
                     double scale, const SearchSpace& space)
{
    const CsvColumns cells(file, {arch_column, column});
    Examples examples;
    std::unordered_map<std::string, std::size_t> rows;  // by key
    for (std::size_t row = 0; row < cells.rows(); ++row) {
        Example example;
        try {
            example.architecture = space.parse(cells.cell(row, 0));
        } catch (const Error& error) {
            throw Error(cells.place(row, 0) + ": " + error.what());
        }
        example.key = to_string(example.architecture);
        if (const auto [first, is_new] = rows.emplace(example.key, row); !is_new)
            throw Error(cells.place(row, 0) + ": the same architecture stands at " + cells.place(first->second, 0));
        example.value = cells.number(row, 1);
        if (!example.value || !std::isfinite(*example.value)) {
            example.value.reset();
            example.reason = cells.no_number(row, 1) + " in column '" + column + "'";
        } else {
            *example.value *= scale;
        }
        examples.add(std::move(example));
    }
    return examples;
}

}  // namespace espalier::predicted
