"""The only reader of the environment."""

from datetime import timedelta
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from config.database import PROVIDER_ALIAS, databases
from config.logging import FORMATS, JSON, PLAIN, logging_config
from config.web.caches import process_cache, shared_cache
from config.wire.hush import keep_from_logs
from config.wire.signing import parse_secrets

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()  # type: ignore[no-untyped-call]
environ.Env.read_env(BASE_DIR / ".env")

# ---- who runs ------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
DEMO_MODE = env.bool("DEMO_MODE", False)
SECRET_KEY = env.str("SECRET_KEY")
SERVICES = frozenset(env.list("SERVICES", default=["casino", "provider"]))
if not SERVICES or not {"casino", "provider"} >= SERVICES:
    raise ImproperlyConfigured("SERVICES must list casino, provider or both")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
PORT = env.int("PORT", 8000)
BLOCKING_THREADS = env.int("BLOCKING_THREADS", 64)
WORKERS = env.int("WORKERS", 2)

# ---- the two services and what they share --------------------------------------------------
CASINO_URL = env.str("CASINO_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
PROVIDER_URL = env.str("PROVIDER_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
CASINO_SECRETS = parse_secrets(env.str("CASINO_SECRET", ""))
PROVIDER_SECRETS = parse_secrets(env.str("PROVIDER_SECRET", ""))
EVENT_SECRETS = parse_secrets(env.str("EVENT_SECRET", ""))  # the aggregator's, where it signs
# The stricter signature, with time and nonce: whether it is asked for, and whether it is sent.
REQUIRE_TIMESTAMP = env.bool("REQUIRE_TIMESTAMP", False)
SIGN_STRICTLY = env.bool("SIGN_STRICTLY", REQUIRE_TIMESTAMP)
# Where a browser reaches the provider's game page.
PROVIDER_PUBLIC_URL = env.str("PROVIDER_PUBLIC_URL", PROVIDER_URL).rstrip("/")
CASINO_CODE = env.str("CASINO_CODE", "demo-casino")

# ---- how patient the provider is with a casino ---------------------------------------------
PROVIDER_CONNECT_TIMEOUT_MS = env.int("PROVIDER_CONNECT_TIMEOUT_MS", 1_000)
PROVIDER_READ_TIMEOUT_MS = env.int("PROVIDER_READ_TIMEOUT_MS", 3_000)
PROVIDER_CALL_ATTEMPTS = env.int("PROVIDER_CALL_ATTEMPTS", 4)
PROVIDER_BACKOFF_MS = env.int("PROVIDER_BACKOFF_MS", 100)  # doubles from attempt to attempt
PROVIDER_LONGEST_WAIT_MS = env.int("PROVIDER_LONGEST_WAIT_MS", 2_000)
# Whether a server recovers beside serving; what nobody has touched for so long is taken up; and
# what stays open for so many hours is put before a person, in the admin.
PROVIDER_RECOVERY = env.bool("PROVIDER_RECOVERY", True)
PROVIDER_RECOVERY_GRACE_SECONDS = env.int("PROVIDER_RECOVERY_GRACE_SECONDS", 30)
PROVIDER_RECOVERY_HOURS = env.int("PROVIDER_RECOVERY_HOURS", 1)

# ---- Django --------------------------------------------------------------------------------
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
INSTALLED_APPS = [
    "config.backoffice.apps.HouseAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "config.apps.ProjectConfig",
    *sorted(SERVICES),
]
MIDDLEWARE = [
    "config.web.direct.DirectEndpoints",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
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
# Who fails so often under one name from one address is locked out, there and under that name.
AXES_FAILURE_LIMIT = env.int("SIGN_IN_ATTEMPTS", 5)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("SIGN_IN_LOCKED_MINUTES", 10))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "config.web.address.ip_address_of"
AXES_DISABLE_ACCESS_LOG = True  # the admin keeps its own history
AXES_ALLOWED_CORS_ORIGINS = ""
AXES_ENABLE_ADMIN = False  # manage.py axes_reset_username NAME lets somebody in again
AXES_VERBOSE = False
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
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- data ----------------------------------------------------------------------------------
EMBEDDED_DATA_DIR = Path(env.str("EMBEDDED_DATA_DIR", str(BASE_DIR / ".data")))
DATABASES = databases(env, EMBEDDED_DATA_DIR)
DATABASE_ROUTERS = ["config.database.ProviderRouter"] if PROVIDER_ALIAS in DATABASES else []

# ---- who may call, and how often -----------------------------------------------------------
SIMULATE_ROUND = env.bool("SIMULATE_ROUND", DEMO_MODE)
NUM_PROXIES = env.int("NUM_PROXIES", 0)  # whose X-Forwarded-For is believed; 0: nobody's
if NUM_PROXIES:  # they say, too, whether the client came by HTTPS
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_COOKIES = env.bool("SECURE_COOKIES", not DEMO_MODE)  # the admin's
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", False)
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 0)
# Requests of one client in each s(econd), min(ute), hour or day; blank: as many as it likes.
RATE_LIMITS = {
    "frontend": env.str("RATE_LIMIT_FRONTEND", "6000/min"),
    "events": env.str("RATE_LIMIT_EVENTS", ""),
    "wallets": env.str("RATE_LIMIT_WALLETS", "60000/min"),
    "callbacks": env.str("RATE_LIMIT_CALLBACKS", ""),  # of each provider
}
REDIS_URL = env.str("REDIS_URL", "")
CACHES = {"default": shared_cache(REDIS_URL) if REDIS_URL else process_cache()}

# ---- API -----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "config.web.openapi_document.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "NUM_PROXIES": NUM_PROXIES,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Casino and game provider",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "",
    "SORT_OPERATIONS": False,  # as the URLs stand: a family together, in the order of a round
    "POSTPROCESSING_HOOKS": ["config.web.openapi_document.say_what_all_share"],
}

# ---- what is written down ------------------------------------------------------------------
# What stored secrets are encrypted with: the first encrypts, all decrypt; SECRET_KEY is the last.
SECRETS_KEYS = [*(key.strip() for key in env.str("SECRETS_KEY", "").split(",") if key.strip())]
SECRETS_KEYS.append(SECRET_KEY)
METRICS_TOKEN = env.str("METRICS_TOKEN", "")  # who shows it may read /metrics
keep_from_logs([SECRET_KEY, METRICS_TOKEN, *CASINO_SECRETS, *PROVIDER_SECRETS, *EVENT_SECRETS])
LOG_FORMAT = env.str("LOG_FORMAT", PLAIN if DEMO_MODE else JSON)
if LOG_FORMAT not in FORMATS:
    raise ImproperlyConfigured(f"LOG_FORMAT must be one of {', '.join(FORMATS)}")
LOGGING = logging_config(LOG_FORMAT, env.str("LOG_LEVEL", "INFO"))
