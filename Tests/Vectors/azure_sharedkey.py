#!/usr/bin/env python3
"""Writes azure_sharedkey.json: requests signed by the azure-storage-blob SDK's own SharedKeyCredentialPolicy.
Run it where that package is installed; the same version gives the same file."""
import base64, json, os, random
import azure.storage.blob
from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.rest import HttpRequest
from azure.storage.blob._shared.authentication import SharedKeyCredentialPolicy
from urllib.parse import quote

ACCOUNT, KEY = "account1", base64.b64encode(bytes(range(64))).decode()
random.seed(20260131)
ALPHABET = list("abcXYZ019-._~!*'();:@&=+$,?#[]% ") + ["é", "日本", "😀", "//"]
policy = SharedKeyCredentialPolicy(ACCOUNT, KEY)


def odd_text(most):
    return "".join(random.choice(ALPHABET) for _ in range(random.randint(1, most)))


def vector():
    method = random.choice(["GET", "PUT", "HEAD", "DELETE"])
    path = random.choice(["", "/devstoreaccount1"]) + "/container/" + quote(odd_text(10), safe="/~")
    names = random.sample(["comp", "restype", "prefix", "delimiter", "marker", "blockid", "maxresults"], random.randint(0, 4))
    query = "&".join(name + "=" + quote(odd_text(8), safe="") for name in names)
    headers = {"x-ms-version": "2021-12-02", "x-ms-date": "Sat, 31 Jan 2026 23:59:58 GMT"}
    length = random.choice([0, 0, 1, 4096]) if method == "PUT" else 0
    if length or method == "PUT":
        headers["content-length"] = str(length)
    if random.random() < 0.5:
        headers["if-match"] = '"0x8D4BCC2E4835CD0"'
        headers["x-ms-range"] = "bytes=0-511"
    if random.random() < 0.5:
        for name in random.sample(["a", "a_b", "ab", "a1", "_a", "b", "a_1"], 4):
            headers["x-ms-meta-" + name] = odd_text(3).strip() or "x"
        headers["x-ms-blob-type"] = "BlockBlob"
        headers["x-ms-blob-content-type"] = "text/plain"
    request = HttpRequest(method, "https://host" + path + ("?" + query if query else ""), headers=headers)
    context = PipelineContext(None)
    policy.on_request(PipelineRequest(request, context))
    return {"method": method, "path": path, "query": query, "length": length,
            "headers": [[n, v] for n, v in headers.items()],
            "authorization": request.headers["Authorization"]}


result = {"made by": "azure-storage-blob " + azure.storage.blob.__version__,
          "account": ACCOUNT, "key": KEY, "requests": [vector() for _ in range(80)]}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "azure_sharedkey.json")
with open(path, "w") as file:
    json.dump(result, file, indent=1, ensure_ascii=True, sort_keys=True)
    file.write("\n")
