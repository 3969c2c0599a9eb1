"""The methods, one file each: a generator of ever more trees with at most so many leaves, cheap settings first."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from benchmarks.tables.given import Students

__all__ = ["METHODS", "Method"]


@dataclass(frozen=True)
class Method:
    """What is run, where, and on what.

    Parameters
    ----------
    module : str
        The file here with `students(given, leaves, clock)`.
    packages : tuple of str
        Whose versions belong to the result.
    imports : tuple of str
        What is imported before the clock starts.
    asks : bool
        Whether it asks the teacher about rows of its own.
    apart : bool
        Whether it runs in the peers' own environment.
    regression : bool
        Whether it takes real-valued answers.
    """

    module: str
    packages: tuple[str, ...]
    imports: tuple[str, ...]
    asks: bool = False
    apart: bool = True
    regression: bool = True

    def students(self) -> Students:
        """Import the method and what it needs, in the process that runs it."""
        for module in self.imports:
            import_module(module)
        return import_module(f"benchmarks.tables.methods.{self.module}").students

    def versions(self) -> dict[str, str]:
        """Return the packages' versions, and for limbeck a hash of its source."""
        found = {package: version(package) for package in self.packages}
        if "limbeck" in found:
            found["source"] = _source_hash()
        return found


def _source_hash() -> str:
    """Hash the source of limbeck that is imported here: a version number does not move with every change."""
    import hashlib

    import limbeck

    digest = hashlib.sha256()
    for path in sorted(Path(limbeck.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


_TREES = ("sklearn.tree", "sklearn.ensemble")
METHODS: dict[str, Method] = {
    "cart": Method("cart", ("scikit-learn",), _TREES, apart=False),
    "hstree": Method("hstree", ("imodels", "scikit-learn"), ("imodels",)),
    "cart-synthetic": Method("cart_synthetic", ("scikit-learn",), _TREES, asks=True, apart=False),
    "limbeck": Method("limbeck", ("limbeck",), ("limbeck", *_TREES), asks=True, apart=False),
    "limbeck-fast": Method("limbeck_fast", ("limbeck",), ("limbeck", *_TREES), asks=True, apart=False),
    "trustee": Method("trustee", ("trustee", "scikit-learn"), ("trustee",)),
    "licketysplit": Method("licketysplit", ("licketysplit", "scikit-learn"), ("licketysplit", *_TREES)),
    "arborenum": Method("arborenum", ("arborenum", "scikit-learn"), ("arborenum", *_TREES), regression=False),
    "pystreed": Method("pystreed", ("pystreed", "scikit-learn"), ("pystreed", *_TREES)),
    "pycontree": Method("pycontree", ("pycontree",), ("pycontree",), regression=False),
}
"""By name, the cheap ones first."""
