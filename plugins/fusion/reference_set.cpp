// SPDX-License-Identifier: Apache-2.0
#include "reference_set.hpp"

#include <fstream>
#include <limits>

#include <nlohmann/json.hpp>

#include "espalier/error.hpp"

namespace espalier::fusion {

void ReferenceSet::add(Member member)
{
    keys_.insert(member.key);
    members_.push_back(std::move(member));
}

std::vector<double> ReferenceSet::column(const std::string& metric) const
{
    std::vector<double> values;
    values.reserve(members_.size());
    for (const Member& member : members_)
        values.push_back(member.metrics.at(metric));
    return values;
}

void ReferenceSet::save(const std::string& file) const
{
    nlohmann::json all = nlohmann::json::array();
    for (const Member& member : members_)
        all.push_back({{"architecture", member.architecture.choices},
                       {"key", member.key},
                       {"metrics", std::map<std::string, double>(member.metrics.begin(),
                                                                 member.metrics.end())}});  // -infinity: null
    std::ofstream out(file);
    out << all.dump(1) << '\n';
    out.close();
    if (!out)
        throw Error("cannot write " + file);
}

ReferenceSet ReferenceSet::load(const std::string& file)
{
    std::ifstream in(file);
    if (!in)
        throw Error("cannot read the reference set " + file);
    ReferenceSet set;
    try {
        for (const nlohmann::json& one : nlohmann::json::parse(in)) {
            Member member;
            one.at("architecture").get_to(member.architecture.choices);
            one.at("key").get_to(member.key);
            for (const auto& [name, value] : one.at("metrics").items())
                member.metrics.emplace(
                    name, value.is_null() ? -std::numeric_limits<double>::infinity() : value.get<double>());
            set.add(std::move(member));
        }
    } catch (const nlohmann::json::exception& e) {
        throw Error("the reference set " + file + " is damaged: " + e.what());
    }
    return set;
}

}  // namespace espalier::fusion
