#!/usr/bin/env python3
"""A stand-in for Azure Blob Storage on loopback, in memory, for one account.

It is not Azure, and no emulator of Microsoft's: it was written from the REST API's documentation for
the few operations that Tarn uses, and is wrong where that was misread. What it does not take from us
is the signature: Authorization is compared with what the azure-storage-blob SDK's own policy makes
of the request. It lists at most 5 names a page, answers copies as pending at first, and says 503 to
every request for a blob named 'busy'.

usage: azure_server.py PORT ACCOUNT KEY SAS
"""
import base64, itertools, json, re, sys, threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape
from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.rest import HttpRequest
from azure.storage.blob._shared.authentication import SharedKeyCredentialPolicy

PORT, ACCOUNT, KEY, SAS = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
policy = SharedKeyCredentialPolicy(ACCOUNT, KEY)
lock = threading.RLock()
serial = itertools.count(0x8D4BCC2E4835CD0)
containers = {"tarn-test": {}}
blocks = {}
PAGE = 5
PROPERTIES = ["content-type", "cache-control", "content-disposition", "content-encoding", "content-language"]


class Fault(Exception):
    def __init__(self, status, code, **headers):
        self.status, self.code, self.headers = status, code, headers


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers=None, body=b"", length=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def authorize(self):
        if "authorization" in self.headers:
            # User agents and the host are no part of the signature; all else goes to the SDK's policy.
            headers = {n.lower(): v for n, v in self.headers.items() if n.lower() != "authorization"}
            request = HttpRequest(self.command, "http://host" + self.path, headers=headers)
            policy.on_request(PipelineRequest(request, PipelineContext(None)))
            if request.headers["Authorization"] != self.headers["authorization"]:
                raise Fault(403, "AuthenticationFailed")
        elif not self.path.endswith(SAS):
            raise Fault(401, "NoAuthenticationInformation")
        if self.headers.get("x-ms-version") is None or (
            "authorization" in self.headers and self.headers.get("x-ms-date") is None):
            raise Fault(400, "MissingRequiredHeader")

    def run(self):
        length = int(self.headers.get("content-length") or 0)
        self.body = self.rfile.read(length)
        if len(self.body) < length:
            self.close_connection = True
            return
        try:
            self.authorize()
            parts = urlsplit(self.path)
            self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
            container, _, blob = parts.path[1:].partition("/")
            with lock:
                if not container:
                    self.list_containers()
                    return
                if unquote(container) not in containers:
                    raise Fault(404, "ContainerNotFound")
                self.blobs = containers[unquote(container)]
                self.place = (unquote(container), unquote(blob))
                if not blob:
                    self.list_blobs()
                    return
                if self.place[1] == "busy":
                    raise Fault(503, "ServerBusy", **{"Retry-After": "2"})
                {"HEAD": self.head, "GET": self.get, "PUT": self.put, "DELETE": self.delete}[self.command](unquote(blob))
        except Fault as fault:
            text = f"<?xml version='1.0'?><Error><Code>{fault.code}</Code><Message>{fault.code}.\nRequestId:1</Message></Error>"
            self.answer(fault.status, {"x-ms-error-code": fault.code, **fault.headers}, text.encode())

    do_GET = do_HEAD = do_PUT = do_DELETE = run

    def find(self, name):
        if name not in self.blobs:
            raise Fault(404, "BlobNotFound")
        return self.blobs[name]

    def describe(self, blob):
        return {"ETag": f'"{blob["etag"]}"', "Last-Modified": blob["date"], **blob["properties"], **blob["meta"],
                **({"x-ms-copy-status": blob["copy"]} if "copy" in blob else {})}

    def head(self, name):
        blob = self.find(name)
        headers = self.describe(blob)
        if blob.get("copy") == "pending":
            blob["copy"] = "success"
        self.answer(200, headers, length=len(blob["data"]))

    def get(self, name):
        blob = self.find(name)
        if self.headers.get("if-match", f'"{blob["etag"]}"') != f'"{blob["etag"]}"':
            raise Fault(412, "ConditionNotMet")
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("x-ms-range", ""))
        if not match:
            self.answer(200, self.describe(blob), blob["data"])
            return
        first, last = int(match[1]), min(int(match[2]), len(blob["data"]) - 1)
        if first >= len(blob["data"]):
            raise Fault(416, "InvalidRange")
        headers = {**self.describe(blob), "Content-Range": f'bytes {first}-{last}/{len(blob["data"])}'}
        self.answer(206, headers, blob["data"][first:last + 1])

    def store(self, name, data, **more):
        properties = {"content-type": "application/octet-stream"}
        for key in PROPERTIES:
            if "x-ms-blob-" + key in self.headers:
                properties[key] = self.headers["x-ms-blob-" + key]
        meta = {n.lower(): v for n, v in self.headers.items() if n.lower().startswith("x-ms-meta-")}
        for key in meta:
            if not re.fullmatch(r"[a-z_][a-z0-9_]*", key[10:]):
                raise Fault(400, "InvalidMetadata")
        blob = {"data": data, "etag": f"0x{next(serial):X}", "date": formatdate(usegmt=True),
                "properties": properties, "meta": meta, **more}
        self.blobs[name] = blob
        return {"ETag": f'"{blob["etag"]}"', "Last-Modified": blob["date"]}

    def put(self, name):
        component = self.query.get("comp")
        if component == "block":
            identity = self.query["blockid"]
            base64.b64decode(identity, validate=True)
            known = blocks.setdefault(self.place, {})
            if not self.body:
                raise Fault(400, "InvalidHeaderValue")
            if known and len(next(iter(known))) != len(identity):
                raise Fault(400, "InvalidBlobOrBlock")
            known[identity] = self.body
            self.answer(201)
        elif component == "blocklist":
            known = blocks.pop(self.place, {})
            names = [entry.text for entry in ElementTree.fromstring(self.body)]
            if any(entry not in known for entry in names):
                blocks[self.place] = known
                raise Fault(400, "InvalidBlockList")
            self.answer(201, self.store(name, b"".join(known[entry] for entry in names)))
        elif component in ("properties", "metadata"):
            old = self.find(name)
            self.store(name, old["data"])
            key = "meta" if component == "properties" else "properties"
            self.blobs[name][key] = old[key]
            self.answer(200)
        elif "x-ms-copy-source" in self.headers:
            source = urlsplit(self.headers["x-ms-copy-source"]).path[1:].split("/", 1)
            blob = containers.get(unquote(source[0]), {}).get(unquote(source[1]))
            if blob is None:
                raise Fault(404, "CannotVerifyCopySource")
            headers = self.store(name, blob["data"], copy="pending")
            self.blobs[name]["properties"] = blob["properties"]
            self.blobs[name]["meta"] = self.blobs[name]["meta"] or blob["meta"]
            self.answer(202, {**headers, "x-ms-copy-status": "pending", "x-ms-copy-id": "1"})
        elif self.headers.get("x-ms-blob-type") == "BlockBlob":
            self.answer(201, self.store(name, self.body))
        else:
            raise Fault(400, "MissingRequiredHeader")

    def delete(self, name):
        self.find(name)
        del self.blobs[name]
        self.answer(202)

    def list_containers(self):
        text = "".join(f"<Container><Name>{name}</Name><Properties><Last-Modified>{formatdate(usegmt=True)}"
                       "</Last-Modified></Properties></Container>" for name in containers)
        self.xml(f"<Containers>{text}</Containers><NextMarker/>")

    def list_blobs(self):
        prefix, delimiter = self.query.get("prefix", ""), self.query.get("delimiter", "")
        entries = {}
        for name in self.blobs:
            if name.startswith(prefix):
                cut = name.find(delimiter, len(prefix)) if delimiter else -1
                entries[name if cut < 0 else name[:cut + len(delimiter)]] = cut >= 0
        names = sorted(entries, key=lambda name: name.encode())
        start = base64.b64decode(self.query.get("marker", "")).decode()
        names = [name for name in names if name.encode() >= start.encode()]
        most = min(PAGE, int(self.query.get("maxresults", PAGE)))
        marker = base64.b64encode(names[most].encode()).decode() if len(names) > most else ""
        text = ""
        for name in names[:most]:
            shown = f"<Name>{escape(name)}</Name>"
            if entries[name]:
                text += f"<BlobPrefix>{shown}</BlobPrefix>"
                continue
            blob = self.blobs[name]
            text += (f'<Blob>{shown}<Properties><Last-Modified>{blob["date"]}</Last-Modified><Etag>{blob["etag"]}</Etag>'
                     f'<Content-Length>{len(blob["data"])}</Content-Length></Properties></Blob>')
        self.xml(f"<Blobs>{text}</Blobs><NextMarker>{marker}</NextMarker>")

    def xml(self, inner):
        text = f'\ufeff<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://host/">{inner}</EnumerationResults>'
        self.answer(200, {"Content-Type": "application/xml"}, text.encode())


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
