// SPDX-License-Identifier: Apache-2.0
#include "espalier/number_in.hpp"

#include <cstdint>

#include "catch.hpp"

using espalier::number_in;

TEST_CASE("a text is a number as a whole or not at all", "[number_in]")
{
    CHECK(number_in<double>("-1.5e3") == -1500);
    CHECK(number_in<int>("-7") == -7);
    CHECK(number_in<std::uint64_t>("18446744073709551615") == UINT64_MAX);
    for (const char* text : {"", " 1", "1 ", "+1", "1x", "one", "0x10"})
        CHECK_FALSE(number_in<double>(text));
    CHECK_FALSE(number_in<int>("1.0"));
    CHECK_FALSE(number_in<int>("2147483648"));
    CHECK_FALSE(number_in<std::uint64_t>("-1"));
}

TEST_CASE("only the text's own characters are read", "[number_in]")
{
    CHECK(number_in<int>(std::string_view("12345").substr(1, 2)) == 23);
}
