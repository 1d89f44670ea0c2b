"""What the quickstart tells people: reads the reports that `kimberlite --json` printed, decides nothing itself.

    summary.py part REPORT                one line about one import
    summary.py height NODE < STATUS       a node's final height; fails when the node does not answer
    summary.py compare FOLDER             exit 0 when all nodes of FOLDER/status.json and FOLDER/checkpoint-*.txt agree
    summary.py all FOLDER SCENARIO LAST VICTIM KILL_AFTER RESTART_AFTER
"""

import collections
import glob
import json
import os
import sys

REFUSALS = {
    "CO_APPROVAL_MISSING": "a shipment whose certificate still lacked the co-approval that a measure asks for",
    "SIGNER_NOT_AUTHORISED": "somebody signed what was not theirs to sign",
    "EXPORTER_EMBARGOED": "a certificate issued by a participant under embargo",
}


def load(file):
    with open(file, encoding="utf-8") as text:
        return json.load(text)


def grouped(number):
    return f"{number:,}"


def imports(folder):
    reports = [load(file) for file in glob.glob(os.path.join(folder, "import-*.json"))]
    total = collections.Counter()
    not_understood = collections.Counter()
    for report in reports:
        for name in ("accepted", "refused", "in_genesis", "acknowledgements", "clock_advances", "detours"):
            total[name] += report[name]
        total["differing"] += len(report["differing"])
        total["seconds"] += report["seconds"]
        not_understood.update(report["not_understood"])
    return total, not_understood


def print_part(report):
    done = report["accepted"] + report["refused"] + report["in_genesis"]
    words = [f"{grouped(done)} lines", f"{grouped(report['accepted'])} accepted", f"{report['refused']} refused"]
    if report["in_genesis"]:
        words.append(f"{report['in_genesis']} stood in the genesis document")
    if report["acknowledgements"]:
        words.append(f"{report['acknowledgements']} receipts acknowledged by importers first")
    if report["detours"]:
        words.append(f"{report['detours']} submitted through another node")
    if sum(report["not_understood"].values()):
        words.append(f"{grouped(sum(report['not_understood'].values()))} not understood yet")
    print(", ".join(words) + f"; {report['seconds']:.1f} s")
    if report["differing"]:
        print(f"{len(report['differing'])} verdicts differ from the scenario's:")
        for line in report["differing"][:10]:
            print(f"  line {line['line']} {line['action']} {line['number']}: expected {line['expected']}, got {line['got']}"
                  f" ({line['message']})")


def print_height(node):
    for status in json.load(sys.stdin):
        if status["node"] == node and "final_height" in status:
            print(status["final_height"])
            return 0
    return 1


def compare(folder):
    statuses = load(os.path.join(folder, "status.json"))
    if any("error" in status for status in statuses):
        return 1
    shown = {(status["final_height"], status["log_size"], status["log_root"], status["state_root"]) for status in statuses}
    bodies = set()
    for status in statuses:
        with open(os.path.join(folder, f"checkpoint-{status['node']}.txt"), encoding="utf-8") as file:
            bodies.add(file.read().split("\n\n")[0])
    if len(shown) != 1 or len(bodies) != 1:
        return 1
    height, size, log_root, state_root = shown.pop()
    body = bodies.pop().split("\n")
    if int(body[1]) != size:
        return 1
    names = ", ".join(status["node"] for status in statuses)
    print(f"{names} agree:")
    print(f"  height {grouped(height)}, {grouped(size)} leaves")
    print(f"  log root    {log_root}")
    print(f"  state root  {state_root}")
    print(f"  checkpoint  {body[0]} / {body[1]} / {body[2]}")
    return 0


def scenario_lines(scenario, last):
    with open(scenario, encoding="utf-8") as file:
        return [json.loads(line) for _, line in zip(range(last), file)]


def print_all(folder, scenario, last, victim, kill_after, restart_after):
    total, not_understood = imports(folder)
    lines = scenario_lines(scenario, int(last))
    audit = load(os.path.join(folder, "audit.json"))
    states = audit["certificates"]
    months = "January 2007" if len(lines) < 1000 else "2007"
    accepted = collections.Counter(line["action"] for line in lines if line["expect"] == "accepted")
    print(f"{months}, {grouped(len(lines))} lines of the scenario in {total['seconds']:.0f} s: {grouped(total['accepted'])} events accepted, "
          f"{total['refused']} refused, {total['in_genesis']} stood in the genesis document.")
    if not total["differing"]:
        print("Every line got exactly the verdict and the reason that the scenario expects.")
    rows = [("certificates issued", "cert.issue"), ("shipped", "cert.ship"), ("arrived", "cert.arrive"),
            ("confirmed by the importing authority", "receipt.confirm"), ("refused by it", "receipt.refuse"),
            ("voided", "cert.void"), ("co-approved", "cert.coapprove")]
    for title, action in rows:
        if accepted[action]:
            print(f"  {accepted[action]:6,}  {title}")
        if action == "cert.arrive" and total["acknowledgements"]:
            print(f"  {total['acknowledgements']:6,}  receipts acknowledged by importers in India, with their own keys")
    print("Certificates now: " + ", ".join(f"{count:,} {state}" for state, count in sorted(states.items(), key=lambda item: -item[1])))
    refusals = [line for line in lines if line["expect"] == "refused"]
    if len(lines) < 1000:
        print("Refused, and nothing changed by it:")
        for line in refusals:
            what = line.get("number") or line["action"]
            print(f"  {what:12} {line['action']:15} {line['reason']:22} {REFUSALS.get(line['reason'], '')}".rstrip())
    if not_understood:
        print("Not understood yet, counted only: " + ", ".join(f"{count} {name}" for name, count in sorted(not_understood.items())))
    detours = load(os.path.join(folder, f"import-{int(kill_after) + 1}.json"))["detours"]
    print(f"The node of {victim} was killed after line {kill_after} and came back after line {restart_after}: {detours} submissions went "
          "through\n  another member's node meanwhile, nothing was lost, and it caught up.")
    print(f"Audit of {grouped(audit['leaves'])} leaves from genesis on: {grouped(audit['envelopes'])} envelopes, "
          f"{grouped(audit['blocks'])} blocks, "
          f"{audit['certificate_count']:,} certificates, {audit['finding_count']} findings; checkpoint signed by "
          f"{', '.join(audit['signers'])}.")


def main(arguments):
    command = arguments[1] if len(arguments) > 1 else ""
    if command == "part":
        print_part(load(arguments[2]))
        return 0
    if command == "height":
        return print_height(arguments[2])
    if command == "compare":
        return compare(arguments[2])
    if command == "all":
        print_all(*arguments[2:])
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv))
