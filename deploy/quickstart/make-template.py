#!/usr/bin/env python3
"""Writes network-2007.toml, the template of quickstart's network, from the data folder beside this script.

The roll is that of 2007-06-11 (participants-2007.csv); bodies, opening lots, measures and chair are those that the
scenario (scenario-2007.ndjson) uses. Run it again after a change of the data; it writes the same bytes for the same
data. Python 3.8 or newer, no packages.
"""
import csv
import json
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE / "data"
TARGET = HERE / "network-2007.toml"

GENESIS_TIME = "2007-01-01T00:00:00Z"
VALIDATORS = ["BW", "EC", "IN", "AE"]  # on the template's roll these come first, in this order
IMPORTER_FIRST = {"IN"}
OBSERVERS_AT = "2007-01-01"
TRADERS_MIN = 12


def quote(text):
    return json.dumps(text, ensure_ascii=False)


def full_date(text):
    """"2003", "2005-09" and "2003-08-31" as a date: the first day of what is known."""
    return text + "-01-01"[len(text) - 4 :]


def read_csv(name):
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_scenario():
    with open(DATA / "scenario-2007.ndjson", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def bodies_of(scenario):
    """Bodies by participant, in the order in which the scenario first names them."""
    bodies = {}
    for line in scenario:
        if "body" in line:
            named = bodies.setdefault(line["actor"], [])
            if line["body"] not in named:
                named.append(line["body"])
    return bodies


def traders_of(scenario):
    """Highest trader number by participant."""
    highest = {}
    for line in scenario:
        for key in ("exporter_name", "importer_name"):
            match = re.fullmatch(r"([A-Z]{2}) trader (\d+)", line.get(key, ""))
            if match:
                code, number = match.group(1), int(match.group(2))
                highest[code] = max(highest.get(code, 0), number)
    return highest


def participant(row, bodies, traders):
    code = row["code"]
    lines = ["[[participants]]", f"code = {quote(code)}", f"name = {quote(row['name'])}", f"prefix = {quote(row['prefix'])}",
             f"member_states = {row['member_states']}", f"role = {quote(row['role'])}",
             f"admitted = {full_date(row['admitted'])}"]
    names = bodies.get(code, [code + "-AUTHORITY"])
    lines.append("bodies = [")
    lines += [f"  {{ code = {quote(name)}, exporting = true, importing = true }}," for name in names]
    lines.append("]")
    lines.append(f"traders = {max(TRADERS_MIN, traders.get(code, 0))}")
    lines.append(f"validator = {'true' if code in VALIDATORS else 'false'}")
    policy = "importer_then_authority" if code in IMPORTER_FIRST else "authority_only"
    lines.append(f"receipt_policy = {quote(policy)}")
    return lines


def opening(scenario):
    """Chair, measures and lots that hold before the first certificate."""
    lines = []
    for line in scenario:
        if line["actor"] == "GENESIS" and line["action"] == "chair.set":
            lines += ["[chair]", f"chair = {quote(line['chair'])}", f"vice_chair = {quote(line['vice'])}",
                      f"term = {line['term']}", ""]
        elif line["actor"] == "GENESIS" and line["action"] == "measure.impose":
            lines += ["[[measures]]", f"id = {quote(line['id'])}", f"target = {quote(line['target'])}",
                      f"kind = {quote(line['kind'])}", f"imposed_by = {quote(line['imposed_by'])}",
                      f"approvers = {json.dumps(line['approvers'])}", ""]
        elif line["action"] == "lot.open":
            lines += ["[[lots]]", f"lot = {quote(line['lot'])}", f"holder = {quote(line['actor'])}",
                      f"origin = {quote(line['origin'])}", f"carats = {quote(line['carats'])}", ""]
    return lines


def observers():
    lines = []
    for row in read_csv("observers.csv"):
        begun = full_date(row["from"]) <= OBSERVERS_AT
        here = not row["to"] or full_date(row["to"]) >= OBSERVERS_AT
        if begun and here and row["kind"] != "guest":
            lines += ["[[observers]]", f"code = {quote(row['code'])}", f"name = {quote(row['name'])}",
                      f"kind = {quote(row['kind'])}", ""]
    return lines


def main():
    scenario = read_scenario()
    bodies, traders = bodies_of(scenario), traders_of(scenario)
    rows = read_csv("participants-2007.csv")
    rows.sort(key=lambda row: VALIDATORS.index(row["code"]) if row["code"] in VALIDATORS else len(VALIDATORS))
    out = ["# The network of quickstart: the 46 participants of 2007, four of which run voting nodes, and the state in which",
           "# the scenario of 2007 begins. Made by make-template.py from data/; change that, not this file.", "",
           'network_name = "kimberlite.example/2007"', 'clock = "replay"', f"genesis_time = {GENESIS_TIME}",
           'log_readers = "public"', "development = false", "view_timeout_ms = 1000", "heartbeat_ms = 600000", "",
           "[parameters]", "validity_days = 60", "tolerance_basis_points = 50", "confirmation_clock_days = 30",
           "correction_percent = 10", ""]
    out += opening(scenario)
    for row in rows:
        out += participant(row, bodies, traders) + [""]
    out += observers()
    TARGET.write_text("\n".join(out).rstrip("\n") + "\n", encoding="utf-8")
    print(f"wrote {TARGET.name}: {len(rows)} participants, {sum(len(b) for b in bodies.values())} bodies named by the scenario")


if __name__ == "__main__":
    main()
