"""The staff and their roles: Django's pages, as light as ours.

Rights are chosen in plain lists: Django's pair of boxes cannot be read by everybody.
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
    """Register these in place of Django's, which are registered by now."""
    admin.site.unregister([User, Group])
    admin.site.register(User, OperatorAdmin)
    admin.site.register(Group, RoleAdmin)
