"""`limbeck plan`: how many rows each way to distill needs, before any is gathered."""

from __future__ import annotations

import click

from limbeck.cli.results import say
from limbeck.cli.screen import print_json
from limbeck.errors import InputError
from limbeck.theory import StudentClass, junta_class, plan_samples, tree_class

__all__ = ["plan_verb"]


@click.command("plan", short_help="Say how many rows each way to distill needs.")
@click.option("--leaves", type=int, metavar="S", help="Students: trees of at most S leaves, over --literals.")
@click.option("--literals", type=int, metavar="L", help="Questions that such a tree may ask.")
@click.option("--variables", type=int, metavar="K", help="Students: functions of K columns, out of --columns.")
@click.option("--columns", type=int, metavar="P", help="Columns that such a function may use.")
@click.option("--classes", type=int, default=2, show_default=True, help="Answers that a student may give.")
@click.option("--epsilon", type=float, default=0.05, show_default=True, help="Error to reach.")
@click.option("--delta", type=float, default=0.05, show_default=True, help="Probability with which it may be missed.")
@click.option("--disagreements", type=int, default=0, show_default=True,
              help="Disagreements one is ready to see when a finished student is checked.")  # fmt: skip
@click.option("--answered", type=float, metavar="SHARE",
              help="For a tree that may ask the model: share of rows that it answers.")  # fmt: skip
@click.option("--error", type=float, default=0.0, show_default=True,
              help="With --answered: share of these on which tree and model differ, as seen so far.")  # fmt: skip
@click.option("--vc", type=int, metavar="D", help="VC dimension of the students, if it is known.")
@click.option("--pareto-vc", type=int, metavar="D", help="VC dimension of their Pareto frontier for the model at hand.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
def plan_verb(
    leaves: int | None, literals: int | None, variables: int | None, columns: int | None, classes: int,
    epsilon: float, delta: float, disagreements: int, answered: float | None, error: float,
    vc: int | None, pareto_vc: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Say how many rows each way to distill needs, side by side with learning from scratch."""
    plan = plan_samples(
        _students((leaves, literals), (variables, columns), classes), epsilon=epsilon, delta=delta,
        vc_dimension=vc, pareto_vc_dimension=pareto_vc, disagreements=disagreements,
        answered=answered, error=error,
    )  # fmt: skip
    if as_json:
        print_json(plan.to_dict())
    else:
        say(str(plan))


def _students(
    tree: tuple[int | None, int | None], junta: tuple[int | None, int | None], classes: int
) -> StudentClass | None:
    """Return the class that the options name, or None for any."""
    given = {
        name: value
        for name, value in zip(("--leaves", "--literals", "--variables", "--columns"), (*tree, *junta), strict=True)
        if value is not None
    }
    if not given:
        return None
    if set(given) == {"--leaves", "--literals"}:
        return tree_class(given["--leaves"], given["--literals"], classes)
    if set(given) == {"--variables", "--columns"}:
        return junta_class(given["--variables"], given["--columns"], classes)
    found = " and ".join(f"`{name} {value}`" for name, value in given.items())
    raise InputError(
        "a class of students", found, "give `--leaves` with `--literals`, or `--variables` with `--columns`"
    )
