"""Gives the fetched model an environment with the Python and the packages that it asks for.

A model that asks for nothing but what this image has needs none, such as one that was logged in the stack's notebook. What is
complete is used again, also by other models that ask for the same. /model/current names files and environment of the model
that is to be served.
"""

import hashlib
import importlib.metadata
import os
import pathlib
import re
import shutil
import subprocess
import sys

from packaging.requirements import InvalidRequirement, Requirement

root = pathlib.Path("/model")
current = root / "current"
own_python = f"{sys.version_info.major}.{sys.version_info.minor}"


def search(pattern, path):
    found = re.search(pattern, path.read_text(), re.M) if path.exists() else None
    return found and found[1]


def further_packages(files):
    """What serves the model, where it asks for no more than mlflow-skinny, which cannot."""
    if not (files / "requirements.txt").exists():
        sys.exit("The model does not say which packages it needs: it has no requirements.txt.")
    if search(r"^(mlflow) *(?:[=<>~!;\[]|$)", files / "requirements.txt"):
        return []
    version = search(r"^mlflow_version: *(.+)", files / "MLmodel")
    return [f"mlflow=={version}" if version else "mlflow"]


def is_here(line):
    """Whether this image has it, in a version that will do."""
    try:
        wish = Requirement(line)
        if wish.marker and not wish.marker.evaluate():
            return True
        return not (wish.extras or wish.url) and wish.specifier.contains(importlib.metadata.version(wish.name), prereleases=True)
    except (InvalidRequirement, importlib.metadata.PackageNotFoundError):
        return False


def is_all_here(python, files):
    lines = [re.sub(r"(^|\s)#.*", "", line).strip() for line in (files / "requirements.txt").read_text().splitlines()]
    # Constraints tell the versions of what is not asked for: they were written by the environment of the model.
    wishes = [line for line in lines if line and not line.startswith("-c ")]
    return python == own_python and not further_packages(files) and all(map(is_here, wishes))


def index():
    """Where pip looks for packages in this image, for uv, which does not read pip's settings."""
    done = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True)
    found = re.findall(r"^[^.]+\.index-url='(.+)'$", done.stdout, re.M)
    return {"UV_DEFAULT_INDEX": found[-1]} if found else {}


def uv(*arguments, folder=root):
    """What went wrong, or None."""
    settings = {**index(), "UV_CACHE_DIR": str(root / "cache"), "UV_PYTHON_INSTALL_DIR": str(root / "python")}
    command = ["uv", "--quiet", *arguments]
    done = subprocess.run(command, cwd=folder, env={**settings, **os.environ}, stderr=subprocess.PIPE, text=True)
    return done.stderr.strip() if done.returncode else None


def make_environment(environment, python, files):
    error = uv("venv", "--python", python, str(environment))
    if error is None:
        return
    pickles = sorted(path.name for path in files.rglob("*") if path.suffix in (".pkl", ".pickle", ".cloudpickle", ".joblib"))
    if pickles:
        # It would load, and its first prediction would kill the server.
        sys.exit(
            f"{error}\nThe model was made with Python {python}, which cannot be had here, and {pickles[0]} works with no other."
        )
    print(f"WARNING: the model was made with Python {python}, which cannot be had here; it is served with {own_python}.")
    if error := uv("venv", "--clear", "--python", sys.executable, str(environment)):
        sys.exit(error)


def install(environment, python, files):
    shutil.rmtree(environment, ignore_errors=True)
    environment.parent.mkdir(exist_ok=True)
    make_environment(environment, python, files)
    wishes = ["--requirement=requirements.txt", *further_packages(files)]
    # Compiled now: who serves the model can write nothing here. In its folder: it may name files there.
    if error := uv("pip", "install", "--compile-bytecode", f"--python={environment}", *wishes, folder=files):
        sys.exit(f"{error}\nThe packages that the model asks for cannot be installed.")
    (environment / "complete").touch()
    shutil.rmtree(root / "cache", ignore_errors=True)


def serve(files, environment):
    """The one before stays: it runs until this one takes over."""
    before = current.read_text().splitlines() if current.exists() else []
    kept = {str(files), str(environment), *before}
    draft = current.with_suffix(".draft")
    draft.write_text(f"{files}\n{environment}\n")
    draft.replace(current)
    for path in [*root.glob("files/*"), *root.glob("environments/*")]:
        if str(path) not in kept:
            shutil.rmtree(path)


uri, key, _source = (root / "wanted").read_text().splitlines()
files = root / "files" / key
python = search(r"^python: *(\d+\.\d+)", files / "python_env.yaml") or own_python
if is_all_here(python, files):
    environment = pathlib.Path(shutil.which("mlflow")).parent.parent
else:
    wishes = [python, *further_packages(files)]
    wishes += [path.read_text() for path in (files / "requirements.txt", files / "constraints.txt") if path.exists()]
    environment = root / "environments" / hashlib.sha256("\n".join(wishes).encode()).hexdigest()[:16]
    if not (environment / "complete").exists():
        install(environment, python, files)
if not current.exists() or current.read_text().splitlines() != [str(files), str(environment)]:
    serve(files, environment)
print(f"{uri}: can be served in {environment}")
