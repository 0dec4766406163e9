"""The direction of includes and the doors of foreign libraries (docs/architecture.md). A wrong include fails the build.

common <- ipc <- supervisor, worker;  common <- cli;  supervisor, worker and cli never include one another; the guardian has
libc and its own folder only. Each foreign library is included in one place, its door. Tests play every side: they may include
anything, ours still written from the root.
"""

import re
import sys
from pathlib import Path, PurePosixPath
from typing import Iterable

from command import run
from sources import sources

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
ROOMS = ("common", "ipc", "supervisor", "worker", "cli", "crds", "tests")
GUARDIAN = "supervisor/guardian"

# A room, and the rooms that it may include.
MAY_INCLUDE = {
    "common": ("common",),
    "ipc": ("ipc", "common"),
    "supervisor": ("supervisor", "ipc", "common"),
    "worker": ("worker", "ipc", "common"),
    "cli": ("cli", "common"),
}

# A header as it is written between the brackets, and the files that are its door.
DOORS = (
    (r"json-c/.*|json\.h", ("common/json/",)),
    (r"yaml\.h", ("common/yaml/",)),
    (r"curl/.*|microhttpd\.h", ("common/http/",)),
    (r"pcre2.*\.h", ("common/regex/",)),
    (r"uv\.h|uv/.*", ("common/loop/",)),
    (r"zmq.*\.h", ("ipc/channel.c",)),
    (r"(librdkafka/)?rdkafka.*\.h", ("worker/kafka/",)),
    (r"openssl/.*", ("common/base/",)),
    (r"systemd/.*", ("supervisor/guardian/", "common/base/")),
)

def is_libc(header: str) -> bool:
    """What the guardian may include: the C library's and the kernel's headers."""
    return not any(re.fullmatch(pattern, header) for pattern, _ in DOORS) and not re.match(r"uthash|utlist|cmocka", header)


def ours_problem(path: PurePosixPath, header: str) -> "str | None":
    room, other = path.parts[0], header.split("/", 1)[0]
    if other not in ROOMS:
        return f'"{header}" is not written from the root of the project'
    if room not in MAY_INCLUDE:
        return None
    if str(path).startswith(GUARDIAN + "/") and not header.startswith(GUARDIAN + "/"):
        return f'the guardian may not include "{header}"'
    if other not in MAY_INCLUDE[room]:
        return f'{room}/ may not include "{header}"'
    return None


def foreign_problem(path: PurePosixPath, header: str) -> "str | None":
    name = str(path)
    if path.parts[0] == "tests":
        return None
    if name.startswith(GUARDIAN + "/") and not is_libc(header):
        return f"the guardian may not include <{header}>"
    for pattern, door in DOORS:
        if re.fullmatch(pattern, header) and not name.startswith(door):
            return f"<{header}> belongs behind its door: {', '.join(door)}"
    return None


def wrong(path: PurePosixPath, text: str) -> Iterable[str]:
    for match in INCLUDE.finditer(text):
        bracket, header = match.groups()
        problem = ours_problem(path, header) if bracket == '"' else foreign_problem(path, header)
        if problem:
            line = text.count("\n", 0, match.start(1)) + 1
            yield f"{path}:{line}: {problem}"


WRONG = (
    ("common/base/buf.c", '#include "ipc/frame.h"'),
    ("common/base/buf.c", '#include "supervisor/plan.h"'),
    ("ipc/frame.c", '#include "worker/route/route.h"'),
    ("ipc/frame.c", "# include <zmq.h>"),
    ("supervisor/main.c", '#include "worker/runtime/pump.h"'),
    ("supervisor/main.c", '#include "cli/progress.h"'),
    ("supervisor/main.c", "#include <librdkafka/rdkafka.h>"),
    ("supervisor/guardian/spawn.c", '#include "common/base/fd.h"'),
    ("supervisor/guardian/spawn.c", "#include <uv.h>"),
    ("supervisor/guardian/spawn.c", "#include <uthash.h>"),
    ("worker/kafka/sink.c", '#include "supervisor/split/split.h"'),
    ("worker/runtime/pump.c", "#include <librdkafka/rdkafka.h>"),
    ("cli/status.c", '#include "ipc/channel.h"'),
    ("cli/status.c", "#include <curl/curl.h>"),
    ("common/loop/loop.c", "\t#\tinclude <json-c/json.h>"),
    ("common/json/json.c", "#include <yaml.h>"),
    ("common/http/client.c", "#include <pcre2.h>"),
    ("worker/route/index.c", "#include <openssl/sha.h>"),
    ("worker/route/index.c", '#include "index.h"'),
    ("tests/unit/json/test_json.c", '#include "test_help.h"'),
)
RIGHT = (
    ("common/json/json.c", "#include <json-c/json.h>"),
    ("ipc/channel.c", "#include <zmq.h>"),
    ("ipc/codec.c", '#include "common/base/buf.h"'),
    ("supervisor/main.c", '#include "ipc/contract.h"'),
    ("supervisor/guardian/spawn.c", "#include <sys/prctl.h>"),
    ("supervisor/guardian/spawn.c", '#include "supervisor/guardian/table.h"'),
    ("worker/kafka/sink.c", "#include <librdkafka/rdkafka.h>"),
    ("worker/route/index.c", "#include <uthash.h>"),
    ("tests/component/kafka/test_pump.c", '#include "supervisor/split/split.h"\n#include <librdkafka/rdkafka_mock.h>'),
)


def self_test() -> int:
    """Every wrong include must be refused and every right one accepted, else the lint itself is broken."""
    missed = [f"not refused: {path}: {text}" for path, text in WRONG if not list(wrong(PurePosixPath(path), text))]
    missed += [f"refused: {path}: {text}" for path, text in RIGHT if list(wrong(PurePosixPath(path), text))]
    print("\n".join([*missed, f"self-test: {len(WRONG) + len(RIGHT)} includes judged, {len(missed)} wrongly"]))
    return 1 if missed else 0


def problems(root: Path) -> Iterable[str]:
    for path in map(PurePosixPath, sources(root, (".c", ".h", ".def"))):
        yield from wrong(path, (root / path).read_text())


if __name__ == "__main__":
    sys.exit(run(__doc__, self_test, problems))
