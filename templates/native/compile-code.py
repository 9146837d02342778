"""Compiles what `mlflow server` imports, the last imports first, while others who import it begin with the first ones.

A fresh environment made without bytecode is compiled by whoever imports it first, on one core. This runs beside that on
another one. It only reads the code (nothing is imported or run), follows the import statements of each module from the
last to the first, and leaves the bytecode where Python looks for it. It knows no list, so it fits every version.
It prints the number of modules.
"""

import dis
import gc
import importlib.machinery
import os
import sys
import sysconfig

ROOTS = ("mlflow.server.fastapi_app", "mlflow.cli")
PACKAGES = sysconfig.get_paths()["purelib"]
seen = set()
compiled = 0


def locate(name):
    base = os.path.join(PACKAGES, *name.split("."))
    for path, is_package in ((os.path.join(base, "__init__.py"), True), (base + ".py", False)):
        if os.path.isfile(path):
            return path, is_package
    return None, False


def absolute(target, level, name, is_package):
    if not level:
        return target
    parts = name.split(".")
    parts = parts[: len(parts) - level + is_package]
    return ".".join(parts + [target] if target else parts)


def imports(code, name, is_package):
    """Names that the module's top level imports, in order; those under `if TYPE_CHECKING:` are never imported."""
    found, constants, last_name, skip_to = [], [None, None], None, -1
    for step in dis.get_instructions(code):
        if step.offset < skip_to:
            continue
        if step.opname in ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_ATTR"):
            last_name = step.argval
        elif step.opname == "LOAD_CONST" or step.opname == "LOAD_SMALL_INT":
            constants = [constants[-1], step.argval]
        elif step.opname.startswith("POP_JUMP") and "IF_FALSE" in step.opname and last_name == "TYPE_CHECKING":
            skip_to = step.argval
        elif step.opname == "IMPORT_NAME":
            level, members = constants
            target = absolute(step.argval, level, name, is_package)
            found.append(target)
            found.extend(f"{target}.{member}" for member in members or ())
    return found


def visit(name):
    global compiled
    if not name or name in seen:
        return
    seen.add(name)
    path, is_package = locate(name)
    if path is None:
        return
    try:
        code = importlib.machinery.SourceFileLoader(name, path).get_code(name)
        compiled += 1
        wanted = imports(code, name, is_package)
    except Exception:
        return  # a module that does not compile is none of our business
    for module in reversed(wanted):
        visit(module)
        while "." in module:
            module = module.rpartition(".")[0]
            if not module.startswith("mlflow"):
                visit(module)


sys.setrecursionlimit(10_000)
gc.disable()
for root in ROOTS:
    visit(root)
print(compiled)
