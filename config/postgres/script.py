"""Splits an SQL script into its commands, because a prepared statement can only have one."""

import re

_PARTS = re.compile(
    r"""
    (?P<quoted> \$(?P<tag>\w*)\$ .*? \$(?P=tag)\$ | '(?:[^']|'')*' | "[^"]*" )
    | (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<end> ; )
    | .
    """,
    re.DOTALL | re.VERBOSE,
)


def commands(script: str) -> list[str]:
    """The commands of ``script``, without the semicolons between them."""
    found = [""]
    for part in _PARTS.finditer(script):
        if part.lastgroup == "end":
            found.append("")
        elif part["comment"] is None:
            found[-1] += part[0]
        else:
            found[-1] += " "
    return [command.strip() for command in found if command.strip()]
