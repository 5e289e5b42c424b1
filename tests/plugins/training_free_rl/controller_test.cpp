// SPDX-License-Identifier: Apache-2.0
#include "controller.hpp"

#include <ATen/ATen.h>

#include "catch.hpp"
#include "toy_search.hpp"

namespace {

using espalier::Architecture;
using espalier::Rng;
using espalier::training_free_rl::Controller;
namespace toy = espalier::toy;
using Vector = std::vector<double>;

/// x W, with W [rows, columns].
Vector times(const Vector& x, const at::Tensor& w)
{
    Vector y(static_cast<std::size_t>(w.size(1)));
    for (std::size_t r = 0; r < x.size(); ++r)
        for (std::size_t c = 0; c < y.size(); ++c)
            y[c] += x[r] * w[static_cast<std::int64_t>(r)][static_cast<std::int64_t>(c)].item<double>();
    return y;
}

double sigmoid(double x)
{
    return 1 / (1 + std::exp(-x));
}

/// log p(architecture) in plain loops, from the definition of the LSTM (Hochreiter and Schmidhuber, 1997, with forget
/// gates).
double log_probability(const Controller& controller, const std::vector<std::size_t>& options, const Architecture& a)
{
    const std::vector<at::Tensor> p = controller.parameters();
    const auto width = static_cast<std::size_t>(p[0].size(1));
    Vector hidden(width), cell(width);
    std::int64_t last = 0;
    double sum = 0;
    for (std::size_t t = 0; t < options.size(); ++t) {
        Vector input(width);
        for (std::size_t i = 0; i < width; ++i)
            input[i] = p[0][last][static_cast<std::int64_t>(i)].item<double>();
        const Vector from_input = times(input, p[1]), from_state = times(hidden, p[2]);
        const auto gate = [&](std::size_t g, std::size_t i) {
            const std::size_t at = g * width + i;
            return from_input[at] + from_state[at] + p[3][0][static_cast<std::int64_t>(at)].item<double>();
        };
        for (std::size_t i = 0; i < width; ++i) {
            cell[i] = sigmoid(gate(1, i)) * cell[i] + sigmoid(gate(0, i)) * std::tanh(gate(2, i));
            hidden[i] = sigmoid(gate(3, i)) * std::tanh(cell[i]);
        }
        Vector logits = times(hidden, p[4]);
        double total = 0;
        for (std::size_t k = 0; k < options[t]; ++k)
            total += std::exp(logits[k] += p[5][0][static_cast<std::int64_t>(k)].item<double>());
        sum += logits[a.choices[t]] - std::log(total);
        last = 1 + a.choices[t];
    }
    return sum;
}

}  // namespace

TEST_CASE("log-probabilities are those of an LSTM computed by hand", "[training_free_rl]")
{
    const std::vector<std::size_t> options{5, 3, 4};
    const toy::Digits space(options);
    Rng rng(3);
    const Controller controller(space.decisions(), {.hidden = 7}, rng);
    const Controller::Episode episode = controller.sample(4, rng);
    for (std::size_t i = 0; i < 4; ++i) {
        const double expected = log_probability(controller, options, episode.architectures[i]);
        CHECK(episode.log_probability[static_cast<std::int64_t>(i)].item<double>() == Approx(expected).epsilon(1e-12));
    }
}

TEST_CASE("architectures are drawn as often as the policy says", "[training_free_rl]")
{
    const std::vector<std::size_t> options{3, 2};
    const toy::Digits space(options);
    Rng rng(11);
    const Controller controller(space.decisions(), {.hidden = 4, .temperature = 0.05}, rng);  // far from uniform
    std::map<Architecture, double> share;
    const Controller::Episode episode = controller.sample(20000, rng);
    for (const Architecture& a : episode.architectures)
        share[a] += 1.0 / 20000;
    for (std::int64_t i = 0; i < 20; ++i) {
        const double p = std::exp(episode.log_probability[i].item<double>());
        CHECK(share[episode.architectures[static_cast<std::size_t>(i)]] == Approx(p).margin(0.015));
    }
    CHECK(share.size() <= 6);
}

TEST_CASE("an advantage moves the probability of the architecture that had it, and only where it points",
          "[training_free_rl]")
{
    const toy::Digits space({4, 4});
    for (const bool lstm : {true, false})
        for (const double advantage : {1.0, -1.0}) {
            Rng rng(5);
            Controller controller(space.decisions(), {.hidden = 16, .lstm = lstm, .learning_rate = 0.01}, rng);
            const Controller::Episode before = controller.sample(1, rng);
            controller.reinforce(before, std::vector<double>{advantage});
            double after = 0;
            do {  // until the same architecture is drawn again
                const Controller::Episode again = controller.sample(1, rng);
                if (again.architectures == before.architectures)
                    after = again.log_probability.item<double>();
            } while (after == 0);
            CHECK((after - before.log_probability.item<double>()) * advantage > 0);
        }
}

TEST_CASE("no advantage changes nothing, and the entropy bonus raises the entropy", "[training_free_rl]")
{
    const toy::Digits space({4, 4, 4});
    Rng rng(5);
    Controller still(space.decisions(), {.hidden = 8, .learning_rate = 0.1}, rng);
    const at::Tensor before = still.parameters()[1].detach().clone();
    still.reinforce(still.sample(2, rng), std::vector<double>{0, 0});
    CHECK(at::equal(before, still.parameters()[1]));

    Controller curious(space.decisions(), {.hidden = 8, .learning_rate = 0.01, .temperature = 0.1, .entropy_bonus = 1},
                       rng);
    const double entropy = curious.sample(64, rng).entropy.item<double>();
    for (int i = 0; i < 20; ++i)
        curious.reinforce(curious.sample(8, rng), std::vector<double>(8, 0.0));
    CHECK(curious.sample(64, rng).entropy.item<double>() > entropy);
    CHECK(curious.sample(64, rng).entropy.item<double>() <= std::log(4.0));
}

TEST_CASE("the tanh constant bounds how sure the policy can be", "[training_free_rl]")
{
    const toy::Digits space({2});
    Rng rng(1);
    Controller controller(space.decisions(), {.hidden = 8, .learning_rate = 0.1, .tanh_constant = 1}, rng);
    for (int i = 0; i < 200; ++i) {
        const Controller::Episode e = controller.sample(1, rng);
        controller.reinforce(e, std::vector<double>{e.architectures[0].choices[0] == 1 ? 1.0 : -1.0});
    }
    // logits within +-1: at least 1 / (1 + e^2)
    CHECK(controller.sample(1, rng).log_probability.item<double>() <= std::log(1 / (1 + std::exp(-2.0))) + 1e-12);
}
