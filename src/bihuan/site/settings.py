"""Django's settings. What differs from one installation to another comes from the environment:

    BIHUAN_DATA          the data directory (default: data in a checkout, ~/.local/share/bihuan once installed)
    DATABASE_URL         a PostgreSQL instead of the SQLite file in the data directory
    BIHUAN_HOSTS         the host names that the product answers to, separated by commas
    BIHUAN_HTTPS=1       a proxy in front speaks HTTPS: secure cookies, HSTS; it must set X-Forwarded-Proto itself
    BIHUAN_PROXIES       addresses and networks of the proxies in front, whose X-Forwarded-For is believed; with
                         BIHUAN_HTTPS=1 this machine's own unless told otherwise: 10.0.0.5,10.1.0.0/16
    BIHUAN_READ_ONLY=1   the database is a copy for reading (a PostgreSQL standby): pages say so, no worker, no migration
    BIHUAN_SECRET_KEY    instead of the key in the data directory
    BIHUAN_OUTBOUND      private networks that webhooks, mailboxes and calendars may reach nevertheless: 10.1.0.0/16,192.168.7.9/32
    BIHUAN_DEBUG=1       Django's debug pages, and static files straight from their sources

All else is the same everywhere.
"""

import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from bihuan.site import data_directory, database

PACKAGE = Path(__file__).resolve().parents[1]
DATA = data_directory.path()
ROOMS = [
    "core", "web", "people", "api", "automation", "parties", "touch", "catalog", "market", "sales", "blueprint", "site", "demo",
]  # fmt: skip
HOSTS = [host.strip() for host in os.environ.get("BIHUAN_HOSTS", "").split(",") if host.strip()]
HTTPS = os.environ.get("BIHUAN_HTTPS") == "1"
READ_ONLY = os.environ.get("BIHUAN_READ_ONLY") == "1"
DEBUG = os.environ.get("BIHUAN_DEBUG") == "1"


def networks(names: str) -> list[IPv4Network | IPv6Network]:
    """Addresses and networks, parted by commas."""
    return [ip_network(each.strip()) for each in names.split(",") if each.strip()]


SECRET_KEY = data_directory.secret_key()
DATABASES = {"default": database.configuration(os.environ.get("DATABASE_URL"), DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    *(f"bihuan.{room}" for room in ROOMS),
]
MIDDLEWARE = [
    "bihuan.web.forwarded.ForwardedAddress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bihuan.web.middleware.Compression",
    "bihuan.web.middleware.ContentSecurityPolicy",
    "bihuan.web.middleware.LoadedAhead",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "bihuan.web.outage.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "bihuan.people.middleware.CurrentActor",
    "bihuan.web.limits.BodyLimit",
    "bihuan.web.middleware.Refusals",
]
APPEND_SLASH = False
ROOT_URLCONF = "bihuan.site.urls"
WSGI_APPLICATION = "bihuan.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE / room / "templates" for room in ROOMS],
        "OPTIONS": {"environment": "bihuan.web.templating.environment"},
    }
]

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["bihuan.people.authentication.PasswordBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "bihuan.people.sign_in_policy.LengthByPolicy"},
    {"NAME": "bihuan.people.sign_in_policy.NotTheLogin"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# In the database, so that signing out everywhere, or locking a user out, takes effect at once.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 90 * 86400  # the longest that a sign-in policy may allow; a session ends when it lies idle

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = PACKAGE / "site" / "assets"
MEDIA_ROOT = DATA / "media"
UPLOAD_LIMIT = 25 * 2**20  # bytes of one file
IMPORT_LIMIT = 100 * 2**20  # bytes of a file to import
#: Addresses that limit what is sent to them by themselves.
OWN_BODY_LIMITS = ("/api/",)
OUTBOUND_NETWORKS = networks(os.environ.get("BIHUAN_OUTBOUND", ""))
PROXIES = networks(os.environ.get("BIHUAN_PROXIES", "127.0.0.0/8,::1" if HTTPS else ""))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Browsers follow the rules of which links to load ahead only under their own media type.
WHITENOISE_MIMETYPES = {".speculationrules": "application/speculationrules+json"}

API_RATE = 600  # requests of one token in a minute

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *HOSTS]
CSRF_TRUSTED_ORIGINS = [f"https://{'*' if host.startswith('.') else ''}{host}" for host in HOSTS]
CSRF_FAILURE_VIEW = "bihuan.web.respond.forged"
CSRF_COOKIE_HTTPONLY = True  # pages carry the token in their markup
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Replaces Django's own arrangement, which would mail errors to nobody and print them only in debug mode.
    "loggers": {
        "django": {"handlers": [], "level": "WARNING"},
        "bihuan": {"level": "INFO"},
    },
}
