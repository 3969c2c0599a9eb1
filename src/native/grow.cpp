#include "grow.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "costs.hpp"
#include "parallel.hpp"

namespace limbeck {

namespace {

constexpr double none = -std::numeric_limits<double>::infinity();
constexpr std::int64_t unranked = std::numeric_limits<std::int64_t>::max();

// Both sides of every literal under one clause, statistic by statistic, and which literals leave neither too light.
struct Sides {
    std::vector<double> yes, no;  // (d, l)
    std::vector<char> allowed;
};

Sides sides_of(const Rows &rows, const std::uint64_t *members, const double *sums, double min_leaf, LeafCosts &leaves) {
    const int l = rows.l, d = rows.loss.d;
    Sides out{std::vector<double>(static_cast<std::size_t>(l) * d), std::vector<double>(static_cast<std::size_t>(l) * d),
              std::vector<char>(l, 1)};
    const std::vector<int> row = listed(members, rows.words);
    literal_sums(rows, row.data(), static_cast<int>(row.size()), members, out.yes.data());
    remainder(sums, out.yes.data(), d, l, out.no.data());
    for (const double *side : {out.yes.data(), out.no.data()}) {
        leaves.impurity(rows.loss, side, l);
        for (int j = 0; j < l; ++j) out.allowed[j] &= leaves.weight()[j] >= min_leaf;
    }
    return out;
}

// The scores of all literals under one clause by one guide, minus infinity where a side is too light.
void score(const Rows &rows, const Guide &guide, int clause, const Sides &sides, LeafCosts &leaves,
           std::vector<double> &scores) {
    const int l = rows.l;
    if (guide.kind == Guide::given) {
        const double *given = guide.scores + static_cast<std::size_t>(clause) * l;
        std::copy(given, given + l, scores.begin());
    } else {
        std::fill(scores.begin(), scores.end(), 0.0);
        for (const double *side : {sides.yes.data(), sides.no.data()}) {
            const double *cost = guide.kind == Guide::impurity ? leaves.impurity(rows.loss, side, l)
                                                               : leaves.of(rows.loss, side, l, none);
            for (int j = 0; j < l; ++j) scores[j] -= cost[j];
        }
    }
    for (int j = 0; j < l; ++j)
        if (!sides.allowed[j]) scores[j] = none;
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
    LeafCosts leaves(l);
    const Sides sides = sides_of(rows, members, sums, min_leaf, leaves);
    std::vector<double> scores(l);
    std::vector<std::int64_t> rank(l, unranked);
    std::vector<std::uint64_t> first(l, 0);
    for (std::size_t g = 0; g < guides.size(); ++g) {
        score(rows, guides[g], clause, sides, leaves, scores);
        rank_best(scores, std::min(width, l), static_cast<int>(g), rank, first);
    }
    if (asked) put_first(asked + static_cast<std::size_t>(clause) * l, sides.allowed, rank, first);
    for (int j = 0; j < l; ++j) {
        if (rank[j] == unranked) continue;
        out.splits.push_back({clause, j, rank[j], first[j]});
        for (int c = 0; c < d; ++c) {
            out.yes.push_back(sides.yes[static_cast<std::size_t>(c) * l + j]);
            out.no.push_back(sides.no[static_cast<std::size_t>(c) * l + j]);
        }
    }
}

struct HashOfBits {
    int words;
    std::size_t operator()(const std::uint64_t *bits) const {
        std::uint64_t hash = 0x9E3779B97F4A7C15ULL;
        for (int w = 0; w < words; ++w) {
            hash ^= bits[w];
            hash *= 0xFF51AFD7ED558CCDULL;
            hash ^= hash >> 32;
        }
        return static_cast<std::size_t>(hash);
    }
};

struct SameBits {
    int words;
    bool operator()(const std::uint64_t *a, const std::uint64_t *b) const { return std::equal(a, a + words, b); }
};

}  // namespace

std::vector<int> listed(const std::uint64_t *members, int words) {
    std::vector<int> row;
    each_row(members, words, [&](int r) { row.push_back(r); });
    return row;
}

Proposals propose(const Rows &rows, const std::vector<const std::uint64_t *> &members, const double *sums,
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

Children children(const Rows &rows, const std::vector<const std::uint64_t *> &members, const std::vector<int> &parent,
                  const std::vector<int> &literal) {
    const std::size_t m = parent.size();
    Children made;
    made.members.reserve(2 * m);  // the keys of the map point into it
    made.place.reserve(2 * m);
    std::unordered_map<const std::uint64_t *, std::int64_t, HashOfBits, SameBits> known(
        2 * m, HashOfBits{rows.words}, SameBits{rows.words});
    Bits side(rows.words);
    for (std::size_t i = 0; i < 2 * m; ++i) {
        const std::uint64_t *above = members[parent[i % m]], *asked = rows.answers[literal[i % m]].data();
        for (int w = 0; w < rows.words; ++w) side[w] = above[w] & (i < m ? asked[w] : ~asked[w]);
        const auto found = known.find(side.data());
        if (found != known.end()) {
            made.place.push_back(found->second);
            continue;
        }
        const auto here = static_cast<std::int64_t>(made.members.size());
        made.members.push_back(side);
        made.first.push_back(static_cast<std::int64_t>(i));
        made.place.push_back(here);
        known.emplace(made.members.back().data(), here);
    }
    return made;
}

}  // namespace limbeck
