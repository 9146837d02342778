"""Becomes MLflow's own server of the model that /model/current names, in the environment of that model."""

import os
import pathlib

files, environment = pathlib.Path("/model/current").read_text().splitlines()
os.environ["PATH"] = f"{environment}/bin:{os.environ['PATH']}"
options = ["--env-manager", "local", "--host", "0.0.0.0", "--port", "5001", "--workers", "1"]
os.execv(f"{environment}/bin/mlflow", ["mlflow", "models", "serve", "--model-uri", files, *options])
