"""Independent values for `cirrus eval NAME --rankings FILE`: reads annotation files and rankings by itself, standard library alone.

    python3 reference_metrics.py score NAME DATA RANKINGS [PROTOCOL [FAMILY]]   scores, as JSON on stdout
    python3 reference_metrics.py random NAME DATA SEED OUT                      seeded rankings of real annotations, right answers mixed in
    python3 reference_metrics.py cases                                          writes the expected values into cases.json

Written from the definitions (docs: the benchmark's section), not from Cirrus: nothing is shared but the shape of the output.
"""
import csv
import json
import math
import os
import random
import re
import statistics
import sys
import tempfile

ASPECTS = ["cardinality", "addition", "negation", "direct_addressing", "compare_change", "comparative_statement",
           "statement_with_conjunction", "spatial_relations_background", "viewpoint"]
DOMAINS = ["cartoon", "origami", "toy", "sculpture"]
TASKS = ["focus_attribute", "change_attribute", "focus_object", "change_object"]


class Query:
    def __init__(self, name, family, gallery, target=None, truths=(), reference=None, group=None, aspects=()):
        self.name, self.family, self.gallery = name, family, gallery
        self.target, self.truths, self.reference, self.group, self.aspects = target, set(truths), reference, group, aspects


def load_json(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return json.load(file)


# ---- what is asked, and what is right -------------------------------------------------------------------------------

def cirr(data, protocol):
    gallery = list(load_json(data, "cirr", "image_splits", "split.rc2.val.json"))
    return [Query(str(pair["pairid"]), "cirr", gallery, pair["target_hard"], [pair["target_hard"]], pair["reference"],
                  pair["img_set"]["members"]) for pair in load_json(data, "cirr", "captions", "cap.rc2.val.json")]


def circo(data, protocol):
    listed = os.path.join(data, "circo", "COCO2017_unlabeled", "annotations", "image_info_unlabeled2017.json")
    gallery = [image["id"] for image in load_json(listed)["images"]] if os.path.exists(listed) else None
    return [Query(str(q["id"]), "circo", gallery, q["target_img_id"], q["gt_img_ids"], q["reference_img_id"], None, q["semantic_aspects"])
            for q in load_json(data, "circo", "annotations", "val.json")]


def fashioniq(data, protocol):
    queries = []
    for category in ["dress", "shirt", "toptee"]:
        pairs = load_json(data, "fashioniq", "captions", "cap.%s.val.json" % category)
        gallery = load_json(data, "fashioniq", "image_splits", "split.%s.val.json" % category)
        if protocol == "union":
            used = {p["candidate"] for p in pairs} | {p["target"] for p in pairs}
            gallery = [name for name in gallery if name in used]
        queries += [Query("%s/%d" % (category, i), category, gallery, p["target"], [p["target"]], p["candidate"]) for i, p in enumerate(pairs)]
    return queries


def genecis(data, protocol):
    queries = []
    for task in TASKS:
        for i, record in enumerate(load_json(data, "genecis", task + ".json")):
            queries.append(Query("%s/%d" % (task, i), task, list(range(1 + len(record["gallery"]))), 0, [0]))
    return queries


def imagenet(data, protocol):
    def lines(name):
        with open(os.path.join(data, "imgnet", name), encoding="utf-8") as file:
            return [(line.split()[0], int(line.split()[1])) for line in file if line.strip()]
    asked, targets = lines("imgnet_real_query.txt"), lines("imgnet_targets.txt")
    gallery, labelled = [path for path, _ in targets], {}
    for path, label in targets:
        labelled.setdefault(label, []).append(path)
    return [Query("%s/%d" % (domain, i), domain, gallery, None, labelled.get(1000 * d + label, []), path)
            for d, domain in enumerate(DOMAINS) for i, (path, label) in enumerate(asked)]


def coco(data, protocol):
    with open(os.path.join(data, "coco", "coco_eval.csv"), encoding="utf-8", newline="") as file:
        names = [row["id"] for row in csv.DictReader(file)]
    return [Query(name, "coco", names, name, [name]) for name in names]


BENCHMARKS = {"cirr": cirr, "circo": circo, "fashioniq": fashioniq, "genecis": genecis, "imagenet-r": imagenet, "coco": coco}


# ---- rankings -------------------------------------------------------------------------------------------------------

def plain(name, value):
    """One spelling for an id: numbers for CIRCO and GeneCIS, bare names for CIRR, file names as listed elsewhere."""
    if name in ("circo", "genecis"):
        return int(re.sub(r"\.(jpg|jpeg|png)$", "", str(value)))
    if name == "cirr":
        return re.sub(r"\.png$", "", str(value)).split("/")[-1]
    if name == "coco":
        return "%012d.jpg" % int(re.sub(r"\.jpg$", "", str(value)))
    return str(value)


def read_rankings(path, name, family):
    flat = {}
    for key, value in load_json(path).items():
        if isinstance(value, dict):
            flat.update(("%s/%s" % (key, inner), ranked) for inner, ranked in value.items())
        elif isinstance(value, list):
            flat[("%s/%s" % (family, key)) if family and "/" not in key else plain("coco", key) if name == "coco" else key] = value
    return {key: [plain(name, v) for v in value] for key, value in flat.items()}


# ---- metrics --------------------------------------------------------------------------------------------------------

def hit(ranked, right, k):
    return 1.0 if any(r in right for r in ranked[:k]) else 0.0


def average_precision(ranked, right, k):
    places = [i for i, r in enumerate(ranked[:k], start=1) if r in right]
    return math.fsum(number / place for number, place in enumerate(places, start=1)) / min(len(right), k)


def values(name, q, ranked):
    if name == "cirr":
        rest = [r for r in ranked if r != q.reference]
        group = [r for r in rest if r in q.group]
        out = {"R@%d" % k: hit(rest, q.truths, k) for k in (1, 5, 10, 50)}
        out.update({"R_subset@%d" % k: hit(group, q.truths, k) for k in (1, 2, 3)})
        out["(R@5+R_subset@1)/2"] = (out["R@5"] + out["R_subset@1"]) / 2
        return out
    if name == "circo":
        out = {"mAP@%d" % k: average_precision(ranked, q.truths, k) for k in (5, 10, 25, 50)}
        out.update({"R@%d" % k: hit(ranked, {q.target}, k) for k in (5, 10, 25, 50)})
        return out
    if name == "imagenet-r":
        out = {"R@%d" % k: len(q.truths.intersection(ranked[:k])) / (len(q.truths) + 1e-5) for k in (10, 50)}
        out.update({"P@%d" % k: len(q.truths.intersection(ranked[:k])) / min(k, len(q.gallery)) for k in (10, 50)})
        out.update({"Hit@%d" % k: hit(ranked, q.truths, k) for k in (10, 50)})
        return out
    cuts = {"fashioniq": (10, 50), "genecis": (1, 2, 3), "coco": (1, 5, 10, 50, 100)}[name]
    out = {"R@%d" % k: hit(ranked, q.truths, k) for k in cuts}
    if name == "fashioniq":
        out["(R@10+R@50)/2"] = (out["R@10"] + out["R@50"]) / 2
    if name == "coco":
        place = ranked.index(q.target) + 1 if q.target in ranked else len(q.gallery)
        out.update({"MeanRank": place, "MedianRank": place})
    return out


def mean(rows):
    """Means; of MedianRank the median, where half a rank goes down."""
    if not rows:
        return {}
    out = {key: math.fsum(row[key] for row in rows) / len(rows) for key in rows[0]}
    if "MedianRank" in out:
        zero_based = [row["MedianRank"] - 1 for row in rows]
        out["MedianRank"] = math.floor(statistics.median(zero_based)) + 1
    return out


def score(name, data, rankings, protocol=None, family=None):
    queries = [q for q in BENCHMARKS[name](data, protocol) if family in (None, q.family)]
    ranked = read_rankings(rankings, name, family)
    rows = [(q, values(name, q, ranked[q.name])) for q in queries]
    families = {f: mean([v for q, v in rows if q.family == f]) for f in dict.fromkeys(q.family for q in queries)}
    out = {"queries": len(queries), "metrics": mean(list(families.values())) if len(families) > 1 else list(families.values())[0], "families": families if len(families) > 1 else {}, "aspects": {}}
    if name == "circo":
        out["aspects"] = {a: mean([v for q, v in rows if a in q.aspects]) for a in ASPECTS if any(a in q.aspects for q in queries)}
    return out


# ---- seeded rankings ------------------------------------------------------------------------------------------------

def draw(name, data, seed):
    chance, out, known = random.Random(seed), {}, {}
    for q in BENCHMARKS[name](data, None):
        if name == "circo" and q.gallery is None:
            some = [chance.randrange(600000) for _ in range(60)]
        else:
            some = chance.sample(q.gallery, min(len(q.gallery), chance.choice([5, 12, 12, 15] if name == "imagenet-r" else [8, 30, 60, 60])))
        wanted = sorted(q.truths, key=str)[:12] + [m for m in q.group or [] if chance.random() < 0.5] + ([q.reference] if chance.random() < 0.2 else [])
        for extra in wanted:
            if extra is not None and chance.random() < 0.6:
                some.insert(min(len(some), int(chance.expovariate(0.15))), extra)
        ranked = list(dict.fromkeys(some))
        if name == "circo":
            ranked = [r if chance.random() < 0.8 else "%012d.jpg" % r for r in ranked]
        out[q.name] = ranked
    return out


def cases():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.json")
    all_cases = load_json(path)
    for case in all_cases:
        with tempfile.TemporaryDirectory() as folder:
            for name, content in case["files"].items():
                os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(content if isinstance(content, str) else json.dumps(content))
            rankings = os.path.join(folder, "rankings.json")
            with open(rankings, "w", encoding="utf-8") as file:
                json.dump(case["rankings"], file)
            case["expected"] = score(case["benchmark"], folder, rankings, case.get("protocol"), case.get("family"))
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join("{\n" + ",\n".join("  %s: %s" % (json.dumps(k), json.dumps(v)) for k, v in case.items()) + "\n}" for case in all_cases) + "\n]\n")


if __name__ == "__main__":
    verb, rest = sys.argv[1], sys.argv[2:]
    if verb == "cases":
        cases()
    elif verb == "random":
        with open(rest[3], "w", encoding="utf-8") as file:
            json.dump(draw(rest[0], rest[1], int(rest[2])), file)
    else:
        print(json.dumps(score(rest[0], rest[1], rest[2], *[r or None for r in rest[3:]])))
