// SPDX-License-Identifier: Apache-2.0
#include "plugin_file/elf_file.hpp"

#include <bit>
#include <cctype>
#include <cstring>

#include <elf.h>

#include "espalier/error.hpp"

#include "plugin_file/file_bytes.hpp"

namespace espalier {
namespace {

#if defined(__x86_64__)
constexpr unsigned kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr unsigned kMachine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr unsigned kMachine = EM_PPC64;
#else
#error "name this machine's ELF number here"
#endif

constexpr unsigned kOrder = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;

std::string machine_name(unsigned machine)
{
    switch (machine) {
        case EM_X86_64:
            return "x86-64";
        case EM_386:
            return "x86";
        case EM_AARCH64:
            return "AArch64";
        case EM_ARM:
            return "ARM";
        case EM_RISCV:
            return "RISC-V";
        case EM_PPC64:
            return "POWER";
        default:
            return "ELF machine " + std::to_string(machine);
    }
}

/// "32-bit x86-64", "64-bit big-endian POWER"; the fields read here have one place in files of all classes.
std::string machine_of(const Elf64_Ehdr& header)
{
    const bool swapped = header.e_ident[EI_DATA] != kOrder;
    const unsigned machine =
        swapped ? unsigned{header.e_machine & 0xffu} << 8 | unsigned{header.e_machine} >> 8 : header.e_machine;
    return std::string(header.e_ident[EI_CLASS] == ELFCLASS32 ? "32-bit " : "64-bit ") +
           (!swapped                                 ? ""
            : header.e_ident[EI_DATA] == ELFDATA2MSB ? "big-endian "
                                                     : "little-endian ") +
           machine_name(machine);
}

/// The size that the header promises: the end of the section table, which linkers write last.
std::size_t promised_size(const Elf64_Ehdr& header)
{
    return header.e_shoff + std::size_t{header.e_shnum} * header.e_shentsize;
}

std::string header_refusal(std::string_view bytes)
{
    Elf64_Ehdr header;
    if (bytes.empty())
        return "is empty; build or copy it again";
    if (bytes.substr(0, 4) != std::string_view("\177ELF", 4))
        return "is not a shared library (no ELF header); remove it from the plug-in folder or build it again";
    if (bytes.size() < sizeof header)
        return "is a truncated library (" + std::to_string(bytes.size()) + " bytes); build or copy it again";
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != kOrder || header.e_machine != kMachine)
        return "is a library for another machine (" + machine_of(header) + ", this one is 64-bit " +
               machine_name(kMachine) + "); build it on or for this machine";
    if (header.e_type != ET_DYN)
        return "is not a shared library (an object file or a program); link it with -shared";
    if (promised_size(header) > bytes.size())
        return "is a truncated library (" + std::to_string(bytes.size()) + " of " +
               std::to_string(promised_size(header)) + " bytes); build or copy it again";
    return "";
}

}  // namespace

std::string elf_refusal(const std::filesystem::path& file)
{
    try {
        const FileBytes bytes(file);
        const std::string refusal = header_refusal(bytes.text());
        return refusal.empty() ? "" : file.string() + ": " + refusal;
    } catch (const Error& error) {
        return error.what();
    }
}

std::string stamp_in_file(const std::filesystem::path& file)
{
    const FileBytes bytes(file);
    const std::string_view text = bytes.text();
    constexpr std::string_view kBeginning = "library=";
    for (std::size_t at = text.find(kBeginning); at != text.npos; at = text.find(kBeginning, at + 1)) {
        const std::string_view stamp = text.substr(at, text.find('\0', at) - at);
        if (stamp.find(";string_abi=") != stamp.npos && stamp.find(";build_type=") != stamp.npos && stamp.size() < 4096)
            return std::string(stamp);
    }
    return "";
}

}  // namespace espalier
