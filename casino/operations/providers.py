"""Who calls us and whom we call: providers' credentials, kept in process for a short while."""

from dataclasses import dataclass

from django.db.models import Q

from casino.models import GameProvider
from casino.models.networks import Network, is_within
from casino.operations.kept import Kept


@dataclass(frozen=True, slots=True)
class Credentials:
    """A provider as its callbacks are checked against. ``source`` is the namespace of its ids."""

    provider_pk: int
    code: str
    source: str
    casino_secrets: tuple[bytes, ...]
    networks: tuple[Network, ...]

    def may_call_from(self, address: str) -> bool:
        """Whether its callbacks may come from there; without networks from anywhere."""
        return not self.networks or is_within(self.networks, address)


@dataclass(frozen=True, slots=True)
class Directory:
    """Every provider's credentials, as read at one time."""

    by_code: dict[str, Credentials]
    by_pk: dict[int, Credentials]
    default: Credentials | None


def directory(*, fresh: bool = False) -> Directory:
    """Every provider's credentials, at most two seconds old; ``fresh`` reads them now."""
    return _directory.fresh() if fresh else _directory.value()


def credentials_now(*, code: str | None = None, pk: int | None = None) -> list[Credentials]:
    """What the database has now of the provider with this code or, without one, of the default
    provider and the one with this primary key.

    For a signature that fits nothing that is kept: strangers make us do that as often as they like,
    so only these are read. If they are new to us, so are they to others, and all are read.
    """
    wanted = Q(code=code) if code is not None else Q(is_default=True) | Q(pk=pk)
    found = [_credentials(provider) for provider in GameProvider.objects.filter(wanted)]
    known = directory()
    if any(known.by_pk.get(each.provider_pk) != each for each in found):
        directory(fresh=True)
    return found


def forget_credentials() -> None:
    """Have them read again at the next use; to be called where a provider was changed."""
    _directory.forget()


def source_of(provider_code: str) -> str:
    """The namespace of a provider's transaction ids."""
    return f"provider:{provider_code}"


def _read() -> Directory:
    by_code: dict[str, Credentials] = {}
    by_pk: dict[int, Credentials] = {}
    default = None
    for provider in GameProvider.objects.all():
        credentials = _credentials(provider)
        by_code[provider.code] = by_pk[provider.pk] = credentials
        if provider.is_default:
            default = credentials
    return Directory(by_code, by_pk, default)


def _credentials(provider: GameProvider) -> Credentials:
    return Credentials(
        provider.pk,
        provider.code,
        source_of(provider.code),
        provider.casino_secrets,
        provider.networks,
    )


_directory = Kept(_read)
