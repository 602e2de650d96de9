"""Hosting below a path of a host name, such as https://example.org/recherche: what comes in, and what goes out.

Routes, redirects and cookies are written as if the service had the host to itself; here the path is taken off and put
before. Links in JSON, feeds and citations begin with the public address and have it already; those of pages get it
where they are rendered (`prefix_links`).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LINK: Final = re.compile(r'(\s(?:href|src|action|data-completions)=")(?=/(?!/))')
_WHOLE_HOST: Final = re.compile(r";\s*path=/(?=;|$)", re.IGNORECASE)
_HOST_COOKIE: Final = "__Host-"  # browsers take it for the whole host alone


def sub_path(public_url: str) -> str:
    """Return the path below which the service is hosted, "/recherche", "" for none."""
    return urlsplit(public_url).path.rstrip("/")


def origin(public_url: str) -> str:
    """Return the scheme and host of an address, without a path."""
    parts = urlsplit(public_url)
    return f"{parts.scheme}://{parts.netloc}"


def prefix_links(html: str, prefix: str) -> str:
    """Return the page with the prefix before the addresses of its links, forms and files.

    Text and the values of attributes are escaped, so that a quote followed by a slash is always such an address.
    """
    return _LINK.sub(rf"\g<1>{prefix}", html) if prefix else html


class SubPathMiddleware:
    """Takes the prefix off the paths of requests, also where a proxy has not, and puts it before redirects."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app, self.prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path == self.prefix:
            await RedirectResponse(f"{self.prefix}/", 308)(scope, receive, send)
            return
        if path.startswith(f"{self.prefix}/"):
            raw = scope.get("raw_path") or path.encode()
            scope = {**scope, "path": path[len(self.prefix) :], "raw_path": raw[len(self.prefix.encode()) :]}
        host = Headers(scope=scope).get("host", "")

        async def send_with_prefix(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._change(MutableHeaders(raw=message.setdefault("headers", [])), host)
            await send(message)

        await self.app(scope, receive, send_with_prefix)

    def _change(self, headers: MutableHeaders, host: str) -> None:
        if location := headers.get("location"):
            headers["location"] = self._with_prefix(location, host)
        cookies = headers.getlist("set-cookie")
        if cookies:
            del headers["set-cookie"]
        for cookie in cookies:
            is_for_host = cookie.startswith(_HOST_COOKIE)
            headers.append("set-cookie", cookie if is_for_host else _WHOLE_HOST.sub(f"; Path={self.prefix}/", cookie))

    def _with_prefix(self, location: str, host: str) -> str:
        parts = urlsplit(location)
        is_own = parts.netloc in ("", host) and parts.path.startswith("/")
        if not is_own or f"{parts.path}/".startswith(f"{self.prefix}/"):
            return location
        return parts._replace(path=self.prefix + parts.path).geturl()
