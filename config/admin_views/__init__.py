"""What the admins of both services share: reading without writing, secrets, long tables, panels."""

from config.admin_views.base import BaseAdmin
from config.admin_views.pages import PagedAdmin
from config.admin_views.panels import Panel, PanelsAdmin, Tool
from config.admin_views.read_only import ReadOnlyAdmin, UneditableAdmin
from config.admin_views.secret_fields import SecretsAdmin, mask_secrets, mask_token

__all__ = [
    "BaseAdmin",
    "PagedAdmin",
    "Panel",
    "PanelsAdmin",
    "ReadOnlyAdmin",
    "SecretsAdmin",
    "Tool",
    "UneditableAdmin",
    "mask_secrets",
    "mask_token",
]
