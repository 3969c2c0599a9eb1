// The rows of one fit: their bins column by column, their answers as bits, and what each adds to a sum.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "loss.hpp"

namespace limbeck {

using Bits = std::vector<std::uint64_t>;

// Sets of rows, one behind the other.
struct Sets {
    int words = 0;
    std::vector<std::uint64_t> bits;

    std::size_t size() const { return words ? bits.size() / words : 0; }
    const std::uint64_t *operator[](std::size_t i) const { return bits.data() + i * words; }
    std::uint64_t *operator[](std::size_t i) { return bits.data() + i * words; }
};

// Call with each row of a set, in ascending order.
template <class Call>
void each_row(const std::uint64_t *bits, int words, Call call) {
    for (int w = 0; w < words; ++w)
        for (std::uint64_t left = bits[w]; left; left &= left - 1) call((w << 6) + std::countr_zero(left));
}

template <class Call>
void each_row(const Bits &bits, Call call) {
    each_row(bits.data(), static_cast<int>(bits.size()), call);
}

inline void put(std::uint64_t *bits, int row) { bits[row >> 6] |= std::uint64_t{1} << (row & 63); }

inline bool bit(const std::uint64_t *bits, int row) { return bits[row >> 6] >> (row & 63) & 1; }

// A literal is answered with yes by the first so many bins of its column, or by the bins of a list.
struct Asked {
    int literal = 0;
    int prefix = -1;
    std::vector<int> bins;
};

struct Column {
    int n_bins = 0;
    std::vector<std::uint16_t> bin_of;  // (n,), numbered so that answers of thresholds are prefixes; until blocks hold it
    std::vector<Asked> asked;           // those of prefixes first, shortest first
    int first_cell = 0;                 // of its bins, among the cells of its block
};

// Some columns whose histograms fit into a cache, with their bins row by row: a row is added to all of them at once.
struct Block {
    bool yes_no = false;  // whether each column has one literal, which popcounts can tell too
    int cells = 0;        // bins of all its columns
    std::vector<int> columns;
    std::vector<std::uint16_t> cell;  // (n, columns): the bin that a row is in, counted over the block
};

// Rows of one class and weight, which a popcount can tell.
struct Kind {
    int code = 0;
    double weight = 1.0;
    Bits rows;
};

struct Rows {
    int n = 0, l = 0, words = 0;
    Loss loss;
    std::vector<Column> columns;
    std::vector<Block> blocks;
    std::vector<Bits> answers;       // (l,) of n bits
    std::vector<int> codes;          // (n,), where a row has its weight at one place
    std::vector<Bits> of_class;      // (d,): the rows of each class, likewise
    std::vector<double> weights;     // (n,), empty where all are 1
    std::vector<double> statistics;  // (n, d), where it has more
    std::vector<Kind> kinds;         // empty where there are too many
    std::vector<int> kind_of;        // (n,)

    // What a row counts, where it has its weight at one place.
    double weight(int row) const { return weights.empty() ? 1.0 : weights[row]; }

    // Add what a row counts to sums of shape (d,).
    void add(int row, double *sums) const {
        if (loss.hard) {
            sums[codes[row]] += weight(row);
        } else {
            const double *s = &statistics[static_cast<std::size_t>(row) * loss.d];
            for (int c = 0; c < loss.d; ++c) sums[c] += s[c];
        }
    }

    bool answer(int row, int literal) const { return bit(answers[literal].data(), row); }
};

// Lay the columns out in blocks, which take over their bins.
void make_blocks(Rows &rows);

// Which statistics some rows have: of classes those of the rows, for the others add nothing to any sum.
std::vector<int> present(const Rows &rows, const std::vector<int> &row);

// Sums of some rows with each literal: yes has shape (statistics, l) for the statistics that are named, those that the
// rows have or all. `held` are the same rows as bits, or null.
void literal_sums(const Rows &rows, const std::vector<int> &row, const std::uint64_t *held,
                  const std::vector<int> &statistics, double *yes);

// Sums of one number a row over the rows that answer each literal with yes, shape (l,).
void literal_totals(const Rows &rows, const int *row, const double *number, int m, double *yes);

}  // namespace limbeck
