// SPDX-License-Identifier: Apache-2.0
#include "app/output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "espalier/report/text.hpp"

namespace espalier::app {

report::Format chosen_format(const Arguments& arguments)
{
    const std::string name = arguments.choice(kFormat.name, {"table", "csv", "json", "markdown"});
    return name == "csv"        ? report::Format::csv
           : name == "json"     ? report::Format::json
           : name == "markdown" ? report::Format::markdown
                                : report::Format::table;
}

host::Cutting chosen_parts(const Arguments& arguments)
{
    return arguments.choice(kBy.name, {"block", "layer"}) == "layer" ? host::layer_parts : host::block_parts;
}

void say(std::FILE* out, std::string_view text)
{
    const std::string shown = report::printable_lines(text);
    std::fwrite(shown.data(), 1, shown.size(), out);
}

void write_file(const std::filesystem::path& file, const std::string& text)
{
    // Without O_NONBLOCK a pipe would wait for a reader; with one, the reader is waited for.
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666);
    bool done = descriptor >= 0 && ::fcntl(descriptor, F_SETFL, 0) == 0;
    for (std::string_view left = text; done && !left.empty();) {
        const ssize_t count = ::write(descriptor, left.data(), left.size());
        done = count >= 0 || errno == EINTR;
        left.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    const int reason = errno;
    if (descriptor >= 0 && ::close(descriptor) != 0 && done)
        throw Error(file.string() + ": cannot be written: " + std::strerror(errno));
    if (!done)
        throw Error(file.string() + ": cannot be written: " +
                    (reason == ENXIO ? "it is a pipe that nobody reads" : std::strerror(reason)));
}

}  // namespace espalier::app
