// SPDX-License-Identifier: Apache-2.0
#include "network_file.hpp"

#include <cstdlib>
#include <fstream>
#include <system_error>

#include "espalier/error.hpp"
#include "espalier/onnx/export.hpp"

namespace espalier::command {

NetworkFile::NetworkFile(const Network& network)
{
    const std::string bytes = onnx_sdk::onnx_model(network, onnx_sdk::initial_values(network, /*seed=*/1));
    std::string pattern = (std::filesystem::temp_directory_path() / "espalier_network_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
        throw std::system_error(errno, std::generic_category(), pattern);
    folder_ = pattern;
    path_ = folder_ / "network.onnx";
    std::ofstream out(path_, std::ios::binary);
    out << bytes;
    out.close();
    if (out)
        return;
    const std::string file = path_.string();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
    throw std::system_error(std::make_error_code(std::errc::no_space_on_device), file);
}

NetworkFile::~NetworkFile()
{
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

}  // namespace espalier::command
