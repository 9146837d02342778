"""Prints how many objects the bucket has below a prefix, and their bytes: the first page of 1000, and whether there are more.

    bucket.py ENDPOINT REGION BUCKET PREFIX

Signed here (AWS Signature Version 4), because boto3 takes a second to load.
"""

import datetime
import hashlib
import hmac
import os
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree

endpoint, region, bucket, prefix = sys.argv[1:]
host = urllib.parse.urlsplit(endpoint).netloc
now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
scope = f"{now[:8]}/{region}/s3/aws4_request"
query = f"list-type=2&max-keys=1000&prefix={urllib.parse.quote(prefix, safe='-_.~')}"
empty = hashlib.sha256(b"").hexdigest()
headers = {"host": host, "x-amz-content-sha256": empty, "x-amz-date": now}
names = ";".join(headers)
lines = [f"{name}:{value}" for name, value in headers.items()]
request = "\n".join(["GET", f"/{bucket}", query, *lines, "", names, empty])
text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(request.encode()).hexdigest()])
key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
for part in scope.split("/"):
    key = hmac.digest(key, part.encode(), "sha256")
signature = hmac.digest(key, text.encode(), "sha256").hex()
credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
asked = urllib.request.Request(f"{endpoint}/{bucket}?{query}", headers=headers)
with urllib.request.urlopen(asked, timeout=5) as answer:
    root = xml.etree.ElementTree.parse(answer).getroot()
space = {"s3": root.tag[1:].split("}")[0]}
sizes = [int(size.text) for size in root.iterfind("s3:Contents/s3:Size", space)]
print(len(sizes), sum(sizes), root.findtext("s3:IsTruncated", namespaces=space))
