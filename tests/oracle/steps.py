"""Kinds of steps, each as likely as any other, whatever was done before.

Of a machine's rules Hypothesis leaves out many in each run, and what families do to each other's
money would hardly be tried: so a machine here has one rule, and that takes one of many steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import strategies as st

Method = TypeVar("Method", bound=Callable[..., None])


@dataclass(frozen=True)
class Step:
    """A method, and what it is given."""

    name: str
    arguments: dict[str, Any]

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.name}({given})"


def step(**arguments: st.SearchStrategy[Any]) -> Callable[[Method], Method]:
    """Marks a method as a step, and says what it may be given."""

    def mark(method: Method) -> Method:
        method.__dict__["arguments"] = st.fixed_dictionaries(arguments)
        return method

    return mark


def steps_of(machine: type) -> st.SearchStrategy[Step]:
    """Any step of its methods."""
    methods = [getattr(machine, name) for name in dir(machine)]  # in the order of their names
    return st.one_of(
        [
            st.builds(Step, st.just(method.__name__), method.__dict__["arguments"])
            for method in methods
            if "arguments" in getattr(method, "__dict__", ())
        ]
    )
