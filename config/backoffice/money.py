"""Formats amounts for people: grouped, with all decimals and a real minus sign.

An amount is an integer of minor units; 10**exponent minor units are one major unit.
"""

from django.utils.safestring import SafeString

from config.backoffice.display import markup

MINUS = "\N{MINUS SIGN}"
_LONGEST_IN_LARGE = len("+99,999,999.00")


def grouped(minor: int, exponent: int, *, signed: bool = False) -> str:
    """ "1,234.50", with U+2212 as minus sign. ``signed`` adds a plus sign to positive amounts."""
    sign = MINUS if minor < 0 else "+" if signed and minor > 0 else ""
    return sign + _digits(minor, exponent, is_grouped=True)


def plain(minor: int, exponent: int) -> str:
    """The amount for machines: "-1234.50"."""
    return ("-" if minor < 0 else "") + _digits(minor, exponent, is_grouped=False)


def _digits(minor: int, exponent: int, *, is_grouped: bool) -> str:
    """Uses integers only: a Decimal would round amounts of more than 28 digits."""
    whole, fraction = divmod(abs(minor), 10**exponent)
    decimals = f".{fraction:0{exponent}}" if exponent else ""
    return (f"{whole:,}" if is_grouped else str(whole)) + decimals


def money_span(minor: int, exponent: int, code: str, *, signed: bool = False) -> SafeString:
    """An amount with its currency. The title shows the minor units. Zero is muted, and a long
    amount may be written smaller.
    """
    tone = "zero" if minor == 0 else ""
    if signed and minor:
        tone = "up" if minor > 0 else "down"
    amount = grouped(minor, exponent, signed=signed)
    if len(amount) > _LONGEST_IN_LARGE:
        tone = f"{tone} long".lstrip()
    return markup(
        '<span class="{}" title="{} minor units">{} <span class="code">{}</span></span>',
        f"money {tone}".strip(),
        minor,
        amount,
        code,
    )
