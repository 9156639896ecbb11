"""A debit written the usual way, with serializer, select_for_update and save; and a no-op."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import APIException, AuthenticationFailed, NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from casino.ledger.chain import Content, link
from casino.models import GameSession, LedgerEntry, Transaction, Wallet
from config.wire.tokens import token_digest


class Refused(APIException):
    status_code = 409


class DebitSerializer(serializers.Serializer[Any]):
    sessionToken = serializers.CharField(max_length=128)  # noqa: N815 - as it is sent
    transactionId = serializers.CharField(max_length=128)  # noqa: N815
    roundId = serializers.CharField(max_length=128)  # noqa: N815
    amount = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    currency = serializers.CharField(max_length=16, required=False)


class PlainDebit(APIView):
    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        check_signature(request)
        serializer = DebitSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        with transaction.atomic():
            session = (
                GameSession.objects.select_related("user", "game", "provider")
                .filter(token=token_digest(fields["sessionToken"]))
                .first()
            )
            if session is None:
                raise NotFound("no such session")
            wallet = Wallet.objects.select_for_update().get(pk=session.wallet_id)
            source = f"provider:{session.provider.code}"
            earlier = Transaction.objects.filter(
                source=source, external_transaction_id=fields["transactionId"]
            ).first()
            if earlier is not None:
                return replay(earlier, wallet, fields)
            check_rules(session, wallet, fields)
            return Response(place(session, wallet, source, fields))


def check_signature(request: Request) -> None:
    given = request.headers.get("x-casino-signature", "")
    due = hmac.new(settings.CASINO_SECRETS[0], request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given, due):
        raise AuthenticationFailed


def replay(earlier: Transaction, wallet: Wallet, fields: dict[str, Any]) -> Response:
    same = (earlier.wallet_id, earlier.transaction_type, earlier.round_id, earlier.amount)
    if same != (wallet.pk, "BET", fields["roundId"], fields["amount"]):
        raise Refused("the id was used before")
    return Response(json.loads(earlier.response_cache), headers={"Idempotent-Replayed": "true"})


def check_rules(session: GameSession, wallet: Wallet, fields: dict[str, Any]) -> None:
    amount, game = fields["amount"], session.game
    is_open = session.status == session.user.status == "ACTIVE"
    if not (is_open and game.is_active and not session.provider.is_disabled):
        raise Refused("not active")
    if amount < game.min_bet or (game.max_bet is not None and amount > game.max_bet):
        raise Refused("outside the game's limits")
    if fields.get("currency", wallet.currency_id) != wallet.currency_id:
        raise Refused("another currency")
    if amount > wallet.playable_balance:
        raise Refused("insufficient funds")


def place(
    session: GameSession, wallet: Wallet, source: str, fields: dict[str, Any]
) -> dict[str, Any]:
    """Write the transaction, its entries and the wallet."""
    amount = fields["amount"]
    playable, redeemable = wallet.playable_balance, wallet.redeemable_balance
    taken = max(0, amount - (playable - redeemable))
    wallet.playable_balance -= amount
    wallet.redeemable_balance -= taken
    wallet.version += 1
    posted = Transaction(
        id=uuid.uuid4(),
        wallet=wallet,
        sequence=wallet.version,
        transaction_type="BET",
        source=source,
        external_transaction_id=fields["transactionId"],
        round_id=fields["roundId"],
        session=session,
        game_code=session.game.provider_game_id,
        amount=amount,
        redeemable_amount=taken,
        balance_after=wallet.playable_balance,
        redeemable_after=wallet.redeemable_balance,
        created_at=timezone.now(),
    )
    answer = {
        "status": "success",
        "transactionId": posted.external_transaction_id,
        "casinoTransactionId": str(posted.id),
        "roundId": posted.round_id,
        "amount": amount,
        "currency": wallet.currency_id,
        "balance": wallet.playable_balance,
    }
    posted.response_cache = json.dumps(answer)
    posted.link = wallet.chain_head = link(bytes(wallet.chain_head), content_of(posted))
    posted.save(force_insert=True)
    mine = LedgerEntry(
        transaction=posted,
        account="WALLET",
        wallet=wallet,
        currency=wallet.currency_id,
        amount=-amount,
        redeemable_amount=-taken,
        balance_before=playable,
        balance_after=wallet.playable_balance,
        redeemable_before=redeemable,
        redeemable_after=wallet.redeemable_balance,
    )
    house = LedgerEntry(
        transaction=posted, account="GAMES", currency=wallet.currency_id, amount=amount
    )
    LedgerEntry.objects.bulk_create([mine, house])  # PostgreSQL accepts them only together
    wallet.save()
    return answer


def content_of(posted: Transaction) -> Content:
    return Content(
        id=posted.id,
        wallet=posted.wallet_id,
        sequence=posted.sequence,
        kind=posted.transaction_type,
        source=posted.source,
        external_transaction_id=posted.external_transaction_id,
        round_id=posted.round_id,
        session=posted.session_id,
        external_session_id=None,
        game_code=posted.game_code,
        amount=posted.amount,
        redeemable_amount=posted.redeemable_amount,
        balance_after=posted.balance_after,
        redeemable_after=posted.redeemable_after,
        related_transaction=None,
        related_external_transaction_id=None,
        response_cache=posted.response_cache,
        details="",
        request_id="",
        created_at=posted.created_at,
    )


def no_op_first(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Middleware for the floor: a no-op view directly after the server and Django's handler."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path_info == "/no-op":
            body = b'{"status":"success"}'
            return HttpResponse(
                body, content_type="application/json", headers={"Content-Length": str(len(body))}
            )
        return get_response(request)

    return answer
