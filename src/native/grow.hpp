// One level of the beam: which splits the guides propose, and the clauses that these make.
#pragma once

#include "rows.hpp"

namespace limbeck {

// What one guide goes by: the impurity or the cost that a split leaves, or scores given from outside.
struct Guide {
    enum Kind { impurity, agreement, given } kind = impurity;
    const double *scores = nullptr;  // (k, l), for `given`
};

struct Proposal {
    int parent, literal;
    std::int64_t rank;    // best place in a guide's list
    std::uint64_t first;  // a bit for each guide that likes it best
};

struct Proposals {
    std::vector<Proposal> splits;  // by parent, then by literal
    std::vector<double> yes, no;   // sums, shape (m, d)
};

// Bit of a proposal that stands for the incumbents.
constexpr std::uint64_t incumbent = std::uint64_t{1} << 63;

// The best `width` literals of every guide under each of k clauses, given as bits with their sums (k, d), behind what
// incumbents ask, (k, l) or null.
Proposals propose(const Rows &rows, const Sets &members, const double *sums,
                  const std::vector<Guide> &guides, int width, double min_leaf, int threads, const bool *asked);

// Both sides of every split, equal sets of rows once, in the order in which they first stand (all yes, then all no).
struct Children {
    Sets members;
    std::vector<std::int64_t> place;  // (2 m,): which of them each side is
    std::vector<std::int64_t> first;  // where each stands first
};

Children children(const Rows &rows, const Sets &members, const std::vector<int> &parent,
                  const std::vector<int> &literal);

std::vector<int> listed(const std::uint64_t *members, int words);

}  // namespace limbeck
