// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "espalier/network.hpp"

namespace espalier::command {

/// With random weights. @throws Error if it has an operation that ONNX has not.
std::string onnx_model_of(const Network&);

/// A temporary file of a network, gone with this object.
class NetworkFile {
public:
    /// @throws Error if it cannot be written.
    explicit NetworkFile(const std::string& bytes);
    ~NetworkFile();
    NetworkFile(const NetworkFile&) = delete;
    NetworkFile& operator=(const NetworkFile&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path folder_, path_;
};

}  // namespace espalier::command
