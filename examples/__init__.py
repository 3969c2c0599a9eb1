"""Examples that run: real networks on real tables."""
