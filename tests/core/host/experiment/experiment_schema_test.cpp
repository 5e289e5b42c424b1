// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "experiment_bench.hpp"
#include "host/experiment/experiment_keys.hpp"
#include "host/experiment/schema.hpp"
#include "shipped_configs.hpp"

using namespace espalier;
using namespace espalier::host;
using Json = nlohmann::ordered_json;

namespace {

/// As an editor's YAML 1.2 reader sees it.
Json json_of(const Config& c)
{
    Json json;
    switch (c.type) {
        case Config::Type::null:
            return nullptr;
        case Config::Type::list:
            json = Json::array();
            for (const Config& item : c.items)
                json.push_back(json_of(item));
            return json;
        case Config::Type::map:
            json = Json::object();
            for (const Config& item : c.items)
                json[item.key] = json_of(item);
            return json;
        case Config::Type::scalar:
            json = c.quoted ? Json(c.scalar) : Json::parse(c.scalar, nullptr, false);
            return json.is_discarded() ? Json(c.scalar) : json;
    }
    return json;
}

bool has_validator()
{
    return std::system("python3 -c 'import jsonschema' > /dev/null 2>&1") == 0;
}

/// Whether python3's jsonschema finds the document valid.
bool valid(const ExperimentBench& bench, const std::string& schema, const Json& document)
{
    bench.write("schema.json", schema);
    bench.write("document.json", document.dump());
    const std::string folder = bench.folder().string();
    const std::string command =
        "python3 -c 'import json, sys, jsonschema\n"
        "s = json.load(open(sys.argv[1])); d = json.load(open(sys.argv[2]))\n"
        "jsonschema.Draft202012Validator.check_schema(s)\n"
        "e = list(jsonschema.Draft202012Validator(s).iter_errors(d))\n"
        "[print(x.json_path, x.message[:300]) for x in e]\n"
        "sys.exit(1 if e else 0)' '" +
        folder + "/schema.json' '" + folder + "/document.json'";
    return std::system(command.c_str()) == 0;
}

}  // namespace

TEST_CASE("the schema has every component with its options, defaults and limits")
{
    ExperimentBench bench;
    const Json schema = Json::parse(experiment_schema(bench.catalog()));
    CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
    CHECK(schema["required"] == Json{"space", "strategy"});
    CHECK(schema["additionalProperties"] == false);
    for (const std::string& key : experiment_keys()) {
        INFO(key);
        CHECK(schema["properties"].contains(key));
        CHECK_FALSE(schema["properties"][key].value("description", "").empty());
    }
    const Json& definitions = schema["$defs"];
    for (const CatalogComponent& component : bench.catalog().components())
        CHECK(definitions.contains(std::string(name(component.info.kind)) + "." + component.info.name));
    const Json& wander = definitions["strategy.wander"];
    CHECK(wander["properties"]["use"]["const"] == "wander");
    CHECK(wander["properties"]["epochs"]["type"] == "integer");
    CHECK(wander["properties"]["epochs"]["minimum"] == 1);
    CHECK(wander["properties"]["epochs"]["maximum"] == 100000);
    CHECK(wander["properties"]["epochs"]["default"] == 500);
    CHECK(wander["properties"]["learning_rate"]["default"] == 5e-4);
    CHECK(wander["properties"]["mode"]["enum"] == Json{"slow", "quick"});
    CHECK(wander["properties"]["needs_latency"]["default"] == false);
    CHECK(wander["properties"]["guide"]["$ref"] == "#/$defs/cost_model");
    CHECK(wander["required"] == Json{"use"});
    CHECK(definitions["cost_model.column"]["required"] == Json{"use", "file", "column"});
    CHECK(definitions["evaluator.score"]["properties"]["gives"]["default"] == Json{"quality"});
    CHECK(definitions["evaluator"]["oneOf"].size() == 6);  // a cost model serves too
    CHECK(definitions["cost_model"]["oneOf"].size() == 3);
    CHECK(definitions["evaluator.score"]["properties"]["noise"]["description"] == "added (sigma in the paper)");
    const TemporaryFolder empty;
    const std::vector<std::filesystem::path> nowhere{empty.path()};
    const Json without = Json::parse(experiment_schema(Catalog{nowhere}));
    CHECK(without["$defs"]["space"]["not"] == Json::object());  // which no value is
    CHECK(schema["properties"]["constraints"]["items"]["properties"]["max"]["type"] == "number");
}

TEST_CASE("a validator accepts a good experiment and refuses a bad one")
{
    if (!has_validator()) {
        WARN("skipped: python3 has no jsonschema");
        return;
    }
    ExperimentBench bench;
    const std::string schema = experiment_schema(bench.catalog());
    const Experiment e = bench.good(kWholeExperiment);
    CHECK(valid(bench, schema, json_of(e.root)));
    CHECK(valid(bench, schema, json_of(parse_config(e.resolved))));
    Json misspelt = json_of(e.root);
    misspelt["strategy"]["epohcs"] = 3;
    CHECK_FALSE(valid(bench, schema, misspelt));
    Json mistyped = json_of(e.root);
    mistyped["evaluator"]["of"]["noise"] = "much";
    CHECK_FALSE(valid(bench, schema, mistyped));
    Json other_kind = json_of(e.root);
    other_kind["costs"][0] = {{"use", "score"}};
    CHECK_FALSE(valid(bench, schema, other_kind));
}

TEST_CASE("every shipped experiment is valid under the schema")
{
    if (!has_validator()) {
        WARN("skipped: python3 has no jsonschema");
        return;
    }
    ExperimentBench bench;
    const ShippedConfigs shipped;
    const std::string schema = experiment_schema(shipped.catalog());
    for (const std::filesystem::path& file : shipped.files()) {
        INFO(file);
        const std::string reason = shipped.unusable(file);
        if (!reason.empty()) {
            WARN("skipped: " << reason);
            continue;
        }
        CHECK(valid(bench, schema, json_of(parse_config(shipped.text(file), file.string()))));
    }
}
