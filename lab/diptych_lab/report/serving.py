"""The server of ``diptych watch``: answers browsers on this machine alone."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from diptych_lab.report.site import Site

HOST = "127.0.0.1"  # nobody else's machine


def server(folder: Path, port: int) -> "Server":
    """A server of the page. OSError where the port is taken."""
    try:
        return Server(Site(folder), port)
    except OSError as error:
        raise OSError(f"--port {port}: {error.strerror}; choose another") from None


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: Site, port: int) -> None:
        super().__init__((HOST, port), _Handler)
        self.site = site


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        """The page to a browser on this machine; a page from elsewhere, whose name was turned to this address, has
        another name in `Host`, and is refused."""
        if self.headers.get("Host") not in {f"{name}:{self.server.server_port}" for name in (HOST, "localhost")}:
            self.send_error(403)
            return
        try:
            answer = self.server.site.answer(self.path)
        except (ValueError, OSError):  # a file that was there a moment ago: the browser asks again
            self.send_error(503)
            return
        if answer is None:
            self.send_error(404)
            return
        self.send_response(200)
        for name, value in {
            "Content-Type": answer.kind,
            "Content-Length": str(len(answer.content)),
            "Cache-Control": "max-age=600" if answer.kind == "image/png" else "no-store",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """Nothing: a browser asks every other second."""
