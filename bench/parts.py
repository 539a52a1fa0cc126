"""The parts of a bench: each measures one thing and gives its figures as a plain value."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import callbacks
import figures
import load
from api import Api, list_url
from postgres import Postgres
from waybill import BINARY, CREDENTIALS, Server, clean_environment

QUERY_BENCH = BINARY.parent / "query_bench"
APPEND_WAIT_BENCH = BINARY.parent / "append_wait_bench"

# Of the memory that is available, so much may be filled with a store's files.
WARMED_SHARE_OF_MEMORY = 0.8

SEED = 1
START = "2026-01-01"
# As in life, not all is in its last form when questions are asked: when the bulk has been imported and the store has
# settled, late events are imported, and no time is given to merge them; then live ones come in small commits, which
# half fill the tail.
LATE_EVENTS_MAX = 200_000
LIVE_EVENTS_MAX = 30_000
# What the engines and their logs take on the disk at most, one after the other, and the events' file.
DISK_BYTES_PER_EVENT = 8_000
STREAMED_DISK_BYTES_PER_EVENT = 400
# The server with its limits for clients out of the way, and old events shown whole as the other engines show them.
SERVER_FLAGS = ("--rate-limit", "0", "--redact-after", "never", "--log-level", "warning")
SETTLED_SECONDS = 5
# A quiet server seals and shrinks after half a minute; merging what was imported comes first.
QUIET_SECONDS = 40
SETTLE_SECONDS_MAX = 900
ROUNDS = 3
STARTS = 3
# What idles is given a moment to finish starting.
IDLE_SECONDS = 3
# The lists whose questions can be put into a URL: a place to go on from is no parameter of the API.
HTTP_LISTS = ("event type", "task", "worker", "queue", "reservation", "two common", "three selective",
              "matches nothing", "any filters", "window", "workspace only")
HTTP_QUESTIONS = 2000
# Callbacks are signed beforehand, for as long as a load goes on.
CALLBACKS_PER_SECOND_MAX = 60_000


@dataclass(frozen=True)
class Bench:
    """What is measured, and where things lie. Everything here can be deleted and is made again."""

    events: int
    folder: Path
    list_seconds: int
    load_seconds: int
    streamed: bool  # too many events for a file: they are generated again wherever they are read

    @property
    def late_events(self) -> int:
        """How many are imported after the bulk."""
        return min(LATE_EVENTS_MAX, self.events // 20)

    @property
    def live_events(self) -> int:
        """How many come last, in small commits."""
        return min(LIVE_EVENTS_MAX, self.events // 20)

    @property
    def bulk_events(self) -> int:
        """All the others."""
        return self.events - self.late_events - self.live_events

    @property
    def bulk(self) -> Path:
        """The file of the first events, unless they are streamed."""
        return self.folder / "events.bulk"

    @property
    def late(self) -> Path:
        """The file of those that are imported after them."""
        return self.folder / "events.late"

    @property
    def live(self) -> Path:
        """The file of the last ones."""
        return self.folder / "events.live"

    @property
    def questions(self) -> Path:
        """All lists."""
        return self.folder / "questions.tsv"

    @property
    def store(self) -> Path:
        """Waybill's data directory."""
        return self.folder / "waybill"

    def answers(self, engine: str) -> Path:
        """What an engine said."""
        return self.folder / f"answers.{engine}.tsv"

    def generate(self) -> list[str]:
        """The command that makes the events."""
        return [str(BINARY), "generate", "--events", str(self.events), "--seed", str(SEED), "--start", START]


def say(text: str) -> None:
    """Tells whoever waits what goes on."""
    print(f"== {time.strftime('%H:%M:%S')} {text}", flush=True)


def shell(command: str, folder: Path) -> None:
    """Runs a pipeline; any part of it that fails is an error."""
    subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=folder, check=True, env=waybill_environment())


def waybill_environment() -> dict[str, str]:
    """For the binary: the first account is one we know."""
    return clean_environment(CREDENTIALS)


def query_bench(*arguments: str | Path | int, out: Path) -> figures.Run:
    """Runs query_bench, and reads what it wrote to `out`."""
    with open(out, "wb") as file:
        subprocess.run([QUERY_BENCH, *map(str, arguments)], stdout=file, check=True)
    return figures.read_run(out)


# ---- the data


def make_data(bench: Bench) -> None:
    """Events and questions, unless they are there. What was cut short is made again: the questions come last."""
    if bench.questions.exists():
        return
    check_room(bench)
    say(f"generating {bench.events:,} events, and questions about them")
    files = "".join(f"{{ if (NR > {first}) file = \"{path.name}\" }} " for first, path in
                    ((0, bench.bulk), (bench.bulk_events, bench.late), (bench.events - bench.live_events, bench.live)))
    generate = " ".join(bench.generate())
    lists = f"'{QUERY_BENCH}' lists --events {bench.events} --out '{bench.questions}'"
    if bench.streamed:
        rest = f"NR > {bench.bulk_events} {{ print >file }}"
        shell(f"{generate} | awk '{files} {{ print }} {rest}' | {lists} -", bench.folder)
    else:
        shell(f"{generate} | awk '{files} {{ print >file }}'", bench.folder)
        shell(f"{lists} {bench.bulk.name} {bench.late.name} {bench.live.name}", bench.folder)


def check_room(bench: Bench) -> None:
    """That the disk holds what is to come."""
    needed = bench.events * (STREAMED_DISK_BYTES_PER_EVENT if bench.streamed else DISK_BYTES_PER_EVENT)
    free = shutil.disk_usage(bench.folder).free
    if free < needed:
        raise RuntimeError(f"{bench.folder} has {free / 1e9:.0f} GB of room; this takes up to {needed / 1e9:.0f} GB")


def sample_event(bench: Bench) -> str:
    """An event about a task of about 1.2 kB, as live ones come."""
    with open(bench.live, encoding="utf-8") as lines:
        return min((line for line in lines if '"task_sid":"' in line), key=lambda line: abs(len(line) - 1200))


def data_figures(bench: Bench) -> dict[str, Any]:
    """How many events of what length."""
    files = [bench.late, bench.live] if bench.streamed else [bench.bulk, bench.late, bench.live]
    counted = bench.late_events + bench.live_events if bench.streamed else bench.events
    size = sum(path.stat().st_size for path in files)
    return {"events": bench.events, "late_events": bench.late_events, "live_events": bench.live_events,
            "event_bytes": size / counted, "command": " ".join(["waybill", *bench.generate()[1:]])}


# ---- Waybill's store


def import_events(bench: Bench) -> dict[str, Any]:
    """Imports the bulk into a new data directory and lets it settle, which is measured; then the other events."""
    shutil.rmtree(bench.store, ignore_errors=True)
    command = f"'{BINARY}' import --data '{bench.store}'"
    start = time.monotonic()
    if bench.streamed:
        # head ends the generator early, which is no failure.
        shell(f"{{ {' '.join(bench.generate())} || true; }} 2>/dev/null | head -n {bench.bulk_events} | {command} -",
              bench.folder)
    else:
        shell(f"{command} '{bench.bulk}'", bench.folder)
    seconds = time.monotonic() - start
    settle(bench.store)
    disk = folder_bytes(bench.store)
    shell(f"{command} '{bench.late}'", bench.folder)
    query_bench("load", "--place", bench.store, "--batch", 64, bench.live, out=bench.folder / "load.waybill.tsv")
    result = {"seconds": seconds, "events": bench.bulk_events, "disk_bytes": disk}
    imported_mark(bench).write_text(json.dumps(result), encoding="utf-8")
    return result


def imported_mark(bench: Bench) -> Path:
    """The file that tells that the store is whole, with the figures of its import."""
    return bench.folder / "imported.json"


def ensure_store(bench: Bench) -> dict[str, Any]:
    """The figures of the import, which is done now if there is none."""
    if not imported_mark(bench).exists() or not bench.store.exists():
        say("waybill import")
        return import_events(bench)
    return json.loads(imported_mark(bench).read_text(encoding="utf-8"))


def settle(store: Path) -> None:
    """Serves the data directory until what the server does in the background no longer changes its size.

    The database's log does not count: it has a few pages by then, and the sign of life is written there for ever.
    """
    with Server(store, *SERVER_FLAGS):
        begin = time.monotonic()
        size, since = 0, begin
        while time.monotonic() < min(begin + SETTLE_SECONDS_MAX, max(begin + QUIET_SECONDS, since + SETTLED_SECONDS)):
            now = folder_bytes(store) - file_bytes(store / "waybill.db-wal")
            if now != size:
                size, since = now, time.monotonic()
            time.sleep(0.5)


def file_bytes(path: Path) -> int:
    """What a file takes on the disk, if it is there."""
    try:
        return path.stat().st_blocks * 512
    except FileNotFoundError:
        return 0


def folder_bytes(folder: Path) -> int:
    """As du counts."""
    result = subprocess.run(["du", "-s", "--block-size=1", str(folder)], capture_output=True, text=True, check=True)
    return int(result.stdout.split()[0])


# ---- lists of questions


def ask(bench: Bench, engine: str, place: str) -> dict[str, Any]:
    """Asks an engine all lists. Every answer is compared with Waybill's."""
    say(f"{engine}: asking, up to {bench.list_seconds} s a list")
    run = query_bench("ask", "--engine", engine, "--place", place, "--questions", bench.questions, "--seconds",
                      bench.list_seconds, "--walk", out=bench.answers(engine))
    result: dict[str, Any] = {"lists": figures.list_figures(run), "memory_kb": run.facts["memory"],
                              "open_ms": run.facts["open"] / 1e6,
                              "walk": {page: figures.summary(times) for page, times in run.pages.items()}}
    if engine != "waybill":
        reference = figures.read_run(bench.answers("waybill"))
        result["against_waybill"] = figures.compare(reference, run, figures.read_questions(bench.questions))
    return result


def measure_waybill(bench: Bench) -> dict[str, Any]:
    """Import, and all lists in process."""
    imported_mark(bench).unlink(missing_ok=True)
    return measure_lists(bench)


def measure_lists(bench: Bench) -> dict[str, Any]:
    """The same with the store that is there, if there is one."""
    imported = ensure_store(bench)
    warm(bench.store)
    return {"import": imported, **ask(bench, "waybill", str(bench.store))}


def warm(store: Path) -> None:
    """Reads the store's files once, if memory can hold them all."""
    memory = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines())
    if folder_bytes(store) > WARMED_SHARE_OF_MEMORY * 1024 * int(memory["MemAvailable"].split()[0]):
        return
    subprocess.run(["cat", *sorted(path for path in store.rglob("*") if path.is_file())], stdout=subprocess.DEVNULL,
                   check=True)


def compare_again(bench: Bench, results: dict[str, Any]) -> None:
    """Holds what other engines have answered against Waybill's newest answers."""
    for engine in ("sqlite", "postgres", "postgres_partitioned"):
        if engine in results and bench.answers(engine).exists():
            results[engine]["against_waybill"] = figures.compare(
                figures.read_run(bench.answers("waybill")), figures.read_run(bench.answers(engine)),
                figures.read_questions(bench.questions))


def load_other(bench: Bench, engine: str, place: str) -> dict[str, Any]:
    """Loads an engine with all events."""
    say(f"{engine}: loading")
    run = query_bench("load", "--engine", engine, "--place", place, bench.bulk, bench.late, bench.live,
                      out=bench.folder / f"load.{engine}.tsv")
    return {"seconds": run.facts["load"] / 1e9, "finish_seconds": run.facts["finish"] / 1e9, "events": bench.events}


def measure_postgres(bench: Bench, engine: str) -> dict[str, Any]:
    """Load and lists of one form, in a cluster of its own."""
    with Postgres(bench.folder / engine) as server:
        loaded = load_other(bench, engine, server.connection)
        loaded["disk_bytes"] = server.disk_bytes()
        return {"import": loaded, **ask(bench, engine, server.connection)}


def measure_sqlite(bench: Bench) -> dict[str, Any]:
    """Load and lists; the file is deleted afterwards."""
    folder = bench.folder / "sqlite"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        loaded = load_other(bench, "sqlite", str(folder / "events.db"))
        loaded["disk_bytes"] = folder_bytes(folder)
        return {"import": loaded, **ask(bench, "sqlite", str(folder / "events.db"))}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure_cold(bench: Bench) -> dict[str, Any]:
    """Single pages with nothing of their records in memory, and with nothing at all."""
    ensure_store(bench)
    say("single cold pages")
    result = {}
    for name, flags in {"records": [], "everything": ["--everything"]}.items():
        run = query_bench("cold", "--place", bench.store, "--questions", bench.questions, *flags,
                          out=bench.folder / f"cold.{name}.tsv")
        if run.cold:
            result[name] = figures.summary(run.cold)
    return result


# ---- over HTTP


def workspace_of(bench: Bench) -> str:
    """The workspace that the questions are about."""
    return str(json.loads(sample_event(bench))["workspace_sid"])


@contextmanager
def serving(bench: Bench) -> Iterator[Server]:
    """A server over the loaded store."""
    ensure_store(bench)
    with Server(bench.store, *SERVER_FLAGS) as server:
        yield server


def measure_posts(bench: Bench) -> dict[str, Any]:
    """Single events, each on the disk before it is answered."""
    script = bench.folder / "post.lua"
    with serving(bench) as server:
        say("single durable POSTs")
        loads = []
        for _ in range(ROUNDS):
            size = load.write_post_script(script, sample_event(bench))
            loads.append(load.run_wrk(server.url, script, bench.load_seconds))
    return {**median_load(loads), "event_bytes": size}


def measure_callbacks(bench: Bench) -> dict[str, Any]:
    """Signed callbacks beside POSTs of the same events. Turn by turn, so that whatever else the machine does falls on
    both."""
    writers = {"callbacks": callbacks.write_callback_script, "posts": callbacks.write_json_script}
    count = bench.load_seconds * CALLBACKS_PER_SECOND_MAX
    loads: dict[str, list[load.Load]] = {name: [] for name in writers}
    sizes = {}
    with serving(bench) as server:
        say("signed callbacks, beside POSTs")
        for _ in range(ROUNDS):
            for name, write in writers.items():
                script = bench.folder / f"{name}.lua"
                sizes[name] = write(script, sample_event(bench), count)
                loads[name].append(load.run_wrk(server.url, script, bench.load_seconds))
                if loads[name][-1].requests > count:
                    raise RuntimeError("so many requests were made that some were made twice")
    return {name: {**median_load(each), "body_bytes": sizes[name]} for name, each in loads.items()}


def median_load(loads: list[load.Load]) -> dict[str, Any]:
    """The run with the median rate, and the worst moment of all."""
    middle = sorted(loads, key=lambda each: each.rate)[len(loads) // 2]
    return {"rate": middle.rate, "p50": middle.p50_ms, "p99": middle.p99_ms, "max": max(each.max_ms for each in loads),
            "failures": sum(each.failures for each in loads), "rates": [each.rate for each in loads]}


def measure_pages(bench: Bench) -> dict[str, Any]:
    """One page of 50 again and again, plain and gzipped, and nginx sending the same bytes. Turn by turn, so that
    whatever else the machine does falls on both."""
    target = list_url(workspace_of(bench), EventType="reservation.created", PageSize=50)
    forms = {"plain": {}, "gzip": {"Accept-Encoding": "gzip"}}
    with serving(bench) as server, Api(server.url) as api:
        page = api.request("GET", target)
        with load.Nginx(bench.folder / "nginx", page.body) as nginx, Api(nginx.url) as file:
            check_pages(api, target, file, page.body)
            say("a hot page of 50, beside nginx")
            loads: dict[str, list[load.Load]] = {}
            for _ in range(ROUNDS):
                for form, headers in forms.items():
                    for name, url, path in (("waybill", server.url, target), ("nginx", nginx.url, "/page.json")):
                        script = bench.folder / f"page.{name}.{form}.lua"
                        load.write_get_script(script, [path], {"Authorization": load.AUTHORIZATION, **headers})
                        loads.setdefault(f"{name} {form}", []).append(load.run_wrk(url, script, bench.load_seconds))
    return {"page_bytes": len(page.body), **{name: median_load(each) for name, each in loads.items()}}


def check_pages(api: Api, target: str, file: Api, page: bytes) -> None:
    """That both servers send what is compared: the same bytes, compressed where that is asked for."""
    if file.request("GET", "/page.json").body != page or len(json.loads(page)["events"]) != 50:
        raise RuntimeError("nginx does not serve the page of 50 that Waybill does")
    for name, answer in (("waybill", api.request("GET", target, headers={"Accept-Encoding": "gzip"})),
                         ("nginx", file.request("GET", "/page.json", headers={"Accept-Encoding": "gzip"}))):
        if answer.headers["Content-Encoding"] != "gzip":
            raise RuntimeError(f"{name} does not compress the page")


def measure_http_lists(bench: Bench) -> dict[str, Any]:
    """The lists again, over HTTP and from many clients at once; and what memory the server then has."""
    idle = idle_memory(bench)
    questions = figures.read_questions(bench.questions)
    workspace = workspace_of(bench)
    result: dict[str, Any] = {"idle_kb": idle, "lists": {}}
    with serving(bench) as server:
        time.sleep(IDLE_SECONDS)
        result["loaded_idle_kb"] = anonymous_kb(server.pid)
        for name in HTTP_LISTS:
            say(f"over HTTP: {name}")
            script = bench.folder / "list.lua"
            targets = [question_url(workspace, line) for line in questions[name][:HTTP_QUESTIONS]]
            load.write_get_script(script, targets, {"Authorization": load.AUTHORIZATION})
            result["lists"][name] = median_load([load.run_wrk(server.url, script, bench.load_seconds)])
        result["loaded_kb"] = anonymous_kb(server.pid)
    return result


def question_url(workspace: str, line: str) -> str:
    """A question as a client asks it."""
    _, direction, begin, end, _, sid, *terms = line.split("\t")
    parameters = dict(term.split("=", 1) for term in terms)
    parameters["Ordering"] = "EventDate:" + direction
    parameters["StartDate"] = START if begin == "-" else iso_time(int(begin))
    if end != "-":
        parameters["EndDate"] = iso_time(int(end))
    if sid != "-":
        parameters["Sid"] = sid
    return f"/v1/Workspaces/{workspace}/Events?{urlencode(parameters)}"


def iso_time(milliseconds: int) -> str:
    """As the API reads it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000)) + f".{milliseconds % 1000:03d}Z"


def idle_memory(bench: Bench) -> int:
    """Of a server that has nothing to serve."""
    empty = bench.folder / "empty"
    shutil.rmtree(empty, ignore_errors=True)
    with Server(empty, *SERVER_FLAGS) as server:
        time.sleep(IDLE_SECONDS)
        kilobytes = anonymous_kb(server.pid)
    shutil.rmtree(empty)
    return kilobytes


def anonymous_kb(pid: int) -> int:
    """Memory of a process that is no part of a file."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    raise LookupError(f"no RssAnon for process {pid}")


def measure_ready(bench: Bench) -> dict[str, Any]:
    """How long a server takes until it is ready, after it was killed while events were being written."""
    ensure_store(bench)
    say("ready after kill -9")
    seconds = []
    server = Server(bench.store, *SERVER_FLAGS)
    for _ in range(STARTS):
        script = bench.folder / "post.lua"
        load.write_post_script(script, sample_event(bench))
        command = load.wrk_command(server.url, script, bench.load_seconds)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as wrk:
            time.sleep(bench.load_seconds / 2)
            server.kill()
            wrk.kill()
        start = time.monotonic()
        server = Server(bench.store, *SERVER_FLAGS)
        with Api(server.url) as api:
            if api.request("GET", "/readyz").status != 200:
                raise RuntimeError("the server is up and not ready")
        seconds.append(time.monotonic() - start)
    server.stop()
    return {"seconds": seconds, "median": figures.percentile(seconds, 50), "max": max(seconds)}


def measure_append_waits(bench: Bench) -> dict[str, Any]:
    """How long an append waits for everything else a store does, in ten minutes of all of it at once."""
    folder = bench.folder / "append_wait"
    shutil.rmtree(folder, ignore_errors=True)
    minutes = 10 if bench.load_seconds >= 10 else 0.5
    out = subprocess.run([APPEND_WAIT_BENCH, folder, "--minutes", str(minutes)], check=True, capture_output=True,
                         text=True).stdout
    shutil.rmtree(folder)
    rows = [line.split("\t") for line in out.splitlines()]
    waits = sorted(int(row[2]) for row in rows if row[0] == "second")
    longest = next(int(row[1]) for row in rows if row[0] == "longest")
    say(f"the longest wait of an append: {longest / 1000:.1f} ms; in the median second "
        f"{figures.percentile(waits, 50) / 1000:.2f} ms")
    return {"minutes": minutes, "longest_us": longest, "seconds_us": waits}


# In the order they run: what asks about the store as it was imported stands before what writes to it.
PARTS: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "data": data_figures,
    "waybill": measure_waybill,
    "lists": measure_lists,
    "cold": measure_cold,
    "sqlite": measure_sqlite,
    "postgres": lambda bench: measure_postgres(bench, "postgres"),
    "postgres_partitioned": lambda bench: measure_postgres(bench, "postgres_partitioned"),
    "page": measure_pages,
    "http": measure_http_lists,
    "ready": measure_ready,
    "post": measure_posts,
    "callbacks": measure_callbacks,
    "append_wait": measure_append_waits,
}

# These measure again, with the store that is there, what another part has measured; only who asks for them gets them.
AGAIN = {"lists": "waybill"}

# What a run with very many events is about.
BIG_PARTS = ("data", "waybill", "cold", "http", "ready")
