"""HTTP as SPARQL endpoints speak it, well and badly: credentials, redirects, repetitions, and errors in plain words."""

from __future__ import annotations

import re
import ssl
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kgtool.backoff import Backoff, TransientError, reason, retry_after
from kgtool.errors import EndpointError, KgtoolError, QueryError, RemoteError, UsageError
from kgtool.store.address import PASSWORD, TOKEN, USER, Credentials, checked, is_private, origin, shown

if TYPE_CHECKING:
    import httpx

CONNECT = 5.0
"""Seconds to reach the endpoint."""

REDIRECTS = 5
"""As many are followed."""

BODY = 4000
"""Bytes of an error's body that are read."""

PASSING = frozenset({429, 502, 503})
"""HTTP status codes of what may pass. 504 is not: a gateway that did not wait will not wait again."""

MOVED = frozenset({301, 302, 307, 308})
DOWN = "is the server running, and is this its address?"
AGAIN = "run again later"
WHO = f"set {USER} and {PASSWORD}, or {TOKEN}"
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL | re.IGNORECASE)
MARKUP = re.compile(r"<(?:style|script).*?</(?:style|script)>|<[^>]*>", re.DOTALL | re.IGNORECASE)
VIRTUOSO_NODE = re.compile(rb'("bnode"\s*,\s*"value"\s*:\s*")nodeID://')
"""Virtuoso's blank nodes in JSON, whose labels are none. Texts escape quotation marks, so it is never part of one."""

LONGEST_NODE = 100
"""Bytes that this pattern spans at most, as Virtuoso writes it."""


class Endpoint:
    """An address that speaks the SPARQL 1.1 Protocol or the Graph Store Protocol, as a client of it.

    Credentials go to its own origin (scheme, host, port) alone, whatever it redirects to, and a password or token is
    sent only where nobody on the way can read it.

    Args:
        url: the address.
        credentials: who asks; from the environment when None.
        backoff: how what fails transiently is repeated.
        timeout: seconds without a byte after which a request has failed.

    Raises:
        UsageError: for what is no address, has a password in it, or would send a token for everyone to read.
    """

    def __init__(
        self,
        url: str,
        *,
        credentials: Credentials | None = None,
        backoff: Backoff | None = None,
        timeout: float = 120.0,
    ) -> None:
        self.url = checked(url)
        self.name = shown(url)
        self.credentials = Credentials.from_environment() if credentials is None else credentials
        self.backoff = backoff or Backoff(hint=AGAIN)
        self.timeout = timeout
        self._auth: Any = None
        if self.credentials.token:
            self._check_private("a token")
            self._auth = bearer(self.credentials.token)

    @cached_property
    def client(self) -> httpx.Client:
        """The client, made on first use; it follows nothing and repeats nothing by itself, and is closed with this."""
        import httpx

        made = httpx.Client(timeout=httpx.Timeout(self.timeout, connect=min(CONNECT, self.timeout)))
        weakref.finalize(self, made.close)
        return made

    def query(self, fields: list[tuple[str, str]], accept: str) -> Body:
        """Send a query by POST.

        Args:
            fields: of the form: the query, and the graphs of its dataset.
            accept: the media types that are understood.

        Returns:
            The answer, as it comes.

        Raises:
            QueryError: when the endpoint says that the query is wrong (HTTP 400).
            RemoteError: when it fails or refuses.
        """
        from urllib.parse import urlencode

        headers = {"Accept": accept, "Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", urlencode(fields).encode(), headers, writes=False)

    def update(self, sparql: str) -> None:
        """Send a SPARQL 1.1 Update.

        Raises:
            RemoteError: when the endpoint fails or refuses.
        """
        headers = {"Accept": "*/*", "Content-Type": "application/sparql-update"}
        self._send("POST", sparql.encode(), headers, writes=True).drain()

    def graph(self, method: str, graph: str, content: bytes = b"") -> Body:
        """Read or change a named graph by the Graph Store Protocol.

        Args:
            method: GET, POST (add) or DELETE.
            graph: its IRI.
            content: N-Triples.

        Raises:
            RemoteError: when the endpoint fails or refuses; :class:`AbsentError` when it has no such graph.
        """
        headers = {"Accept": "application/n-triples" if method == "GET" else "*/*"}
        if method == "POST":
            headers["Content-Type"] = "application/n-triples"
        return self._send(method, content, headers, writes=method != "GET", params={"graph": graph})

    def _send(
        self,
        method: str,
        content: bytes,
        headers: dict[str, str],
        *,
        writes: bool,
        params: dict[str, str] | None = None,
    ) -> Body:
        """The answer to a request, after redirects and repetitions."""

        def once() -> Body:
            target = self._with(params or {})
            for _ in range(REDIRECTS + 1):
                response = self._answer(method, target, content, headers)
                if response.status_code not in MOVED or "location" not in response.headers:
                    self._check_status(response, writes=writes)
                    return Body(response, self)
                response.close()
                target = self._followed(target, response.headers["location"], writes=writes)
            raise EndpointError(f"{self.name}: it redirects without end", "is this the endpoint's address?")

        return self.backoff.run(once)

    def _with(self, params: Mapping[str, str]) -> str:
        """The address with parameters."""
        import httpx

        url = httpx.URL(self.url)
        return str(url.copy_merge_params(params)) if params else str(url)

    def _answer(self, method: str, url: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        """One request; sent again with credentials where the server asks for them."""
        own = origin(url) == origin(self.url)
        request = self.client.build_request(method, url, content=content, headers=headers)
        with self.errors():
            response = self.client.send(request, stream=True, auth=self._auth if own else None)
        if response.status_code != 401 or not own or not self.credentials.user or self._auth is not None:
            return response
        response.close()
        self._auth = self._asked_for(response.headers.get("www-authenticate", ""))
        return self._answer(method, url, content, headers)

    def _asked_for(self, challenge: str) -> Any:
        """The way to say who asks that a server wants; Digest (RFC 7616) never sends the password itself."""
        import httpx

        if "digest" in challenge.lower():
            return httpx.DigestAuth(self.credentials.user, self.credentials.password)
        self._check_private("a password")
        return httpx.BasicAuth(self.credentials.user, self.credentials.password)

    def _check_private(self, secret: str) -> None:
        """Do nothing where nobody on the way can read what is sent.

        Raises:
            UsageError: elsewhere.
        """
        if not is_private(self.url):
            raise UsageError(f"{self.name}: {secret} is not sent over http, where others can read it", "use https")

    def _followed(self, target: str, location: str, *, writes: bool) -> str:
        """Where a redirect leads.

        Raises:
            EndpointError: when it must not be followed.
        """
        import httpx

        try:
            found = checked(str(httpx.URL(target).join(location)))
        except (UsageError, httpx.InvalidURL) as error:
            raise EndpointError(f"{self.name}: it redirects to no address", "is this the endpoint's?") from error
        hint = "name that address yourself, if you trust it"
        if is_private(target) and not is_private(found):
            raise EndpointError(f"{self.name}: it redirects to {shown(found)}, where others can read along", hint)
        if writes and origin(found)[1] != origin(self.url)[1]:
            raise EndpointError(f"{self.name}: it redirects to another host, {shown(found)}: nothing was sent", hint)
        return found

    def _check_status(self, response: httpx.Response, *, writes: bool) -> None:
        """Do nothing for 2xx.

        Raises:
            TransientError: for what may pass.
            KgtoolError: for the rest.
        """
        if response.is_success:
            return
        code = response.status_code
        told = self.told(f"HTTP {code}: {excerpt(beginning(response), media_type(response.headers))}".rstrip(": "))
        if code in PASSING:
            raise TransientError(told, retry_after(response.headers))
        if code == 400 and not writes:
            raise QueryError(told, "the endpoint does not take this query")
        if code in {401, 403}:
            raise EndpointError(told, f"{WHO}: are they right?" if self._auth else WHO)
        if code == 404:
            raise AbsentError(told, "check the address")
        raise RemoteError(told, "the words are the server's")

    def told(self, text: str) -> str:
        """One line with the address and without secrets."""
        printable = "".join(c if c.isprintable() else " " for c in text)
        return self.credentials.hidden(f"{self.name}: {' '.join(printable.split())}")

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what the transport raises into ours; what may pass is :class:`TransientError`."""
        import httpx

        try:
            yield
        except httpx.ConnectTimeout as error:
            raise EndpointError(f"{self.name} cannot be reached: no answer within {CONNECT:g} s", DOWN) from error
        except httpx.TimeoutException as error:
            hint = "set remote_timeout to more, or ask for less"
            raise RemoteError(f"{self.name}: nothing came for {self.timeout:g} s", hint) from error
        except httpx.ConnectError as error:
            if is_certificate(error):
                hint = "SSL_CERT_FILE names a file with the certificates that you trust"
                raise EndpointError(f"{self.name}: its certificate is not trusted: {reason(error)}", hint) from error
            raise EndpointError(f"{self.name} cannot be reached: {reason(error)}", DOWN) from error
        except httpx.DecodingError as error:
            raise RemoteError(f"{self.name}: the answer is damaged ({error})", AGAIN) from error
        except httpx.TransportError as error:
            raise TransientError(f"{self.name}: the connection was cut ({reason(error)})") from error
        except httpx.InvalidURL as error:
            raise UsageError(f"{self.name} is no address: {error}", "check it") from error


class AbsentError(EndpointError):
    """There is nothing at this address, or no such graph."""


class Body:
    """An answer as a file: the parsers read it as it comes.

    Args:
        response: the answer, of which nothing was read.
        endpoint: where it comes from.
    """

    def __init__(self, response: httpx.Response, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.headers: Mapping[str, str] = response.headers
        self.media_type = media_type(response.headers)
        self.tail = b""
        self._response = response
        self._chunks = response.iter_bytes()
        self._held, self._at = b"", 0
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none at the end.

        Raises:
            RemoteError: when the answer was cut, or the server says that it cut it.
        """
        while not self._ended and (size < 0 or len(self._held) - self._at < size + LONGEST_NODE):
            self._fill()
        end = len(self._held) if size < 0 else self._at + size
        given, self._at = self._held[self._at : end], end
        if given:
            self.tail = (self.tail + given)[-LONGEST_NODE:]
        else:
            self.close()
            self._check_whole()
        return given

    def _fill(self) -> None:
        """Wait for more."""
        with self.errors():
            chunk = next(self._chunks, None)
        self._ended = chunk is None
        self._held, self._at = self._held[self._at :] + (chunk or b""), 0
        if "json" in self.media_type:
            self._held = VIRTUOSO_NODE.sub(rb"\1", self._held)

    def drain(self) -> None:
        """Read to the end what says nothing, so that the connection can be used again.

        Raises:
            RemoteError: when it is a web page: something else than an endpoint has answered.
        """
        self.check_no_page()
        while self.read(1 << 16):
            pass

    def check_no_page(self) -> None:
        """Do nothing, unless the answer is HTML; Virtuoso calls an empty one so.

        Raises:
            EndpointError: when it is.
        """
        if self.media_type in {"text/html", "application/xhtml+xml"}:
            page = self.read(BODY)
            if page.strip():
                self.close()
                told = self.endpoint.told(f"it answers with a web page: {excerpt(page, self.media_type)}")
                raise EndpointError(told, "is this the address of the endpoint, or of a page about it?")

    def close(self) -> None:
        """Let the connection go."""
        self._response.close()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Tell errors of the transport and of the parsers; nothing is repeated, for parts may have been used."""
        try:
            with self.endpoint.errors():
                yield
        except TransientError as error:
            self.close()
            raise RemoteError(f"{error}: the answer is not whole", AGAIN) from error
        except SyntaxError as error:
            with suppress(KgtoolError):  # what comes behind may say more
                self.read(BODY)
            self.close()
            end = excerpt(self.tail, self.media_type)
            told = self.endpoint.told(f"the answer is cut or damaged; it ends with “{end}”")
            raise RemoteError(told, f"what the parser says: {error}") from error

    def _check_whole(self) -> None:
        """Do nothing, unless the server says that it left rows out."""
        most = self.headers.get("x-sparql-maxrows")
        if most:
            told = self.endpoint.told(f"the server gives {most} rows at most, and there are more")
            raise RemoteError(told, "ask for less with LIMIT, or aggregate; or raise the server's limit")


def bearer(token: str) -> Any:
    """What adds a token to a request (RFC 6750)."""

    def add(request: httpx.Request) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return add


def is_certificate(error: BaseException | None) -> bool:
    """Whether an error is one of TLS."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def media_type(headers: Mapping[str, str]) -> str:
    """The media type of an answer, without parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def beginning(response: httpx.Response) -> bytes:
    """The first bytes of an error's body, as far as they come."""
    import httpx

    found = b""
    with suppress(httpx.HTTPError):
        for chunk in response.iter_bytes():
            found += chunk
            if len(found) >= BODY:
                break
    response.close()
    return found[:BODY]


def excerpt(body: bytes, kind: str) -> str:
    """A body as a short line; of a page its title, or its words."""
    text = body.decode("utf-8", "replace")
    if "html" in kind or text.lstrip()[:9].lower() == "<!doctype":
        title = TITLE.search(text)
        text = title[1] if title and title[1].strip() else MARKUP.sub(" ", text)
    short = " ".join(text.split())
    return short if len(short) <= 300 else short[:299] + "…"
