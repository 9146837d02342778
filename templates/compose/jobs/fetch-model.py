"""Fetches the files of a model from the tracking server.

    fetch-model.py [--again] URI

They come to /model/files, each model in a folder of its own, and /model/wanted names the one. What was fetched for the
same URI stays; with --again the server is asked what an alias means today.
"""

import hashlib
import os
import pathlib
import shutil
import sys

# Nobody but the server can be reached from here: a bucket's own address leads nowhere.
os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD"] = "false"
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
if "MLFLOW_TRACKING_USERNAME" in os.environ:
    os.environ["MLFLOW_TRACKING_PASSWORD"] = os.environ["MLFLOW_SETUP_ADMIN_PASSWORD"]

*options, uri = sys.argv[1:]
files = pathlib.Path("/model/files")
wanted = pathlib.Path("/model/wanted")


def fetched():
    if not wanted.exists():
        return False
    known, key, _source = wanted.read_text().splitlines()
    return known == uri and (files / key).exists()


def resolve():
    """Where the files of the URI are today."""
    # MLflow takes a second to import.
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    repository = get_artifact_repository(uri)
    return getattr(repository, "repo", repository).artifact_uri


def fetch(folder):
    from mlflow.artifacts import download_artifacts

    draft = files / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    found = pathlib.Path(download_artifacts(artifact_uri=uri, dst_path=str(draft)))
    if not (found / "MLmodel").exists():
        raise FileNotFoundError("it is no model: there is no file MLmodel in it")
    found.rename(folder)
    shutil.rmtree(draft, ignore_errors=True)


def remember(key, source):
    draft = wanted.with_suffix(".draft")
    draft.write_text(f"{uri}\n{key}\n{source}\n")
    draft.replace(wanted)


if "--again" not in options and fetched():
    print(f"{uri}: there already")
    sys.exit()
try:
    source = resolve()
    key = hashlib.sha256(source.encode()).hexdigest()[:16]
    if not (files / key).exists():
        fetch(files / key)
except Exception as error:  # MLflow's own, those of HTTP, and those of each store's library.
    sys.exit(f"{uri} cannot be fetched: {' '.join(str(error).split())}")
remember(key, source)
print(f"{uri}: {source}")
