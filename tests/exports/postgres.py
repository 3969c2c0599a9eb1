"""A PostgreSQL server of its own for a test: made in a temporary directory, reached through a socket there."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

__all__ = ["server", "tools"]


def tools():
    """Return the directory of a server's programs, or None; as root, a user of the server is needed too."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    found = found or [Path(path) for path in [shutil.which("postgres")] if path]
    if not found or (os.geteuid() == 0 and _account() is None):
        return None
    return found[-1].parent


def _account():
    """Return an account that may run the server, which root may not."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres")
    return None


@contextlib.contextmanager
def server(place):
    """Start a server; give a function that runs SQL from a text, with files it reads and writes in `place`."""
    programs, account = tools(), _account() if os.geteuid() == 0 else None
    as_user = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    if account is not None:
        for path in (place, *place.parents):
            if path == Path(tempfile.gettempdir()):
                break
            path.chmod(0o755)
        shutil.chown(place, account.pw_uid, account.pw_gid)
    common = {"cwd": place, "check": True, "capture_output": True, "text": True, **as_user}
    data = place / "data"
    subprocess.run([programs / "initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--no-locale", "-N"], **common)
    options = f"-k {place} -c listen_addresses='' -c fsync=off"
    subprocess.run([programs / "pg_ctl", "-D", data, "-w", "-l", place / "log", "-o", options, "start"], **common)
    user = account.pw_name if account else pwd.getpwuid(os.geteuid()).pw_name

    def run(sql):
        command = [programs / "psql", "-h", place, "-U", user, "-d", "postgres", "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        return subprocess.run([*command, "-f", "-"], **{**common, "check": False}, input=sql)

    try:
        yield run
    finally:
        subprocess.run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **common)
