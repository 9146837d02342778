"""Opens a store for the first time: its tables, and an experiment whose files stay in the stack directory.

Without a server MLflow puts files below the current directory of whoever logs, unless the experiment names a place.
Settings come by the environment: MLFLOW_TRACKING_URI, STORE_EXPERIMENT, STORE_ARTIFACTS.
"""

import os

from mlflow.tracking import MlflowClient

client = MlflowClient()
name = os.environ["STORE_EXPERIMENT"]
if client.get_experiment_by_name(name) is None:
    client.create_experiment(name, artifact_location=os.environ["STORE_ARTIFACTS"])
