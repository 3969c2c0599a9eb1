"""Linear representation on trained networks of the paper's kind, beside its two controls."""
