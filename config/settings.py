"""The only reader of the environment."""

import os
from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config import books
from config.database import PROVIDER_ALIAS, databases, routers
from config.environment import dotenv, processors
from config.environment.reader import Reader, own_host
from config.logging import FORMATS, JSON, LEVELS, PLAIN, logging_config
from config.web.caches import process_cache, shared_cache
from config.wire.hush import keep_from_logs

BASE_DIR = Path(__file__).resolve().parent.parent

try:
    env = Reader(os.environ, dotenv.read(BASE_DIR / ".env"))
except dotenv.UnreadableFileError as unreadable:
    raise ImproperlyConfigured(str(unreadable)) from None

# ---- who runs ------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", default=False)
DEMO_MODE = env.flag("DEMO_MODE", default=False)
SECRET_KEY = env.required_secret("SECRET_KEY")
SERVICES = frozenset(env.names("SERVICES", ["casino", "provider"]))
if not {"casino", "provider"} >= SERVICES:
    raise ImproperlyConfigured("SERVICES must list casino, provider or both")
# Where the server listens. By default the two services also reach each other there.
LISTEN_HOST = env.listening_host("LISTEN_HOST", "127.0.0.1")
PORT = env.number("PORT", 8000, least=1, most=65_535)
OWN_HOST = own_host(LISTEN_HOST)
ALLOWED_HOSTS = env.hosts(
    "ALLOWED_HOSTS", list(dict.fromkeys(["localhost", "127.0.0.1", "[::1]", OWN_HOST]))
)
BLOCKING_THREADS = env.number("BLOCKING_THREADS", 64, least=1, most=256)
WORKERS = env.number("WORKERS", processors.WORKERS, least=1, most=256)
# How many money transactions a process runs at the same time. Operations that arrive meanwhile wait
# in line and share the next transaction.
POSTINGS_AT_ONCE = env.number("POSTINGS_AT_ONCE", 2, least=1, most=1_000)
# A request that takes longer to arrive is answered with 408. An idle connection is closed after its
# seconds, or earlier if a process has too many connections.
REQUEST_TIMEOUT_MS = env.number("REQUEST_TIMEOUT_MS", 10_000, least=100, most=600_000)
KEEP_ALIVE_SECONDS = env.number("KEEP_ALIVE_SECONDS", 75, least=1, most=3_600)
MAX_CONNECTIONS = env.number("MAX_CONNECTIONS", 4_096, least=16, most=1_000_000)
LARGEST_BODY_BYTES = 64 * 1024

# ---- the two services and what they share --------------------------------------------------
CASINO_URL = env.web_address("CASINO_URL", f"http://{OWN_HOST}:{PORT}")
PROVIDER_URL = env.web_address("PROVIDER_URL", f"http://{OWN_HOST}:{PORT}")
CASINO_SECRETS = tuple(map(str.encode, env.secrets("CASINO_SECRET")))
PROVIDER_SECRETS = tuple(map(str.encode, env.secrets("PROVIDER_SECRET")))
EVENT_SECRETS = tuple(map(str.encode, env.secrets("EVENT_SECRET")))  # the aggregator's, if it signs
# The stricter signature, with time and nonce: whether we require it, and whether we send it.
REQUIRE_TIMESTAMP = env.flag("REQUIRE_TIMESTAMP", default=False)
SIGN_STRICTLY = env.flag("SIGN_STRICTLY", default=REQUIRE_TIMESTAMP)
# How long a game session takes bets and its launch address opens the game.
SESSION_LIFETIME = timedelta(
    minutes=env.number("SESSION_LIFETIME_MINUTES", 1_440, least=1, most=525_600)
)
# Where a browser reaches the provider's game page.
PROVIDER_PUBLIC_URL = env.web_address("PROVIDER_PUBLIC_URL", PROVIDER_URL)
CASINO_CODE = env.code("CASINO_CODE", "demo-casino")

# ---- how long the provider waits for a casino ----------------------------------------------
MINUTE_MS, DAY_SECONDS, YEAR_HOURS = 60_000, 86_400, 8_784
PROVIDER_CONNECT_TIMEOUT_MS = env.number(
    "PROVIDER_CONNECT_TIMEOUT_MS", 1_000, least=1, most=MINUTE_MS
)
PROVIDER_READ_TIMEOUT_MS = env.number("PROVIDER_READ_TIMEOUT_MS", 3_000, least=1, most=MINUTE_MS)
PROVIDER_CALL_ATTEMPTS = env.number("PROVIDER_CALL_ATTEMPTS", 4, least=1, most=100)
# The pause before the second attempt. It doubles from attempt to attempt.
PROVIDER_BACKOFF_MS = env.number("PROVIDER_BACKOFF_MS", 100, least=0, most=MINUTE_MS)
PROVIDER_LONGEST_WAIT_MS = env.number("PROVIDER_LONGEST_WAIT_MS", 2_000, least=0, most=MINUTE_MS)
# Whether the server runs recovery while it serves, and how long a run must have been idle before
# recovery resumes it. Runs that are open for longer than these hours are listed in the admin for a
# manual decision.
PROVIDER_RECOVERY = env.flag("PROVIDER_RECOVERY", default=True)
# Whether the server sums up the ledger for the casino's reports while it serves.
CASINO_SUMMARIES = env.flag("CASINO_SUMMARIES", default=True)
PROVIDER_RECOVERY_GRACE_SECONDS = env.number(
    "PROVIDER_RECOVERY_GRACE_SECONDS", 30, least=0, most=DAY_SECONDS
)
PROVIDER_RECOVERY_HOURS = env.number("PROVIDER_RECOVERY_HOURS", 1, least=0, most=YEAR_HOURS)

# ---- Django --------------------------------------------------------------------------------
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
INSTALLED_APPS = [
    "config.backoffice.apps.HouseAdminConfig",
    "config.backoffice.apps.BackofficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "corsheaders",
    "config.apps.ProjectConfig",
    *sorted(SERVICES),
    *(
        [
            "casino.reports.apps.ReportsConfig",
            "casino.backoffice.apps.CasinoBackofficeConfig",
        ]
        if "casino" in SERVICES
        else []
    ),
]
MIDDLEWARE = [
    "config.web.direct.DirectEndpoints",
    "config.web.pages.CompressedAdmin",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.web.pages.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.web.pages.ReadableForms",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# After this many failures with a user name from an address, that name and address are locked out.
AXES_FAILURE_LIMIT = env.number("SIGN_IN_ATTEMPTS", 5, least=1, most=1_000)
AXES_COOLOFF_TIME = timedelta(
    minutes=env.number("SIGN_IN_LOCKED_MINUTES", 10, least=0, most=525_600)
)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "config.web.address.sign_in_address"
AXES_DISABLE_ACCESS_LOG = True  # the admin keeps its own history
AXES_ALLOWED_CORS_ORIGINS = ""
AXES_ENABLE_ADMIN = False  # manage.py axes_reset_username NAME lets somebody in again
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "config.web.pages.locked_out"
CSRF_FAILURE_VIEW = "config.web.pages.forged"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static_collected"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.web.static.VersionedStaticFiles"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- data ----------------------------------------------------------------------------------
EMBEDDED_DATA_DIR = Path(env.text("EMBEDDED_DATA_DIR", str(BASE_DIR / ".data")))
DATABASES = databases(env, EMBEDDED_DATA_DIR)
PROVIDER_DATABASE = PROVIDER_ALIAS if PROVIDER_ALIAS in DATABASES else "default"
DATABASE_ROUTERS = routers(DATABASES)
# The book that this process serves, if players are spread over books.
BOOK = books.read_book(env.text("BOOK"), DATABASES["default"]["OPTIONS"]["options"])
if BOOK:
    if "casino" not in SERVICES:
        raise ImproperlyConfigured("BOOK is for processes that serve the casino")
    books.use_schema(BOOK, DATABASES)
    DATABASE_ROUTERS.append("casino.books.database.BookRouter")

# ---- who may call, and how often -----------------------------------------------------------
SIMULATE_ROUND = env.flag("SIMULATE_ROUND", default=DEMO_MODE)
# How many proxies are in front. Their X-Forwarded-For is trusted; with 0, nobody's is.
NUM_PROXIES = env.number("NUM_PROXIES", 0, least=0, most=16)
if NUM_PROXIES:  # they also say whether the client used HTTPS
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_COOKIES = env.flag("SECURE_COOKIES", default=not DEMO_MODE)  # the admin's
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
# The web sites whose pages may call launchGame and simulateRound; none by default.
CORS_ALLOWED_ORIGINS = env.origins("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/casino/(launchGame|simulateRound)$"
CORS_ALLOW_METHODS = ("POST",)
CORS_ALLOW_HEADERS = ("authorization", "content-type", "x-request-id")
CORS_EXPOSE_HEADERS = ("retry-after", "x-request-id")
SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", default=False)
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", 0, least=0, most=10 * 365 * DAY_SECONDS)
# Requests per client and s, min, hour or day. Blank means no limit.
RATE_LIMITS = {
    "frontend": env.rate("RATE_LIMIT_FRONTEND", "6000/min"),
    "events": env.rate("RATE_LIMIT_EVENTS", ""),
    "wallets": env.rate("RATE_LIMIT_WALLETS", "60000/min"),
    "callbacks": env.rate("RATE_LIMIT_CALLBACKS", ""),  # per provider
}
# How many large bodies with a wrong signature are checked thoroughly, which takes time, per minute
# and address.
SIGNATURE_FAILURES_PER_MINUTE = env.number(
    "SIGNATURE_FAILURES_PER_MINUTE", 60, least=1, most=1_000_000
)
REDIS_URL = env.redis_address("REDIS_URL")
CACHES = {"default": shared_cache(REDIS_URL) if REDIS_URL else process_cache()}

# ---- API -----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "config.web.openapi_document.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "EXCEPTION_HANDLER": "config.web.endpoint.say_fault",
    "NUM_PROXIES": NUM_PROXIES,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Casino and game provider",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "",
    "SORT_OPERATIONS": False,  # in the order of the URLs: by family, and as a round goes
    "POSTPROCESSING_HOOKS": ["config.web.openapi_document.say_what_all_share"],
}

# ---- logs, metrics and stored secrets ------------------------------------------------------
# The keys of stored secrets: the first encrypts, all decrypt. SECRET_KEY is the last of them.
SECRETS_KEYS = [*env.secrets("SECRETS_KEY"), SECRET_KEY]
METRICS_TOKEN = env.secret("METRICS_TOKEN")  # a caller that sends it may read /metrics
keep_from_logs([*SECRETS_KEYS, METRICS_TOKEN, *CASINO_SECRETS, *PROVIDER_SECRETS, *EVENT_SECRETS])
LOG_FORMAT = env.choice("LOG_FORMAT", PLAIN if DEMO_MODE else JSON, FORMATS)
LOGGING = logging_config(LOG_FORMAT, env.choice("LOG_LEVEL", "INFO", LEVELS), BOOK)

# ---- variables in `.env` that are not settings -----------------------------------------------
# Scripts and tools read these variables without Django.
_OF_TOOLS = ("DJANGO_SETTINGS_MODULE", "WALLETS_API_KEY", "NO_COLOR", "REQUIRE_BROWSER")
UNKNOWN_VARIABLES = env.unknown(also_known=_OF_TOOLS)
