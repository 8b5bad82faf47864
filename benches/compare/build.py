"""Builds what is compared: breachd itself, the peers in Rust, ripgrep from crates.io, and the Debian packages, which are
unpacked and not installed (Hyperscan's and Vectorscan's exclude each other)."""

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = HERE / "target"
BIN = TARGET / "bin"
DEBIAN = TARGET / "debian"
LISTED = TARGET / "listed.toml"
RIPGREP = "15.2.0"

# Folder below DEBIAN, and the packages unpacked into it.
PACKAGES = {
    "hyperscan": ["libhyperscan-dev", "libhyperscan5"],
    "vectorscan": ["libvectorscan-dev", "libvectorscan5"],
    "ugrep": ["ugrep"],
}
# Those who follow logs: syslog-ng would put rsyslog out of the system, and fail2ban would bring a service.
FOLLOWERS = {
    "syslog-ng": ["syslog-ng-core", "libivykis0", "libnet1", "libpcre3"],
    "fail2ban": ["fail2ban"],
    "logtail": ["logtail"],
}
LIBRARIES = "usr/lib/x86_64-linux-gnu"


def do(command, **options):
    print("+", " ".join(map(str, command)), flush=True)
    subprocess.run(list(map(str, command)), check=True, **options)


def everything(breachd=None):
    """Builds all of it, and gives the reason for what could not be built: that row is then shown as failed."""
    BIN.mkdir(parents=True, exist_ok=True)
    failures = {}

    def attempt(name, step):
        try:
            step()
        except (OSError, subprocess.CalledProcessError) as error:
            failures[name] = str(error)
            print(f"{name} could not be built: {error}", flush=True)

    compile_c(HERE / "launch.c", BIN / "launch", [])
    attempt("peers", peers)
    attempt("ripgrep", ripgrep)
    for folder, names in PACKAGES.items():
        attempt(folder, lambda: unpack(folder, names))
    for folder in ("hyperscan", "vectorscan"):
        attempt(folder, lambda: hyperscan(folder))
    attempt("breachd-kernels", kernels)
    patterns_alone()
    inventory()
    return breachd or program(), failures


def launcher():
    """The program that measures, alone."""
    BIN.mkdir(parents=True, exist_ok=True)
    compile_c(HERE / "launch.c", BIN / "launch", [])
    return BIN / "launch"


def program():
    """The release build of breachd."""
    do(["cargo", "build", "--release", "--manifest-path", ROOT / "Cargo.toml"])
    folder = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return (ROOT / folder / "release/breachd").resolve()


def kernels():
    """The same program, whose kernel the environment may choose: a test build."""
    target = TARGET / "kernels"
    do(["cargo", "build", "--release", "--features", "faults", "--manifest-path", ROOT / "Cargo.toml", "--target-dir", target])
    link(target / "release/breachd", BIN / "breachd-kernels")


def peers():
    target = TARGET / "rust"
    do(["cargo", "build", "--release", "--locked", "--manifest-path", HERE / "Cargo.toml", "--target-dir", target])
    for name in ("floor", "alternation", "regexset", "automata", "sds"):
        link(target / "release" / name, BIN / name)
    do([BIN / "automata", "--make", TARGET / "dense.table"])


def ripgrep():
    root = TARGET / "ripgrep"
    if not (root / "bin/rg").exists():
        do(["cargo", "install", "ripgrep", "--version", RIPGREP, "--locked", "--root", root])
    link(root / "bin/rg", BIN / "rg")


def unpack(folder, names):
    target = DEBIAN / folder
    if target.exists():
        return
    shutil.rmtree(DEBIAN / "part", ignore_errors=True)
    downloads = DEBIAN / "packages"
    downloads.mkdir(parents=True, exist_ok=True)
    do(["apt-get", "download", *names], cwd=downloads)
    for name in names:
        (package,) = downloads.glob(f"{name}_*.deb")
        do(["dpkg", "-x", package, DEBIAN / "part"])
    # Only what is whole gets the name that is looked for.
    (DEBIAN / "part").rename(target)


def hyperscan(folder):
    library = DEBIAN / folder / LIBRARIES
    include = DEBIAN / folder / "usr/include/hs"
    compile_c(HERE / "hs.c", BIN / f"hs-{folder}", [f"-I{include}", f"-L{library}", "-lhs", f"-Wl,-rpath,{library}"])


def compile_c(source, target, options):
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        do(["cc", "-O2", "-Wall", "-Wextra", source, "-o", target, *options])


def link(source, target):
    target.unlink(missing_ok=True)
    target.symlink_to(source)


def patterns_alone():
    """The expressions without their kinds, for the tools that read them from a file."""
    lines = (HERE / "patterns.txt").read_text().splitlines()
    kept = [line.split(" ", 1)[1] for line in lines if line and not line.startswith("#")]
    (TARGET / "patterns").write_text("\n".join(kept) + "\n")


def inventory():
    """A configuration that lists 5,000 files, in folders of twenty units without a root in common."""
    kinds = ["名冊.xlsx", "roster.csv", "健檢.pdf", "applicants.ods", "payroll-2026.xlsx"]
    rows = (f"/unit{nth % 20:02}/{nth // 20:04}/{kinds[nth % 5]},set {nth // 5},100,identification\n" for nth in range(5000))
    (TARGET / "inventory.csv").write_text("path,data_set,records,natures\n" + "".join(rows))
    LISTED.write_text(f'[inventory]\nfiles = ["{TARGET}/inventory.csv"]\n')


def places(breachd):
    """What stands for what in commands.toml, but for the file."""
    return {
        "bin": str(BIN),
        "debian": str(DEBIAN),
        "patterns": str(TARGET / "patterns"),
        "table": str(TARGET / "dense.table"),
        "described": str(HERE / "patterns.txt"),
        "breachd": str(breachd),
        "listed": str(LISTED),
    }


def versions(breachd):
    """What is compared, by name and version."""
    lock = tomllib.loads((HERE / "Cargo.lock").read_text())
    crates = {package["name"]: package["version"] for package in lock["package"]}
    said = [f"{first_line([breachd, '--version'])} (commit {first_line(['git', '-C', ROOT, 'rev-parse', '--short', 'HEAD'])})"]
    said += [f"{name} {crates[name]}" for name in ("regex", "regex-automata", "dd-sensitive-data-scanner")]
    said += [first_line([BIN / "rg", "--version"]), first_line(["grep", "--version"]), first_line(["wc", "--version"])]
    said += [first_line([DEBIAN / "ugrep/usr/bin/ugrep", "--version"])]
    said += [f"{name} {first_line([BIN / f'hs-{name.lower()}', '--version'])}" for name in ("Hyperscan", "Vectorscan")]
    packages = sorted(path.name for path in (DEBIAN / "packages").glob("*.deb"))
    said += [first_line(["rustc", "--version"]), f"Debian packages {', '.join(packages)}"]
    return said


def first_line(command):
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    except OSError as error:
        return f"none ({error.strerror})"
    return (done.stdout.splitlines() or ["none"])[0]
