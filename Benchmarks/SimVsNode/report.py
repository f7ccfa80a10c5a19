"""Predicted against measured."""
import json

from cell import value

TIERS = ("memory", "flash", "peer", "origin")


def quantile(values, share):
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0


def measured(results, warmup):
    """Of the clients' files: hit ratios by the nodes' metrics, latencies by the clients' clocks."""
    counts = {tier: 0.0 for tier in TIERS + ("none",)}
    latencies, wrong = [], 0
    for result in results:
        for tier in counts:
            name, label = "tarn_block_reads_total", f'source="{tier}"'
            counts[tier] += (value(result["after"], name, label) or 0) - (value(result["before"], name, label) or 0)
        latencies += [span for due, span in result["done"] if due >= warmup and span >= 0]
        wrong += result["wrong"]
    latencies.sort()
    answered = sum(counts[tier] for tier in TIERS)
    return {
        "requests": int(answered), "failed": int(counts["none"]), "wrong": wrong,
        "hit_ratio": {tier: counts[tier] / max(1, answered) for tier in TIERS},
        "p50_us": quantile(latencies, 0.5) / 1e3, "p99_us": quantile(latencies, 0.99) / 1e3,
        "latencies": latencies,
    }


def predicted(text):
    result = json.loads(text)
    workload = result["workloads"][0]
    return {
        "requests": int(workload["completed"]), "hit_ratio": workload["hit_ratio"],
        "p50_us": workload["latency_us"]["p50"], "p99_us": workload["latency_us"]["p99"],
        "throttled": result["origin"]["throttled"], "notes": result["notes"],
    }


def lines(one, other):
    """The table: measured `one`, predicted `other`, and how far apart; goals stand beside."""
    yield f"{'':22}{'measured':>12}{'predicted':>12}{'difference':>13}   goal"
    yield f"{'block reads':22}{one['requests']:>12}{other['requests']:>12}{other['requests'] - one['requests']:>+13}"
    for tier in TIERS:
        here, there = one["hit_ratio"][tier], other["hit_ratio"][tier]
        yield f"{'answered by ' + tier:22}{here:>12.4f}{there:>12.4f}{there - here:>+13.4f}   0.001 {met(abs(there - here) <= 0.001)}"
    here, there = 1 - one["hit_ratio"]["origin"], 1 - other["hit_ratio"]["origin"]
    yield f"{'hit ratio':22}{here:>12.4f}{there:>12.4f}{there - here:>+13.4f}   0.001 {met(abs(there - here) <= 0.001)}"
    for name, goal in (("p50", 0.05), ("p99", 0.10)):
        here, there = one[f"{name}_us"], other[f"{name}_us"]
        off = there / here - 1 if here else 0
        yield f"{name + ' latency, us':22}{here:>12.0f}{there:>12.0f}{off:>+12.1%}    {goal:.0%} {met(abs(off) <= goal)}"


def source_lines(one, other):
    """How long the cores took, by source, in microseconds: where a tail comes from. Memory takes no time there:
    what a client waits for it is its own path."""
    yield f"{'core, us':22}{'measured p50':>13}{'p90':>8}{'p99':>8}{'predicted p50':>15}{'p90':>8}{'p99':>8}{'p99 off':>9}"
    for tier in TIERS[1:]:
        here, there = ([quantile(side[tier], share) / 1e3 for share in (0.5, 0.9, 0.99)] for side in (one, other))
        off = f"{there[2] / here[2] - 1:>+9.1%}" if here[2] else ""
        yield (f"{f'{tier}, {len(one[tier])} reads':22}{here[0]:>13.0f}{here[1]:>8.0f}{here[2]:>8.0f}"
               f"{there[0]:>15.0f}{there[1]:>8.0f}{there[2]:>8.0f}{off}")


def met(is_met):
    return "met" if is_met else "MISSED"
