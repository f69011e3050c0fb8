"""Scripts and styles are compressed once, as tightly as it goes, and not for each who asks.

What Flask-Compress makes anew for every answer has to be quick; it leaves these alone then. What
our scripts say to who reads them stays at home: comments and indents are not sent.
"""

import gzip
import re

import brotli
from flask import Flask, Response, request

_KINDS = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
_WAYS = ("br", "gzip")  # the first that is understood


_REMARK = re.compile(rb"^[ \t]*//.*\n|[ \t]+// .*$|^[ \t]+", re.MULTILINE)
_SCRIPTS = "/static/js/"  # not the vendors', whose comments are their licences


def _packed(content: bytes, way: str) -> bytes:
    if way == "br":
        tight: bytes = brotli.compress(content, quality=11)
        return tight
    return gzip.compress(content, 9, mtime=0)


def register(app: Flask) -> None:
    """To be called after Flask-Compress, so that it comes before it."""
    packed: dict[tuple[str, str], bytes] = {}

    @app.after_request
    def pack(response: Response) -> Response:
        if request.endpoint not in ("static", "stylesheet") or app.debug:
            return response
        if response.status_code != 200 or response.mimetype not in _KINDS:
            return response
        way = next((each for each in _WAYS if request.accept_encodings.quality(each)), None)
        if way is None or request.method != "GET":
            return response
        key = (request.path, way)
        response.direct_passthrough = False
        if key not in packed:
            content = response.get_data()
            if request.path.startswith(_SCRIPTS):
                content = _REMARK.sub(b"", content)
            packed[key] = _packed(content, way)
        response.set_data(packed[key])
        response.headers["Content-Encoding"] = way
        response.headers.pop("ETag", None)  # of the file as it lies there
        response.vary.add("Accept-Encoding")
        return response
