"""Writes HAProxy's configuration, which sends each request to the process of its player's book.

It needs no Lua: HAProxy reads JSON bodies by itself, and its ``crc32`` is Python's. A body that it
reads differently from us gets 421 from the process that it chose.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from django.core.management.base import CommandError

from config.books import number_of

# Paths with a player's id, and what comes before and after it. An id may contain slashes.
_PATHS = (
    ("^/wallet/.", "^/wallet/", "/transactions$"),
    ("^/balance/.", "^/balance/", "/[^/]*$"),
    ("^/transaction/.+/", "^/transaction/", "/history$"),
    ("^/api/v1/wallets/.+/", "^/api/v1/wallets/", "/[^/]*$"),
)
_LARGEST_BODY_BYTES = 64 * 1024

_HEAD = """\
# Written by `manage.py books router`. Change the options of that command, not this file.
global
    # A body of 64 KiB is read whole, and there is room for the headers and for rewriting.
    tune.bufsize {buffer_bytes}
    tune.maxrewrite 8192

defaults
    mode http
    timeout connect 2s
    timeout client 75s
    timeout server 75s
    timeout http-request 10s
    option forwardfor
    option http-keep-alive
    # A request that a process may have read is not sent again: its sender does that.
    retry-on conn-failure
    option redispatch

frontend casino
    bind {bind}
    http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
    option http-buffer-request
    acl has_body method POST
    # A callback names its session, whose token begins with the name of its book.
    http-request set-var(txn.token) req.body,json_query('$.sessionToken') if has_body
    http-request set-var(txn.book) var(txn.token),field(1,.) if {{ var(txn.token) -m sub . }}
"""


def configuration(
    servers: Mapping[str, Sequence[str]],
    *,
    offices: Mapping[str, Sequence[str]],
    bind: str,
    provider: str,
    default_player: str,
) -> str:
    """``servers`` has the addresses (host:port) of each book's processes, in the books' order.

    ``offices`` has those of separate processes for the back office, if there are any: with Citus,
    Django's own tables can only be written through the coordinator. Games without a player go to
    the book of ``default_player``, and so does what any book answers, as long as it is there.
    """
    books = list(servers)
    default = books[number_of(default_player, len(books)) - 1]
    lines = [_HEAD.format(bind=bind, buffer_bytes=_LARGEST_BODY_BYTES + 32 * 1024)]
    lines += _found_by_player(books, default)
    lines += _found_by_office()
    if provider:
        lines.append("    use_backend provider if { path_beg /provider/ }")
    if offices:
        lines += [
            f"    use_backend {book}_office if is_page {{ var(txn.book) -m str {book} }}"
            for book in offices
        ]
        lines.append("    use_backend any_office if is_page")
    lines += [f"    use_backend {book} if {{ var(txn.book) -m str {book} }}" for book in books]
    lines.append("    default_backend any_book\n")
    lines += _backends(servers, default, suffix="", of_any="any_book")
    if offices:
        lines += _backends(offices, default, suffix="_office", of_any="any_office")
    if provider:
        lines += _backend("provider", [provider])
    return "\n".join(lines)


def _found_by_player(books: Sequence[str], default: str) -> list[str]:
    """The book of the player in the body or in the path. A game without a player has a default."""
    lines = []
    for field in ("playerId", "player_id", "user_id"):
        player = f"req.body,json_query('$.{field}')"
        lines.append(
            f"    http-request set-var(txn.player) {player}"
            " if has_body !{ var(txn.player) -m found }"
        )
    for pattern, before, after in _PATHS:
        lines.append(
            f"    http-request set-var(txn.player) path,url_dec,regsub({before},),regsub({after},)"
            f" if {{ path_reg {pattern} }}"
        )
    hashed = f"var(txn.player),crc32,mod({len(books)})"
    lines.append(f"    http-request set-var(txn.number) {hashed} if {{ var(txn.player) -m found }}")
    lines += [
        f"    http-request set-var(txn.book) str({book}) if {{ var(txn.number) -m int {number} }}"
        for number, book in enumerate(books)
    ]
    lines.append(
        f"    http-request set-var(txn.book) str({default}) if has_body"
        " { path /casino/launchGame /casino/simulateRound } !{ var(txn.player) -m found }"
    )
    return lines


def _found_by_office() -> list[str]:
    """The book that the user of the back office has chosen."""
    cookie = '"book=%[var(txn.asked)]; Path=/admin; HttpOnly; SameSite=Lax"'
    return [
        "    # The back office: ?book=NAME chooses the book, and a cookie keeps it.",
        "    acl is_page path /admin",
        "    acl is_page path_beg /admin/",
        "    http-request set-var(txn.asked) url_param(book) if is_page",
        "    http-request set-var(txn.book) req.cook(book) if is_page",
        "    http-request set-var(txn.book) var(txn.asked) if is_page { var(txn.asked) -m found }",
        f"    http-after-response add-header Set-Cookie {cookie} if {{ var(txn.asked) -m found }}",
    ]


def _backends(
    servers: Mapping[str, Sequence[str]], default: str, *, suffix: str, of_any: str
) -> list[str]:
    """One for each book, and ``of_any`` with the processes of all, those of ``default`` first.

    The same process keeps answering as long as it can, because pages show what one book has.
    """
    lines = []
    any_process = [f"backend {of_any}", "    balance leastconn", "    option allbackups"]
    for book, addresses in servers.items():
        name = f"{book}{suffix}"
        lines += _backend(name, addresses)
        backup = "" if book == default else " backup"
        any_process += [
            f"    server {name}-{number} {each} track {name}/{name}-{number}{backup}"
            for number, each in enumerate(addresses, start=1)
        ]
    return [*lines, *any_process, ""]


def _backend(name: str, addresses: Sequence[str]) -> list[str]:
    return [
        f"backend {name}",
        "    balance leastconn",
        "    option httpchk GET /health/live",
        "    default-server check inter 1s fall 2 rise 1",
        *(f"    server {name}-{number} {each}" for number, each in enumerate(addresses, start=1)),
        "",
    ]


def servers_of(books: Sequence[str], given: Sequence[str]) -> dict[str, list[str]]:
    """Read ``book_01=host:port,host:port``. Raises CommandError if a book has no address."""
    servers: dict[str, list[str]] = {book: [] for book in books}
    for each in given:
        book, _, addresses = each.partition("=")
        if book not in servers:
            raise CommandError(f"There is no book {book!r}.")
        for address in addresses.split(","):
            if not _is_address(address):
                raise CommandError(f"{address!r} is not an address like host:port.")
            servers[book].append(address)
    missing = [book for book, addresses in servers.items() if not addresses]
    if missing:
        raise CommandError(f"Name the processes of {', '.join(missing)}: {missing[0]}=host:port")
    return servers


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(f"//{address}")
        return bool(parts.hostname and parts.port and not parts.path)
    except ValueError:
        return False
