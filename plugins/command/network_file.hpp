// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "espalier/network.hpp"

namespace espalier::command {

/// An ONNX file of a network with random weights, gone with this object.
class NetworkFile {
public:
    /// @throws Error if the network has an operation that ONNX has not, or the file cannot be written.
    explicit NetworkFile(const Network&);
    ~NetworkFile();
    NetworkFile(const NetworkFile&) = delete;
    NetworkFile& operator=(const NetworkFile&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path folder_, path_;
};

}  // namespace espalier::command
