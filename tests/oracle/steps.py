"""Kinds of steps, which are equally likely whatever was done before.

In each run Hypothesis leaves out many of a machine's rules, so it would rarely try what families do
to each other's money. Therefore a machine here has one rule, which takes one of many steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import strategies as st

Method = TypeVar("Method", bound=Callable[..., None])


@dataclass(frozen=True)
class Step:
    """A method and its arguments."""

    name: str
    arguments: dict[str, Any]

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.name}({given})"


def step(**arguments: st.SearchStrategy[Any]) -> Callable[[Method], Method]:
    """Marks a method as a step, and says which arguments it may get."""

    def mark(method: Method) -> Method:
        method.__dict__["arguments"] = st.fixed_dictionaries(arguments)
        return method

    return mark


def steps_of(machine: type) -> st.SearchStrategy[Step]:
    """Any step of the machine's methods."""
    methods = [getattr(machine, name) for name in dir(machine)]  # sorted by name
    return st.one_of(
        [
            st.builds(Step, st.just(method.__name__), method.__dict__["arguments"])
            for method in methods
            if "arguments" in getattr(method, "__dict__", ())
        ]
    )
