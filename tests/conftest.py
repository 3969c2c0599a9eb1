"""Settings that all tests share."""

import os

from hypothesis import settings

# Before NumPy is imported: tests run side by side, and threads of the BLAS and of PyTorch would wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("KERAS_BACKEND", "torch")  # before any module imports Keras, which would look for TensorFlow

settings.register_profile("limbeck", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("limbeck")


def pytest_terminal_summary(terminalreporter):
    """Say loudly what was left out for want of a browser."""
    left_out = [r for r in terminalreporter.stats.get("skipped", []) if "no Chrome or Chromium" in str(r.longrepr)]
    if left_out:
        words = f"NOT TESTED: {len(left_out)} tests of the report in a browser, as there is no Chrome or Chromium here"
        terminalreporter.write_line(words, red=True, bold=True)
