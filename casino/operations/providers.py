"""The credentials of the providers that call us and that we call, cached for a short time."""

from dataclasses import dataclass

from django.db.models import Q

from casino.models import GameProvider
from casino.models.networks import Network, is_within
from casino.operations.kept import Kept


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a provider's callbacks are checked against. ``source`` is the namespace of its ids."""

    provider_pk: int
    code: str
    source: str
    casino_secrets: tuple[bytes, ...]
    networks: tuple[Network, ...]

    def may_call_from(self, address: str) -> bool:
        """Whether its callbacks may come from this address; without networks, from any."""
        return not self.networks or is_within(self.networks, address)


@dataclass(frozen=True, slots=True)
class Directory:
    """Every provider's credentials, read at one time."""

    by_code: dict[str, Credentials]
    by_pk: dict[int, Credentials]
    default: Credentials | None


def directory(*, fresh: bool = False) -> Directory:
    """Every provider's credentials, at most two seconds old; ``fresh`` reads them now."""
    return _directory.fresh() if fresh else _directory.value()


def credentials_now(*, code: str | None = None, pk: int | None = None) -> list[Credentials]:
    """The current credentials of the provider with this code; without a code, of the default
    provider and of the one with this primary key.

    This is used when a signature fits none of the cached credentials. A stranger can cause that as
    often as it likes, so only these providers are read. If their credentials have changed, all
    providers are read.
    """
    wanted = Q(code=code) if code is not None else Q(is_default=True) | Q(pk=pk)
    found = [_credentials(provider) for provider in GameProvider.objects.filter(wanted)]
    known = directory()
    if any(known.by_pk.get(each.provider_pk) != each for each in found):
        directory(fresh=True)
    return found


def forget_credentials() -> None:
    """Read the credentials again at the next use. Call this after a provider was changed."""
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
