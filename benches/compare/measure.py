"""One command, run once on chosen CPUs: what it took, what it printed; and the machine that it ran on."""

import json
import os
import platform
import re
import signal
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

# A peer that needs longer for one file is shown as failed. The slowest known needs half a minute for 1 GB.
SECONDS_MAX = 900


@dataclass
class Run:
    """One run. `why` says why it failed, and is empty if it did not."""

    wall: float = 0.0
    cpu: float = 0.0
    rss_kib: int = 0
    disk_bytes: int = 0
    printed: str = ""
    why: str = ""


@dataclass
class Series:
    """All runs of one command on one file."""

    runs: list = field(default_factory=list)

    @property
    def why(self):
        return next((run.why for run in self.runs if run.why), "")

    @property
    def usable(self):
        return bool(self.runs) and not self.why

    def median(self, what):
        return statistics.median(getattr(run, what) for run in self.runs)

    def against(self, other, what):
        """How many times as fast as `other`: the median over the rounds, each of which ran both within moments."""
        pairs = zip(self.runs, other.runs)
        return statistics.median(getattr(them, what) / max(getattr(self_, what), 1e-9) for self_, them in pairs)

    @property
    def rss_mib(self):
        return max(run.rss_kib for run in self.runs) / 1024


def run(launch, command, cpus, env=None, ok=(0,), to_null=False, seconds=SECONDS_MAX):
    """Runs `command` on `cpus` by way of `launch`, which measures it. Its output is kept, or goes to /dev/null."""
    reports, report = os.pipe()
    try:
        process = subprocess.Popen(
            [launch, ",".join(map(str, cpus)), str(report), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if to_null else subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
            pass_fds=[report],
            start_new_session=True,
        )
        os.close(report)
        report = None
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return Run(why=f"not done after {seconds} s")
        with os.fdopen(reports, closefd=False) as said:
            text = said.read()
    finally:
        os.close(reports)
        if report is not None:
            os.close(report)
    if not text:
        return Run(why=f"could not be started: {last_line(err)}")
    used = json.loads(text)
    why = ""
    if used["signal"]:
        why = f"ended by {signal.Signals(used['signal']).name}: {last_line(err)}"
    elif used["exit"] not in ok:
        why = f"exit code {used['exit']}: {last_line(err)}"
    return Run(
        wall=used["wall"],
        cpu=used["user"] + used["system"],
        rss_kib=used["rss_kib"],
        disk_bytes=512 * used["disk_blocks"],
        printed=(out or b"").decode(errors="replace"),
        why=why,
    )


def last_line(err):
    lines = (err or b"").decode(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "no message"


def warm(path):
    """Reads the file, so that it is in the page cache."""
    with open(path, "rb", buffering=0) as file:
        buffer = bytearray(1 << 20)
        while file.readinto(buffer):
            pass


def steal():
    """Share of the machine's time that its host gave to others, as two counts: stolen, all."""
    counts = [int(text) for text in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return counts[7], sum(counts)


class Watch:
    """What else went on while something was measured: the load, and what the host took."""

    def __init__(self):
        self.load = os.getloadavg()[0]
        self.stolen, self.all = steal()

    def said(self):
        stolen, everything = steal()
        share = 100 * (stolen - self.stolen) / max(everything - self.all, 1)
        return f"load {self.load:.1f} before, {os.getloadavg()[0]:.1f} after; {share:.1f} % of CPU time taken by the host"


def machine():
    """The machine in one line."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    flags = re.search(r"flags\s*: (.*)", Path("/proc/cpuinfo").read_text())
    flags = flags.group(1).split() if flags else []
    simd = [name for name in ("sse4_2", "avx2", "avx512bw", "avx512vbmi") if name in flags]
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text()).group(1)) >> 20
    return (
        f"{cpu.group(1) if cpu else platform.machine()} ({', '.join(simd)}), {os.cpu_count()} CPUs, {memory} GiB, "
        f"Linux {platform.release()}"
    )


def now():
    return time.strftime("%Y-%m-%d %H:%M %Z")
