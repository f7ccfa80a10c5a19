#!/usr/bin/env python3
"""Writes sigv4.json: requests signed by botocore, the library inside boto3 and awscli, and bodies
in its aws-chunked framing. Run it where botocore is installed; the same version gives the same file."""
import base64, datetime, io, json, os, random
import botocore, botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum, Sha256Checksum
from botocore.utils import percent_encode

ACCESS, SECRET, REGION = "AKIDEXAMPLE/1", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "eu-west-3"
random.seed(20260131)
clock = datetime.datetime(2026, 1, 31, 23, 59, 58, tzinfo=datetime.timezone.utc)
botocore.auth.get_current_datetime = lambda *_, **__: clock

ALPHABET = list("abcXYZ019-._~!*'();:@&=+$,?#[]% /\\\"<>|^`{}") + ["é", "日本", "😀", "//", "/./", "/../", "\u0301"]


def odd_text(most):
    return "".join(random.choice(ALPHABET) for _ in range(random.randint(1, most)))


def vector(presigned):
    method = random.choice(["GET", "PUT", "HEAD", "DELETE", "POST"])
    path = "/" + percent_encode("bucket/" + odd_text(12), safe="/~")
    query = {odd_text(4): random.choice(["", odd_text(6)]) for _ in range(random.randint(0, 3))}
    body = odd_text(20).encode() if method == "PUT" and not presigned else b""
    host = random.choice(["127.0.0.1:8333", "s3.example.com", "bucket.s3.example.com"])
    headers = {"Host": host}
    if random.random() < 0.5:
        headers["x-amz-meta-" + random.choice(["a", "B", "c-d"])] = "  some   text\t here "
    if random.random() < 0.3:
        headers["Range"] = "bytes=0-9"
    url = "http://" + host + path
    request = AWSRequest(method=method, url=url, data=body, headers=headers, params=query)
    credentials = Credentials(ACCESS, SECRET)
    if presigned:
        botocore.auth.S3SigV4QueryAuth(credentials, "s3", REGION, expires=300).add_auth(request)
    else:
        botocore.auth.S3SigV4Auth(credentials, "s3", REGION).add_auth(request)
    prepared = request.prepare()
    target = prepared.url[len("http://" + host):]
    return {
        "method": method,
        "target": target,
        "headers": [[name, value if isinstance(value, str) else value.decode()]
                    for name, value in request.headers.items()],
        "presigned": presigned,
        "body": base64.b64encode(body).decode(),
    }


def chunked(size, checksum, name, chunk):
    raw = bytes(random.randrange(256) for _ in range(size))
    wrapped = AwsChunkedWrapper(io.BytesIO(raw), checksum_cls=checksum, checksum_name=name, chunk_size=chunk)
    return {"trailer": name, "raw": base64.b64encode(raw).decode(), "wire": base64.b64encode(wrapped.read()).decode()}


result = {
    "made by": "botocore " + botocore.__version__,
    "access key": ACCESS, "secret key": SECRET, "region": REGION, "time": int(clock.timestamp()),
    "requests": [vector(index % 3 == 2) for index in range(90)],
    "chunked": [
        chunked(0, Crc32Checksum, "x-amz-checksum-crc32", 1 << 20),
        chunked(1, Sha256Checksum, "x-amz-checksum-sha256", 1 << 20),
        chunked(5000, Crc32Checksum, "x-amz-checksum-crc32", 1024),
        chunked(4096, Sha256Checksum, "x-amz-checksum-sha256", 1024),
    ],
}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sigv4.json")
with open(path, "w") as file:
    json.dump(result, file, indent=1, ensure_ascii=True, sort_keys=True)
    file.write("\n")
