// Leaf losses over sums of sufficient statistics; `limbeck.search.losses` states the formulas and their sources.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>

namespace limbeck {

struct Loss {
    bool hard = true;  // disagreement with classes; else squared distance, with statistics (w, w|y|^2, w y)
    int d = 0;         // statistics of a row
    double eta = 0.0;  // share of impurity in the cost of classes
    double price = std::numeric_limits<double>::infinity();  // of asking the model, for every unit of weight

    double weight(const double *s) const {
        if (!hard) return s[0];
        double w = 0.0;
        for (int c = 0; c < d; ++c) w += s[c];
        return w;
    }

    double impurity(const double *s) const { return hard ? gini(s, weight(s)) : squared(s); }

    double cost(const double *s) const { return asked(answering_cost(s), weight(s)); }

    bool asks(const double *s) const {
        const double w = weight(s);
        return w > 0 && price * w < answering_cost(s);
    }

    // What a leaf of some weight costs that may ask the model, where it costs so much when it answers.
    double asked(double answering, double w) const {
        return price == std::numeric_limits<double>::infinity() ? answering : std::min(answering, price * w);
    }

  private:
    double answering_cost(const double *s) const {
        if (!hard) return squared(s);
        const double w = weight(s), wrong = w - *std::max_element(s, s + d);
        return eta == 0.0 ? wrong : wrong + eta * gini(s, w);
    }

    static constexpr double tiny = std::numeric_limits<double>::min();

    double gini(const double *s, double w) const {
        double squares = 0.0;
        for (int c = 0; c < d; ++c) squares += s[c] * s[c];
        return w - squares / std::max(w, tiny);
    }

    double squared(const double *s) const {
        double squares = 0.0;
        for (int c = 2; c < d; ++c) squares += s[c] * s[c];
        return std::max(s[1] - squares / std::max(s[0], tiny), 0.0);
    }
};

}  // namespace limbeck
