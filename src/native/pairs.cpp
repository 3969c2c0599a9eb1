#include "pairs.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "costs.hpp"
#include "popcount.hpp"

namespace limbeck {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

// The literals that split the rows best by impurity, in ascending order; `single` are their sums, (d, l).
std::vector<int> promising(const Rows &rows, const std::vector<double> &single, const std::vector<double> &total,
                           int most) {
    const int l = rows.l;
    std::vector<int> kept(l);
    std::iota(kept.begin(), kept.end(), 0);
    if (l <= most) return kept;
    std::vector<double> rest(single.size()), after(l);
    remainder(total.data(), single.data(), rows.loss.d, l, rest.data());
    LeafCosts yes(l), no(l);
    yes.measure(rows.loss, single.data(), l);
    no.measure(rows.loss, rest.data(), l);
    for (int j = 0; j < l; ++j) after[j] = yes.impurity[j] + no.impurity[j];
    std::nth_element(kept.begin(), kept.begin() + most, kept.end(),
                     [&](int a, int b) { return after[a] != after[b] ? after[a] < after[b] : a < b; });
    kept.resize(most);
    std::sort(kept.begin(), kept.end());
    return kept;
}

// Sums of the rows that answer one literal and each other with yes: by popcounts of the rows of each kind, or one by one.
class PairSums {
  public:
    PairSums(const Rows &rows, const std::vector<int> &row, const std::vector<int> &kept, const std::vector<int> &held)
        : rows_(rows), row_(row), k_(static_cast<int>(kept.size())), place_(rows.loss.d, -1) {
        for (std::size_t i = 0; i < held.size(); ++i) place_[held[i]] = static_cast<int>(i);
        if (rows.kinds.empty()) {
            for (int r : row) {
                held_.emplace_back();
                for (int j : kept) held_.back().push_back(rows.answer(r, j));
            }
            return;
        }
        std::vector<std::vector<int>> of_kind(rows.kinds.size());
        for (int r : row) of_kind[rows.kind_of[r]].push_back(r);
        for (std::size_t i = 0; i < of_kind.size(); ++i) {
            if (of_kind[i].empty()) continue;
            const int words = static_cast<int>(of_kind[i].size() + 63) / 64;
            Bits bits(static_cast<std::size_t>(k_) * words, 0);
            for (int a = 0; a < k_; ++a) {
                const std::uint64_t *answers = rows.answers[kept[a]].data();
                std::uint64_t *out = &bits[static_cast<std::size_t>(a) * words];
                for (std::size_t i_row = 0; i_row < of_kind[i].size(); ++i_row)
                    out[i_row >> 6] |= static_cast<std::uint64_t>(bit(answers, of_kind[i][i_row])) << (i_row & 63);
            }
            packed_.push_back({rows.kinds[i].code, rows.kinds[i].weight, words, std::move(bits)});
        }
    }

    // Fill in the sums with every literal, shape (statistics, k).
    void of(int a, std::vector<double> &sums, std::vector<int> &counts) const {
        std::fill(sums.begin(), sums.end(), 0.0);
        for (const Packed &part : packed_) {
            common_bits_of(&part.bits[static_cast<std::size_t>(a) * part.words], part.bits.data(), part.words, k_,
                           part.words, counts.data());
            double *of_class = &sums[static_cast<std::size_t>(place_[part.code]) * k_];
            for (int b = 0; b < k_; ++b) of_class[b] += part.weight * counts[b];
        }
        if (!packed_.empty() || held_.empty()) return;
        for (std::size_t i = 0; i < row_.size(); ++i) {
            if (!held_[i][a]) continue;
            const int r = row_[i], d = rows_.loss.d;
            if (rows_.loss.hard)  // a row counts for its class alone
                add(held_[i], rows_.weight(r), place_[rows_.codes[r]], sums);
            else
                for (int c = 0; c < d; ++c) add(held_[i], rows_.statistics[static_cast<std::size_t>(r) * d + c], c, sums);
        }
    }

  private:
    void add(const std::vector<double> &held, double number, std::size_t place, std::vector<double> &sums) const {
        double *of_statistic = &sums[place * k_];
        for (int b = 0; b < k_; ++b) of_statistic[b] += held[b] * number;
    }

    struct Packed {
        int code;
        double weight;
        int words;
        Bits bits;
    };
    const Rows &rows_;
    const std::vector<int> &row_;
    int k_;
    std::vector<int> place_;  // of each statistic among those that are summed
    std::vector<Packed> packed_;
    std::vector<std::vector<double>> held_;  // (rows, k)
};

struct Side {
    double cost = infinite;
    int second = -1;
};

// The best second question, of those whose two leaves cost so much: the first among equals.
Side best_second(const double *cost, int k) {
    const auto at = std::min_element(cost, cost + k);
    return {*at, static_cast<int>(at - cost)};
}

// One first literal: what each side costs as a leaf, and with its best second question.
struct First {
    double yes_one = infinite, no_one = infinite;
    Side yes_two, no_two;
};

// Scores first literals, with memory that serves them all.
class Firsts {
  public:
    Firsts(const Loss &loss, const std::vector<double> &single, const std::vector<double> &total, int k, double min_leaf)
        : loss_(loss), single_(single), total_(total), k_(k), min_leaf_(min_leaf), leaves_(k), part_(single.size()),
          yes_(k), no_(k) {
        std::vector<double> rest(single.size());
        remainder(total.data(), single.data(), loss.d, k, rest.data());
        const double *cost = leaves_.unless_light(loss, single.data(), k, min_leaf);
        yes_one_.assign(cost, cost + k);
        cost = leaves_.unless_light(loss, rest.data(), k, min_leaf);
        no_one_.assign(cost, cost + k);
    }

    First of(int a, const std::vector<double> &pairs) {
        add(yes_, pairs.data(), false);
        each([&](int c, int b) { return single_[c * k_ + a] - pairs[c * k_ + b]; });  // the first alone
        add(yes_, part_.data(), true);
        each([&](int c, int b) { return single_[c * k_ + b] - pairs[c * k_ + b]; });  // the second alone
        add(no_, part_.data(), false);
        each([&](int c, int b) { return total_[c] - single_[c * k_ + a] - (single_[c * k_ + b] - pairs[c * k_ + b]); });
        add(no_, part_.data(), true);
        return {yes_one_[a], no_one_[a], best_second(yes_.data(), k_), best_second(no_.data(), k_)};
    }

  private:
    template <class Sum>
    void each(Sum sum) {
        for (int c = 0; c < loss_.d; ++c)
            for (int b = 0; b < k_; ++b) part_[c * k_ + b] = sum(c, b);
    }

    void add(std::vector<double> &side, const double *sums, bool second) {
        const double *cost = leaves_.unless_light(loss_, sums, k_, min_leaf_);
        for (int b = 0; b < k_; ++b) side[b] = second ? side[b] + cost[b] : cost[b];
    }

    const Loss &loss_;
    const std::vector<double> &single_, &total_;
    int k_;
    double min_leaf_;
    LeafCosts leaves_;
    std::vector<double> part_, yes_, no_, yes_one_, no_one_;
};

// The best literals for at most 2, 3 and 4 leaves; more leaves are used only when they help.
Pairs fewest_leaves_first(const std::vector<First> &firsts, const std::vector<int> &kept) {
    Pairs best;
    double least = infinite;
    std::int32_t choice[3] = {-1, -1, -1};
    const auto offer = [&](auto cost, bool ask_yes, bool ask_no) {
        const auto at = std::min_element(firsts.begin(), firsts.end(), [&](const First &a, const First &b) {
            return cost(a) < cost(b);
        });
        if (!(cost(*at) < least)) return;
        least = cost(*at);
        choice[0] = kept[at - firsts.begin()];
        choice[1] = ask_yes ? kept[at->yes_two.second] : -1;
        choice[2] = ask_no ? kept[at->no_two.second] : -1;
    };
    for (int size = 0; size < 3; ++size) {
        if (size == 0) offer([](const First &f) { return f.yes_one + f.no_one; }, false, false);
        if (size == 1) {
            offer([](const First &f) { return f.yes_two.cost + f.no_one; }, true, false);
            offer([](const First &f) { return f.yes_one + f.no_two.cost; }, false, true);
        }
        if (size == 2) offer([](const First &f) { return f.yes_two.cost + f.no_two.cost; }, true, true);
        best.cost[size] = least;
        std::copy(choice, choice + 3, best.literals[size]);
    }
    return best;
}

// What some rows add up to: all of them, shape (d,), and those that answer each literal with yes, shape (d, l).
struct Singles {
    std::vector<double> total, yes;

    Singles(const Rows &rows, const std::vector<int> &row)
        : total(rows.loss.d, 0.0), yes(static_cast<std::size_t>(rows.l) * rows.loss.d) {
        std::vector<int> every(rows.loss.d);
        std::iota(every.begin(), every.end(), 0);
        literal_sums(rows, row, nullptr, every, yes.data());
        for (int r : row) rows.add(r, total.data());
    }
};

}  // namespace

Single best_single(const Rows &rows, const std::vector<int> &row, double min_leaf) {
    const int l = rows.l;
    if (!l) return {infinite, -1};
    const Singles sums(rows, row);
    std::vector<double> rest(sums.yes.size());
    remainder(sums.total.data(), sums.yes.data(), rows.loss.d, l, rest.data());
    LeafCosts yes(l), no(l);
    const double *one = yes.unless_light(rows.loss, sums.yes.data(), l, min_leaf);
    const double *other = no.unless_light(rows.loss, rest.data(), l, min_leaf);
    std::vector<double> cost(l);
    for (int j = 0; j < l; ++j) cost[j] = one[j] + other[j];
    const auto best = std::min_element(cost.begin(), cost.end());
    return {*best, static_cast<int>(best - cost.begin())};
}

Pairs best_pairs(const Rows &rows, const std::vector<int> &row, double min_leaf, int max_literals) {
    const Singles sums_of_all(rows, row);
    const std::vector<double> &all = sums_of_all.yes, &total = sums_of_all.total;
    const std::vector<int> kept = promising(rows, all, total, max_literals);
    const int k = static_cast<int>(kept.size());
    if (!k) return fewest_leaves_first({First{}}, {-1});
    const std::vector<int> held = present(rows, row);
    Loss loss = rows.loss;
    loss.d = static_cast<int>(held.size());
    std::vector<double> single(static_cast<std::size_t>(k) * loss.d), whole(loss.d);
    for (int c = 0; c < loss.d; ++c) {
        whole[c] = total[held[c]];
        for (int b = 0; b < k; ++b) single[c * k + b] = all[static_cast<std::size_t>(held[c]) * rows.l + kept[b]];
    }
    const PairSums sums(rows, row, kept, held);
    Firsts scored(loss, single, whole, k, min_leaf);
    std::vector<double> pairs(single.size());
    std::vector<int> counts(k);
    std::vector<First> firsts;
    for (int a = 0; a < k; ++a) {
        sums.of(a, pairs, counts);
        firsts.push_back(scored.of(a, pairs));
    }
    return fewest_leaves_first(firsts, kept);
}

}  // namespace limbeck
