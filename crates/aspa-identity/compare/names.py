"""Our names beside logic-v2 of nomenklatura, on tests/name_pairs.csv.

    python -m venv VENV && VENV/bin/pip install nomenklatura
    cargo run -q --release -p aspa-identity --example name_pairs -- \
        crates/aspa-identity/tests/name_pairs.csv > OURS
    VENV/bin/python crates/aspa-identity/compare/names.py OURS
"""

import csv
import pathlib
import sys
import time

from followthemoney import model
from nomenklatura.matching import get_algorithm

pairs = list(csv.DictReader(open(pathlib.Path(__file__).parent.parent / "tests/name_pairs.csv")))
rows = [line.strip().split(",") for line in open(sys.argv[1])]
assert len(rows) == len(pairs), "the two files differ in length"


def person(id, name):
    return model.get_proxy({"id": id, "schema": "Person", "properties": {"name": [name]}})


def scores_of(name):
    algorithm = get_algorithm(name)
    config = algorithm.default_config()
    # Results are cached by id, so that each name needs its own.
    made = [(person(f"a{i}", p["a"]), person(f"b{i}", p["b"])) for i, p in enumerate(pairs)]
    start = time.perf_counter()
    scores = [algorithm.compare(a, b, config).score for a, b in made]
    print(f"{name}: {len(pairs) / (time.perf_counter() - start):,.0f} pairs a second")
    return scores


def at(scores, threshold):
    right = sum(s >= threshold and p["label"] == "same" for s, p in zip(scores, pairs))
    found = sum(s >= threshold for s in scores)
    same = sum(p["label"] == "same" for p in pairs)
    precision, recall = right / max(found, 1), right / same
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def best(scores):
    return max((at(scores, t)[2], t) for t in sorted(set(scores)) if t > 0)


def recall_at(scores, wanted):
    reached = [at(scores, t)[1] for t in sorted(set(scores)) if t > 0 and at(scores, t)[0] >= wanted]
    return max(reached, default=0.0)


systems = {"aspa": [float(r[0]) for r in rows], "jaro-winkler": [float(r[1]) for r in rows]}
thresholds = {"aspa": 0.75, "jaro-winkler": 0.9, "logic-v1": 0.7, "logic-v2": 0.7}
for name in ("logic-v1", "logic-v2"):
    try:
        systems[name] = scores_of(name)
    except Exception as error:
        print(name, error)
for name, scores in systems.items():
    p, r, f = at(scores, thresholds[name])
    f1, t = best(scores)
    levels = len(set(round(s, 3) for s in scores))
    print(
        f"{name:13} at {thresholds[name]}: P {p:.3f} R {r:.3f} F1 {f:.3f}; best F1 {f1:.3f} at {t:.3f};"
        f" R at P .98 {recall_at(scores, 0.98):.3f}; {levels} different scores"
    )
print("\nshare judged rightly, by kind:")
kinds = dict.fromkeys((p["label"], p["kind"]) for p in pairs)
print(" " * 36 + "".join(f"{n:>14}" for n in systems) + "     n")
for label, kind in kinds:
    mine = [i for i, p in enumerate(pairs) if (p["label"], p["kind"]) == (label, kind)]
    line = f"{label:10}{kind:26}"
    for name, scores in systems.items():
        ok = sum((scores[i] >= thresholds[name]) == (label == "same") for i in mine)
        line += f"{ok / len(mine):14.2f}"
    print(line, f"{len(mine):5}")
