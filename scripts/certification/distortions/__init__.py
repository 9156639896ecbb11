"""The ways in which a case may alter a request, by the names that cases use."""

from collections.abc import Callable, Mapping

from scripts.certification.distortions import bodies, signatures, values
from scripts.certification.distortions.distortion import Alter, Distortion, Setting


def named(name: str) -> Distortion:
    """A single distortion. KeyError if there is none of this name."""
    return Distortion(name, _SINGLE[name])


def listed(name: str, setting: Setting) -> list[Distortion]:
    """A list of distortions for this draft. KeyError if there is none of this name."""
    return _LISTS[name](setting)


def _from_outside(setting: Setting) -> None:
    setting.draft.url = setting.config.wallet.outside_url


_SINGLE: Mapping[str, Alter] = {
    "unsigned": signatures.unsigned,
    "signature of another body": signatures.of_another_body,
    "signature with a wrong secret": signatures.wrong_secret,
    "signature with the other direction's secret": signatures.other_direction,
    "signature with the old secret": signatures.old_secret,
    "secret as the signature": signatures.secret_itself,
    "strict signature": signatures.strict,
    "stale strict signature": signatures.stale,
    "spaces and another key order": bodies.spacious,
    "amount changed after signing": bodies.changed_after_signing,
    "megabyte body": bodies.megabyte,
    "an unknown field": values.unknown_field,
    "another player's wallet": values.another_wallet,
    "another game": values.another_game,
    "unknown game": values.unknown_game,
    "required fields only": values.required_fields_only,
    "only the bet's id": values.only_the_bet,
    "a wrong amount": values.wrong_amount,
    "the amount as a number": values.amount_as_a_number,
    "from outside": _from_outside,
    "the token before": values.token_before,
}

_LISTS: Mapping[str, Callable[[Setting], list[Distortion]]] = {
    "malformed signatures": signatures.malformed_signatures,
    "wrong amounts": lambda setting: values.amounts(setting.profile.wrong_amounts),
    "absurd amounts": lambda setting: values.amounts(setting.profile.absurd_amounts),
    "negative amounts": lambda setting: values.amounts(setting.profile.negative_amounts),
    "finer amounts": lambda setting: values.amounts(setting.profile.finer_amounts),
    "wrong currencies": values.wrong_currencies,
    "missing fields": values.missing_fields,
    "empty ids": lambda _setting: values.ids("empty", lambda _own: ""),
    "longest ids": values.longest_ids,
    "ids that are too long": values.too_long_ids,
    "hostile ids": values.hostile_ids,
    "similar ids": values.similar_ids,
    "broken bodies": bodies.broken_bodies,
}
