#include "grow.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "costs.hpp"
#include "parallel.hpp"

namespace limbeck {

namespace {

constexpr double none = -std::numeric_limits<double>::infinity();
constexpr std::int64_t unranked = std::numeric_limits<std::int64_t>::max();

// Both sides of every literal under one clause, by the statistics that its rows have, and what they are as leaves.
struct Sides {
    std::vector<int> held;        // (h,)
    std::vector<double> yes, no;  // (h, l)
    LeafCosts of_yes, of_no;

    Sides(const Rows &rows, const std::uint64_t *members, const double *sums) : of_yes(rows.l), of_no(rows.l) {
        const std::vector<int> row = listed(members, rows.words);
        held = present(rows, row);
        Loss loss = rows.loss;
        loss.d = static_cast<int>(held.size());
        std::vector<double> whole;
        for (const int c : held) whole.push_back(sums[c]);
        yes.resize(static_cast<std::size_t>(rows.l) * loss.d);
        no.resize(yes.size());
        literal_sums(rows, row, members, held, yes.data());
        remainder(whole.data(), yes.data(), loss.d, rows.l, no.data());
        of_yes.measure(loss, yes.data(), rows.l);
        of_no.measure(loss, no.data(), rows.l);
    }

    // Write the sums of both sides of a literal behind others, of d statistics each.
    void append(int literal, int d, std::vector<double> &to_yes, std::vector<double> &to_no) const {
        const std::size_t l = of_yes.weight.size(), at = to_yes.size();
        to_yes.resize(at + d, 0.0);
        to_no.resize(at + d, 0.0);
        for (std::size_t c = 0; c < held.size(); ++c) {
            to_yes[at + held[c]] = yes[c * l + literal];
            to_no[at + held[c]] = no[c * l + literal];
        }
    }

    // Whether neither side of a literal is too light.
    bool allowed(int literal, double min_leaf) const {
        return of_yes.weight[literal] >= min_leaf && of_no.weight[literal] >= min_leaf;
    }
};

// The scores of all literals under one clause by one guide, minus infinity where a side is too light.
void score(const Guide &guide, int clause, const Sides &sides, const std::vector<char> &allowed,
           std::vector<double> &scores) {
    const std::size_t l = scores.size();
    const auto left = [&](const std::vector<double> &one, const std::vector<double> &other) {
        for (std::size_t j = 0; j < l; ++j) scores[j] = allowed[j] ? -one[j] - other[j] : none;
    };
    if (guide.kind == Guide::impurity) left(sides.of_yes.impurity, sides.of_no.impurity);
    if (guide.kind == Guide::agreement) left(sides.of_yes.cost, sides.of_no.cost);
    if (guide.kind == Guide::given)
        for (std::size_t j = 0; j < l; ++j) scores[j] = allowed[j] ? guide.scores[clause * l + j] : none;
}

// Mark the best literals of one guide: the best, again and again, because widths are small.
void rank_best(std::vector<double> &scores, int width, int guide, std::vector<std::int64_t> &rank,
               std::vector<std::uint64_t> &first) {
    for (int place = 0; place < width; ++place) {
        const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
        if (!(scores[best] > none)) return;
        rank[best] = std::min<std::int64_t>(rank[best], place);
        if (place == 0) first[best] |= std::uint64_t{1} << guide;
        scores[best] = none;
    }
}

// What incumbents ask comes first, and all else departs from it.
void put_first(const bool *asked, const std::vector<char> &allowed, std::vector<std::int64_t> &rank,
               std::vector<std::uint64_t> &first) {
    const std::size_t l = rank.size();
    bool any = false;
    for (std::size_t j = 0; j < l; ++j) any |= asked[j] && allowed[j];
    if (!any) return;
    for (std::size_t j = 0; j < l; ++j) {
        if (rank[j] != unranked) ++rank[j];
        if (!asked[j] || !allowed[j]) continue;
        rank[j] = 0;
        first[j] |= incumbent;
    }
}

void propose_for(const Rows &rows, int clause, const std::uint64_t *members, const double *sums,
                 const std::vector<Guide> &guides, int width, double min_leaf, const bool *asked, Proposals &out) {
    const int l = rows.l, d = rows.loss.d;
    if (!l) return;
    const Sides sides(rows, members, sums);
    std::vector<char> allowed(l);
    for (int j = 0; j < l; ++j) allowed[j] = sides.allowed(j, min_leaf);
    std::vector<double> scores(l);
    std::vector<std::int64_t> rank(l, unranked);
    std::vector<std::uint64_t> first(l, 0);
    for (std::size_t g = 0; g < guides.size(); ++g) {
        score(guides[g], clause, sides, allowed, scores);
        rank_best(scores, std::min(width, l), static_cast<int>(g), rank, first);
    }
    if (asked) put_first(asked + static_cast<std::size_t>(clause) * l, allowed, rank, first);
    for (int j = 0; j < l; ++j) {
        if (rank[j] == unranked) continue;
        out.splits.push_back({clause, j, rank[j], first[j]});
        sides.append(j, d, out.yes, out.no);
    }
}

std::uint64_t hash_of(const std::uint64_t *bits, int words) {
    std::uint64_t hash = 0x9E3779B97F4A7C15ULL;
    for (int w = 0; w < words; ++w) {
        hash ^= bits[w];
        hash *= 0xFF51AFD7ED558CCDULL;
        hash ^= hash >> 32;
    }
    return hash;
}

// Finds a set of rows among those that were put in.
class Distinct {
  public:
    Distinct(Sets &sets, std::size_t most) : sets_(sets), slots_(std::bit_ceil(2 * most + 1), -1) {}

    // The place of a set; it is put in when it is new.
    std::int64_t place(const std::uint64_t *set) {
        const std::uint64_t hash = hash_of(set, sets_.words);
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
            std::int64_t &at = slots_[slot];
            if (at >= 0) {
                if (hashes_[at] == hash && std::equal(set, set + sets_.words, sets_[at])) return at;
                continue;
            }
            at = static_cast<std::int64_t>(hashes_.size());
            hashes_.push_back(hash);
            sets_.bits.insert(sets_.bits.end(), set, set + sets_.words);
            return at;
        }
    }

  private:
    Sets &sets_;
    std::vector<std::int64_t> slots_;
    std::vector<std::uint64_t> hashes_;
};

}  // namespace

std::vector<int> listed(const std::uint64_t *members, int words) {
    std::vector<int> row;
    each_row(members, words, [&](int r) { row.push_back(r); });
    return row;
}

Proposals propose(const Rows &rows, const Sets &members, const double *sums,
                  const std::vector<Guide> &guides, int width, double min_leaf, int threads, const bool *asked) {
    const int k = static_cast<int>(members.size());
    std::vector<Proposals> parts(k);
    in_parallel(k, threads, [&](int i) {
        propose_for(rows, i, members[i], sums + static_cast<std::size_t>(i) * rows.loss.d, guides, width, min_leaf,
                    asked, parts[i]);
    });
    Proposals whole;
    for (const Proposals &part : parts) {
        whole.splits.insert(whole.splits.end(), part.splits.begin(), part.splits.end());
        whole.yes.insert(whole.yes.end(), part.yes.begin(), part.yes.end());
        whole.no.insert(whole.no.end(), part.no.begin(), part.no.end());
    }
    return whole;
}

Children children(const Rows &rows, const Sets &members, const std::vector<int> &parent,
                  const std::vector<int> &literal) {
    const std::size_t m = parent.size();
    Children made;
    made.members.words = rows.words;
    made.place.reserve(2 * m);
    Distinct distinct(made.members, 2 * m);
    Bits side(rows.words);
    for (std::size_t i = 0; i < 2 * m; ++i) {
        const std::uint64_t *above = members[parent[i % m]], *asked = rows.answers[literal[i % m]].data();
        for (int w = 0; w < rows.words; ++w) side[w] = above[w] & (i < m ? asked[w] : ~asked[w]);
        const std::int64_t place = distinct.place(side.data());
        if (place == static_cast<std::int64_t>(made.first.size())) made.first.push_back(static_cast<std::int64_t>(i));
        made.place.push_back(place);
    }
    return made;
}

}  // namespace limbeck
