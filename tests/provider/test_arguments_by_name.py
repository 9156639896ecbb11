"""Public functions of the provider take several arguments by name."""

import ast
from collections.abc import Iterator
from pathlib import Path

PROVIDER = Path(__file__).parents[2] / "provider"
CALLED_BY_A_FRAMEWORK = {"page", "provider_hits"}
"""A view, and a source of search results. Both are called with their arguments in order."""


def _too_many_by_position(text: str) -> Iterator[str]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            by_position = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
            is_key = by_position[:1] == ["run_pk"]
            if (len(by_position) > 1 or is_key) and node.name not in CALLED_BY_A_FRAMEWORK:
                yield node.name


def test_several_arguments_and_keys_go_by_name() -> None:
    found = {
        f"{path.relative_to(PROVIDER)}: {name}"
        for path in PROVIDER.rglob("*.py")
        for name in _too_many_by_position(path.read_text())
        if "migrations" not in path.parts
    }
    assert found == set()


def test_a_second_argument_by_position_is_found() -> None:
    assert list(_too_many_by_position("def pay(bet, amount): ...")) == ["pay"]
    assert list(_too_many_by_position("def touch(run_pk): ...")) == ["touch"]
    assert list(_too_many_by_position("def pay(bet, *, amount): ...")) == []
