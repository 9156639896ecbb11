"""Base of pages about one wallet, in addition to those that Django's admin makes."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.views import View

from casino.models import Wallet


class WalletPage(View):
    """Finds the wallet, checks the user's permission and renders the page in the admin's frame."""

    template: str
    title: str
    wallet: Wallet

    @property
    def model_admin(self) -> "admin.ModelAdmin[Wallet]":
        return admin.site.get_model_admin(Wallet)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        wallet = self.model_admin.get_object(request, unquote(kwargs["object_id"]))
        if not self.is_open_to(request):
            raise PermissionDenied
        if wallet is None:
            raise Http404("There is no such wallet.")
        self.wallet = wallet
        return super().dispatch(request, *args, **kwargs)

    def is_open_to(self, request: HttpRequest) -> bool:
        return self.model_admin.has_view_permission(request)

    def page(self, request: HttpRequest, **context: Any) -> HttpResponse:
        return TemplateResponse(
            request,
            self.template,
            {
                **admin.site.each_context(request),
                "title": self.title,
                "subtitle": str(self.wallet),
                "opts": Wallet._meta,
                "wallet": self.wallet,
                **context,
            },
        )
