"""The base of JSON endpoints: size → signature → content type → JSON → fields → handle.

Endpoints are DRF views, so that the schema finds them, but they dispatch requests themselves: the
framework's content negotiation, parsers and renderers would cost more than the rest of a debit.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any, ClassVar, Generic, Literal, TypeVar, cast, get_args

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import HttpHeaders
from rest_framework.views import APIView

from config import books
from config.web import door
from config.web.bodies import Asked, Nothing, Place, Request, object_schema, read_request, readers
from config.web.failures import METHOD_NOT_ALLOWED, OF_A_BODY, WRONG_BOOK, Failure, Refusals
from config.web.fields import Schema, read_object
from config.web.metrics import count
from config.web.openapi_headers import UNSIGNED, Header, Security
from config.web.raw_body import read_body, require_json
from config.web.waiting import Waiting, Work
from config.wire import errors
from config.wire.errors import WireError
from config.wire.headers import HeaderUnreadable, read_header
from config.wire.request_id import REQUEST_ID_HEADER, bind_request_id

_HAS_BOOKS = bool(settings.BOOK)
_REQUEST_ID = HttpHeaders.to_wsgi_name(REQUEST_ID_HEADER)  # request.headers parses every header


class Exchange(APIView):
    """Answers every request, and every failure in the caller's dialect.

    The dialect is the envelope of ``config.wire.errors`` unless ``refuse`` says otherwise. The
    OpenAPI document contains what a subclass declares about itself.
    """

    tag: ClassVar[str]
    summary: ClassVar[str]
    security: ClassVar[Security] = UNSIGNED
    takes: ClassVar[type[Request]] = Nothing
    """The request's class, which a subclass names in the brackets of its base."""
    takes_around_body: ClassVar[bool] = False
    answers: ClassVar[Any]
    """The body of a success; if there are several, the bodies by status."""
    media_types: ClassVar[tuple[str, ...]] = (errors.JSON,)
    takes_headers: ClassVar[Sequence[Header]] = ()
    sends_headers: ClassVar[Sequence[Header]] = ()
    refusals: ClassVar[Refusals] = {}
    """The dialect's table of failures."""
    never: ClassVar[Collection[str]] = ()
    """Codes of the table that this endpoint never answers."""
    wire_failures: ClassVar[Sequence[Failure]] = (METHOD_NOT_ALLOWED,)

    is_direct: ClassVar[bool] = False
    """Whether requests bypass Django's middleware (``config.web.direct``)."""
    is_of_a_book: ClassVar[bool] = False
    """Whether only the process that serves the player's book answers requests about a player."""
    waits_for: ClassVar[type[Work] | None] = None
    """The work that requests wait for, if it is done for several requests at once."""
    is_health: ClassVar[bool] = False
    """Whether requests are answered for any host and scheme (``config.web.door``)."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for base in vars(cls).get("__orig_bases__", ()):
            for kind in get_args(base):
                if isinstance(kind, type) and issubclass(kind, Request):
                    cls.takes = kind
                    cls.takes_around_body = bool(readers(kind, *Place))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        begun = self.begin(request)
        return begun.answer() if isinstance(begun, Waiting) else begun

    def begin(self, request: HttpRequest) -> HttpResponse | Waiting:
        """Answer the request as far as that is possible without waiting for shared work."""
        self._began_at = perf_counter()
        self._request_id = bind_request_id(request.META.get(_REQUEST_ID))
        return self._proceed(request, partial(self._admit, request))

    def _admit(self, request: HttpRequest) -> HttpResponse | Waiting:
        if not self.is_health:
            door.check(request)
        return self.converse(request)

    def _proceed(
        self, request: HttpRequest, go_on: Callable[[], HttpResponse | Waiting]
    ) -> HttpResponse | Waiting:
        try:
            response = go_on()
        except Exception as fault:
            response = self.refuse(self.error_of(fault))
        if isinstance(response, Waiting):
            return Waiting(response.work, partial(self._end, request, response.answer))
        response.headers[REQUEST_ID_HEADER] = self._request_id
        response.headers["Content-Length"] = str(
            len(response.content)
        )  # otherwise the answer would be chunked
        door.see_out(request, response)
        count(type(self), request, response, began_at=self._began_at)
        return response

    def _end(self, request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
        bind_request_id(self._request_id)  # meanwhile this thread has served other requests
        return cast(HttpResponse, self._proceed(request, answer))

    def converse(self, request: HttpRequest) -> HttpResponse | Waiting:
        """Answer the request, or raise WireError."""
        raise NotImplementedError

    def refuse(self, error: WireError) -> HttpResponse:
        """Answer a failure."""
        return error.response()

    def error_of(self, fault: Exception) -> WireError:
        """Turn an exception into a failure. Only this turns a refusal into an answer."""
        if isinstance(fault, WireError):
            return fault
        failure = self.refusals.get(type(fault))
        return failure(fault) if failure else errors.from_fault(fault)

    def by_framework(self, request: HttpRequest) -> HttpResponse:
        """Dispatch like DRF, with its hooks, but answer their exceptions in the view's dialect."""
        response: Any = super().dispatch(request, *self.args, **self.kwargs)
        return cast(HttpResponse, response)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Does not negotiate media types: a view that has several does so itself."""
        self.perform_authentication(request)
        self.check_permissions(request)
        self.check_throttles(request)

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {}

    def around_body(self, request: HttpRequest) -> dict[str, Any]:
        """The values from path, query and headers. Raises WireError for an unreadable header.

        An empty value in path or query counts as not given; an empty header does not.
        """
        given: dict[str, Any] = {}
        wrong: dict[str, list[str]] = {}
        for name in (reader.name for reader in readers(self.takes, Place.PATH)):
            given[name] = self.kwargs.get(name) or None
        for name in (reader.name for reader in readers(self.takes, Place.QUERY)):
            given[name] = request.GET.get(name) or None
        for name in (reader.name for reader in readers(self.takes, Place.HEADER)):
            try:
                given[name] = read_header(request, name)
            except HeaderUnreadable as reason:
                wrong[name] = [str(reason)]
        if wrong:
            raise errors.invalid_request(wrong)
        return {name: value for name, value in given.items() if value is not None}

    def _read_here(self, values: Mapping[str, Any], around: Mapping[str, Any] | None) -> Any:
        """Read a request. Raises WrongBook if it is about a player of another book."""
        asked = read_request(self.takes, values, around)
        if _HAS_BOOKS and self.is_of_a_book:
            books.require_here(asked)
        return asked

    # ---- for the document ----

    @classmethod
    def failures(cls) -> list[Failure]:
        """All possible answers besides ``answers``."""
        refusals = [
            failure.of(refusal)
            for refusal, failure in cls.refusals.items()
            if isinstance(failure, Failure) and failure.code not in cls.never
        ]
        of_books = [WRONG_BOOK] if _HAS_BOOKS and cls.is_of_a_book else []
        return [*cls.wire_failures, *of_books, *refusals]

    @classmethod
    def describe(cls, failure: Failure) -> str:
        return f"`{failure.code}`: {failure.meaning}"

    @classmethod
    def failure_schema(cls, failures: Sequence[Failure]) -> Schema:
        """The schema of a body with one of these failures, which have the same status."""
        codes = Literal[tuple(failure.code for failure in failures)]  # type: ignore[valid-type]
        extra = {name: hint for failure in failures for name, hint in failure.extra.items()}
        return object_schema(
            {
                "status": (Literal["error"], True),
                "code": (codes, True),
                "message": (str, True),
                # If the status has several codes, not all of them come with the extra field.
                **{name: (extra[name], len(failures) == 1) for name in sorted(extra)},
            }
        )


Caller = TypeVar("Caller")


class Endpoint(Exchange, Generic[Caller, Asked]):
    """POST only. A subclass does its work in ``handle``."""

    is_direct = True
    wire_failures: ClassVar[Sequence[Failure]] = OF_A_BODY
    body_may_be_empty: ClassVar[bool] = False

    def authenticate(self, request: HttpRequest, body: bytes) -> Caller:
        """Return the caller, or raise WireError."""
        raise NotImplementedError

    def handle(self, caller: Caller, asked: Asked) -> HttpResponse | Waiting:
        raise NotImplementedError

    def post(self, request: HttpRequest) -> HttpResponse:
        """Only for the schema, which looks for a view's methods; ``dispatch`` never calls it."""
        return self.dispatch(request)

    def converse(self, request: HttpRequest) -> HttpResponse | Waiting:
        body = self.body_of(request)
        return self.respond(request, self.authenticate(request, body), body)

    def body_of(self, request: HttpRequest) -> bytes:
        """Raises WireError unless the method is POST and its body arrived."""
        if request.method != "POST":
            raise errors.method_not_allowed(str(request.method), "POST")
        return read_body(request)

    def respond(self, request: HttpRequest, caller: Caller, body: bytes) -> HttpResponse | Waiting:
        if not body and self.body_may_be_empty:
            values = {}
        else:
            require_json(request)
            values = read_object(body)
        return self.handle(caller, self.read(request, values))

    def read(self, request: HttpRequest, values: Mapping[str, Any]) -> Asked:
        """The whole request, from the values of its body."""
        around = self.around_body(request) if self.takes_around_body else None
        asked: Asked = self._read_here(values, around)
        return asked


class GuardedEndpoint(Endpoint[None, Asked], Generic[Asked]):
    """A POST off the hot path: the framework's authenticators, permissions and throttles decide."""

    def converse(self, request: HttpRequest) -> HttpResponse:
        self.body_of(request)
        return self.by_framework(request)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return cast(HttpResponse, self.respond(request, None, request.body))


class Lookup(Exchange, Generic[Asked]):
    """GET and HEAD, guarded like a POST off the hot path. A subclass works in ``answer``."""

    def converse(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise errors.method_not_allowed(str(request.method), "GET, HEAD")
        return self.by_framework(request)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.answer(self.read(request))

    def answer(self, asked: Asked) -> HttpResponse:
        raise NotImplementedError

    def read(self, request: HttpRequest) -> Asked:
        asked: Asked = self._read_here({}, self.around_body(request))
        return asked


class Nowhere(Exchange):
    """Refuses addresses that do not exist, for every method. A family adds its dialect to it."""

    schema = None

    def converse(self, request: HttpRequest) -> HttpResponse:
        raise errors.not_found(request.path)


def say_fault(fault: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """The framework's exception handler, which answers in the dialect of the view."""
    view: Exchange = context["view"]
    return view.refuse(view.error_of(fault))


def json_response(
    body: Any, headers: Mapping[str, str] | None = None, *, status: int = 200
) -> HttpResponse:
    """Bytes are already JSON; anything else is encoded."""
    encoded = body if type(body) is bytes else msgspec.json.encode(body)
    return HttpResponse(encoded, status=status, content_type=errors.JSON, headers=headers)
