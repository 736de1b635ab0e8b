"""All settings, read from `BAIYING_*` variables (config/options.py). A wrong value stops the start with one
line that says why.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from baiying.config import options
from baiying.config.caching import add_headers
from baiying.config.database import connection
from baiying.config.gateways import public_address, read_gateways
from baiying.config.logs import logging_settings
from baiying.config.secrets import read_secrets

PACKAGE = Path(__file__).resolve().parent.parent
DATA = options.path("BAIYING_DATA")

_secrets = read_secrets(DATA)
SECRET_KEY = _secrets.secret_key
TRACKING_KEY = _secrets.tracking_key
PHONE_KEY = _secrets.phone_key
SECRETS_ARE_TEMPORARY = _secrets.temporary

DEBUG = False
ALLOWED_HOSTS = options.words("BAIYING_HOSTS")
CSRF_TRUSTED_ORIGINS = options.words("BAIYING_ORIGINS")
TRUSTED_PROXIES = options.networks("BAIYING_TRUSTED_PROXIES")
METRICS_FROM = options.networks("BAIYING_METRICS_FROM")
BASEMAP = options.text("BAIYING_BASEMAP")
EXPORT_ROWS = options.count("BAIYING_EXPORT_ROWS")
EXPORT_DAYS = options.count("BAIYING_EXPORT_DAYS")
EXPORT_MEGABYTES = options.count("BAIYING_EXPORT_MEGABYTES")
WEBHOOK_NETWORKS = options.networks("BAIYING_WEBHOOK_NETWORKS")
API_PER_MINUTE = options.count("BAIYING_API_PER_MINUTE")
INTAKE_PER_HOUR = options.count("BAIYING_INTAKE_PER_HOUR")
INTAKE_PER_HOUR_ADDRESS = options.count("BAIYING_INTAKE_PER_HOUR_ADDRESS")
OPEN311_PER_HOUR_ADDRESS = options.count("BAIYING_OPEN311_PER_HOUR_ADDRESS")

# Letters: where links in them lead, how long their words are kept, by which gateways they go out.
PUBLIC_ADDRESS = public_address()
LETTERS_DAYS = options.count("BAIYING_LETTERS_DAYS")
LETTER_GATEWAYS = read_gateways(_secrets.push_key)

ROOT_URLCONF = "baiying.config.urls"
WSGI_APPLICATION = "baiying.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "baiying.journal",
    "baiying.notify",
    "baiying.org",
    "baiying.webhooks",
    "baiying.registry",
    "baiying.chain",
    "baiying.dispatch",
    "baiying.cases",
    "baiying.topics",
    "baiying.insight",
    "baiying.doors.shared",
    "baiying.doors.resident",
    "baiying.doors.desk",
    "baiying.doors.open",
    "baiying.doors.open311",
    "baiying.doors.screen",
]

MIDDLEWARE = [
    "baiying.config.middleware.BehindProxies",
    "baiying.config.middleware.RequestIdentity",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "baiying.config.middleware.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "baiying.config.middleware.IdleSessions",
    "django.middleware.locale.LocaleMiddleware",
    "baiying.config.middleware.LanguageByAddress",
    "baiying.doors.shared.context.RememberLook",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "baiying.doors.shared.answers.RefusalsAsAnswers",
]

# Programs at /api/ have no session, cookie or form (config/programs.py).
MIDDLEWARE_FOR_PROGRAMS = [
    "baiying.config.middleware.BehindProxies",
    "baiying.config.middleware.RequestIdentity",
    *(["django.middleware.security.SecurityMiddleware"] if options.flag("BAIYING_HTTPS") else []),
    "baiying.config.programs.ForPrograms",
    "baiying.doors.shared.answers.RefusalsAsAnswers",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "baiying.doors.shared.context.look",
            ],
        },
    }
]

# Two connections: `default` works under row-level security, `owner` is for migrations and provisioning only.
DATABASES = {
    "default": connection(
        options.text("BAIYING_DATABASE_URL_APP"), setting="BAIYING_DATABASE_URL_APP", persistent=True
    ),
    "owner": connection(
        options.text("BAIYING_DATABASE_URL_OWNER"), setting="BAIYING_DATABASE_URL_OWNER", persistent=False
    ),
}

# Accounts, passwords, sessions
AUTH_USER_MODEL = "org.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/desk/login"
LOGIN_REDIRECT_URL = "/desk/"
SESSION_LOST_VIEW = (
    "baiying.doors.desk.signing_in.sign_in_keeping_words"  # a form sent after the session ended
)

# Locked by name and address together: by name alone, anybody could lock an official out.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "baiying.config.middleware.address_of"
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_CALLABLE = "baiying.doors.desk.signing_in.locked_out"
AXES_DISABLE_ACCESS_LOG = True

OTP_TOTP_ISSUER = "百应"

_https = options.flag("BAIYING_HTTPS")
SESSION_COOKIE_AGE = options.count("BAIYING_SESSION_HOURS") * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-session" if _https else "baiying_session"
CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "baiying_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "baiying.doors.shared.answers.stale_form"
LANGUAGE_COOKIE_NAME = "baiying_language"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_SSL_REDIRECT = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = options.count("BAIYING_HSTS_SECONDS")
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Health is asked from inside the machine, by plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
X_FRAME_OPTIONS = "DENY"

# Uploads: up to six photos of 20 MB; larger than 1 MB goes to disk, inside our own folder. More files than that
# are counted but not kept by the doors themselves: whoever picks a whole album must not lose what they wrote.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 60
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_TEMP_DIR = str(DATA / "staging") if DATA else None
MEDIA_ROOT = str(DATA / "media") if DATA else ""
EXPORTS_ROOT = str(DATA / "exports") if DATA else ""
STAGING_ROOT = str(DATA / "staging") if DATA else ""

# Language and time
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_CODE = options.text("BAIYING_LANGUAGE")
LOCALE_PATHS = [str(PACKAGE / "locale")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# Static files come straight from the packages; their addresses carry a digest of the content, so browsers
# may keep them.
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "baiying.config.static.DigestStorage"},
}
# `up` gives each street a copy of its own, which a later build in the same checkout does not touch.
STATICFILES_DIRS = [str(folder) for folder in [DATA / "run" / "static"] if folder.is_dir()] if DATA else []
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 30 * 86400
WHITENOISE_ADD_HEADERS_FUNCTION = add_headers

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LOG_REQUESTS = options.flag("BAIYING_LOG_REQUESTS")
LOGGING = logging_settings(options.text("BAIYING_LOG_LEVEL"), options.flag("BAIYING_LOG_DETAIL"))

# Where `default` also fails when asked for outside a scope, the tests say so; nothing here is switched by
# "debug".
SILENCED_SYSTEM_CHECKS: list[str] = []
