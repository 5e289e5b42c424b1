// SPDX-License-Identifier: Apache-2.0
#include "espalier/onnx/export.hpp"

#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "espalier/model_folder/model_folder.hpp"

#include "app/command.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/output.hpp"
#include "app/run_folder.hpp"
#include "host/plugins/plugin_host.hpp"

namespace espalier::app {

namespace fs = std::filesystem;

namespace {

/// What is to be written, and what its weights are, in words.
struct Exported {
    Network network;
    onnx_sdk::NamedValues values;
    onnx_sdk::ExportOptions options;
    std::string weights;
};

template <class Number>
onnx_sdk::Values read_as(const StoredTensor& stored)
{
    onnx_sdk::Values values{Shape(stored.extents), std::vector<float>(stored.bytes.size() / sizeof(Number))};
    for (std::size_t i = 0; i < values.numbers.size(); ++i) {
        Number number;
        std::memcpy(&number, stored.bytes.data() + i * sizeof number, sizeof number);
        values.numbers[i] = static_cast<float>(number);
    }
    return values;
}

Exported of_model(const fs::path& folder)
{
    const ModelFolder model = read_model_folder(folder.string());
    Exported exported{model.network, {}, {}, "those of " + folder.string()};
    for (const StoredTensor& stored : model.weights.tensors) {
        if (stored.type != "F32" && stored.type != "F64")
            throw Error(fmt::format("{}: the weights '{}' are {}, allowed are F32 and F64",
                                    weights_file(folder.string()), stored.name, stored.type));
        exported.values.emplace(stored.name, stored.type == "F32" ? read_as<float>(stored) : read_as<double>(stored));
    }
    for (const Data::Input& input : model.facts.inputs)
        exported.options.inputs.push_back(input.name);
    exported.options.name = fs::absolute(folder / ".").parent_path().filename().string();
    return exported;
}

Exported of_architecture(const Arguments& arguments, const fs::path& file, const std::string& text)
{
    const host::Catalog catalog = find_plugins(arguments);
    host::PluginHost plugins(catalog);
    std::optional<host::RunStore> run;
    if (is_run(file))
        run.emplace(host::RunStore::read_only(file));
    const Loaded loaded = run ? load_space(*run, plugins) : load_space(file, overrides(arguments), plugins);
    const SearchSpace& space = *loaded.parts.space;
    const Architecture architecture = space.canonical(named_architectures(std::span(&text, 1), space).front());
    if (run)
        if (const std::optional<fs::path> folder = trained_model(*run, space.key(architecture)))
            return of_model(*folder);
    Network network = space.network(Region(architecture));
    const auto seed = static_cast<std::uint64_t>(arguments.count("seed").value_or(1));
    onnx_sdk::NamedValues values = onnx_sdk::initial_values(network, seed);
    return {std::move(network),
            std::move(values),
            {.name = space.text(architecture), .inputs = {}},
            fmt::format("random, seed {}", seed)};
}

int export_network(const Arguments& arguments)
{
    arguments.choice("format", {"onnx"});
    const fs::path file = arguments.positional[0];
    const std::optional<std::string> out = arguments.value("out");
    if (!out)
        throw UsageError("espalier export: --out is missing; for example --out network.onnx");
    const std::int64_t batch = arguments.value("batch") == "any" ? 0 : arguments.count("batch").value_or(1);
    if (!fs::exists(file))
        throw UsageError(file.string() + ": there is no such file");
    const bool model = fs::exists(weights_file(file.string())), named = arguments.positional.size() > 1;
    if (fs::is_directory(file) && !model && !is_run(file))
        throw UsageError(file.string() + ": is neither a run nor a model folder");
    if (model && named)
        throw UsageError(file.string() + ": is a model folder, of one network, so that no ARCH stands behind it");
    if (!model && !named)
        throw UsageError(file.string() + ": which of its architectures? Name it behind the file");
    if (fs::is_directory(file) && arguments.has(kSet.name))
        throw UsageError("--set is for an experiment's file, and " + file.string() + " is a folder");
    Exported exported = model ? of_model(file) : of_architecture(arguments, file, arguments.positional[1]);
    exported.options.batch = batch;
    write_file(*out, onnx_sdk::onnx_model(exported.network, exported.values, exported.options));
    say(stdout, fmt::format("{}: {} layers, weights: {}\n", *out, exported.network.size(), exported.weights));
    return kDone;
}

}  // namespace

Command export_command()
{
    return {.name = "export",
            .positional = "FILE [ARCH]",
            .summary = "write a network for other runtimes",
            .description =
                "Writes the network of an architecture of an experiment's space as an ONNX file, with random weights.\n"
                "FILE may also be a run, whose trained weights are taken where it has them, or, without ARCH, a model\n"
                "folder. ARCH is written as the space writes it; quote it.",
            .least_positional = 1,
            .most_positional = 2,
            .options = {{"out", "FILE", "where to write it"},
                        {"format", "FORMAT", "onnx (default)"},
                        {"batch", "N", "examples at a time: 1 (default), another number, or any"},
                        {"seed", "N", "of random weights; default 1"},
                        kSet,
                        kPluginPath},
            .run = export_network};
}

}  // namespace espalier::app
