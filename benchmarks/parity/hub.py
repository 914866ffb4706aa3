#!/usr/bin/env python3
"""Checks that Graft and huggingface_hub share one cache: what one fetches the other finds.

A Hub on this machine serves one repository with a network of random weights, as the real one does:
small files behind a relative redirect, large ones behind a redirect to another origin. No other host is
asked. Run with huggingface_hub and timm (2.4.0 and 1.0.31 when last run):

    benchmarks/parity/hub.py --graft .build/release/graft
"""

import argparse
import hashlib
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

REPOSITORY = "timm/resnet18.a1_in1k"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES: dict[str, bytes] = {}
REQUESTS: list[str] = []


def etag(name: str) -> str:
    data = FILES[name]
    if name.endswith(".json"):
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    return hashlib.sha256(data).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        REQUESTS.append(f"{self.command} {self.path}")
        path = self.path.split("?")[0].strip("/")
        for prefix in (f"{REPOSITORY}/resolve/main/", f"{REPOSITORY}/resolve/{COMMIT}/"):
            if path.startswith(prefix):
                return self.resolve(path[len(prefix) :])
        name = path.rsplit("/", 1)[-1]
        if path.startswith(("resolve-cache/", "cdn/")) and name in FILES:
            headers = {"ETag": f'"{etag(name)}"', "X-Repo-Commit": COMMIT}
            return self.reply(200, FILES[name], headers)
        self.reply(404, b"", {"X-Error-Code": "RepoNotFound"})

    def resolve(self, name: str) -> None:
        headers = {"X-Repo-Commit": COMMIT}
        if name not in FILES:
            return self.reply(404, b"", headers | {"X-Error-Code": "EntryNotFound"})
        headers |= {"X-Linked-Etag": f'"{etag(name)}"', "X-Linked-Size": str(len(FILES[name]))}
        if name.endswith(".json"):
            headers["Location"] = f"/resolve-cache/{name}"
            return self.reply(307, b"", headers | {"ETag": f'"{etag(name)}"'})
        headers["Location"] = f"{CDN}/cdn/{name}"
        self.reply(302, b"", headers)

    def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_GET = do_HEAD = answer

    def log_message(self, *arguments) -> None:
        pass


def serve() -> str:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def python(code: str, environment: dict[str, str]) -> list:
    """Runs code in a fresh Python, whose variables decide where huggingface_hub looks; its last line
    is JSON."""
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"Python failed:\n{result.stderr}")
    return json.loads(result.stdout.strip().splitlines()[-1])


def graft(arguments: list[str], environment: dict[str, str]) -> str:
    result = subprocess.run(
        [options.graft, *arguments], env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"graft {' '.join(arguments)} failed:\n{result.stderr}")
    return result.stdout


def check(what: str, condition: bool) -> None:
    print(f"{'ok   ' if condition else 'WRONG'}  {what}")
    if not condition:
        sys.exit(1)


def bytes_asked() -> list[str]:
    """Requests for the bytes of a file; huggingface_hub also asks for things of its own."""
    places = ("GET /cdn/", "GET /resolve-cache/", f"GET /{REPOSITORY}/")
    return [request for request in REQUESTS if request.startswith(places)]


def tree(folder: pathlib.Path) -> dict[str, str]:
    """Every file and link of a cache but locks and tags, with its digest or target."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name.startswith(".locks") or name == "CACHEDIR.TAG" or "/trees/" in name:
            continue
        if path.is_symlink():
            found[name] = "-> " + os.readlink(path)
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


DOWNLOAD = f"""
import json
from huggingface_hub import hf_hub_download
print(json.dumps([hf_hub_download({REPOSITORY!r}, name)
                  for name in ["config.json", "model.safetensors"]]))
"""
SCAN = """
import json
from huggingface_hub import scan_cache_dir
cache = scan_cache_dir()
print(json.dumps([[str(w) for w in cache.warnings],
                  [[r.repo_id, sorted(f.file_name for v in r.revisions for f in v.files)]
                   for r in cache.repos]]))
"""
TIMM = f"""
import json, timm
from safetensors.torch import load_file
from huggingface_hub import hf_hub_download
model = timm.create_model("hf-hub:{REPOSITORY}", pretrained=True)
stored = load_file(hf_hub_download({REPOSITORY!r}, "model.safetensors"))
state = model.state_dict()
print(json.dumps([len(state), max(float((state[k] - v).abs().max()) for k, v in stored.items()
                                  if v.is_floating_point())]))
"""

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--graft", default=".build/release/graft")
options = parser.parse_args()
options.graft = os.path.abspath(options.graft)

with tempfile.TemporaryDirectory() as scratch:
    base = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    base |= {"XDG_CACHE_HOME": f"{scratch}/cache", "no_proxy": "127.0.0.1"}
    graft(["models", "init", "--arch", "resnet18", "--classes", "1000", "-o", f"{scratch}/made"], base)
    for name in ["config.json", "model.safetensors"]:
        FILES[name] = pathlib.Path(scratch, "made", name).read_bytes()
    CDN = serve()
    base["HF_ENDPOINT"] = serve()
    ours = base | {"HF_HOME": f"{scratch}/ours"}
    theirs = base | {"HF_HOME": f"{scratch}/theirs"}
    offline = {"HF_HUB_OFFLINE": "1"}
    spec = f"hf:{REPOSITORY}"

    report = json.loads(graft(["models", "pull", spec, "--json"], ours))
    paths = [file["path"] for file in report["models"][0]["pull"]["files"]]
    check("what Graft fetched Python finds offline, at the same paths",
          python(DOWNLOAD, ours | offline) == paths)
    REQUESTS.clear()
    check("Python online fetches none of it again",
          python(DOWNLOAD, ours) == paths and not bytes_asked())
    warnings, repositories = python(SCAN, ours)
    check("Python's scan of the cache has no warning and finds both files",
          not warnings and repositories == [[REPOSITORY, ["config.json", "model.safetensors"]]])
    tensors, difference = python(TIMM, ours | offline)
    check(f"timm loads it from the cache: {tensors} tensors, largest difference {difference}",
          tensors > 100 and difference == 0)

    python(DOWNLOAD, theirs)
    REQUESTS.clear()
    report = json.loads(graft(["models", "pull", spec, "--json"], theirs))
    check("what Python fetched Graft does not fetch again",
          not any(f["wasFetched"] for f in report["models"][0]["pull"]["files"])
          and not bytes_asked())
    REQUESTS.clear()
    report = json.loads(graft(["models", "pull", spec, "--json"], theirs | offline))
    check("Graft offline uses it, and asks nobody",
          report["models"][0]["card"]["architecture"] == "resnet18" and not REQUESTS)
    check("Graft verifies it", "as the Hub says" in graft(["models", "verify", spec], theirs | offline))
    check("Graft lists it by its name", spec in graft(["models", "list"], theirs | offline))
    check("both caches are alike, file by file and link by link",
          tree(pathlib.Path(scratch, "ours/hub")) == tree(pathlib.Path(scratch, "theirs/hub")))
    graft(["models", "remove", spec, "--force"], theirs)
    warnings, repositories = python(SCAN, theirs)
    check("what Graft removed is gone for Python, without a warning",
          not warnings and not repositories)
