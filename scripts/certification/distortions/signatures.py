"""Signatures that must be refused, and some that must be accepted."""

from collections.abc import Mapping

from scripts.certification.distortions.distortion import Alter, Distortion, Setting
from scripts.certification.profiles.requests import HIDDEN, Header


def unsigned(setting: Setting) -> None:
    setting.draft.signatures = []


def of_another_body(setting: Setting) -> None:
    setting.draft.signed = b'{"another":"body"}'


def wrong_secret(setting: Setting) -> None:
    setting.draft.secret, setting.draft.curl_signature = "not-the-secret-of-anybody", False


def other_direction(setting: Setting) -> None:
    setting.draft.secret, setting.draft.curl_signature = (
        setting.config.credentials.other_secret,
        False,
    )


def old_secret(setting: Setting) -> None:
    setting.draft.secret, setting.draft.curl_signature = (
        setting.config.credentials.old_secret,
        False,
    )


def secret_itself(setting: Setting) -> None:
    name = setting.profile.signature_header
    setting.draft.signatures = [Header(name, setting.draft.secret.encode(), HIDDEN)]


def strict(setting: Setting) -> None:
    setting.profile.sign_strictly(setting.draft)


def stale(setting: Setting) -> None:
    setting.profile.sign_strictly(setting.draft, age_seconds=3600)


def malformed_signatures(setting: Setting) -> list[Distortion]:
    right = setting.profile.sign(setting.profile.write(setting.draft), setting.draft.secret)
    wrong = "0" * len(right)
    half = len(right) // 2
    shown: Mapping[str, list[tuple[str | bytes, str]]] = {
        "empty": [("", "")],
        "a space": [(" ", "")],
        "of the right length, no signature": [("z" * len(right), "")],
        "its first half": [(right[:half], f"{HIDDEN}, the first half")],
        "one character short": [(right[:-1], f"{HIDDEN}, one character short")],
        "one character too long": [(right + "0", f"{HIDDEN}0")],
        "the last character wrong": [(_altered(right), f"{HIDDEN}, the last character changed")],
        "not ASCII": [("é".encode() * (len(right) // 2), "")],
        "sent twice": [(right, HIDDEN), (right, HIDDEN)],
        "sent twice, the second one wrong": [(right, HIDDEN), (wrong, "")],
    }
    return [
        Distortion(f"signature: {label}", _showing(setting.profile.signature_header, values))
        for label, values in shown.items()
    ]


def _altered(signature: str) -> str:
    return signature[:-1] + ("0" if signature[-1] != "0" else "1")


def _showing(name: str, values: list[tuple[str | bytes, str]]) -> Alter:
    def apply(setting: Setting) -> None:
        setting.draft.signatures = [Header(name, value, shown) for value, shown in values]

    return apply
