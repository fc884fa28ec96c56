"""Pages go out compressed when the browser takes gzip.

A page that holds a secret and repeats what a request said could leak the secret through its length
(BREACH). Another site cannot make ours do that: the session cookie does not go with its requests,
and no page repeats the query string.
"""

import gzip

from flask import Flask, Response, request

_LEAST_BYTES = 1024
_LEVEL = 6


def compress_pages(app: Flask) -> None:
    """Compress HTML only; static files come compressed already."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype != "text/html" or response.direct_passthrough or response.is_streamed:
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if request.accept_encodings["gzip"] > 0 and len(body) >= _LEAST_BYTES:
        response.set_data(gzip.compress(body, compresslevel=_LEVEL, mtime=0))
        response.content_encoding = "gzip"
    return response
