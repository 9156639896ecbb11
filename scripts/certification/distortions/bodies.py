"""Bodies that are written differently, or that do not follow the contract at all."""

from dataclasses import replace

from scripts.certification.distortions.distortion import Alter, Distortion, Setting
from scripts.certification.profiles.requests import write_json


def spacious(setting: Setting) -> None:
    values = setting.profile.wire_values(setting.draft)
    setting.draft.body = write_json(dict(reversed(values.items())), spacious=True)


def changed_after_signing(setting: Setting) -> None:
    setting.draft.signed = setting.profile.write(setting.draft)
    amount = setting.draft.values["amount"]
    assert isinstance(amount, int)
    altered = replace(
        setting.draft, values={**setting.draft.values, "amount": amount * 2}, signed=None
    )
    setting.draft.body = setting.profile.write(altered)


def megabyte(setting: Setting) -> None:
    setting.draft.extra["padding"] = "x" * 1_000_000


def broken_bodies(setting: Setting) -> list[Distortion]:
    right = setting.profile.write(setting.draft)
    amount = setting.profile.operations["bet"].names["amount"].encode()
    deep = b"[" * 20_000 + b"]" * 20_000
    bodies = {
        "empty": b"",
        "half of it": right[: len(right) // 2],
        "an amount twice": right[:-1] + b',"' + amount + b'":1}',
        "nested without end": right[:-1] + b',"deep":' + deep + b"}",
        "a list": b"[" + right + b"]",
        "a text": b'"bet"',
        "no JSON": b"amount=100",
        "not UTF-8": right[:-1] + b',"note":"\xff\xfe"}',
        "something after it": right + b"{}",
    }

    def sending(body: bytes) -> Alter:
        def apply(setting: Setting) -> None:
            setting.draft.body = body

        return apply

    return [Distortion(f"body: {label}", sending(body)) for label, body in bodies.items()]
