"""Each role may do what its work needs and nothing that belongs to another role."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.contrib.auth.models import User as Operator

from casino.models import Wallet
from tests.admin.conftest import Person
from tests.admin.pages import list_of, page_of
from tests.casino_world import Play

ROLES = ("Support", "Finance", "Risk", "Compliance", "Auditor", "Integrations")
RIGHTS = {
    "casino.view_wallet": set(ROLES),
    "provider.view_bet": set(ROLES),
    "casino.adjust_wallet": {"Finance"},
    "casino_backoffice.approve_adjustment": {"Finance"},
    "casino_backoffice.add_playernote": {"Support", "Finance", "Risk"},
    "casino_backoffice.block_player": {"Risk"},
    "casino_backoffice.view_playerflag": set(ROLES),
    "casino_backoffice.add_playerflag": {"Risk"},
    "casino_backoffice.change_playerflag": {"Risk"},
    "casino_reports.view_reports": {"Finance", "Risk", "Compliance", "Auditor"},
    "backoffice.export_data": {"Finance", "Compliance"},
    "backoffice.view_staffaction": {"Compliance", "Auditor"},
    "backoffice.resolve_round": {"Risk"},
    "backoffice.repair_differences": {"Finance"},
    "casino.change_gameprovider": {"Integrations"},
    "casino.add_apikey": {"Integrations"},
    "auth.change_user": set(),
}


def rights_of(person: Person) -> set[str]:
    return Operator.objects.get(pk=person.operator.pk).get_all_permissions()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_its_rights(one_of_the: Callable[[str], Person], role: str) -> None:
    rights = rights_of(one_of_the(role))
    assert {right for right, roles in RIGHTS.items() if right in rights} == {
        right for right, roles in RIGHTS.items() if role in roles
    }


def test_every_right_of_a_role_is_one_that_the_system_knows() -> None:
    """A permission that Django does not create by itself is misspelt."""
    known = {
        f"{app}.{codename}"
        for app, codename in Permission.objects.values_list("content_type__app_label", "codename")
    }
    for permission in Permission.objects.filter(group__name__in=ROLES).select_related():
        model = permission.content_type.model_class()
        assert model is not None, permission
        declared = {name for name, _ in model._meta.permissions}
        standard = {f"{verb}_{model._meta.model_name}" for verb in model._meta.default_permissions}
        assert permission.codename in declared | standard, permission
    assert set(RIGHTS) <= known


def test_an_auditor_sees_everything_and_changes_nothing(
    one_of_the: Callable[[str], Person], play: Play
) -> None:
    auditor = one_of_the("Auditor")
    assert auditor.get(page_of(play.wallet)).status_code == 200
    assert auditor.get("/admin/casino/apikey/").status_code == 200
    assert auditor.get(page_of(play.wallet, "adjust")).status_code == 403
    assert not {right for right in rights_of(auditor) if ".view_" not in right}
    assert auditor.get(list_of(Wallet)).status_code == 200
