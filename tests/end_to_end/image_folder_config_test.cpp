// SPDX-License-Identifier: Apache-2.0
// configs/hurricane/imagenet.yaml, with a few small images in the place of ImageNet.
#include "catch.hpp"
#include "small_search.hpp"
#include "toys/png_file.hpp"

using namespace small_search;

namespace {

const std::string kImageNet = "'" ESPALIER_SOURCE_DIR "/configs/hurricane/imagenet.yaml'";

/// Three classes of eight training images and two test images, each of a colour of its own.
struct ShellWithImages : Shell {
    ShellWithImages() : Shell{kPlugins}
    {
        for (int c = 0; c < 3; ++c)
            for (int i = 0; i < 10; ++i) {
                const std::string own =
                    std::string(i < 8 ? "images/train/" : "images/val/") + "class" + std::to_string(c);
                std::filesystem::create_directories(folder() / own);
                const auto shade = static_cast<unsigned char>(25 * i);
                write(own + "/" + std::to_string(i) + ".png",
                      png_file(c == 0 ? 255 : shade, c == 1 ? 255 : shade, c == 2 ? 255 : shade, 80, 70));
            }
    }
};

std::string at_a_small_scale(const Shell& shell)
{
    return " --set data.path=" + (shell.folder() / "images").string() +
           " --set data.side=64 --set data.validation=6 --set execution.device=cpu";
}

}  // namespace

TEST_CASE("the configuration for ImageNet is good but for what is not here", "[image_folder]")
{
    const ShellWithImages shell;
    const Outcome good = shell.espalier("check " + kImageNet + at_a_small_scale(shell), "ESPALIER_DATA=/nonexistent");
    CHECK(good.err == "");
    CHECK(good.status == 0);
    const Outcome absent = shell.espalier("check " + kImageNet + at_a_small_scale(shell) + " --set data.path=elsewhere",
                                          "ESPALIER_DATA=/nonexistent");
    CHECK(absent.status == 2);
    CHECK_THAT(absent.err, ContainsSubstring("there is no folder ") && ContainsSubstring("elsewhere/train"));
}

TEST_CASE("the configuration for ImageNet runs on a few small images", "[image_folder]")
{
    const ShellWithImages shell;
    std::string small = at_a_small_scale(shell);
    for (const char* set :
         {"evaluator.epochs=1", "evaluator.batch=6", "evaluator.recalibrate=6", "evaluator.recalibration_batch=6",
          "costs.0.samples=100", "strategy.population=4", "strategy.parents=2", "strategy.generations=1",
          "final.0.epochs=1", "final.0.batch=6", "constraints.0.max=1000"})
        small += std::string(" --set ") + set;
    const Outcome run = shell.espalier("run " + kImageNet + " --out r --quiet" + small, "ESPALIER_DATA=/nonexistent");
    INFO(run.err);
    REQUIRE(run.status == 0);
    CHECK_THAT(shell.espalier("results r --format csv").out, ContainsSubstring("top1_pct (final)"));
    const Outcome inspected = shell.espalier("inspect r --format csv");
    CHECK_THAT(inspected.out, ContainsSubstring("3x64x64") && ContainsSubstring(",checksum\n"));
}
