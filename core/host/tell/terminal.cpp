// SPDX-License-Identifier: Apache-2.0
#include "host/tell/terminal.hpp"

#include <cstdlib>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

#include "espalier/report/text.hpp"

namespace espalier::host {

namespace {

bool somebody_looks_on(std::FILE* out)
{
    const char* kind = std::getenv("TERM");
    return isatty(fileno(out)) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

std::size_t columns(std::FILE* out)
{
    winsize size{};
    return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

Terminal::Terminal(std::FILE* out) : out_(out), interactive_(somebody_looks_on(out)) {}

Terminal::~Terminal()
{
    clear();
}

void Terminal::draw(const std::string& line)
{
    if (!interactive_)
        return;
    drawn_ = cut_to(report::printable(line), columns(out_) - 1);  // a full line would wrap
    std::fprintf(out_, "\r\x1b[K%s", drawn_.c_str());
    std::fflush(out_);
}

void Terminal::print(const std::string& line)
{
    const std::string below = drawn_;
    clear();
    std::fprintf(out_, "%s\n", report::printable_lines(line).c_str());
    std::fflush(out_);
    if (!below.empty())
        draw(below);
}

void Terminal::clear()
{
    if (drawn_.empty())
        return;
    std::fputs("\r\x1b[K", out_);
    std::fflush(out_);
    drawn_.clear();
}

std::string cut_to(const std::string& line, std::size_t columns)
{
    std::size_t points = 0;
    for (std::size_t i = 0; i < line.size(); ++i)
        if ((static_cast<unsigned char>(line[i]) & 0xC0U) != 0x80U && ++points > columns)
            return line.substr(0, i);
    return line;
}

}  // namespace espalier::host
