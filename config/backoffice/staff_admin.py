"""The staff and their roles: Django's pages, as light as ours.

Permissions are chosen in plain lists, because not everybody can use Django's pair of boxes.
"""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.utils.safestring import SafeString

from config.backoffice.base import BaseAdmin
from config.backoffice.display import moment

STAFF = (99, "staff")
_OTHER_FIELDSETS = tuple((UserAdmin.fieldsets or ())[:-1])
"""Django's without the last one, whose dates it writes like no other page."""


class OperatorAdmin(BaseAdmin[User], UserAdmin):  # type: ignore[type-arg]
    group = STAFF
    filter_horizontal = ()
    fieldsets = (*_OTHER_FIELDSETS, ("Dates", {"fields": ("signed_in", "joined")}))
    readonly_fields = ("signed_in", "joined")

    @admin.display(description="last signed in")
    def signed_in(self, operator: User) -> str | SafeString:
        return moment(operator.last_login)

    @admin.display(description="entered")
    def joined(self, operator: User) -> str | SafeString:
        return moment(operator.date_joined)


class RoleAdmin(BaseAdmin[Group], GroupAdmin):
    group = STAFF
    filter_horizontal = ()


def take_over() -> None:
    """Replace Django's pages, which are registered by now, with these."""
    admin.site.unregister([User, Group])
    admin.site.register(User, OperatorAdmin)
    admin.site.register(Group, RoleAdmin)
