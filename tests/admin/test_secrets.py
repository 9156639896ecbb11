"""A provider's secrets go in and never come out."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry

from casino.models import GameProvider
from casino.operations.providers import directory
from config.backoffice.secret_fields import mask_secrets, mask_token
from tests.admin.conftest import Person, clerk
from tests.admin.pages import adding_to, list_of, page_of, text_of
from tests.factories import GameProviderFactory, unique


@pytest.fixture
def provider() -> GameProvider:
    made: GameProvider = GameProviderFactory()
    return made


def form_of(provider: GameProvider, **fields: Any) -> dict[str, Any]:
    """What the form sends when nothing in it was changed except ``fields``."""
    return {
        "name": provider.name,
        "api_endpoint": provider.api_endpoint,
        "secret_key": "",
        "provider_secret": "",
        **fields,
    }


def listed(provider: GameProvider) -> str:
    """The address of the list, narrowed down to this provider."""
    return list_of(GameProvider, f"?q={provider.code}")


def stored(provider: GameProvider) -> tuple[str, str]:
    provider.refresh_from_db()
    return provider.secret_key, provider.provider_secret


def test_no_page_shows_a_secret(boss: Person, provider: GameProvider) -> None:
    viewer = clerk("view_gameprovider")
    for person in (boss, viewer):
        for url in (listed(provider), page_of(provider), page_of(provider, "history")):
            page = person.get(url)
            assert page.status_code == 200
            for secret in stored(provider):
                assert secret not in page.content.decode()
                assert secret[:-4] not in page.content.decode()


def test_a_mask_tells_one_from_another(boss: Person, provider: GameProvider) -> None:
    viewer = clerk("view_gameprovider")
    for person in (boss, viewer):
        for url in (listed(provider), page_of(provider)):
            shown = text_of(person.get(url))
            assert f"••••{provider.secret_key[-4:]}" in shown
            assert f"••••{provider.provider_secret[-4:]}" in shown


def test_the_forms_values_are_empty(boss: Person, provider: GameProvider) -> None:
    form = boss.get(page_of(provider)).context["adminform"].form
    assert set(form.initial) >= {"name", "api_endpoint"}
    for name in ("secret_key", "provider_secret"):
        assert name not in form.initial
        assert form[name].value() is None
        assert "value=" not in str(form[name])


def test_blank_keeps_what_is_stored(boss: Person, provider: GameProvider) -> None:
    before = stored(provider)
    response = boss.post(page_of(provider), form_of(provider, name="Renamed"))
    assert response.status_code == 302
    assert stored(provider) == before
    assert provider.name == "Renamed"


def test_one_that_is_typed_replaces_it_and_is_told_nowhere(
    boss: Person, provider: GameProvider
) -> None:
    before = stored(provider)
    new = unique("a-new-secret")
    response = boss.post(page_of(provider), form_of(provider, secret_key=new), follow=True)
    assert stored(provider) == (new, before[1])
    for page in (response, boss.get(page_of(provider, "history")), boss.get("/admin/")):
        assert new not in page.content.decode()
    entry = LogEntry.objects.filter(object_id=str(provider.pk)).latest("pk")
    assert entry.get_change_message() == "Changed Secret key."
    assert new not in entry.change_message


def test_a_form_that_is_refused_does_not_say_it_back(boss: Person, provider: GameProvider) -> None:
    before = stored(provider)
    new = unique("a-new-secret")
    response = boss.post(page_of(provider), form_of(provider, name="", secret_key=new))
    assert response.status_code == 200
    assert "This field is required." in text_of(response)
    assert new not in response.content.decode()
    assert stored(provider) == before


def test_several_may_be_given_for_a_rotation(boss: Person, provider: GameProvider) -> None:
    both = "the-new-secret-0001,the-old-0002"
    boss.post(page_of(provider), form_of(provider, secret_key=both))
    assert stored(provider)[0] == both
    assert provider.casino_secrets == (b"the-new-secret-0001", b"the-old-0002")
    shown = text_of(boss.get(page_of(provider)))
    assert "••••0001 signs; ••••" in shown


@pytest.fixture
def default(provider: GameProvider) -> Iterator[GameProvider]:
    """The provider, made the default one."""
    was = list(GameProvider.objects.filter(is_default=True).values_list("pk", flat=True))
    GameProvider.objects.filter(is_default=True).update(is_default=False)
    GameProvider.objects.filter(pk=provider.pk).update(is_default=True)
    yield provider
    GameProvider.objects.filter(pk=provider.pk).update(is_default=False)
    GameProvider.objects.filter(pk__in=was).update(is_default=True)


def test_the_default_provider_drops_one_for_the_environments(
    boss: Person, default: GameProvider
) -> None:
    before = stored(default)
    assert "delete it and use the environment’s" in text_of(boss.get(page_of(default)))
    boss.post(page_of(default), form_of(default, **{"secret_key-drop": "on", "is_default": "on"}))
    assert stored(default) == ("", before[1])
    assert default.casino_secrets == settings.CASINO_SECRETS
    page = boss.get(page_of(default))
    assert "from environment" in text_of(page)
    assert 'name="secret_key-drop"' not in page.content.decode()
    assert 'name="provider_secret-drop"' in page.content.decode()
    assert "from environment" in text_of(boss.get(listed(default)))


def test_another_provider_drops_one_for_none(boss: Person, provider: GameProvider) -> None:
    assert "delete it and use none" in text_of(boss.get(page_of(provider)))
    boss.post(page_of(provider), form_of(provider, **{"secret_key-drop": "on"}))
    assert stored(provider)[0] == ""
    assert provider.casino_secrets == ()
    for url in (page_of(provider), listed(provider)):
        shown = text_of(boss.get(url))
        assert "none: nobody can sign" in shown
        assert "from environment" not in shown
    assert "any other provider then has no secret" in text_of(boss.get(adding_to(GameProvider)))


@pytest.mark.parametrize("secret", [" ", ",", " , ,", "a\nb", "a\tb"])
def test_what_is_no_secret_is_refused_or_nothing(
    boss: Person, provider: GameProvider, secret: str
) -> None:
    before = stored(provider)
    boss.post(page_of(provider), form_of(provider, secret_key=secret))
    assert stored(provider) == before


def test_a_provider_is_entered_with_its_secrets(boss: Person) -> None:
    code, secret = unique("provider"), unique("secret")
    response = boss.post(
        adding_to(GameProvider), {"code": code, "name": "New",
                                  "secret_key": secret, "provider_secret": ""},
    )  # fmt: skip
    assert response.status_code == 302
    made = GameProvider.objects.get(code=code)
    assert (made.secret_key, made.provider_secret) == (secret, "")


def test_a_change_holds_at_once(boss: Person, provider: GameProvider) -> None:
    """A change drops this process's cached credentials, which otherwise live two seconds."""
    assert directory(fresh=True).by_pk[provider.pk].casino_secrets == (
        provider.secret_key.encode(),
    )
    boss.post(page_of(provider), form_of(provider, secret_key="the-secret-from-now-on"))
    assert directory().by_pk[provider.pk].casino_secrets == (b"the-secret-from-now-on",)


@pytest.mark.parametrize("lookup", ["secret_key__startswith", "provider_secret", "secret_key__gt"])
def test_no_query_string_guesses_at_a_secret(
    boss: Person, provider: GameProvider, lookup: str
) -> None:
    """An answer that depends on a secret would reveal it, letter by letter."""
    response = boss.get(list_of(GameProvider), {lookup: provider.secret_key[:3]})
    assert response.status_code == 400


def test_a_viewer_cannot_set_one(provider: GameProvider) -> None:
    before = stored(provider)
    viewer = clerk("view_gameprovider")
    assert b'type="password"' not in viewer.get(page_of(provider)).content
    response = viewer.post(page_of(provider), form_of(provider, secret_key="mine-from-now-on"))
    assert response.status_code == 403
    assert stored(provider) == before


def test_masks() -> None:
    assert mask_secrets("") == mask_secrets(" , ") == "none: nobody can sign"
    assert mask_secrets("", blank="from environment") == "from environment"
    assert mask_secrets("0123456789abcdef") == "••••cdef"
    assert mask_secrets("0123456789abcde") == "••••"  # four characters would be too many
    assert mask_secrets("0123456789abcdef, fedcba9876543210 ,x") == (
        "••••cdef signs; ••••3210, •••• accepted"
    )
    assert mask_token("0123456789abcdef") == "0123••••"
    assert mask_token("0123456789") == "••••"
