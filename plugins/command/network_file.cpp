// SPDX-License-Identifier: Apache-2.0
#include "network_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "espalier/error.hpp"
#include "espalier/onnx/export.hpp"

namespace espalier::command {

std::string onnx_model_of(const Network& network)
{
    return onnx_sdk::onnx_model(network, onnx_sdk::initial_values(network, /*seed=*/1));
}

NetworkFile::NetworkFile(const std::string& bytes)
{
    std::error_code error;
    std::string pattern = (std::filesystem::temp_directory_path(error) / "espalier_network_XXXXXX").string();
    const auto fail = [&pattern](const std::string& why) {
        throw Error("a network cannot be written for the program into " + pattern + ": " + why);
    };
    if (error || ::mkdtemp(pattern.data()) == nullptr)
        fail(error ? error.message() : std::generic_category().message(errno));
    folder_ = pattern;
    path_ = folder_ / "network.onnx";
    std::ofstream out(path_, std::ios::binary);
    out << bytes;
    out.close();
    if (out)
        return;
    const std::string why = std::generic_category().message(errno);
    std::filesystem::remove_all(folder_, error);
    fail(why);
}

NetworkFile::~NetworkFile()
{
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

}  // namespace espalier::command
