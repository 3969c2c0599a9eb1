#include "rows.hpp"

#include <algorithm>

#include "popcount.hpp"

namespace limbeck {

namespace {

// Turn a column's histogram, d numbers a bin, into the sums of its literals.
template <class Count>
void answers_of_bins(const Column &column, const Count *histogram, int d, double *yes) {
    std::vector<double> running(d, 0.0);
    int bin = 0;
    for (const Asked &asked : column.asked) {
        double *out = yes + static_cast<std::size_t>(asked.literal) * d;
        if (asked.prefix >= 0) {
            for (; bin < asked.prefix; ++bin)
                for (int c = 0; c < d; ++c) running[c] += histogram[bin * d + c];
            std::copy(running.begin(), running.end(), out);
        } else {
            std::fill(out, out + d, 0.0);
            for (int b : asked.bins)
                for (int c = 0; c < d; ++c) out[c] += histogram[b * d + c];
        }
    }
}

// A yes/no column by the popcounts of its one literal.
void by_popcount(const Rows &rows, const std::vector<Bits> &held, int literal, double *yes) {
    double *out = yes + static_cast<std::size_t>(literal) * rows.loss.d;
    std::fill(out, out + rows.loss.d, 0.0);
    for (std::size_t k = 0; k < rows.kinds.size(); ++k) {
        const auto count = common_bits(held[k].data(), rows.answers[literal].data(), rows.words);
        out[rows.kinds[k].code] += rows.kinds[k].weight * static_cast<double>(count);
    }
}

template <class Count>
void by_histogram(const Rows &rows, const Column &column, const int *row, int m, std::vector<Count> &histogram,
                  const std::vector<int> &codes, const std::vector<double> &weights, double *yes) {
    const int d = rows.loss.d;
    histogram.assign(static_cast<std::size_t>(column.n_bins) * d, Count{});
    const std::uint16_t *bin_of = column.bin_of.data();
    if (!rows.loss.hard) {
        for (int i = 0; i < m; ++i) {
            const double *s = &rows.statistics[static_cast<std::size_t>(row[i]) * d];
            for (int c = 0; c < d; ++c) histogram[bin_of[row[i]] * d + c] += static_cast<Count>(s[c]);
        }
    } else if (weights.empty()) {
        for (int i = 0; i < m; ++i) histogram[bin_of[row[i]] * d + codes[i]] += 1;
    } else {
        for (int i = 0; i < m; ++i) histogram[bin_of[row[i]] * d + codes[i]] += static_cast<Count>(weights[i]);
    }
    answers_of_bins(column, histogram.data(), d, yes);
}

}  // namespace

void literal_sums(const Rows &rows, const int *row, int m, const std::uint64_t *held, double *yes) {
    std::vector<int> codes;
    std::vector<double> weights, sums;
    std::vector<int> counts;
    if (rows.loss.hard) {
        codes.resize(m);
        for (int i = 0; i < m; ++i) codes[i] = rows.codes[row[i]];
        if (!rows.weights.empty()) {
            weights.resize(m);
            for (int i = 0; i < m; ++i) weights[i] = rows.weights[row[i]];
        }
    }
    // Popcounts read every word of every kind, lists only the rows that are held.
    const bool popcount = held && !rows.kinds.empty() && rows.kinds.size() * rows.words < static_cast<std::size_t>(m);
    std::vector<Bits> held_of;
    if (popcount)
        for (const Kind &kind : rows.kinds) {
            held_of.emplace_back(rows.words);
            for (int w = 0; w < rows.words; ++w) held_of.back()[w] = held[w] & kind.rows[w];
        }
    for (const Column &column : rows.columns) {
        if (popcount && column.asked.size() == 1)
            by_popcount(rows, held_of, column.asked[0].literal, yes);
        else if (rows.loss.hard && weights.empty())
            by_histogram(rows, column, row, m, counts, codes, weights, yes);
        else
            by_histogram(rows, column, row, m, sums, codes, weights, yes);
    }
}

void literal_totals(const Rows &rows, const int *row, const double *number, int m, double *yes) {
    std::vector<double> histogram;
    for (const Column &column : rows.columns) {
        histogram.assign(column.n_bins, 0.0);
        const std::uint16_t *bin_of = column.bin_of.data();
        for (int i = 0; i < m; ++i) histogram[bin_of[row[i]]] += number[i];
        answers_of_bins(column, histogram.data(), 1, yes);
    }
}

}  // namespace limbeck
