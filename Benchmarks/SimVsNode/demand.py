"""What clients ask for: a cut of a recorded trace, as blocks of objects and times.

The trace is Twitter's cluster 52 (Yang et al., OSDI '20), a million requests of an in-memory cache. Keys
are sampled by hash, all of a key's requests or none (SHARDS), so that popularity and reuse stay as they
were recorded; each key is one block, numbered by its first appearance. The recorded times count whole
seconds, so the requests keep their order and come as a Poisson process of the asked rate. Requests are
dealt to nodes at random: a key's readers are on all of them."""
import csv, gzip, os, random

MASK = (1 << 64) - 1


def mix(value):
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ value >> 27) * 0x94D049BB133111EB & MASK
    return value ^ value >> 31


class Demand:
    """`requests[node]`: (nanoseconds from the start, block) in order; `blocks`: how many there are."""

    def __init__(self, path, requests, nodes, rate, share=1 / 16, salt=4, seed=1):
        if not os.path.exists(path):
            raise SystemExit(f"sim-vs-node: {path}: no such trace; give --trace FILE, a CSV with time, object, "
                             "size as libCacheSim's twitter_cluster52.csv (traces/README.md)")
        numbers, self.requests = {}, [[] for _ in range(nodes)]
        dice, now, count = random.Random(seed), 0.0, 0
        with gzip.open(path, "rt") if path.endswith(".gz") else open(path) as file:
            for row in csv.DictReader(file):
                key = int(row["object"])
                if mix(key ^ mix(salt)) >= share * (1 << 64):
                    continue
                block = numbers.setdefault(key, len(numbers))
                now += dice.expovariate(rate)
                self.requests[dice.randrange(nodes)].append((int(now * 1e9), block))
                count += 1
                if count == requests:
                    break
        if count == 0:
            raise SystemExit(f"sim-vs-node: {path}: holds no requests")
        self.count, self.blocks, self.seconds = count, len(numbers), now
