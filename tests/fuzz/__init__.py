"""Random distillations and command lines: `python -m tests.fuzz --runs 5000 --commands 1000`."""
