"""The admin app, with our site in the place of Django's."""

from django.contrib.admin.apps import AdminConfig


class HouseAdminConfig(AdminConfig):
    default_site = "config.backoffice.site.HouseAdminSite"
