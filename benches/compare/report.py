"""The tables."""

import json

# What is asked of breachd, as times the speed of another.
WC_LEAST = {"clean": 0.27, "sparse": 0.25, "dense": 0.15}
ENGINES_LEAST = 3
LINE_LEAST = 5
SDS_LEAST = 20
THREADS_LEAST = 1.8
PORTABLE_LEAST = 0.12


def head(measure, versions, options):
    cpus = ", ".join(map(str, options.cpus))
    lines = [
        f"## {measure.now()}\n",
        f"{measure.machine()}. One command at a time, each on CPU {options.cpus[0]} (two threads on {cpus}), page cache "
        f"warm, {options.rounds} interleaved rounds. Seconds are medians; ratios are medians of the ratios within a "
        "round, where 1 is as fast as the other and more is faster; memory is the highest of all rounds.\n",
        "Versions: " + "; ".join(versions) + ".\n",
    ]
    return "\n".join(lines) + "\n"


def table(file, rows, series, truth, watched, rounds):
    """All figures of one file."""
    bytes_ = file.stat().st_size
    wc, own = series["wc"], series["breachd"]
    lines = [
        f"### {file.name}\n",
        f"{bytes_:,} bytes, {rounds} rounds. {truth}. {watched}.\n",
        "| command | wall s | CPU s | GB/s | × `wc -l`, wall | × `wc -l`, CPU | breachd is × as fast, wall | CPU | MiB | counted |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    lines += [line(row, series[row["id"]], wc, own, bytes_) for row in rows]
    lines += ["", *disagreements(rows, series), *asked_for(file, rows, series)]
    return "\n".join(lines) + "\n\n"


def line(row, one, wc, own, bytes_):
    label = row["label"]
    if "pending" in row:
        return f"| {label} | not run: {row['pending']} |" + " |" * 8
    if not one.usable:
        return f"| {label} | **failed**: {one.why.replace('|', '/')} |" + " |" * 8
    # A little is the program itself.
    cold = " (**read from disk**)" if any(run.disk_bytes > bytes_ // 10 for run in one.runs) else ""
    wall = one.median("wall")
    cells = [f"{label}{cold}", f"{wall:.3f}", f"{one.median('cpu'):.3f}", f"{bytes_ / wall / 1e9:.2f}"]
    cells += [f"{one.against(wc, what):.3f}" if wc.usable else "–" for what in ("wall", "cpu")]
    cells += [f"{own.against(one, what):.2f}" if own.usable else "–" for what in ("wall", "cpu")]
    cells += [f"{one.rss_mib:.0f}", counted(row, one)]
    return "| " + " | ".join(cells) + " |"


def counted(row, one):
    """What it printed, which must be the same in every round."""
    if row["counts"] == "nothing":
        return "–"
    said = sorted({count(row["counts"], run.printed) for run in one.runs})
    return " or ".join(said) if len(said) == 1 else "**differs**: " + " or ".join(said)


def count(counts, printed):
    if counts != "findings":
        return f"{int(printed.split()[0]):,} {counts}" if printed.split() else "nothing"
    findings = json.loads(printed)["findings"].values()
    likely, possible = (sum(kind.get(verdict, 0) for kind in findings) for verdict in ("likely", "possible"))
    return f"{likely:,} likely, {possible:,} possible"


def disagreements(rows, series):
    """Rows that should have counted the same and did not: one of them leaves work out."""
    said = {}
    for row in rows:
        one = series[row["id"]]
        if "same" in row and one.usable:
            said.setdefault(row["same"], {})[row["id"]] = one.runs[0].printed.split()[0]
    differing = [counts for counts in said.values() if len(set(counts.values())) > 1]
    return [f"**Counts differ**: {', '.join(f'{name} {count}' for name, count in counts.items())}.\n" for counts in differing]


def asked_for(file, rows, series):
    """What the file's figures say of what is asked for. By the wall is what counts; by CPU is for a machine that is not quiet."""
    density = next((name for name in WC_LEAST if name in file.name), None)
    own = series["breachd"]
    if not own.usable or not series["wc"].usable:
        return ["breachd or `wc` failed."]
    # A name, who is measured against whom, and how many times as fast it is to be.
    asked = [(f"breachd × `wc -l`, {density}", own, "wc", WC_LEAST[density])] if density else []
    for group, what, least in (
        ("general", "the best general engine", ENGINES_LEAST),
        ("other", "the best of what else a user might pick", ENGINES_LEAST),
        ("sds", "DataDog SDS", SDS_LEAST),
    ):
        if best := fastest(group, rows, series):
            asked.append((f"breachd × {what} ({best})", own, best, least))
    asked += [(f"breachd × {name}", own, name, LINE_LEAST) for name in ("hyperscan-som", "vectorscan-som")]
    asked.append(("two threads × one", series.get("breachd-2"), "breachd", THREADS_LEAST))
    if density == "clean":
        asked.append(("portable × `wc -l`", series.get("breachd-portable"), "wc", PORTABLE_LEAST))
    lines = ["| asked for | wall | CPU | at least | |", "|---|--:|--:|--:|---|"]
    for what, one, against, least in asked:
        other = series.get(against)
        if one and one.usable and other and other.usable:
            wall, cpu = (one.against(other, kind) for kind in ("wall", "cpu"))
            said = "met" if wall >= least else "**not met**"
            lines.append(f"| {what} | {wall:.2f} | {cpu:.2f} | {least} | {said} |")
    return lines


def fastest(group, rows, series):
    usable = [row["id"] for row in rows if row["group"] == group and series[row["id"]].usable]
    return min(usable, key=lambda name: series[name].median("wall"), default=None)


def overview(rows, measured):
    """All files in one table of ratios: times `wc -l` by the wall, and in brackets how many times as fast breachd is."""
    lines = [
        "### All files\n",
        "× `wc -l`, wall (in brackets: breachd is × as fast)\n",
        "| command | " + " | ".join(file.stem for file, _ in measured) + " |",
        "|---|" + "--:|" * len(measured),
    ]
    for row in rows:
        cells = [row["label"]]
        for _, series in measured:
            one, wc, own = series[row["id"]], series["wc"], series["breachd"]
            if one.usable and wc.usable and own.usable:
                cells.append(f"{one.against(wc, 'wall'):.3f} ({own.against(one, 'wall'):.2f})")
            else:
                cells.append("not run" if "pending" in row else "**failed**")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n\n"
