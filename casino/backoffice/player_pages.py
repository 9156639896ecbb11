"""Block or unblock a player with a reason; raise and lower flags; write a note."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone

from casino.admin.history import log
from casino.admin.standing import change_standing
from casino.backoffice.flags import lower_flag, raise_flag
from casino.backoffice.models import FlagKind, PlayerFlag, PlayerNote
from casino.models import GameSession, PlayerStatus, SessionStatus, User
from config.backoffice.display import page_url
from config.backoffice.own_pages import Crumb, OwnPage, own_page

_LONGEST = 2_000
BLOCK_PERMISSION = "casino_backoffice.block_player"
NOTE_PERMISSION = "casino_backoffice.add_playernote"
FLAG_PERMISSION = "casino_backoffice.add_playerflag"
LOWER_PERMISSION = "casino_backoffice.change_playerflag"


class TextForm(forms.Form):
    text = forms.CharField(
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
    )


class FlagForm(TextForm):
    kind = forms.ChoiceField(choices=FlagKind.choices)
    field_order = ("kind", "text")


class PlayerForm(OwnPage):
    """A page with a text field about one player."""

    template = "casino/backoffice/player_form.html"
    http_method_names = ["get", "head", "options", "post"]
    form: type[TextForm] = TextForm
    asks_for = "Reason"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = User.objects.filter(pk=kwargs["player_pk"]).first()
        if found is None:
            raise Http404("There is no such player.")
        self.player = found
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        return self._form_page(request, self._form())

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._form_page(request, form)
        self.do(request, **form.cleaned_data)
        return HttpResponseRedirect(page_url(User, self.player.pk))

    def do(self, request: HttpRequest, text: str) -> None:
        """Do what the form asks for. A form with more fields passes them by name."""
        raise NotImplementedError

    def words(self) -> dict[str, Any]:
        """The title, the explanation above the field and the button's label."""
        raise NotImplementedError

    def _form(self, data: QueryDict | None = None) -> TextForm:
        """The label is set before the form is checked, because a checked form keeps its label."""
        form = self.form(data)
        form.fields["text"].label = self.asks_for
        return form

    def _form_page(self, request: HttpRequest, form: TextForm) -> HttpResponse:
        return self.page(
            request,
            player=self.player,
            form=form,
            crumbs=[Crumb(self.player.username, page_url(User, self.player.pk))],
            **self.words(),
        )


@own_page("player/<int:player_pk>/block/", "block_player")
class BlockPage(PlayerForm):
    """Blocks an active player or unblocks a blocked one."""

    permissions = (BLOCK_PERMISSION,)

    @property
    def _is_blocked(self) -> bool:
        return self.player.status == PlayerStatus.BLOCKED

    def words(self) -> dict[str, Any]:
        name = self.player.username
        if self._is_blocked:
            return {
                "title": f"Unblock {name}",
                "said": "The player may open games and bet again.",
                "button": "Unblock",
                "aim": PlayerStatus.ACTIVE.value,
            }
        playing = GameSession.objects.filter(user=self.player, status=SessionStatus.ACTIVE).count()
        return {
            "title": f"Block {name}",
            "said": f"The player can no longer bet, and all open sessions ({playing}) end. "
            "Money owed to the player is still paid.",
            "button": "Block",
            "aim": PlayerStatus.BLOCKED.value,
        }

    def do(self, request: HttpRequest, text: str) -> None:
        """Do what the form said, even if somebody else has already done it."""
        try:
            status = PlayerStatus(request.POST.get("aim", PlayerStatus.BLOCKED.value))
        except ValueError:
            raise BadRequest("This form does not say whether to block or to unblock.") from None
        verb = "Blocked" if status == PlayerStatus.BLOCKED else "Unblocked"
        changed = change_standing(request, [self.player.pk], status, text)
        if changed:
            messages.success(request, f"{verb} {self.player.username}.")
        else:
            messages.warning(request, f"{self.player.username} was already {verb.lower()}.")


@own_page("player/<int:player_pk>/note/", "note_on_player")
class NotePage(PlayerForm):
    permissions = (NOTE_PERMISSION,)
    asks_for = "Note"

    def words(self) -> dict[str, Any]:
        return {
            "title": f"Note on {self.player.username}",
            "said": "Notes are kept with your name and the time.",
            "button": "Save this note",
        }

    def do(self, request: HttpRequest, text: str) -> None:
        PlayerNote.objects.create(
            player=self.player, written_by=request.user.get_username(), text=text
        )
        messages.success(request, "The note is saved.")


@own_page("player/<int:player_pk>/flag/", "flag_player")
class FlagPage(PlayerForm):
    permissions = (FLAG_PERMISSION,)
    form = FlagForm

    def words(self) -> dict[str, Any]:
        return {
            "title": f"Flag {self.player.username}",
            "said": "All staff see a flag until somebody lowers it. It does not "
            "stop the player from playing; blocking does.",
            "button": "Raise the flag",
        }

    def do(self, request: HttpRequest, text: str, kind: str = FlagKind.WATCH) -> None:
        chosen, by = FlagKind(kind), request.user.get_username()
        if raise_flag(player=self.player, kind=chosen, reason=text, by=by, now=timezone.now()):
            log(request, [self.player], f"Flagged, {chosen.label}: {text}")
            messages.success(request, f"Flagged {self.player.username}: {chosen.label}.")
        else:
            messages.warning(request, f"{self.player.username} already has that flag.")


@own_page("player/<int:player_pk>/flag/<int:flag_pk>/lower/", "lower_flag")
class LowerFlagPage(PlayerForm):
    permissions = (LOWER_PERMISSION,)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = PlayerFlag.objects.filter(pk=kwargs["flag_pk"], player_id=kwargs["player_pk"])
        flag = found.select_related("player").first()
        if flag is None:
            raise Http404("There is no such flag.")
        self.flag = flag
        return super().dispatch(request, *args, **kwargs)

    def words(self) -> dict[str, Any]:
        flag = self.flag
        return {
            "title": f"Lower the flag of {self.player.username}",
            "said": f"{flag.raised_by} raised it ({flag.get_kind_display()}): {flag.reason}",
            "button": "Lower the flag",
        }

    def do(self, request: HttpRequest, text: str) -> None:
        by = request.user.get_username()
        if lower_flag(flag_pk=self.flag.pk, reason=text, by=by, now=timezone.now()):
            log(request, [self.player], f"Lowered the flag {self.flag.get_kind_display()}: {text}")
            messages.success(request, "The flag is lowered.")
        else:
            messages.warning(request, "Somebody has already lowered it.")
