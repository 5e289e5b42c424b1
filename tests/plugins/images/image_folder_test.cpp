// SPDX-License-Identifier: Apache-2.0
#include "image_folder.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <sstream>

#include <ATen/core/Tensor.h>
#include <jpeglib.h>
#include <sys/stat.h>

#include "espalier/error.hpp"
#include "espalier/torch/data/prefetch.hpp"

#include "catch.hpp"
#include "picture.hpp"
#include "toys/png_file.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using images::ImageFolder;
using torch_sdk::Picture;
using torch_sdk::Split;

namespace {

using Bytes = std::vector<unsigned char>;

/// Rows of `channels` bytes a pixel: a ramp to the right, another one down.
Bytes ramp(unsigned width, unsigned height, unsigned channels)
{
    Bytes rows;
    for (unsigned y = 0; y < height; ++y)
        for (unsigned x = 0; x < width; ++x)
            for (unsigned c = 0; c < channels; ++c)
                rows.push_back(static_cast<unsigned char>(c == 0 ? 255 * x / width : c == 1 ? 255 * y / height : 100));
    return rows;
}

/// @param space with as many channels as `rows` have.
std::string jpeg(Bytes rows, unsigned width, unsigned height, J_COLOR_SPACE space = JCS_RGB, bool progressive = false)
{
    jpeg_compress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &bytes, &size);
    info.image_width = width;
    info.image_height = height;
    info.input_components = space == JCS_GRAYSCALE ? 1 : space == JCS_CMYK ? 4 : 3;
    info.in_color_space = space;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, 98, TRUE);
    if (progressive)
        jpeg_simple_progression(&info);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < height) {
        JSAMPROW row =
            rows.data() + std::size_t{info.next_scanline} * width * static_cast<unsigned>(info.input_components);
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    std::string text(reinterpret_cast<const char*>(bytes), size);
    std::free(bytes);
    return text;
}

/// Two classes: three and two training images, one and one test image. Brightness is 10 times the number.
struct Pets {
    Pets()
    {
        for (int i = 0; i < 3; ++i)
            write("train/cat/" + std::to_string(i) + ".png",
                  png_file(static_cast<unsigned char>(10 * i), 0, 0, 40, 30));
        for (int i = 3; i < 5; ++i)
            write("train/dog/" + std::to_string(i) + ".PNG",
                  png_file(static_cast<unsigned char>(10 * i), 0, 0, 40, 30));
        write("val/cat/a.JPEG", jpeg(ramp(64, 48, 3), 64, 48));
        write("val/dog/b.jpg", jpeg(ramp(48, 64, 3), 48, 64));
        write("train/dog/notes.txt", "no image");
        write("train/.DS_Store", "hidden");
    }
    void write(const std::string& file, const std::string& bytes) const
    {
        std::filesystem::create_directories((folder / file).parent_path());
        folder.write(file, bytes);
    }
    ImageFolder::Options options() const { return {.path = folder.path(), .side = 16}; }
    ImageFolder data() const { return {options(), Setup{}}; }
    /// What a constructor, or else the first pass, says.
    std::string refused() const
    {
        std::string text;
        try {
            const ImageFolder images = data();
            for (const Split split : {Split::train, Split::test})
                images.batch(split, torch_sdk::first_indices(images.examples(split)));
        } catch (const OptionError& error) {
            text = error.sentence();
        } catch (const Error& error) {
            text = error.what();
        }
        for (std::size_t at = text.find(folder.path().string()); at != std::string::npos;
             at = text.find(folder.path().string()))
            text.erase(at, folder.path().string().size());
        return text;
    }
    TemporaryFolder folder;
};

/// The mean of one channel, in bytes.
double brightness(const at::Tensor& image, std::int64_t channel)
{
    const double mean[] = {0.485, 0.456, 0.406}, deviation[] = {0.229, 0.224, 0.225};
    const auto c = static_cast<std::size_t>(channel);
    return 255 * (image.select(0, channel).mean().item<double>() * deviation[c] + mean[c]);
}

Picture pixels(const std::string& bytes, const TemporaryFolder& folder)
{
    folder.write("x", bytes);
    return images::read_picture(folder / "x");
}

}  // namespace

TEST_CASE("folders are classes, by name; images are decoded, resized and normalised", "[image_folder]")
{
    const Pets pets;
    const ImageFolder data = pets.data();
    CHECK(data.classes() == 2);
    CHECK(data.input() == Shape{3, 16, 16});
    CHECK(data.examples(Split::train) == 5);
    CHECK(data.examples(Split::validation) == 0);
    CHECK(data.examples(Split::test) == 2);
    const torch_sdk::Batch train = data.batch(Split::train, std::vector<std::int64_t>{4, 0, 2});
    CHECK(train.x().sizes() == at::IntArrayRef{3, 3, 16, 16});
    CHECK(train.x().is_contiguous(at::MemoryFormat::ChannelsLast));
    CHECK(train.y[0].item<int>() == 1);
    CHECK(train.y[1].item<int>() == 0);
    for (const auto& [row, red] : {std::pair{0, 40}, std::pair{1, 0}, std::pair{2, 20}})
        CHECK(brightness(train.x()[row], 0) == Approx(red).margin(1e-3));
    CHECK(data.preprocessing().at("mean") == std::vector{0.485, 0.456, 0.406});
}

TEST_CASE("the middle is scored, whatever the proportions", "[image_folder]")
{
    const Pets pets;
    const ImageFolder data = pets.data();
    const at::Tensor wide = data.batch(Split::test, std::vector<std::int64_t>{0}).x()[0];
    // 64 x 48: the middle 42 x 42; the ramp to the right from 11 to 53 of 64, down from 3 to 45 of 48
    const auto red = [&](std::int64_t x) {
        return 255 * (wide.select(0, 0).select(1, x).mean().item<double>() * 0.229 + 0.485);
    };
    CHECK(red(0) == Approx(255 * (11 + 42 / 32.0 - 0.5) / 64).margin(2));
    CHECK(red(15) == Approx(255 * (53 - 42 / 32.0 - 0.5) / 64).margin(2));
    CHECK(brightness(wide, 1) == Approx(255 * 23.5 / 48).margin(2));
    CHECK(brightness(wide, 2) == Approx(100).margin(2));
    ImageFolder::Options whole = pets.options();
    whole.centre = 1;
    const at::Tensor all = ImageFolder(whole, Setup{}).batch(Split::test, std::vector<std::int64_t>{0}).x()[0];
    CHECK(255 * (all.select(0, 0).select(1, 0).mean().item<double>() * 0.229 + 0.485) ==
          Approx(255 * (8 + 48 / 32.0 - 0.5) / 64).margin(2));
}

TEST_CASE("every kind of JPEG and PNG is read as red, green and blue", "[image_folder]")
{
    const TemporaryFolder folder;
    const auto all_of = [](const Picture& picture, std::size_t channel) {
        const std::size_t n = picture.pixels.size() / 3;
        const auto begin = picture.pixels.begin() + static_cast<std::ptrdiff_t>(channel * n);
        return static_cast<double>(std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(n), 0)) /
               static_cast<double>(n);
    };
    const auto is = [&](const Picture& picture, double red, double green, double blue) {
        CHECK(picture.shape == Shape{3, 8, 8});
        CHECK(all_of(picture, 0) == Approx(red).margin(2));
        CHECK(all_of(picture, 1) == Approx(green).margin(2));
        CHECK(all_of(picture, 2) == Approx(blue).margin(2));
    };
    const auto filled = [](std::initializer_list<unsigned char> pixel) {
        Bytes rows;
        for (int i = 0; i < 64; ++i)
            rows.insert(rows.end(), pixel);
        return rows;
    };
    is(pixels(jpeg(filled({200, 100, 50}), 8, 8), folder), 200, 100, 50);
    is(pixels(jpeg(filled({200, 100, 50}), 8, 8, JCS_RGB, true), folder), 200, 100, 50);
    is(pixels(jpeg(filled({90}), 8, 8, JCS_GRAYSCALE), folder), 90, 90, 90);
    // an Adobe marker is written with it: inks are inverted, so these are lights, times that of black
    is(pixels(jpeg(filled({200, 100, 50, 255}), 8, 8, JCS_CMYK), folder), 200, 100, 50);
    is(pixels(jpeg(filled({200, 100, 50, 51}), 8, 8, JCS_CMYK), folder), 40, 20, 10);
    is(pixels(png_file(filled({200, 100, 50}), 8, 8), folder), 200, 100, 50);
    is(pixels(png_file(filled({90}), 8, 8, PNG_FORMAT_GRAY), folder), 90, 90, 90);
    is(pixels(png_file(filled({200, 100, 50, 255}), 8, 8, PNG_FORMAT_RGBA), folder), 200, 100, 50);
    is(pixels(png_file(filled({200, 100, 50, 0}), 8, 8, PNG_FORMAT_RGBA), folder), 0, 0, 0);
}

TEST_CASE("training images are cut out anywhere and resized", "[image_folder]")
{
    const Pets pets;
    const ImageFolder data = pets.data();
    const torch_sdk::Augmentation some{.resized_crop = 0.08};
    const std::vector<std::int64_t> wide{0};
    Rng rng(1);
    double least = 255, most = 0;
    for (int i = 0; i < 50; ++i) {
        const double red = brightness(data.batch(Split::test, wide, some, rng).x()[0], 0);
        least = std::min(least, red);
        most = std::max(most, red);
    }
    CHECK(least < 70);  // its middle is at 127
    CHECK(most > 185);
    Rng one(7), other(7);
    CHECK(data.batch(Split::test, wide, some, one).x().equal(data.batch(Split::test, wide, some, other).x()));
    CHECK_FALSE(data.batch(Split::test, wide, some, one).x().equal(data.batch(Split::test, wide).x()));
}

TEST_CASE("batches are prepared on a thread of their own", "[image_folder]")
{
    const Pets pets;
    const ImageFolder data = pets.data();
    const torch_sdk::Augmentation some{.flip = true, .resized_crop = 0.08};
    torch_sdk::Epoch here(data, Split::train, {4, 3, 2, 1, 0}, 2, some, Rng(3));
    torch_sdk::Prefetch there(torch_sdk::Epoch(data, Split::train, {4, 3, 2, 1, 0}, 2, some, Rng(3)));
    for (int i = 0; i < 3; ++i)
        CHECK(there.next()->x().equal(here.next()->x()));
    CHECK_FALSE(there.next());
    pets.write("train/cat/1.png", "damaged");
    torch_sdk::Prefetch damaged(torch_sdk::Epoch(data, Split::train, {0, 1, 2}, 1, some, Rng(3)));
    CHECK(damaged.next());
    CHECK_THROWS_WITH(damaged.next(), Catch::Matchers::EndsWith("train/cat/1.png: is neither JPEG nor PNG"));
}

TEST_CASE("validation images are training images set aside, of each class", "[image_folder]")
{
    const Pets pets;
    ImageFolder::Options options = pets.options();
    options.validation = 2;
    const ImageFolder data(options, Setup{});
    CHECK(data.examples(Split::train) == 3);
    const torch_sdk::Batch aside = data.batch(Split::validation, std::vector<std::int64_t>{0, 1});
    CHECK(aside.y[0].item<int>() == 0);
    CHECK(aside.y[1].item<int>() == 1);
    std::vector<double> seen;
    for (const Split split : {Split::train, Split::validation}) {
        const auto all = data.batch(split, torch_sdk::first_indices(data.examples(split)));
        for (std::int64_t i = 0; i < all.y.size(0); ++i)
            seen.push_back(std::round(brightness(all.x()[i], 0)));
    }
    std::sort(seen.begin(), seen.end());
    CHECK(seen == std::vector<double>{0, 10, 20, 30, 40});
    options.validation = 5;
    CHECK_THROWS_WITH(ImageFolder(options, Setup{}), ContainsSubstring("leaves none of the 5 training images"));
}

TEST_CASE("files that are no whole images are named", "[image_folder]")
{
    const Pets pets;
    REQUIRE(pets.refused() == "");
    const std::string good = jpeg(ramp(64, 48, 3), 64, 48), drawn = png_file(ramp(64, 48, 3), 64, 48);
    const auto is_refused = [&](const std::string& file, const std::string& bytes, const std::string& sentence) {
        INFO(sentence);
        const std::string before = [&] {
            std::ostringstream text;
            text << std::ifstream(pets.folder / file, std::ios::binary).rdbuf();
            return text.str();
        }();
        pets.write(file, bytes);
        const std::string told = pets.refused();
        CHECK_THAT(told, Catch::Matchers::StartsWith("/" + file + ": ") && ContainsSubstring(sentence));
        CHECK(std::count(told.begin(), told.end(), '\n') == 0);
        pets.write(file, before);
    };
    is_refused("train/cat/1.png", "", "is empty");
    is_refused("train/cat/0.png", "GIF89a", "is neither JPEG nor PNG");
    is_refused("train/cat/1.png", "GIF89a", "is neither JPEG nor PNG");
    is_refused("val/dog/b.jpg", "<html>not found</html>", "is neither JPEG nor PNG");
    is_refused("val/dog/b.jpg", good.substr(0, good.size() / 2), "end of JPEG");
    is_refused("val/dog/b.jpg", good.substr(0, 10), "");
    is_refused("train/cat/2.png", drawn.substr(0, drawn.size() / 2), "");
    is_refused("train/cat/2.png", drawn.substr(0, 20), "");
    std::string changed = drawn;
    changed[changed.size() / 2] ^= 1;
    is_refused("train/cat/2.png", changed, "");
    // a header that promises 50,000 x 50,000 pixels
    std::string bomb = good;
    const std::size_t frame = bomb.find("\xff\xc0");
    REQUIRE(frame != std::string::npos);
    bomb.replace(frame + 5, 4, "\xc3\x50\xc3\x50", 4);
    is_refused("val/cat/a.JPEG", bomb, "50000 x 50000 pixels; at most 100000000");
    is_refused("val/dog/b.jpg", bomb, "50000 x 50000 pixels; at most 100000000");
    Bytes black(1);
    std::string wide = png_file(black, 1, 1, PNG_FORMAT_GRAY);
    is_refused("train/cat/1.png", wide.replace(16, 8, std::string("\0\0\xc3\x50\0\0\xc3\x50", 8)), "");
}

TEST_CASE("bytes that belong to no segment are no damage", "[image_folder]")
{
    const TemporaryFolder folder;
    std::string odd = jpeg(ramp(64, 48, 3), 64, 48);
    odd.insert(odd.size() - 2, "xyz");  // before the end's mark
    CHECK(pixels(odd, folder).shape == Shape{3, 48, 64});
}

TEST_CASE("what is no folder of classes is refused", "[image_folder]")
{
    const auto refused = [](const auto& change, const std::string& sentence) {
        INFO(sentence);
        const Pets pets;
        change(pets);
        const std::string told = pets.refused();
        CHECK_THAT(told, ContainsSubstring(sentence));
        CHECK(std::count(told.begin(), told.end(), '\n') == 0);
    };
    namespace fs = std::filesystem;
    refused([](const Pets& p) { fs::remove_all(p.folder / "train"); }, "there is no folder /train");
    refused([](const Pets& p) { fs::remove_all(p.folder / "val"); }, "there is no folder /val");
    refused([](const Pets& p) { fs::remove_all(p.folder / "train/dog"); },
            "/train: has 1 folders; a folder is a class, and there must be two at least");
    refused([](const Pets& p) { fs::create_directories(p.folder / "train/eel"); },
            "/val/eel: there is no such folder, but one beside val");
    refused([](const Pets& p) { fs::create_directories(p.folder / "val/eel"); },
            "/train/eel: there is no such folder, but one beside train");
    refused(
        [](const Pets& p) {
            fs::create_directories(p.folder / "val/eel");
            fs::create_directories(p.folder / "train/eel");
        },
        "/train/eel: has no images");
    refused([](const Pets& p) { fs::create_directories(p.folder / "train/cat/x.jpg"); },
            "/train/cat/x.jpg: is no file");
    refused([](const Pets& p) { REQUIRE(mkfifo((p.folder / "train/cat/x.png").c_str(), 0600) == 0); },
            "/train/cat/x.png: is no file");
    refused([](const Pets& p) { p.write("train/cat/x.webp", "RIFF"); },
            "/train/cat/x.webp: images are JPEG or PNG here, convert it");
    refused([](const Pets& p) { fs::create_symlink("nowhere", p.folder / "train/cat/x.png"); },
            "/train/cat/x.png: is no file");
    const Pets pets;
    ImageFolder::Options options = pets.options();
    options.mean = {0.5};
    CHECK_THROWS_WITH(ImageFolder(options, Setup{}), ContainsSubstring("needs three numbers"));
    options = pets.options();
    options.path = "/nonexistent";
    CHECK_THROWS_WITH(ImageFolder(options, Setup{}), ContainsSubstring("there is no folder /nonexistent/train"));
}
