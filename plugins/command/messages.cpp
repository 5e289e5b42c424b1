// SPDX-License-Identifier: Apache-2.0
#include "messages.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <nlohmann/json.hpp>

#include "espalier/config.hpp"
#include "espalier/error.hpp"
#include "espalier/network_json.hpp"
#include "espalier/report/text.hpp"
#include "espalier/sdk/units.hpp"
#include "espalier/search_space.hpp"

namespace espalier::command {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShownBytes = 160;
constexpr int kMostThreads = 1'000'000;
constexpr std::size_t kMostReasonBytes = 1000;  // of a failure, as it is recorded
constexpr std::array<std::string_view, 3> kNoNumbers{"-Infinity", "Infinity", "NaN"};

std::string text_of(const Json& message)
{
    return message.dump(-1, ' ', false, Json::error_handler_t::replace);  // a label may be no UTF-8
}

/// Python's json writes numbers for which JSON has no word; they are put in quotes.
std::string with_words_quoted(std::string_view line)
{
    std::string result;
    bool in_text = false;
    while (!line.empty()) {
        const auto* const word = std::ranges::find_if(kNoNumbers, [&](auto w) { return line.starts_with(w); });
        std::size_t count = 1;
        if (!in_text && word != kNoNumbers.end()) {
            count = word->size();
            result.append("\"").append(*word).append("\"");
        } else {
            if (line[0] == '"')
                in_text = !in_text;
            else if (in_text && line[0] == '\\' && line.size() > 1)
                count = 2;
            result += line.substr(0, count);
        }
        line.remove_prefix(count);
    }
    return result;
}

Json object_in(std::string_view line)
{
    Json message = Json::parse(with_words_quoted(line), nullptr, false);
    if (message.is_discarded())
        throw Error("it wrote a line that is no JSON: " + in_quotes(line));
    if (!message.is_object())
        throw Error("it wrote a line that is no JSON object: " + in_quotes(line));
    return message;
}

double number_of(const std::string& metric, const Json& value, std::string_view line)
{
    if (value.is_number())
        return value.get<double>();
    if (value.is_null() || value == "NaN")
        return std::numeric_limits<double>::quiet_NaN();
    if (value == "Infinity" || value == "-Infinity")
        return value == "Infinity" ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
    throw Error("it gives '" + metric + "' a value that is no number: " + in_quotes(line));
}

/// One key of a hello, of its type.
template <class T>
T taken(const Json& value, bool right, const std::string& key, const char* type)
{
    if (!right)
        throw Error("its hello has a '" + key + "' that is not " + type);
    return value.get<T>();
}

/// The unit of a metric is the end of its name.
void check_unit(const std::string& metric, const std::string& unit)
{
    if (metric.empty())
        throw Error("its hello declares a metric without a name");
    if (unit.empty() ? unit_of(metric) != nullptr : metric != unit && !metric.ends_with("_" + unit))
        throw Error(
            "its hello declares '" + metric + "' in '" + unit +
            "', but a metric's name ends in its unit, as latency_ms does in ms; a pure number has the unit \"\"");
}

std::map<std::string, std::string> units_in(const Json& metrics)
{
    if (!metrics.is_object() || metrics.empty())
        throw Error("its hello has no 'metrics', each with its unit: {\"latency_ms\": \"ms\"}");
    std::map<std::string, std::string> units;
    for (const auto& [metric, unit] : metrics.items()) {
        units[metric] = taken<std::string>(unit, unit.is_string(), metric, "a unit, a text");
        check_unit(metric, units[metric]);
    }
    return units;
}

MeasuringConditions conditions_in(const Json& told)
{
    if (!told.is_object())
        throw Error("'conditions' must be an object");
    MeasuringConditions conditions;
    for (const auto& [key, value] : told.items()) {
        const auto text = [&, &key = key, &value = value] {
            return report::printable(taken<std::string>(value, value.is_string(), key, "a text"));
        };
        const auto number = [&, &key = key, &value = value] {
            return taken<int>(value, value.is_number_integer() && value > 0 && value <= kMostThreads, key,
                              "a whole number from 1");
        };
        if (key == "processor")
            conditions.processor = text();
        else if (key == "precision")
            conditions.precision = text();
        else if (key == "runtime")
            conditions.runtime = text();
        else if (key == "threads")
            conditions.threads = number();
        else if (key == "batch")
            conditions.batch = number();
        else
            throw Error("its conditions have an unknown key '" + report::printable(key) + "'" +
                        suggestion(key, {"processor", "precision", "runtime", "threads", "batch"}));
    }
    return conditions;
}

}  // namespace

std::string in_quotes(std::string_view line)
{
    const std::string shown = report::printable(line.substr(0, kShownBytes));
    return "'" + shown + (line.size() > kShownBytes ? "...'" : "'");
}

std::string greeting(const SearchSpace* space, const std::string& network)
{
    Json message;
    Json& hello = message["hello"];
    hello["protocol"] = kProtocol;
    hello["network"] = network;
    hello["decisions"] = Json::array();
    if (space != nullptr)
        for (const Decision& decision : space->decisions()) {
            Json& told = hello["decisions"].emplace_back();
            told["name"] = decision.name;
            told["options"] = decision.options;
        }
    return text_of(message) + "\n";
}

Hello parse_hello(std::string_view line)
{
    const Json message = object_in(line);
    if (const auto refusal = message.find("error"); refusal != message.end())
        throw Error("it refuses: " +
                    (refusal->is_string() ? report::printable(refusal->get<std::string>()) : in_quotes(line)));
    const auto hello = message.find("hello");
    if (hello == message.end() || !hello->is_object())
        throw Error("its first line is no hello: " + in_quotes(line));
    const auto protocol = hello->find("protocol");
    if (protocol == hello->end() || *protocol != kProtocol)
        throw Error("it speaks protocol " +
                    (protocol != hello->end() && protocol->is_primitive() ? report::printable(protocol->dump()) : "?") +
                    ", this is protocol " + std::to_string(kProtocol));
    Hello told;
    for (const auto& [key, value] : hello->items()) {
        if (key == "protocol")
            continue;
        if (key == "metrics")
            told.units = units_in(value);
        else if (key == "name")
            told.name = taken<std::string>(value, value.is_string(), key, "a text");
        else if (key == "version")
            told.version = taken<std::string>(value, value.is_string(), key, "a text");
        else if (key == "slow")
            told.slow = taken<bool>(value, value.is_boolean(), key, "true or false");
        else if (key == "measures")
            told.measures = taken<bool>(value, value.is_boolean(), key, "true or false");
        else if (key == "conditions")
            told.conditions = conditions_in(value);
        else
            throw Error("its hello has an unknown key '" + report::printable(key) + "'" +
                        suggestion(key, {"protocol", "metrics", "name", "version", "slow", "measures", "conditions"}));
    }
    if (told.units.empty())
        units_in(Json());
    return told;
}

std::string request_body(const Candidate& candidate, const std::string& network, const std::string& device,
                         const std::string& file)
{
    Json request;
    request["device"] = device;
    if (candidate.space() != nullptr) {
        request["architecture"] = candidate.space()->text(candidate.canonical());
        request["choices"] = candidate.canonical().choices;
    } else if (network == "none")
        throw Error("a single operator has no architecture, and the program is sent no network");
    if (network == kOnnx)
        request[kOnnx] = file;
    std::string text = text_of(request);
    if (network == "layers") {
        std::string layers = to_json(candidate.network());
        std::ranges::replace(layers, '\n', ' ');  // only between tokens
        text.back() = ',';
        text += "\"network\":" + layers + "}";
    }
    return text;
}

std::string numbered(std::uint64_t id, bool more, std::string_view body)
{
    return "{\"id\":" + std::to_string(id) + ",\"more\":" + (more ? "true" : "false") + "," +
           std::string(body.substr(1)) + "\n";
}

Reply parse_reply(std::string_view line)
{
    const Json message = object_in(line);
    const auto id = message.find("id"), metrics = message.find("metrics"), error = message.find("error");
    if (id == message.end() || !id->is_number_unsigned())
        throw Error("it wrote a line without the 'id' of a request: " + in_quotes(line));
    if ((metrics == message.end()) == (error == message.end()))
        throw Error("its answer has to have either 'metrics' or an 'error': " + in_quotes(line));
    Reply reply{id->get<std::uint64_t>(), {}, {}};
    if (error != message.end()) {
        if (!error->is_string() || error->get_ref<const std::string&>().empty())
            throw Error("its answer has an 'error' that is no text: " + in_quotes(line));
        reply.error = error->get<std::string>().substr(0, kMostReasonBytes);
        return reply;
    }
    if (!metrics->is_object())
        throw Error("its answer has 'metrics' that are no object: " + in_quotes(line));
    for (const auto& [metric, value] : metrics->items())
        reply.metrics[metric] = number_of(metric, value, line);
    return reply;
}

}  // namespace espalier::command
