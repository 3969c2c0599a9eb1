"""Learning beside distilling: students from labelled rows alone, and polynomials from queries."""

from limbeck.learning.fourier import bits_of, fourier_queries, heavy_polynomial, low_degree_polynomial
from limbeck.learning.greedy_tree import greedy_tree
from limbeck.learning.junta_search import search_junta
from limbeck.learning.linear import fit_threshold

__all__ = [
    "bits_of",
    "fit_threshold",
    "fourier_queries",
    "greedy_tree",
    "heavy_polynomial",
    "low_degree_polynomial",
    "search_junta",
]
