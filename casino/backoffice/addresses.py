"""The addresses of the back office's pages, for links from anywhere in the admin."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from casino.models import Currency, User
from config.backoffice.display import page_url
from config.backoffice.exports import Money
from config.books import is_here, name_of, number_of, this_book


def page(name: str, *parts: Any, **asked: Any) -> str:
    """The address of one of our pages. ``asked`` becomes its query string, without blank values."""
    query = urlencode({key: value for key, value in asked.items() if value not in (None, "")})
    address = reverse(f"admin:{name}", args=parts)
    return f"{address}?{query}" if query else address


def player_page(pk: int, player_id: str) -> str:
    """A player's page, in the back office of the player's book."""
    return in_its_book(page_url(User, pk), player_id)


def in_its_book(address: str, player_id: str) -> str:
    """The address with the player's book, if this process serves another one."""
    book = this_book()
    if book is None or is_here(player_id):
        return address
    return of_book(address, name_of(number_of(player_id, book.of)))


def of_book(address: str, book: str) -> str:
    """The address with the name of a book; the router chooses the book's process by it."""
    return f"{address}{'&' if '?' in address else '?'}book={book}"


def round_page(round_id: str, *, wallet_pk: int | None = None, source: str = "") -> str:
    """A round's page. Wallet and source distinguish rounds with the same id."""
    return page("round", id=round_id, wallet=wallet_pk, source=source)


def money_of(minor: int, currency: Currency, *, is_change: bool = False) -> Money:
    return Money(minor, currency.exponent, currency.code, is_change)
