"""Keeps one group of a stack's services running. Written by mlflow-setup, which starts it as

    venv/bin/python -I -S -X utf8 .mlflow-setup/supervisor.py --run ID     in a session of its own
    venv/bin/python -I -S -X utf8 .mlflow-setup/supervisor.py --sweep      ends what a killed supervisor left behind

and stops it with SIGTERM. It needs Python 3.10 and nothing else, so the services stay up without Node.js. As root it
starts each service as the user that its definition names, and keeps logs and secrets to itself. Beside it:
    services.json     in: what to run; no secrets
    supervisor.json   out: process ids, start times, restarts, last exits; replaced as a whole
    supervisor.lock   held as long as it lives, so that there is never a second one
"""

import errno
import fcntl
import json
import os
import re
import select
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LOCKED = 75  # exit status: another supervisor of this stack is alive

FIRST_DELAY, LONGEST_DELAY, GOOD_RUN = 0.5, 30.0, 60.0  # seconds
LOG_BYTES, OLD_LOGS = 10_000_000, 5

# Every process of a service carries the path of its supervisor in its environment: this is how those are recognised
# that a killed supervisor left behind, whatever their process ids are by then.
MARK = "MLFLOW_SETUP_SUPERVISOR"
PASSED_ON = re.compile(
    r"^(PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|(https?|ftp|all|no)_proxy|(HTTPS?|FTP|ALL|NO)_PROXY"
    r"|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|AWS_CA_BUNDLE)$"
)
VARIABLE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*"""
    r"""(?:'([^']*)'|"((?:\\.|[^"\\])*)"|([^\r\n]*?))[ \t]*(?:[ \t]\#[^\r\n]*)?\r?$""",
    re.MULTILINE | re.DOTALL,
)


def read_env_file(path):
    """KEY=value; the value is bare, in single quotes (as it stands), or in double quotes (\\\\ \\" \\$ \\` are escapes)."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        text = file.read()
    variables = {}
    for name, single, double, bare in VARIABLE.findall(text):
        variables[name] = single or re.sub(r'\\([\\"$`])', r"\1", double) or bare
    return variables


def libc():
    """For prctl(2); None where there is none (macOS) or Python was built without ctypes."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        import ctypes

        return ctypes.CDLL(None)
    except Exception:
        return None


class Account:
    """A user of this machine, with no group but the user's own."""

    def __init__(self, name):
        import pwd

        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            raise OSError(f"there is no user {name}") from None
        self.uid, self.gid = entry.pw_uid, entry.pw_gid
        self.variables = {"HOME": entry.pw_dir, "USER": name, "LOGNAME": name}

    def become(self):
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)


LIBC = libc()
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


class Log:
    """A file that is renamed to .1, .2, … when it is full. What the disk does not take is dropped."""

    def __init__(self, path, limit, keep):
        self.path, self.limit, self.keep = path, limit, keep
        self.descriptor, self.size = None, 0

    def write(self, chunk):
        try:
            if self.descriptor is None:
                os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
                self.descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                self.size = os.fstat(self.descriptor).st_size
            if self.size > 0 and self.size + len(chunk) > self.limit:
                self.rotate()
                return self.write(chunk)
            self.size += os.write(self.descriptor, chunk)
        except OSError:
            self.close()

    def rotate(self):
        self.close()
        for number in range(self.keep - 1, 0, -1):
            if os.path.exists(f"{self.path}.{number}"):
                os.replace(f"{self.path}.{number}", f"{self.path}.{number + 1}")
        os.replace(self.path, f"{self.path}.1")

    def close(self):
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


class Service:
    def __init__(self, definition):
        self.name = definition["name"]
        self.argv = definition["argv"]
        self.environment_file = definition.get("environmentFile")
        self.withheld = definition.get("withheld", [])
        self.user = definition.get("user")
        self.stop_signal = signal.Signals[definition.get("stopSignal", "SIGTERM")]
        self.directory = definition["workingDirectory"]
        self.stop_seconds = definition["stopTimeoutMs"] / 1000
        self.log = Log(definition["log"], definition.get("logBytes", LOG_BYTES), definition.get("oldLogs", OLD_LOGS))
        self.pid = self.pipe = self.last_exit = None
        self.restarts, self.delay, self.next_start = -1, FIRST_DELAY, 0.0
        self.since = time.time()

    def state(self):
        status = "running" if self.pid else "stopped" if self.next_start is None else "restarting"
        return {
            "pid": self.pid,
            "status": status,
            "since": self.since,
            "restarts": max(self.restarts, 0),
            "lastExit": self.last_exit,
        }

    def say(self, text):
        self.log.write(f"{time.strftime('%Y/%m/%d %H:%M:%S')} mlflow-setup: {text}\n".encode())

    def start(self):
        self.restarts += 1
        self.since = time.time()
        try:
            environment = {key: value for key, value in os.environ.items() if PASSED_ON.match(key)}
            account = Account(self.user) if self.user is not None else None
            environment.update(account.variables if account is not None else {})
            environment.update(read_env_file(self.environment_file) if self.environment_file is not None else {})
            for name in self.withheld:
                environment.pop(name, None)
            environment[MARK] = os.path.abspath(__file__)
            self.fork(environment, account)
        except OSError as error:
            self.say(f"{self.name} cannot be started: {error}")
            self.ended({"code": 127, "signal": None})

    def fork(self, environment, account):
        ours, theirs = os.pipe()
        supervisor = os.getpid()
        pid = os.fork()
        if pid == 0:
            self.become(environment, account, theirs, supervisor)
        os.close(theirs)
        os.set_blocking(ours, False)
        self.pid, self.pipe = pid, ours

    def become(self, environment, account, output, supervisor):
        """In the new process: turns into the service, or ends with 127."""
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            if account is not None:
                account.become()
            # After the change of the user, which takes the wish back.
            if LIBC is not None:
                LIBC.prctl(PR_SET_PDEATHSIG, self.stop_signal)
                if os.getppid() != supervisor:
                    os._exit(127)
            nothing = os.open(os.devnull, os.O_RDONLY)
            for source, target in ((nothing, 0), (output, 1), (output, 2)):
                os.dup2(source, target)
            os.chdir(self.directory)
            os.execvpe(self.argv[0], self.argv, environment)
        except OSError as error:
            os.write(2, f"mlflow-setup: {self.argv[0]}: {error}\n".encode("utf-8", "replace"))
        finally:
            os._exit(127)

    def copy_output(self):
        """Takes what has been written so far; forgets the pipe at its end."""
        for _ in range(64):  # a service that never stops talking must not stop us
            try:
                chunk = os.read(self.pipe, 65536)
            except BlockingIOError:
                return
            except OSError:
                chunk = b""
            if not chunk:
                self.close_pipe()
                return
            self.log.write(chunk)

    def close_pipe(self):
        if self.pipe is not None:
            os.close(self.pipe)
            self.pipe = None

    def ended(self, how):
        now = time.time()
        good = now - self.since >= GOOD_RUN
        self.delay = FIRST_DELAY if good or self.restarts <= 0 else min(self.delay * 2, LONGEST_DELAY)
        self.last_exit = {**how, "at": now}
        self.pid, self.since = None, now
        self.next_start = time.monotonic() + self.delay


class Supervisor:
    def __init__(self, run, definitions):
        self.run_id = run
        self.services = [Service(one) for one in definitions]
        self.stopping = False
        self.wake_read, wake_write = os.pipe()
        for descriptor in (self.wake_read, wake_write):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.ask_to_stop)
        if LIBC is not None:
            LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)

    def ask_to_stop(self, *_):
        self.stopping = True

    def write_state(self, alive=True):
        state = {
            "schemaVersion": 1,
            "run": self.run_id,
            "pid": os.getpid() if alive else None,
            "services": {service.name: service.state() for service in self.services},
        }
        path = os.path.join(HERE, "supervisor.json")
        try:
            descriptor = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(state, file)
            os.replace(path + ".new", path)
        except OSError:
            pass  # a full disk must not end a service; the next change tries again

    def run(self):
        while not self.stopping:
            now = time.monotonic()
            due = [one for one in self.services if one.pid is None and one.next_start <= now]
            for service in due:
                service.start()
            if due:
                self.write_state()
            waiting = [one.next_start - time.monotonic() for one in self.services if one.pid is None]
            self.wait(max(min(waiting), 0) if waiting else None)
            self.reap()
        for service in reversed(self.services):
            self.stop(service)
        self.write_state(alive=False)

    def wait(self, seconds):
        pipes = {service.pipe: service for service in self.services if service.pipe is not None}
        ready, _, _ = select.select([self.wake_read, *pipes], [], [], seconds)
        for descriptor in ready:
            if descriptor == self.wake_read:
                os.read(self.wake_read, 4096)
            else:
                pipes[descriptor].copy_output()

    def reap(self):
        """Takes note of services that ended, and of whatever they left behind (we are its parent then)."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for service in self.services:
                if service.pid == pid:
                    self.note_end(service, os.waitstatus_to_exitcode(status))

    def note_end(self, service, code):
        group = service.pid
        if service.pipe is not None:
            service.copy_output()
        service.ended({"code": code if code >= 0 else None, "signal": signal_name(-code) if code < 0 else None})
        if not self.stopping:
            how = f"with code {code}" if code >= 0 else f"by {service.last_exit['signal']}"
            service.say(f"{service.name} ended {how}, starts again in {service.delay:g} s")
        # Workers that outlive their parent keep the port.
        end_group(group, service.stop_seconds if self.stopping else 5.0, ask=True)
        if service.pipe is not None:
            service.copy_output()
        service.close_pipe()
        self.write_state()

    def stop(self, service):
        service.next_start = None
        if service.pid is None:
            return
        service.next_start = 0.0
        group, limit = service.pid, time.monotonic() + service.stop_seconds
        try_kill(group, service.stop_signal)
        while service.pid is not None:
            left = limit - time.monotonic()
            if left <= 0:
                try_kill_group(group, signal.SIGKILL)
            self.wait(max(left, 0.05))
            self.reap()
        service.next_start = None
        service.say(f"{service.name} stopped")


def signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def try_kill(pid, number):
    try:
        os.kill(pid, number)
        return True
    except ProcessLookupError:
        return False


def try_kill_group(group, number):
    try:
        os.killpg(group, number)
        return True
    except (ProcessLookupError, PermissionError):  # macOS says EPERM for a group of zombies
        return False


def reap_group(group):
    try:
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def end_group(group, seconds, ask):
    """Ends what is left of a process group: SIGTERM, then SIGKILL when the time is up."""
    number, limit = (signal.SIGTERM if ask else signal.SIGKILL), time.monotonic() + seconds
    reap_group(group)
    while try_kill_group(group, number):
        number = 0 if time.monotonic() < limit else signal.SIGKILL
        time.sleep(0.02)
        reap_group(group)


def marked_processes():
    """Process ids of this user whose environment names this supervisor."""
    mark = f"{MARK}={os.path.abspath(__file__)}"
    if sys.platform.startswith("linux"):
        wanted, found = os.fsencode(mark), []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    if wanted in file.read().split(b"\0"):
                        found.append(int(name))
            except OSError:
                continue
        return [pid for pid in found if pid != os.getpid()]
    listing = subprocess.run(["ps", "-axEww", "-o", "pid=,command="], capture_output=True).stdout
    lines = [line.split(None, 1) for line in listing.splitlines()]
    wanted = b" " + os.fsencode(mark) + b" "
    return [int(pid) for pid, text in (line for line in lines if len(line) == 2) if wanted in text + b" "]


def sweep(seconds):
    """Ends the processes that a killed supervisor left behind. Only whoever holds the lock may do that."""
    number, limit = signal.SIGTERM, time.monotonic() + seconds
    asked = set()
    while True:
        left = marked_processes()
        if not left:
            return
        if time.monotonic() >= limit:
            number, asked = signal.SIGKILL, set()
        for pid in left:
            if pid not in asked:
                asked.add(pid)
                try_kill(pid, number)
        time.sleep(0.05)


def take_lock():
    """False when another supervisor lives. The lock ends with this process, however that ends; services do not inherit it."""
    descriptor = os.open(os.path.join(HERE, "supervisor.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise


def main(arguments):
    os.umask(0o077)
    if not take_lock():
        print("mlflow-setup: another supervisor of this stack is running", file=sys.stderr)
        return LOCKED
    with open(os.path.join(HERE, "services.json"), encoding="utf-8") as file:
        definitions = json.load(file)["services"]
    sweep(max([one["stopTimeoutMs"] / 1000 for one in definitions], default=5.0))
    if arguments[:1] == ["--run"]:
        Supervisor(arguments[1], definitions).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
