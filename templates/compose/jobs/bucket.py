"""Makes the bucket, where it is not there. Nobody gets in without the keys: that is how every bucket is made.

    bucket.py NAME

Endpoint, region and keys come from the variables that MLflow itself reads.
"""

import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

(name,) = sys.argv[1:]
endpoint = os.environ.get("MLFLOW_S3_ENDPOINT_URL")
where = f"{name} at {endpoint or 'AWS'}"
REASONS = {
    "403": "the keys are wrong, or the bucket is somebody else's",
    "301": "it is in another region",
}


def create(s3):
    region = s3.meta.region_name
    # AWS takes no name for its first region, and wants one for all others.
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(Bucket=name, **place)
    except s3.exceptions.BucketAlreadyOwnedByYou:  # Another run was faster.
        pass


s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    config=Config(
        connect_timeout=5,
        read_timeout=20,
        retries={"max_attempts": 5, "mode": "standard"},
        s3={"addressing_style": os.environ.get("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "auto")},
    ),
)
try:
    try:
        s3.head_bucket(Bucket=name)
        print(f"bucket {where}: there already")
    except ClientError as error:
        # The answer to HEAD has no text, only a number.
        code = error.response["Error"]["Code"]
        if code != "404":
            sys.exit(f"No access to bucket {where}: {REASONS.get(code, f'answer {code}')}")
        create(s3)
        print(f"bucket {where}: made")
except (BotoCoreError, ClientError) as error:
    sys.exit(f"No bucket {where}: {error}")
