"""Makes the bucket of a store that is the stack's own. Of any other, it tries whether containers get to the bucket.

    bucket.py make|look NAME PREFIX

Nobody gets in without the keys: that is how every bucket is made. Endpoint, region and keys come from the variables that
MLflow itself reads.
"""

import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

work, name, prefix = sys.argv[1:]
endpoint = os.environ.get("MLFLOW_S3_ENDPOINT_URL")
where = f"{name} at {endpoint or 'AWS'}"


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
        retries={"max_attempts": 3, "mode": "standard"},
        s3={"addressing_style": os.environ.get("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "auto")},
    ),
)
try:
    try:
        # Keys for one folder may list that folder, and nothing else.
        s3.list_objects_v2(Bucket=name, Prefix=prefix, MaxKeys=1)
        print(f"bucket {where}: there")
    except s3.exceptions.NoSuchBucket:
        if work == "look":
            sys.exit(f"No bucket {where}: the store that containers find there has none of that name")
        create(s3)
        print(f"bucket {where}: made")
except ClientError as error:
    sys.exit(f"No access to bucket {where}: {error}")
except BotoCoreError as error:
    sys.exit(f"No bucket {where}: {error}")
