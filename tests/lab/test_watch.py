"""The site of ``diptych watch``: the page on runs below a folder, and nothing else of the disk."""

import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from diptych_lab.command_line import main
from diptych_lab.report.serving import server
from diptych_lab.report.site import Site

from .run_folders import record


@contextmanager
def serving(folder):
    """The port of a server of this folder."""
    with server(folder, 0) as found:
        thread = Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield found.server_port
        finally:
            found.shutdown()
            thread.join()


def asked(port, path, **headers):
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, answer.getheader("Content-Type"), answer.read()
    connection.close()
    return found


def main_part(site):
    return site.answer("/main").content.decode()


def test_the_page_has_every_run_below_the_folder(tmp_path):
    record(tmp_path / "a")
    record(tmp_path / "deep" / "b", "wgan-gp")
    record(tmp_path / ".hidden" / "c")
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    html = main_part(Site(tmp_path))
    assert re.findall(r"<i></i>([^<]*)</label>", html) == ["a", "deep/b"]
    assert re.findall(r"<i></i>([^<]*)</label>", main_part(Site(tmp_path / "a"))) == ["a"]


def test_what_is_new_is_read_on_request(tmp_path):
    site = Site(tmp_path)
    states = [site.state()]
    assert "No run below" in main_part(site)
    folder = record(tmp_path / "a")
    states.append(site.state())
    folder.append([{"round": 3, "autoencoder": 7.125}])
    states.append(site.state())
    assert "7.125" in main_part(site)
    assert site.state() == states[-1]
    assert len({*states}) == 3


def test_a_run_that_cannot_be_read_is_named_beside_the_others(tmp_path):
    record(tmp_path / "a")
    record(tmp_path / "b").metrics.write_text("x\n")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "config.json").write_text("{}")
    html = main_part(Site(tmp_path))
    assert re.findall(r"<i></i>([^<]*)</label>", html) == ["a"]
    assert re.findall(r'<p class="bad">(\w): .*(line 1: damaged|config.json: damaged)', html) == [
        ("b", "line 1: damaged"),
        ("c", "config.json: damaged"),
    ]


def test_the_server_gives_pages_and_pictures_and_no_other_file(tmp_path):
    folder = record(tmp_path / "runs" / "a")
    (tmp_path / "secret.png").write_bytes(folder.picture("samples", 3).read_bytes())
    (folder.path / "secret.png").write_bytes(folder.picture("samples", 3).read_bytes())
    with serving(tmp_path / "runs") as port:
        status, kind, page = asked(port, "/")
        assert (status, kind) == (200, "text/html; charset=utf-8")
        (_, address) = re.findall(r'<img [^>]*src="(picture[^"]*)"', page.decode())
        assert asked(port, f"/{address}") == (200, "image/png", folder.picture("samples", 3).read_bytes())
        key = address.split("/")[1]
        for path in (
            "/../secret.png",
            "//etc/passwd",
            "/a/config.json",
            f"/picture/{key}/secret.png",
            f"/picture/{key}/config.json",
            f"/picture/{key}/../../secret.png",
            f"/picture/{key}/%2e%2e/secret.png",
            f"/picture/{key}/..%2f..%2fsecret.png",
            "/picture/../secret.png",
            f"/picture/{'0' * 12}/samples-0000003.png",
            "/favicon.ico",
        ):
            assert asked(port, path)[0] == 404, path


def test_pages_from_elsewhere_are_refused(tmp_path):
    with serving(tmp_path) as port:
        assert asked(port, "/state", Host=f"localhost:{port}")[0] == 200
        assert asked(port, "/state", Host=f"evil.example:{port}")[0] == 403
        assert asked(port, "/state", Host="127.0.0.1")[0] == 403


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["none"], "none: no such folder"), ([".", "--port", "70000"], "Invalid value for '--port'")],
)
def test_bad_input(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["watch", *arguments])
    assert result.exit_code == 2
    assert message in result.output


def test_a_port_that_is_taken_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = CliRunner().invoke(main, ["watch", str(tmp_path), "--port", str(port)])
    assert result.exit_code == 2
    assert re.search(rf"--port {port}: .*; choose another", result.output)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_the_command_serves_until_it_is_interrupted(tmp_path):
    code = "import sys; from diptych_lab.command_line import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "watch", str(tmp_path), "--port", "0"]
    environment = os.environ | {"COLUMNS": "200"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            line = process.stdout.readline()
            port = int(re.search(r"http://127.0.0.1:(\d+)/ shows the runs below", line)[1])
            assert asked(port, "/state")[0] == 200
            process.send_signal(2)
            assert process.wait(60) == 0
        finally:
            process.kill()
    assert not [*Path(tmp_path).iterdir()]
