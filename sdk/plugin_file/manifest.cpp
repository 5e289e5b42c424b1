// SPDX-License-Identifier: Apache-2.0
#include "plugin_file/manifest.hpp"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin_file/file_bytes.hpp"
#include "plugin_file/file_hash.hpp"

namespace espalier {
namespace {

using Json = nlohmann::ordered_json;

Json option_json(const Option& option)
{
    Json json = {{"name", option.name}, {"help", option.help}, {"type", name(option.type)}};
    json["default"] = option.preset;
    if (!option.paper_symbol.empty())
        json["symbol"] = option.paper_symbol;
    if (option.list)
        json["list"] = true;
    if (option.required)
        json["required"] = true;
    if (option.later)
        json["later"] = true;
    if (option.kind)
        json["kind"] = name(*option.kind);
    if (std::isfinite(option.minimum))
        json["minimum"] = option.minimum;
    if (std::isfinite(option.maximum))
        json["maximum"] = option.maximum;
    if (!option.allowed.empty())
        json["allowed"] = option.allowed;
    return json;
}

Kind kind_named(const std::string& text)
{
    for (const Kind kind : kKinds) {
        if (name(kind) == text)
            return kind;
    }
    throw Error("'" + text + "' is no kind of component");
}

OptionType type_named(const std::string& text)
{
    for (const OptionType type : {OptionType::boolean, OptionType::integer, OptionType::number, OptionType::text,
                                  OptionType::path, OptionType::metric, OptionType::component}) {
        if (name(type) == text)
            return type;
    }
    throw Error("'" + text + "' is no type of option");
}

Option option_from(const Json& json)
{
    Option option;
    json.at("name").get_to(option.name);
    json.at("help").get_to(option.help);
    option.type = type_named(json.at("type"));
    json.at("default").get_to(option.preset);
    option.paper_symbol = json.value("symbol", "");
    option.list = json.value("list", false);
    option.required = json.value("required", false);
    option.later = json.value("later", false);
    if (json.contains("kind"))
        option.kind = kind_named(json.at("kind"));
    option.minimum = json.value("minimum", option.minimum);
    option.maximum = json.value("maximum", option.maximum);
    if (json.contains("allowed"))
        json.at("allowed").get_to(option.allowed);
    return option;
}

ComponentInfo component_from(const Json& json)
{
    ComponentInfo component;
    component.kind = kind_named(json.at("kind"));
    json.at("name").get_to(component.name);
    json.at("help").get_to(component.help);
    for (const Json& option : json.at("options"))
        component.options.push_back(option_from(option));
    return component;
}

Manifest manifest_from(const Json& json)
{
    Manifest manifest;
    json.at("abi").get_to(manifest.abi);
    json.at("info_size").get_to(manifest.info_size);
    json.at("name").get_to(manifest.name);
    json.at("version").get_to(manifest.version);
    json.at("stamp").get_to(manifest.stamp);
    const Json& library = json.at("library");
    library.at("file").get_to(manifest.library);
    library.at("size_bytes").get_to(manifest.size_bytes);
    library.at("modified_ns").get_to(manifest.modified_ns);
    library.at("xxh64").get_to(manifest.hash);
    for (const Json& component : json.at("components"))
        manifest.components.push_back(component_from(component));
    return manifest;
}

std::string remedy(const std::filesystem::path& file)
{
    std::filesystem::path library = file;
    return "; write it again with: espalier-manifest " + library.replace_extension(".so").string();
}

/// Size and time of last change; size -1 where the file cannot be looked at.
struct FileState {
    std::int64_t size_bytes = -1, modified_ns = 0;
};

FileState state_of(const std::filesystem::path& file)
{
    struct stat facts = {};
    if (::stat(file.c_str(), &facts) != 0)
        return {};
    return {facts.st_size, std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec};
}

}  // namespace

std::filesystem::path manifest_path(const std::filesystem::path& library)
{
    std::filesystem::path file = library;
    return file.replace_extension(".json");
}

std::string to_json(const Manifest& manifest)
{
    Json components = Json::array();
    for (const ComponentInfo& component : manifest.components) {
        Json options = Json::array();
        for (const Option& option : component.options)
            options.push_back(option_json(option));
        components.push_back({{"kind", name(component.kind)},
                              {"name", component.name},
                              {"help", component.help},
                              {"options", std::move(options)}});
    }
    const Json json = {{"format", Manifest::kFormat},
                       {"abi", manifest.abi},
                       {"info_size", manifest.info_size},
                       {"name", manifest.name},
                       {"version", manifest.version},
                       {"stamp", manifest.stamp},
                       {"library",
                        {{"file", manifest.library},
                         {"size_bytes", manifest.size_bytes},
                         {"modified_ns", manifest.modified_ns},
                         {"xxh64", manifest.hash}}},
                       {"components", std::move(components)}};
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Manifest parse_manifest(const std::string& text, const std::filesystem::path& file)
{
    try {
        const Json json = Json::parse(text);
        const int format = json.at("format");
        if (format != Manifest::kFormat)
            throw Error(file.string() + ": is a manifest of format " + std::to_string(format) +
                        ", this Espalier reads format " + std::to_string(Manifest::kFormat) + remedy(file));
        return manifest_from(json);
    } catch (const Json::exception& error) {
        std::string reason = error.what();
        reason = reason.substr(reason.find("] ") == reason.npos ? 0 : reason.find("] ") + 2);
        throw Error(file.string() + ": is a damaged manifest (" + reason + ")" + remedy(file));
    } catch (const Error& error) {
        const std::string reason = error.what();
        if (reason.starts_with(file.string()))
            throw;
        throw Error(file.string() + ": is a damaged manifest (" + reason + ")" + remedy(file));
    }
}

Manifest read_manifest(const std::filesystem::path& file)
{
    return parse_manifest(std::string(FileBytes(file).text()), file);
}

void write_manifest(const Manifest& manifest, const std::filesystem::path& file)
{
    // the process id keeps two writers apart; rename makes the last one win whole
    const std::filesystem::path temporary = file.string() + "." + std::to_string(::getpid()) + ".tmp";
    std::ofstream stream(temporary, std::ios::binary);
    stream << to_json(manifest);
    stream.close();
    if (!stream || std::rename(temporary.c_str(), file.c_str()) != 0) {
        const int reason = errno;
        ::unlink(temporary.c_str());
        throw Error(file.string() + ": cannot be written: " + std::strerror(reason));
    }
}

void describe_file(Manifest& manifest, const std::filesystem::path& library)
{
    manifest.library = library.filename().string();
    const FileState state = state_of(library);
    manifest.hash = file_hash(library);
    manifest.size_bytes = static_cast<std::uint64_t>(state.size_bytes);
    manifest.modified_ns = state.modified_ns;
}

bool is_current(const Manifest& manifest, const std::filesystem::path& library)
{
    const FileState state = state_of(library);
    if (manifest.library != library.filename() || state.size_bytes != static_cast<std::int64_t>(manifest.size_bytes))
        return false;
    // a copied or unpacked library has another time, but not other contents
    return state.modified_ns == manifest.modified_ns || file_hash(library) == manifest.hash;
}

}  // namespace espalier
