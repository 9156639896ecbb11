"""How many decimals a currency has: read once, for an amount once written must never change."""

from casino.models import Currency
from casino.operations.errors import CurrencyUnknown

_exponents: dict[str, int] = {}


def exponent_of(code: str) -> int:
    """Digits behind the decimal point. Raises CurrencyUnknown."""
    exponent = _exponents.get(code)
    if exponent is None:
        exponent = Currency.objects.filter(code=code).values_list("exponent", flat=True).first()
        if exponent is None:
            raise CurrencyUnknown("There is no such currency.")
        _exponents[code] = exponent
    return exponent
