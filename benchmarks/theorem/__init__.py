"""The paper's theorem, run: what passes, what can pass and how long it takes, as the number of bits grows."""
