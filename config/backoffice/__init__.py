"""What the admins of both services share: read-only tables, secrets, long tables, panels."""

from config.backoffice.base import BaseAdmin
from config.backoffice.pages import PagedAdmin
from config.backoffice.panels import Panel, PanelsAdmin, Tool
from config.backoffice.read_only import ReadOnlyAdmin, UneditableAdmin
from config.backoffice.secret_fields import SecretsAdmin, mask_secrets_of, mask_token

__all__ = [
    "BaseAdmin",
    "PagedAdmin",
    "Panel",
    "PanelsAdmin",
    "ReadOnlyAdmin",
    "SecretsAdmin",
    "Tool",
    "UneditableAdmin",
    "mask_secrets_of",
    "mask_token",
]
