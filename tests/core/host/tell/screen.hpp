// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "catch.hpp"

/// A terminal of a kind and width that remembers all it was sent.
class Screen {
public:
    explicit Screen(const char* kind, unsigned short columns)
    {
        setenv("TERM", kind, 1);
        master_ = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
        REQUIRE((master_ >= 0 && grantpt(master_) == 0 && unlockpt(master_) == 0));
        const int slave = ::open(ptsname(master_), O_RDWR | O_NOCTTY);
        REQUIRE(slave >= 0);
        termios raw{};
        tcgetattr(slave, &raw);
        cfmakeraw(&raw);
        tcsetattr(slave, TCSANOW, &raw);
        const winsize size{24, columns, 0, 0};
        ioctl(slave, TIOCSWINSZ, &size);
        file_ = fdopen(slave, "w");
    }
    ~Screen()
    {
        std::fclose(file_);
        ::close(master_);
    }
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    std::FILE* file() const { return file_; }
    /// What was sent since the last call.
    std::string sent() const
    {
        std::string text;
        std::array<char, 512> buffer{};
        for (ssize_t got = 0; (got = ::read(master_, buffer.data(), buffer.size())) > 0;)
            text.append(buffer.data(), static_cast<std::size_t>(got));
        return text;
    }

private:
    int master_ = -1;
    std::FILE* file_ = nullptr;
};
