"""In: a tracking server in the environment, a task and its size. Out: seconds, on the last line of stdout."""

import os
import sys
import tempfile
import time

import mlflow


def log_metrics(count: int) -> float:
    client = mlflow.MlflowClient()
    run = client.create_run(experiment())
    client.log_metric(run.info.run_id, "warm", 0)
    begin = time.perf_counter()
    for step in range(count):
        client.log_metric(run.info.run_id, "loss", 0.5, step=step)
    return time.perf_counter() - begin


def upload(mebibytes: int) -> float:
    client = mlflow.MlflowClient()
    run = client.create_run(experiment())
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "big.bin")
        block = os.urandom(1 << 20)
        with open(path, "wb") as file:
            for _ in range(mebibytes):
                file.write(block)
        begin = time.perf_counter()
        client.log_artifact(run.info.run_id, path)
        return time.perf_counter() - begin


def download(bytes_: int) -> float:
    client = mlflow.MlflowClient()
    run = client.create_run(experiment())
    client.log_text(run.info.run_id, "x" * bytes_, "small.txt")
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        client.download_artifacts(run.info.run_id, "small.txt", folder)
        return time.perf_counter() - begin


def experiment() -> str:
    return mlflow.set_experiment("bench").experiment_id


TASKS = {"log-metrics": log_metrics, "upload": upload, "download": download}

if __name__ == "__main__":
    print(TASKS[sys.argv[1]](int(sys.argv[2])))
