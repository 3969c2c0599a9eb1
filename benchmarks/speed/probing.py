"""Probes per second in closed form against probes trained by gradient descent, and the share of the GEMM peak.

Run: python -m benchmarks.speed.probing [--quick] [--trained]. Activations: a random ReLU network of residual blocks on
random ±1 bits, or a trained network of the paper. A probe is one clause scored; scoring a clause's l literals
makes 2 l probes.
"""

from __future__ import annotations

import argparse
import os
import platform
import time

# Settings meant for another processor would slow the measured peak and the kernel alike; the BLAS reads
# them when NumPy is imported.
for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(_name, None)

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from benchmarks.speed.timing import best  # noqa: E402
from limbeck.probes import (  # noqa: E402
    Features,
    batch_scores,
    choose_penalty,
    extension_scores,
    fit_features,
    prepare,
    prepare_extensions,
)

Bits = NDArray[np.bool_]


def main() -> None:
    """Print the four tables."""
    args = arguments()
    rng = np.random.default_rng(args.seed)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, NumPy {np.__version__}")
    print(f"load average at the start {os.getloadavg()[0]:.1f}; every time is the best of {args.repeats}\n")
    peak = gemm_peak(args.repeats)
    print(f"measured float32 GEMM peak (1536³): {peak / 1e9:.0f} GFlop/s\n")
    against_descent(args, rng)
    share_of_peak(args, rng)
    growth(args, rng)


def arguments() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that the script runs")
    parser.add_argument("--trained", action="store_true", help="a network of benchmarks/paper, trained on a tree")
    parser.add_argument("--width", type=int, help="hidden units per layer (default 1000: m = 8001)")
    parser.add_argument("--repeats", type=int, help="repetitions of each timing")
    parser.add_argument("--descent-probes", type=int, help="probes trained at once by gradient descent")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.width = args.width or (50 if args.quick else 1000)
    args.repeats = args.repeats or (2 if args.quick else 15)
    args.descent_probes = args.descent_probes or (20 if args.quick else 500)
    args.rows = 1000 if args.quick else 10_000
    return args


def against_descent(args: argparse.Namespace, rng: np.random.Generator) -> None:
    """Both ways of probing the same clauses of depth 3, k = 100 clauses times d = 100 literals."""
    bits, activations = (trained_network if args.trained else random_network)(args, rng)
    fit, check = slice(0, 1000), slice(1000, None)
    members = clauses(rng, bits, 100, 2)
    targets = children(members, bits)[:, : args.descent_probes]
    print(f"## Against gradient descent: m = {activations.shape[1]}, 1000 rows to fit, {args.rows} to validate")
    print("| probing | seconds before | probes | seconds | probes/s | mean R² on validation rows or LOO |")
    print("|---|---|---|---|---|---|")
    slow = {}
    for name, count in (("Adam, 101 steps, all at once", None), ("Adam, 101 steps, one at a time", 1)):
        chosen = targets[:, :count]
        seconds, r2 = trained_probes(activations[fit], chosen[fit], activations[check], chosen[check])
        slow[name] = chosen.shape[1] / seconds
        print(f"| {name} | 0 | {chosen.shape[1]} | {seconds:.2f} | {slow[name]:.1f} | {r2:.3f} |")
    own = fit_features(activations[fit])
    penalty = choose_penalty(own, targets[fit])
    for cap in (None, 128, 50):
        fast = closed_form(args, activations[fit], members[:, fit], bits[fit], cap, penalty)
        for name, rate in slow.items():
            print(f"  ratio to {name}: {fast / rate:,.0f} ×")
    print()


def random_network(args: argparse.Namespace, rng: np.random.Generator) -> tuple[Bits, NDArray[np.float32]]:
    """Bits, and the activations of a network with random weights on them."""
    return relu_network(rng, 1000 + args.rows, 100, args.width)


def trained_network(args: argparse.Namespace, rng: np.random.Generator) -> tuple[Bits, NDArray[np.float32]]:
    """Bits, and the activations of the paper's network after training on a tree of depth 4."""
    from benchmarks.paper.teachers import trained_teacher
    from limbeck.core import as_table
    from limbeck.probes import concatenate
    from limbeck.teachers.torch import TorchTeacher

    bits = rng.random((1000 + args.rows, 100)) < 0.5
    network = trained_teacher(4, 0).network
    teacher = TorchTeacher(network, layers=network.paper_layers())
    return bits, concatenate(teacher.activations(as_table((2.0 * bits - 1).astype(np.float32))))


def closed_form(
    args: argparse.Namespace,
    activations: NDArray[np.float32],
    members: Bits,
    bits: Bits,
    cap: int | None,
    penalty: float,
) -> float:
    """Probes per second over all 2·k·l children; the decomposition is timed apart."""
    started = time.perf_counter()
    features = fit_features(activations, max_eigenpairs=cap)
    probe = prepare_extensions(prepare(features, penalty))
    before = time.perf_counter() - started
    literals = bits.astype(np.float32)
    seconds = best(lambda: batch_scores(probe, members, literals), args.repeats)
    yes, no = batch_scores(probe, members, literals)
    probes = yes.size + no.size
    name = f"closed form, q = {features.n_eigenpairs}, {probe.factor.shape[1]} columns"
    r2 = float(np.mean(np.hstack([yes, no])))
    print(f"| {name} | {before:.2f} | {probes} | {seconds:.4f} | {probes / seconds:,.0f} | {r2:.3f} |")
    return probes / seconds


def share_of_peak(args: argparse.Namespace, rng: np.random.Generator) -> None:
    """Share of the GEMM peak at n = 10 000, l = 100, k = 100, over clause depth and q."""
    bits, activations = relu_network(rng, args.rows, 100, min(args.width, 400), layers=1)
    peaks, found = [gemm_peak(args.repeats)], []
    for q in (50, 100):
        features = fit_features(activations, max_eigenpairs=q)
        for depth in (1, 2, 3):
            found += measure(args, features, clauses(rng, bits, 100, depth), bits, depth)
            peaks.append(gemm_peak(args.repeats))
    print(f"## Share of the GEMM peak: n = {args.rows}, l = 100, k = 100, best peak {max(peaks) / 1e9:.0f} GFlop/s")
    print(f"(peaks seen between the rows: {', '.join(f'{peak / 1e9:.0f}' for peak in peaks)})")
    print("work done = 2·columns·a·l; formula = 4·q·a·l, a = rows of the clause")
    print("| depth | q | columns | kernel | ms | Mprobes/s | work done | formula |")
    print("|---|---|---|---|---|---|---|---|")
    for text, work, formula in found:
        print(f"| {text} | {work / max(peaks):.0%} | {formula / max(peaks):.0%} |")
    print()


def measure(
    args: argparse.Namespace, features: Features, members: Bits, bits: Bits, depth: int
) -> list[tuple[str, float, float]]:
    """One setting by the batch kernel and clause by clause: text, operations per second done and by formula."""
    probe = prepare_extensions(prepare(features, 1e-2 * float(features.eigval[0])))
    literals, rows = bits.astype(np.float32), [np.flatnonzero(clause) for clause in members]
    runs = {
        "batch": lambda: batch_scores(probe, members, literals),
        "by clause": lambda: [extension_scores(probe, own, literals[own]) for own in rows],
    }
    columns, q = probe.factor.shape[1], features.n_eigenpairs
    pairs, found = float(members.sum()) * literals.shape[1], []
    for name, run in runs.items():
        seconds = best(run, args.repeats)
        rate = 2 * len(members) * literals.shape[1] / seconds / 1e6
        text = f"{depth} | {q} | {columns} | {name} | {1e3 * seconds:.1f} | {rate:.2f}"
        found.append((text, 2 * columns * pairs / seconds, 4 * q * pairs / seconds))
    return found


def growth(args: argparse.Namespace, rng: np.random.Generator) -> None:
    """Seconds of the batch kernel as one of n, l, q doubles; clauses of depth 2, k = 100."""
    print("## Growth of the batch kernel from n = 4000, l = 100, q = 50 (k = 100, depth 2)")
    print("| n | l | q | ms | ns per row and literal of a clause |")
    print("|---|---|---|---|---|")
    base = {"n": 1000 if args.quick else 4000, "l": 100, "q": 50}
    settings = [base] + [{**base, key: base[key] * factor} for key in base for factor in (2, 4)]
    for setting in settings:
        n, l, q = setting["n"], setting["l"], setting["q"]  # noqa: E741
        bits, activations = relu_network(rng, n, l, 400, layers=1)
        features = fit_features(activations, max_eigenpairs=q)
        probe = prepare_extensions(prepare(features, 1e-2 * float(features.eigval[0])))
        members, literals = clauses(rng, bits, 100, 2), bits.astype(np.float32)
        seconds = best(lambda p=probe, m=members, x=literals: batch_scores(p, m, x), args.repeats)
        each = 1e9 * seconds / (members.sum() * l)
        print(f"| {n} | {l} | {features.n_eigenpairs} | {1e3 * seconds:.1f} | {each:.3f} |")


def trained_probes(
    fit: NDArray[np.float32], fit_targets: Bits, check: NDArray[np.float32], check_targets: Bits
) -> tuple[float, float]:
    """Seconds and mean validation R² of full-batch Adam on linear probes with targets ±1, as published."""
    import torch

    scale = float(np.mean(np.square(fit).sum(axis=1))) ** -0.5  # mean squared norm of a row is 1
    rows, held_out = torch.from_numpy(fit * scale), torch.from_numpy(check * scale)
    wanted, held_wanted = (torch.from_numpy(2.0 * t.astype(np.float32) - 1.0) for t in (fit_targets, check_targets))
    started = time.perf_counter()
    probe = torch.nn.Linear(rows.shape[1], wanted.shape[1])
    torch.nn.init.zeros_(probe.weight)
    torch.nn.init.zeros_(probe.bias)
    optimiser = torch.optim.Adam(probe.parameters(), lr=0.01)
    for _ in range(101):
        optimiser.zero_grad()
        torch.nn.functional.mse_loss(probe(rows), wanted).backward()
        optimiser.step()
    with torch.no_grad():
        mse = (probe(held_out) - held_wanted).square().mean(dim=0)
    seconds = time.perf_counter() - started
    spread = held_wanted.var(dim=0)  # 0 for children that contradict themselves, which count as R² = 0
    return seconds, float(torch.where(spread > 0, 1.0 - mse / spread.clamp(min=1e-9), 0.0).mean())


def relu_network(
    rng: np.random.Generator, n: int, p: int, width: int, layers: int = 4
) -> tuple[Bits, NDArray[np.float32]]:
    """Bits (n, p), and all values before and after each ReLU with the sign of the output, (n, m)."""
    bits = rng.random((n, p)) < 0.5
    kept: list[NDArray[np.float32]] = []
    stream = (2.0 * bits - 1.0).astype(np.float32)
    for layer in range(layers):
        weights = rng.standard_normal((stream.shape[1], width), dtype=np.float32) * stream.shape[1] ** -0.5
        before = stream @ weights + (stream if layer else 0)
        stream = np.maximum(before, 0)
        kept += [before, stream]
    output = np.sign(stream @ rng.standard_normal((width, 1), dtype=np.float32))
    return bits, np.hstack([*kept, output])


def clauses(rng: np.random.Generator, bits: Bits, k: int, depth: int) -> Bits:
    """Membership (k, n) of k random conjunctions of `depth` literals."""
    columns = [rng.choice(bits.shape[1], depth, replace=False) for _ in range(k)]
    return np.stack([(bits[:, c] == (rng.random(depth) < 0.5)).all(axis=1) for c in columns])


def children(members: Bits, bits: Bits) -> Bits:
    """Truth (n, k·l) of every clause with every literal added."""
    return (members.T[:, :, np.newaxis] & bits[:, np.newaxis, :]).reshape(len(bits), -1)


def gemm_peak(repeats: int) -> float:
    """Operations per second of a large square float32 product."""
    left = np.random.default_rng(0).random((1536, 1536), dtype=np.float32)
    out = np.empty_like(left)
    right = left[::-1].copy()
    return 2.0 * 1536**3 / best(lambda: np.matmul(left, right, out=out), 2 * repeats)


if __name__ == "__main__":
    main()
