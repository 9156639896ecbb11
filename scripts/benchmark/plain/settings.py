"""The product's settings, but with this package's URLs and the middleware of `startproject`."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "scripts.benchmark.plain.urls"
MIDDLEWARE = [
    "scripts.benchmark.plain.views.no_op_first",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
REST_FRAMEWORK = {}
