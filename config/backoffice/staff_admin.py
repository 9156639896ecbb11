"""The staff and their roles: Django's pages, as light as ours.

Permissions are chosen in plain lists, because not everybody can use Django's pair of boxes.
"""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User

from config.backoffice.base import BaseAdmin

STAFF = (99, "staff")


class OperatorAdmin(BaseAdmin[User], UserAdmin):  # type: ignore[type-arg]
    group = STAFF
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")


class RoleAdmin(BaseAdmin[Group], GroupAdmin):
    group = STAFF
    filter_horizontal = ()


def take_over() -> None:
    """Replace Django's pages, which are registered by now, with these."""
    admin.site.unregister([User, Group])
    admin.site.register(User, OperatorAdmin)
    admin.site.register(Group, RoleAdmin)
