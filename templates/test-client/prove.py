"""Proves an MLflow tracking server or store with the real Python client.

In: the environment (MLFLOW_* as for any client, MLFLOW_SETUP_TEST_*). Out: one JSON object per step, a line each, on stdout; all else
goes to stderr. Everything that is created is removed at the end, also after a failure or SIGTERM, unless MLFLOW_SETUP_TEST_KEEP is set.
"""

import contextlib
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
import warnings

# A program that is read from standard input has the current directory first on its path: the user's files there must not be imported.
if sys.path and sys.path[0] == "":
    del sys.path[0]

REPORT = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
NAME = os.environ["MLFLOW_SETUP_TEST_NAME"]
LOCATION = os.environ.get("MLFLOW_SETUP_TEST_ARTIFACT_LOCATION")
KEEP = bool(os.environ.get("MLFLOW_SETUP_TEST_KEEP"))
LOGIN = bool(os.environ.get("MLFLOW_TRACKING_USERNAME"))
ALIAS = "champion"
# The first call on a new database creates its tables, which took 10 s on a busy machine.
STEP_SECONDS = 60
NEEDS = {
    "client": [],
    "login": ["client"],
    "experiment": ["login" if LOGIN else "client"],
    "run": ["experiment"],
    "files": ["run"],
    "model": ["run"],
    "search": ["run"],
    "trace": ["experiment"],
}


class Stopped(BaseException):
    """SIGTERM or SIGINT: clean up and end."""


class Late(BaseException):
    """The step's time is up. Not an Exception: MLflow's own retries would swallow that."""


class Wrong(Exception):
    """What came back is not what was sent."""


class Proof:
    def __init__(self):
        self.status = {}
        self.goal = ""
        self.undos = []
        self.folders = []
        self.new_parent = None

    def step(self, name, function):
        blocker = next((need for need in NEEDS[name] if self.status.get(need) != "passed"), None)
        if blocker:
            self.report(name, "skipped", f"needs {blocker}", 0, blockedBy=blocker)
            return
        start = time.monotonic()
        try:
            with limited(name):
                detail = function(self)
        except (Exception, Late) as error:
            self.report(name, "failed", "", start, goal=self.goal, error=describe(error))
        else:
            self.report(name, "passed", detail, start)

    def report(self, name, status, detail, start, **more):
        self.status[name] = status
        milliseconds = round((time.monotonic() - start) * 1000) if start else 0
        REPORT.write(json.dumps({"id": name, "status": status, "detail": detail, "milliseconds": milliseconds, **more}) + "\n")
        REPORT.flush()

    def clean_up(self):
        if KEEP:
            self.report("cleanup", "passed", f"kept: experiment {NAME}", 0)
            return
        start = time.monotonic()
        failures = []
        for undo in reversed(self.undos):
            try:
                with limited("cleanup"):
                    undo()
            except (Exception, Late) as error:
                failures.append(describe(error))
        if failures:
            self.report("cleanup", "failed", f"left: {NAME}", start, goal="Removing what the test created", error=failures[0])
        else:
            self.report("cleanup", "passed", "everything removed", start)


@contextlib.contextmanager
def limited(name):
    """Ends the step with Late. Only the first import may take longer, without bytecode on a busy machine. Windows has no such alarm."""
    if name == "client" or not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, STEP_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def late(_signal, _frame):
    # What MLflow is waiting for is the reason that it would give after minutes of trying again.
    reason = sys.exc_info()[1]
    because = f" Last error: {describe(reason)}" if reason else ""
    raise Late(f"It was not done within {STEP_SECONDS} s.{because}")


def describe(error):
    if isinstance(error, (Wrong, Late)):
        return str(error)
    return f"{type(error).__name__}: {error}"[:4000]


def client(proof):
    proof.goal = "Importing MLflow"
    import mlflow

    proof.goal = "Importing scikit-learn"
    import mlflow.sklearn
    import sklearn.linear_model  # noqa: F401

    uri = os.environ["MLFLOW_TRACKING_URI"]
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return f"MLflow {mlflow.__version__}, Python {platform.python_version()}"


def login(proof):
    from mlflow.utils.rest_utils import MlflowHostCreds, http_request

    uri = os.environ["MLFLOW_TRACKING_URI"]
    user = os.environ["MLFLOW_TRACKING_USERNAME"]
    # An empty password would count as none.
    logins = {"password": os.environ["MLFLOW_TRACKING_PASSWORD"], "wrong password": os.urandom(16).hex()}
    for name, password in logins.items():
        proof.goal = f"Logging in with the {name}"
        creds = MlflowHostCreds(uri, user, password, server_cert_path=os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH"))
        call = {"params": {"max_results": 1}, "max_retries": 0, "timeout": 30}
        status = http_request(creds, "/api/2.0/mlflow/experiments/search", "GET", **call).status_code
        if name == "password" and status != 200:
            raise Wrong(f"API request to {uri} failed with error code {status}.")
        if name == "wrong password" and status == 200:
            return f"{user}, though any password will do"
    return user


def experiment(proof):
    import mlflow

    proof.goal = "Opening the store"
    proof.mlflow_client = mlflow.MlflowClient()
    proof.store = proof.mlflow_client._tracking_client.store
    proof.goal = "Creating an experiment"
    proof.undos.append(lambda: remove_experiment(proof))
    location = f"{LOCATION.rstrip('/')}/{NAME}" if LOCATION else None
    proof.experiment_id = proof.mlflow_client.create_experiment(NAME, artifact_location=location)
    proof.goal = "Reading the experiment back"
    read = proof.mlflow_client.get_experiment_by_name(NAME)
    if read is None or read.experiment_id != proof.experiment_id:
        raise Wrong("The experiment is not found by its name.")
    parent = os.path.dirname(local_path(read.artifact_location) or "")
    proof.new_parent = parent if parent and not os.path.exists(parent) else None
    mlflow.set_experiment(experiment_id=proof.experiment_id)
    return f"files go to {read.artifact_location}"


def run(proof):
    import mlflow
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import Ridge

    proof.goal = "Training a model"
    data, target = load_diabetes(return_X_y=True)
    proof.data = data[:50]
    proof.model = Ridge(alpha=0.5).fit(data, target)
    proof.goal = "Creating a run"
    with mlflow.start_run(run_name=NAME) as active:
        proof.run_id = active.info.run_id
        proof.run_uri = active.info.artifact_uri
        proof.folders.append(proof.run_uri)
        proof.goal = "Logging parameters, metrics and tags"
        mlflow.log_params({"alpha": 0.5, "rows": len(data)})
        mlflow.log_metric("r2", proof.model.score(data, target))
        for step in range(3):
            mlflow.log_metrics({"loss": 1 - step / 4}, step=step)
        mlflow.set_tag("mlflow-setup.test", "true")
    proof.goal = "Reading the run back"
    read = proof.mlflow_client.get_run(proof.run_id)
    history = proof.mlflow_client.get_metric_history(proof.run_id, "loss")
    if read.info.status != "FINISHED" or read.data.params.get("alpha") != "0.5":
        raise Wrong("The run came back without its status or its parameters.")
    if sorted(metric.value for metric in history) != [0.5, 0.75, 1.0]:
        raise Wrong(f"Of 3 metric values {len(history)} came back.")
    return "2 parameters, 4 metrics, 1 tag"


def files(proof):
    content = os.urandom(6_000_000)
    text = "Grüße aus dem Test\n"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "noise.bin")
        with open(path, "wb") as file:
            file.write(content)
        proof.goal = "Uploading a file of 6 MB"
        proof.mlflow_client.log_artifact(proof.run_id, path, "proof")
        proof.goal = "Uploading a text"
        proof.mlflow_client.log_text(proof.run_id, text, "proof/note.txt")
        proof.goal = "Listing the files"
        listed = sorted(entry.path for entry in proof.mlflow_client.list_artifacts(proof.run_id, "proof"))
        if listed != ["proof/noise.bin", "proof/note.txt"]:
            raise Wrong(f"2 files were uploaded, listed are: {', '.join(listed) or 'none'}.")
        proof.goal = "Downloading the files"
        down = proof.mlflow_client.download_artifacts(proof.run_id, "proof", folder)
        with open(os.path.join(down, "noise.bin"), "rb") as file:
            same = file.read() == content
        with open(os.path.join(down, "note.txt"), encoding="utf-8") as file:
            same = same and file.read() == text
    if not same:
        raise Wrong("A file came back changed.")
    return "6 MB up, listed, down"


def model(proof):
    import mlflow

    proof.undos.append(lambda: remove_model(proof))
    proof.goal = "Logging and registering the model"
    with mlflow.start_run(run_id=proof.run_id):
        # Given requirements spare MLflow a second Python process that finds them out, which takes seconds.
        logged = mlflow.sklearn.log_model(
            proof.model,
            name="model",
            registered_model_name=NAME,
            pip_requirements=["scikit-learn"],
            input_example=None,
            await_registration_for=30,
        )
    proof.folders.append(getattr(logged, "artifact_path", ""))
    proof.goal = "Setting an alias"
    proof.mlflow_client.set_registered_model_alias(NAME, ALIAS, "1")
    proof.goal = "Loading the model by its alias"
    loaded = mlflow.sklearn.load_model(f"models:/{NAME}@{ALIAS}")
    if loaded.predict(proof.data).tolist() != proof.model.predict(proof.data).tolist():
        raise Wrong("The loaded model predicts something else than the logged one.")
    return "registered, loaded, same predictions"


def search(proof):
    proof.goal = "Searching runs"
    hits = proof.mlflow_client.search_runs([proof.experiment_id], "metrics.loss < 0.6 and params.alpha = '0.5'")
    misses = proof.mlflow_client.search_runs([proof.experiment_id], "metrics.loss > 2")
    if [hit.info.run_id for hit in hits] != [proof.run_id] or misses:
        raise Wrong(f"A search that fits one run found {len(hits)}, one that fits none found {len(misses)}.")
    return "found by metric and parameter"


def trace(proof):
    import mlflow

    proof.goal = "Writing a trace"
    with mlflow.start_span("proof") as span:
        span.set_inputs({"question": "Does tracing work?"})
        span.set_outputs({"answer": "Yes."})
        proof.trace_id = span.trace_id
    mlflow.flush_trace_async_logging()
    proof.undos.append(lambda: proof.mlflow_client.delete_traces(proof.experiment_id, trace_ids=[proof.trace_id]))
    proof.goal = "Reading the trace back"
    read = proof.mlflow_client.get_trace(proof.trace_id)
    proof.folders.append(read.info.tags.get("mlflow.artifactLocation", ""))
    if [one.name for one in read.data.spans] != ["proof"]:
        raise Wrong("The trace came back without its span.")
    proof.goal = "Searching traces"
    found = proof.mlflow_client.search_traces(locations=[proof.experiment_id])
    if [one.info.trace_id for one in found] != [proof.trace_id]:
        raise Wrong(f"A search that fits one trace found {len(found)}.")
    return "written, read, found"


def remove_model(proof):
    from mlflow.exceptions import MlflowException

    try:
        proof.mlflow_client.delete_registered_model(NAME)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise


def remove_experiment(proof):
    """With its runs, logged models and files; for good where the store is a database or folder of this machine, as `mlflow gc` does."""
    found = proof.mlflow_client.get_experiment_by_name(NAME)
    if found is None or found.lifecycle_stage == "deleted":
        return
    api = proof.mlflow_client
    models = list(api.search_logged_models(experiment_ids=[found.experiment_id]))
    runs = list(api.search_runs([found.experiment_id]))
    uris = [*proof.folders, *(one.artifact_location for one in models), *(one.info.artifact_uri for one in runs)]
    local = hasattr(proof.store, "_hard_delete_experiment")
    # The file store keeps its records beside the files, a server forgets whose files they are: each wants another order.
    if not local:
        remove_files(proof, found, uris)
    for one in models:
        api.delete_logged_model(one.model_id)
    for one in runs:
        api.delete_run(one.info.run_id)
    api.delete_experiment(found.experiment_id)
    if not local:
        return
    # In the file store the experiment's folder, by now in .trash, holds everything else.
    if hasattr(proof.store, "ManagedSessionMaker"):
        for one in models:
            proof.store._hard_delete_logged_model(one.model_id)
        for one in runs:
            proof.store._hard_delete_run(one.info.run_id)
    proof.store._hard_delete_experiment(found.experiment_id)
    remove_files(proof, found, uris)


def remove_files(proof, found, uris):
    """Folders named after ids that only this test has used, then the folders above them as far as they are empty."""
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    root = found.artifact_location.rstrip("/")
    below = [uri.rstrip("/").removesuffix("/artifacts") for uri in uris]
    own = sorted({uri for uri in below if uri.startswith(f"{root}/")})
    if local_path(root):
        for uri in own:
            shutil.rmtree(local_path(uri), ignore_errors=True)
        remove_empty(local_path(root))
        if proof.new_parent:
            remove_empty(proof.new_parent)
        return
    for uri in own:
        get_artifact_repository(uri).delete_artifacts()
    repository = get_artifact_repository(root)
    for folder in ("models", "traces"):
        if not repository.list_artifacts(folder):
            repository.delete_artifacts(folder)
    # A database that is younger than its store may count into a folder that has files of before. An object store has no empty folders.
    if root.startswith(("mlflow-artifacts:", "http")) and deletes_exactly(proof) and not repository.list_artifacts():
        repository.delete_artifacts()


def deletes_exactly(proof):
    """Whether the server is known not to delete the folder 12 of an S3 store along with 1 (read in the source of 3.17.2)."""
    from mlflow.utils.rest_utils import http_request

    answer = http_request(proof.store.get_host_creds(), "/version", "GET").text
    numbers = [int(part) if part.isdigit() else 0 for part in answer.split(".")[:2]]
    return numbers >= [3, 17]


def local_path(uri):
    """The path of a file URI or plain path; None for a store elsewhere, which is also what a server calls its own."""
    from mlflow.utils.file_utils import local_file_uri_to_path
    from mlflow.utils.uri import is_local_uri

    return local_file_uri_to_path(uri) if is_local_uri(uri) else None


def remove_empty(path):
    """The folder and those in it, as far as nothing is in them."""
    for folder, _, _ in os.walk(path, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def detour(name, address, port):
    """A name that does not lead to its server yet: it is connected to all the same, as with curl --connect-to."""
    import socket

    look_up = socket.getaddrinfo

    def look_past_dns(host, asked, *more, **named):
        if host in (name, name.encode()):
            return look_up(address, int(port), *more, **named)
        return look_up(host, asked, *more, **named)

    socket.getaddrinfo = look_past_dns


def trust(pem):
    """Further roots beside the usual ones; requests wants them as one file."""
    import certifi

    file = tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False)
    with file, open(certifi.where(), encoding="utf-8") as usual:
        file.write(f"{usual.read()}\n{pem}")
    os.environ["MLFLOW_TRACKING_SERVER_CERT_PATH"] = file.name


def stop(_signal, _frame):
    # Once: the clean-up that follows must not be ended by the next one.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


def main():
    warnings.simplefilter("ignore")
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, late)
    # MLflow leaves a folder behind for each model that it loads: it would take it away in an atexit function.
    tempfile.tempdir = tempfile.mkdtemp(prefix="mlflow-setup-proof-")
    pem = os.environ.pop("MLFLOW_SETUP_TEST_CA", "")
    proof = Proof()
    if pem:
        trust(pem)
    place = os.environ.pop("MLFLOW_SETUP_TEST_CONNECT", "")
    if place:
        detour(*place.split(" "))
    try:
        for function in (client, *([login] if LOGIN else []), experiment, run, files, model, search, trace):
            proof.step(function.__name__, function)
    except Stopped:
        pass
    finally:
        if proof.undos:
            proof.clean_up()
        shutil.rmtree(tempfile.tempdir, ignore_errors=True)


main()
REPORT.flush()
# Threads and atexit functions of MLflow would take two more seconds, with nothing left to do.
os._exit(0)
