"""The logs that are scanned, made by benches/corpus where they are not there, and the truth of what is in them."""

import subprocess
from collections import Counter
from pathlib import Path

import build

GENERATOR = build.ROOT / "benches/corpus/Cargo.toml"
MIXES = ["60/30/10", "90/5/5", "10/80/10"]
DENSITIES = ["clean", "sparse", "dense"]
# What the truth calls a value that stands in the log as it is.
RAW = "raw"


def add_options(parser):
    group = parser.add_argument_group("logs that are made where no FILE is named")
    group.add_argument("--corpora", type=Path, default=build.TARGET / "corpora", help="their folder")
    group.add_argument("--size", default="1000000000", help="of each, as benches/corpus reads it (1 GB)")
    group.add_argument("--seed", type=int, default=1, help="of the first; each further one has the next")
    group.add_argument("--mix", action="append", choices=MIXES, help="these alone")
    group.add_argument("--density", action="append", choices=DENSITIES, help="these alone")


def make(options):
    """The files, made anew only where they were made otherwise."""
    options.corpora.mkdir(parents=True, exist_ok=True)
    files, seed = [], options.seed
    for mix in MIXES:
        for density in DENSITIES:
            if mix in (options.mix or MIXES) and density in (options.density or DENSITIES):
                files.append(make_one(options, mix, density, seed))
            seed += 1
    return files


def make_one(options, mix, density, seed):
    file = options.corpora / f"{density}-{mix.replace('/', '-')}.log"
    asked = ["--mix", mix, "--density", density, "--size", options.size, "--seed", str(seed)]
    made = file.with_suffix(".made")
    if not (made.exists() and file.exists() and made.read_text() == " ".join(asked)):
        made.unlink(missing_ok=True)
        run = ["cargo", "run", "--release", "--manifest-path", GENERATOR, "--target-dir", build.TARGET / "corpus", "--"]
        build.do([*run, *asked, "--out", file, "--truth", file.with_suffix(".tsv")])
        made.write_text(" ".join(asked))
    return file


def truth(file):
    """How the log was made and what is planted in it, in a sentence."""
    made, path = file.with_suffix(".made"), file.with_suffix(".tsv")
    origin = f"Made with `{made.read_text()}`. " if made.exists() else ""
    if not path.exists():
        return f"{origin}No truth beside it"
    planted, raw = Counter(), Counter()
    with open(path, encoding="utf-8") as rows:
        for row in rows:
            _, kind, encoding, _ = row.rstrip("\n").split("\t", 3)
            planted[kind] += 1
            raw[kind] += encoding == RAW
    theirs = [kind for kind in planted if kind in looked_for()]
    return (
        f"{origin}Planted: {planted.total():,} values, of which {sum(planted[kind] for kind in theirs):,} of the kinds that "
        f"the peers look for ({sum(raw[kind] for kind in theirs):,} of these not encoded, in any way of writing)"
    )


def looked_for():
    """The kinds that stand before the patterns."""
    lines = (build.HERE / "patterns.txt").read_text().splitlines()
    return {kind for line in lines if line and not line.startswith("#") for kind in line.split(" ")[0].split(",")}
