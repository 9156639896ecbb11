"""Amounts, ids and names that are wrong, or unusual."""

from collections.abc import Callable

from scripts.certification.amounts import to_major
from scripts.certification.distortions.distortion import Alter, Distortion, Setting
from scripts.certification.profiles.requests import Literal


def amounts(texts: tuple[str, ...]) -> list[Distortion]:
    def writing(text: str) -> Alter:
        def apply(setting: Setting) -> None:
            setting.draft.values["amount"] = Literal(text)

        return apply

    return [
        Distortion(f"amount: {text if len(text) < 30 else text[:27] + '…'}", writing(text))
        for text in texts
    ]


def _setting_values(label: str, **values: object) -> Distortion:
    def apply(setting: Setting) -> None:
        setting.draft.values |= values

    return Distortion(label, apply)


def wrong_currencies(setting: Setting) -> list[Distortion]:
    if "currency" not in setting.draft.operation.names:
        return []
    other = "USD" if setting.draft.values["currency"] != "USD" else "EUR"
    return [
        _setting_values(f"currency: {other}", currency=other),
        _setting_values("currency: one that does not exist", currency="ZZZ"),
    ]


def missing_fields(setting: Setting) -> list[Distortion]:
    def leaving_out(wire_name: str) -> Alter:
        def apply(setting: Setting) -> None:
            setting.draft.dropped.add(wire_name)

        return apply

    operation = setting.draft.operation
    required = [wire for name, wire in operation.names.items() if name not in operation.optional]
    return [
        Distortion(f"without {wire}", leaving_out(wire))
        for wire in (*operation.constants, *required)
    ]


def ids(label: str, make: Callable[[str], str]) -> list[Distortion]:
    """Alter the transaction's id, then the round's; ``make`` is given one that nobody has used."""

    def altering(name: str) -> Alter:
        def apply(setting: Setting) -> None:
            setting.draft.values[name] = make(f"{setting.draft.values['id']}-{name}")

        return apply

    return [Distortion(f"{name} {label}", altering(name)) for name in ("id", "round")]


def _long(length: int) -> list[Distortion]:
    return ids(f"of {length} characters", lambda text: text.ljust(length, "x"))


def longest_ids(setting: Setting) -> list[Distortion]:
    longest = setting.profile.longest_id
    return _long(longest) if longest else []


def too_long_ids(setting: Setting) -> list[Distortion]:
    longest = setting.profile.longest_id
    return [*_long(longest + 1), *_long(longest * 2), *_long(8192)] if longest else []


_HOSTILE = (
    "O'Brien", '"quoted"', "'; DROP TABLE wallets; --", "<script>alert(1)</script>", "%s%n{0}",
    "../../etc/passwd", "ünïcödé", "漢字", "🎰", "a b", "line\nbreak", "zero\x00byte", "\ud800",
    "\u202eright to left", "\ufeffmark",
)  # fmt: skip


def hostile_ids(_setting: Setting) -> list[Distortion]:
    return [
        each
        for text in _HOSTILE
        for each in ids(ascii(text), lambda own, text=text: text + own)  # type: ignore[misc]
    ]


def similar_ids(setting: Setting) -> list[Distortion]:
    """All made of what the ids of the call have in common, which is all but their number."""
    longest = setting.profile.longest_id
    pad = longest - 1 if longest else 0
    endings = {"ends in -a": "-a", "ends in -A": "-A"}
    if longest:
        endings |= {f"of {longest} characters, ends in {digit}": digit for digit in "12"}

    def ending(last: str) -> Alter:
        def apply(setting: Setting) -> None:
            same = str(setting.draft.values["id"]).rpartition("-")[0]
            setting.draft.values["id"] = same.ljust(pad if last.isdigit() else 0, "-") + last

        return apply

    return [Distortion(f"id {label}", ending(last)) for label, last in endings.items()]


def required_fields_only(setting: Setting) -> None:
    operation = setting.draft.operation
    setting.draft.dropped |= {operation.names[name] for name in operation.optional}


def another_wallet(setting: Setting) -> None:
    assert setting.other is not None
    setting.draft.values["wallet"] = setting.other.wallet


def token_before(setting: Setting) -> None:
    setting.draft.values["session"] = setting.token_before


def another_game(setting: Setting) -> None:
    setting.draft.values["game"] = setting.config.games.other or "certify-another-game"


def unknown_game(setting: Setting) -> None:
    setting.draft.values["game"] = "certify-no-such-game"


def only_the_bet(setting: Setting) -> None:
    setting.draft.values.pop("round", None)


def wrong_amount(setting: Setting) -> None:
    bet = setting.profile.operations["bet"]
    wrong = setting.config.stake * 1000 + 1
    setting.draft.extra[bet.names["amount"]] = setting.profile.write_amount(
        wrong, setting.draft.exponent
    )


def amount_as_a_number(setting: Setting) -> None:
    draft = setting.draft
    minor = draft.values["amount"]
    assert isinstance(minor, int)
    draft.extra[draft.operation.names["amount"]] = Literal(to_major(minor, draft.exponent))


def unknown_field(setting: Setting) -> None:
    setting.draft.extra["certifyUnknownField"] = {"nested": [1, "two", None]}
