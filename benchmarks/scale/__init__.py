"""More rows than memory holds: distilled, answered and certified in batches."""
