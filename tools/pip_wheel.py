"""Fetches pip as one wheel, pinned by its hash, from the package index this machine is configured for."""

from __future__ import annotations

import base64
import configparser
import hashlib
import os
import re
import ssl
import sys
import urllib.parse
import urllib.request
from pathlib import Path

VERSION = "26.3"
SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
WHEEL = f"pip-{VERSION}-py3-none-any.whl"
DEFAULT_INDEX = "https://pypi.org/simple"


class WheelUnavailable(Exception):
    """No index that this machine is configured for could hand out the pinned wheel."""


def fetch_pip(folder: Path) -> Path:
    """The wheel as a file in `folder`, its hash checked; downloaded unless it lies there already."""
    target = folder / WHEEL
    if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == SHA256:
        return target
    problems: list[str] = []
    settings = pip_settings()
    for index in indexes(settings):
        try:
            content = download(index, settings)
        except (OSError, ValueError, LookupError) as error:
            problems.append(f"{without_password(index)}: {error}")
            continue
        target.write_bytes(content)
        return target
    raise WheelUnavailable("; ".join(problems))


def pip_settings() -> dict[str, str]:
    """pip's own settings as pip would read them: files from general to particular, then PIP_* variables."""
    home = Path.home()
    user = Path(os.environ.get("XDG_CONFIG_HOME", home / ".config")) / "pip" / "pip.conf"
    files = [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"), home / ".pip" / "pip.conf", user]
    named = os.environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        files = []
    elif named:
        files.append(Path(named))
    parser = configparser.RawConfigParser()
    found: dict[str, str] = {}
    for file in files:
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue
    for section in ("global", "install"):
        if parser.has_section(section):
            found.update((key.replace("_", "-"), value) for key, value in parser.items(section))
    for key in ("index-url", "extra-index-url", "cert", "proxy"):
        if value := os.environ.get("PIP_" + key.upper().replace("-", "_")):
            found[key] = value
    return found


def indexes(settings: dict[str, str]) -> list[str]:
    return [settings.get("index-url", DEFAULT_INDEX), *settings.get("extra-index-url", "").split()]


def download(index: str, settings: dict[str, str]) -> bytes:
    """Raises LookupError when the index does not list the wheel, ValueError when the bytes are not the
    pinned ones.
    """
    opener = opener_for(settings)
    page_address = index.rstrip("/") + "/pip/"
    if page_address.startswith("file:") and Path(urllib.parse.urlsplit(page_address).path).is_dir():
        page_address += "index.html"
    with opener.open(request(page_address, index), timeout=60) as answer:
        page, base = answer.read().decode("utf-8", "replace"), answer.geturl()
    match = re.search(rf'href="([^"]*{re.escape(WHEEL)}[^"]*)"', page)
    if match is None:
        raise LookupError(f"{WHEEL} is not listed")
    address = urllib.parse.urljoin(base, match.group(1).replace("&amp;", "&"))
    with opener.open(request(address, index), timeout=120) as answer:
        content: bytes = answer.read()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ValueError(f"{WHEEL} does not have the pinned hash")
    return content


def opener_for(settings: dict[str, str]) -> urllib.request.OpenerDirector:
    certificates = (
        settings.get("cert") or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
    )
    context = ssl.create_default_context(
        cafile=certificates if certificates and os.path.exists(certificates) else None
    )
    handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=context)]
    if proxy := settings.get("proxy"):
        handlers.append(urllib.request.ProxyHandler({"http": proxy, "https": proxy}))
    return urllib.request.build_opener(*handlers)


def request(address: str, index: str) -> urllib.request.Request:
    """urllib does not take user:password from an address; private mirrors often want them. Only the index's
    own host gets them.
    """
    parts, owner = urllib.parse.urlsplit(address), urllib.parse.urlsplit(index)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    made = urllib.request.Request(bare, headers={"User-Agent": f"pip/{VERSION}", "Accept": "text/html"})  # noqa: S310
    if owner.username and parts.hostname == owner.hostname:
        pair = f"{urllib.parse.unquote(owner.username)}:{urllib.parse.unquote(owner.password or '')}"
        made.add_header("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
    return made


def without_password(address: str) -> str:
    parts = urllib.parse.urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


if __name__ == "__main__":
    sys.stdout.write(f"{fetch_pip(Path.cwd())}\n")
