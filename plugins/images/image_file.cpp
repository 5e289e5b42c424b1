// SPDX-License-Identifier: Apache-2.0
#include "image_file.hpp"

#include <string>

#include "espalier/error.hpp"

namespace espalier::images {

std::filesystem::path image_file(const std::filesystem::path& folder, std::string_view name)
{
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored))
        throw OptionError("path", "there is no folder " + folder.string());
    for (const char* ending : {"", ".gz", ".xz"}) {
        std::filesystem::path file = folder / (std::string(name) + ending);
        if (std::filesystem::exists(file, ignored))
            return file;
    }
    throw OptionError("path", folder.string() + " has no file " + std::string(name) + ", nor with .gz or .xz");
}

}  // namespace espalier::images
