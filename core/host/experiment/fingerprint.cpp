// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/fingerprint.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/number_in.hpp"

#include "host/experiment/resolved.hpp"
#include "plugin_file/file_hash.hpp"

namespace espalier::host {

namespace fs = std::filesystem;

namespace {

std::string hash_of(const std::string& text)
{
    return fmt::format("{:016x}", xxh64(std::as_bytes(std::span(text.data(), text.size()))));
}

constexpr std::uintmax_t kReadWhole = std::uintmax_t{4} << 30;  // bytes: a few seconds

std::string folder_hash(const fs::path& folder)
{
    std::vector<fs::directory_entry> files;
    std::uintmax_t bytes = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) {
            files.push_back(entry);
            bytes += entry.file_size();
        }
    std::ranges::sort(files, {}, &fs::directory_entry::path);
    std::string listed;
    for (const fs::directory_entry& file : files)
        listed += fmt::format("{}\n{}\n", file.path().lexically_relative(folder).generic_string(),
                              bytes > kReadWhole ? fmt::format("{}", file.file_size()) : file_hash(file.path()));
    return hash_of(listed);
}

std::string without_plus(const std::string& number)
{
    return number.starts_with('+') ? number.substr(1) : number;
}

/// One spelling for equal numbers.
std::string canonical_number(const std::string& scalar)
{
    const auto value = number_in<double>(without_plus(scalar));
    return value ? fmt::format("{}", *value) : scalar;
}

Config scalar(std::string text)
{
    Config made;
    made.type = Config::Type::scalar;
    made.scalar = std::move(text);
    return made;
}

}  // namespace

std::string content_hash(const fs::path& path)
{
    try {
        if (fs::is_directory(path))
            return folder_hash(path);
        return fs::exists(path) ? file_hash(path) : "absent";
    } catch (const fs::filesystem_error& error) {
        throw Error(fmt::format("{}: cannot be read: {}", path.string(), error.code().message()));
    }
}

Fingerprints::Fingerprints(const Experiment& experiment, const Catalog& catalog)
    : experiment_{experiment}, catalog_{catalog}
{
    write(surroundings_, experiment_.space, Kind::space);
    if (experiment_.data)
        write(surroundings_, *experiment_.data, Kind::data);
    if (experiment_.replicas != 1)
        surroundings_ += fmt::format("replicas {}\n", experiment_.replicas);
}

std::string Fingerprints::canonical(const Config& component, Kind kind)
{
    std::string text;
    write(text, component, kind);
    return text + surroundings_;
}

std::string Fingerprints::of(const Config& component, Kind kind)
{
    return fmt::format("{}-{}", component.find("use")->scalar, hash_of(canonical(component, kind)));
}

void Fingerprints::write(std::string& text, const Config& component, Kind kind)
{
    const CatalogComponent* found = catalog_.named(kind, component);
    if (found == nullptr) {  // an optional nested component that is not there
        text += to_yaml(component) + "\n";
        return;
    }
    const CatalogPlugin* plugin = catalog_.plugin(found->plugin);
    text += fmt::format("{} {} of {} {} {{\n", name(found->info.kind), found->info.name, found->plugin,
                        plugin != nullptr ? plugin->version : "");
    const Config completed = with_defaults(component, kind, catalog_);
    for (const Option& option : found->info.options)
        if (const Config* value = completed.find(option.name); value != nullptr && !as_before(*value, option)) {
            text += option.name + ": ";
            write(text, *value, option);
        } else if (value == nullptr && option.name == "device") {  // stands for `execution.device`
            text += option.name + ": ";
            write(text, scalar(experiment_.execution.device), option);
        }
    text += "}\n";
}

bool Fingerprints::as_before(const Config& value, const Option& option)
{
    if (!option.later)
        return false;
    std::string text, preset;
    write(text, value, option);
    write(preset, parse_config(option.preset), option);
    return text == preset;
}

void Fingerprints::write(std::string& text, const Config& value, const Option& option)
{
    if (value.type == Config::Type::list) {
        text += fmt::format("list of {}\n", value.items.size());
        for (const Config& item : value.items)
            write(text, item, option);
        return;
    }
    switch (option.type) {
        case OptionType::component:
            write(text, value, *option.kind);
            return;
        case OptionType::path:
            if (!value.scalar.empty()) {
                std::string& hash = file_hashes_[value.scalar];
                if (hash.empty())
                    hash = content_hash(value.scalar);
                text += hash;
            }
            break;
        case OptionType::number:
            text += canonical_number(value.scalar);
            break;
        case OptionType::integer:
            text += without_plus(value.scalar);
            break;
        default: {
            Config plain = value;
            plain.quoted = true;  // one spelling, and no line break of the text's own
            text += to_yaml(plain);
        }
    }
    text += "\n";
}

}  // namespace espalier::host
