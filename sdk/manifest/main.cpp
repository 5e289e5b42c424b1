// SPDX-License-Identifier: Apache-2.0
// espalier-manifest LIBRARY: opens a finished plug-in once and writes its manifest beside it.
// espalier-manifest --to-descriptor N LIBRARY: the command's child process. Writes the stages it reaches, one a line,
// then the manifest or the refusal, to an open file descriptor; standard output belongs to the plug-in.
#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string_view>

#include <dlfcn.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "espalier/build_stamp.hpp"

#include "plugin_file/elf_file.hpp"
#include "plugin_file/entry_point.hpp"
#include "plugin_file/manifest.hpp"
#include "plugin_file/stamp.hpp"

namespace {

using espalier::Error;
using espalier::Manifest;

/// @param stage told before each thing that runs code of the plug-in.
Manifest describe(const std::filesystem::path& library, const std::function<void(std::string_view)>& stage)
{
    if (const std::string refusal = espalier::elf_refusal(library); !refusal.empty())
        throw Error(refusal);
    // before it is opened: its texts and lists may be made otherwise than ours
    if (const std::string stamp = espalier::stamp_in_file(library); !stamp.empty())
        if (const std::string conflict = espalier::stamp_conflict(stamp, ESPALIER_BUILD_STAMP); !conflict.empty())
            throw Error(library.string() + ": " + conflict);
    Manifest manifest;
    espalier::describe_file(manifest, library);
    stage("it is opened");
    void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        throw Error(espalier::opening_refusal(library, ::dlerror()));
    void* symbol = ::dlsym(handle, espalier::kEntryPoint);
    if (!symbol)
        throw Error(espalier::no_entry_point_refusal(library));
    stage("it is asked for its descriptor");
    const espalier::PluginInfo& info = espalier::plugin_info(reinterpret_cast<espalier::EntryPoint>(symbol), library);
    manifest.abi = info.abi;
    manifest.info_size = info.size;
    manifest.name = info.name;
    manifest.version = info.version;
    manifest.stamp = info.stamp;
    stage("it registers its components");
    manifest.components = espalier::registered_components(info, library);
    return manifest;
}

void write_all(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written <= 0)
            std::_Exit(1);  // nobody reads any more
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

[[noreturn]] void answer_host(int descriptor, const std::filesystem::path& library)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a plug-in that hangs must not outlive an interrupted command
    const auto line = [&](std::string_view text) { write_all(descriptor, std::string(text) + "\n"); };
    try {
        const Manifest manifest = describe(library, [&](std::string_view stage) { line(stage); });
        line("manifest");
        write_all(descriptor, espalier::to_json(manifest));
    } catch (const std::exception& error) {
        line("refused");
        write_all(descriptor, error.what());
    }
    std::_Exit(0);  // without the plug-in's destructors
}

}  // namespace

int main(int argc, char** argv)
{
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    if (words.size() == 3 && words[0] == "--to-descriptor")
        answer_host(std::atoi(argv[2]), argv[3]);
    if (words.size() != 1 || words[0].starts_with("-")) {
        std::cerr << "usage: espalier-manifest LIBRARY\nWrites the manifest of a plug-in beside it.\n";
        return 2;
    }
    try {
        const std::filesystem::path library = std::filesystem::absolute(argv[1]);
        espalier::write_manifest(describe(library, [](std::string_view) {}), espalier::manifest_path(library));
    } catch (const std::exception& error) {
        std::cerr << "espalier-manifest: " << error.what() << "\n";
        return 3;
    }
    return 0;
}
