// SPDX-License-Identifier: Apache-2.0
#include "host/tell/terminal.hpp"

#include "catch.hpp"
#include "screen.hpp"

using namespace espalier::host;

namespace {

const std::string kWipe = "\r\x1b[K";  // to the line's beginning, and empty it

}  // namespace

TEST_CASE("a line is drawn over, and cut before it would wrap", "[terminal]")
{
    const Screen screen("xterm", 10);
    Terminal terminal(screen.file());
    CHECK(terminal.interactive());
    terminal.draw("1/2");
    CHECK(screen.sent() == kWipe + "1/2");
    terminal.draw("0123456789");
    CHECK(screen.sent() == kWipe + "012345678");
    terminal.draw("ä ö ü ß é");  // nine characters of one or two bytes
    CHECK(screen.sent() == kWipe + "ä ö ü ß é");
}

TEST_CASE("a line of its own goes above the one drawn over", "[terminal]")
{
    const Screen screen("xterm", 40);
    {
        Terminal terminal(screen.file());
        terminal.print("first");
        CHECK(screen.sent() == "first\n");
        terminal.draw("1/2");
        screen.sent();
        terminal.print("second");
        CHECK(screen.sent() == kWipe + "second\n" + kWipe + "1/2");
        terminal.clear();
        CHECK(screen.sent() == kWipe);
        terminal.clear();
        terminal.print("third");  // nothing is drawn again
        CHECK(screen.sent() == "third\n");
        terminal.draw("2/2");
        screen.sent();
    }
    CHECK(screen.sent() == kWipe);  // does not stay when the command ends
}

TEST_CASE("where nobody looks on nothing is drawn over", "[terminal]")
{
    const Screen dumb("dumb", 40);
    Terminal terminal(dumb.file());
    CHECK_FALSE(terminal.interactive());
    terminal.draw("1/2");
    CHECK(dumb.sent().empty());
    terminal.print("first");
    CHECK(dumb.sent() == "first\n");

    unsetenv("TERM");
    CHECK_FALSE(Terminal(dumb.file()).interactive());

    setenv("TERM", "xterm", 1);
    std::FILE* file = std::tmpfile();
    CHECK_FALSE(Terminal(file).interactive());
    std::fclose(file);
}

TEST_CASE("a terminal that does not tell its width has 80 columns", "[terminal]")
{
    const Screen screen("xterm", 0);
    Terminal terminal(screen.file());
    terminal.draw(std::string(100, 'x'));
    CHECK(screen.sent() == kWipe + std::string(79, 'x'));
}
