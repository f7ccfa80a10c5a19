/// The cells of an export's notebook, in order. Every cell copes with an empty table, so that an
/// interrupted run or a scenario without an origin still makes a notebook that runs.
enum NotebookCells {
  static let all: [Notebook.Cell] = [
    .init(.code, setUp), .init(.code, headline), .init(.code, objectives), .init(.code, workloads),
    .init(.markdown, "## Over time"), .init(.code, stall), .init(.code, sources),
    .init(.code, origin), .init(.code, nodesDown),
    .init(.markdown, "## Distributions"), .init(.code, latency), .init(.code, spread),
    .init(.code, links),
    .init(.markdown, "## The whole series\n\n`series.json.lz4` holds the same in one file."),
    .init(.code, series),
  ]

  static let setUp = #"""
    import json
    import os
    from pathlib import Path

    import matplotlib.pyplot as plt
    import pandas as pd
    from matplotlib.ticker import EngFormatter, PercentFormatter

    folder = Path(os.environ.get("TARN_EXPORT", "."))
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    intervals, latency, links, fanout, imbalance, workloads, slo = (
        pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""])
        for name in ("intervals", "latency", "links", "fanout", "imbalance", "workloads", "slo")
    )

    # Okabe and Ito's palette: the same colours mean the same in every chart.
    COLOUR = dict(memory="#0072B2", flash="#56B4E9", peer="#009E73", origin="#E69F00",
                  failed="#D55E00", other="#CC79A7", neutral="#333333")
    plt.rcParams.update({"figure.figsize": (9, 3.6), "figure.constrained_layout.use": True,
                         "axes.grid": True, "grid.alpha": 0.25, "axes.axisbelow": True,
                         "axes.spines.top": False, "axes.spines.right": False})


    def colour_of(source):
        """The colour of a source of reads by its name."""
        name = str(source).lower()
        known = [key for key in ("memory", "flash", "peer", "origin", "fail") if key in name]
        if known:
            return COLOUR["failed" if known[0] == "fail" else known[0]]
        return COLOUR["neutral" if name.startswith("all") else "other"]


    def chart(title, table, draw):
        """Draws a chart, or says that the run left nothing to draw."""
        if table.empty:
            print(f"{title}: this run recorded nothing to draw.")
            return
        figure, axes = plt.subplots()
        draw(axes)
        axes.set_title(title, loc="left", weight="bold")
        plt.show()
    """#

  static let headline = #"""
    def row(name, value):
        return {"figure": name, "value": value}


    def share(value):
        return "n/a" if value is None else f"{value:.2%}"


    def number(value, unit=""):
        return "n/a" if value is None else f"{value:,.6g} {unit}".strip()


    hits, store, spent = result["hit_ratio"], result["origin"], result["latency_us"]
    pd.DataFrame([
        row("nodes", number(result["nodes"])),
        row("GPUs", number(result["gpus"])),
        row("simulated", number(result["simulated_seconds"], "s")),
        row("goodput", share(result["goodput_fraction"])),
        row("GPU stall", share(result["gpu_stall_fraction"])),
        *(row(f"reads answered by {tier}", share(hits[tier]))
          for tier in ("memory", "flash", "peer", "origin")),
        row("origin requests", number(store["requests"])),
        row("origin bytes", number(store["bytes"], "B")),
        row("origin 503s", number(store["throttled"])),
        row("latency p50", number(spent["p50"], "us")),
        row("latency p99", number(spent["p99"], "us")),
        row("latency p99.9", number(spent["p999"], "us")),
        row("sampling rate", share(result["sampling"]["rate"])),
        row("hit ratio error of sampling", share(result["sampling"]["hit_ratio_error"])),
        row("decision hash", result["decision_hash"]),
    ]).set_index("figure")
    """#

  static let objectives = "slo"
  static let workloads = "workloads"

  static let stall = #"""
    def draw(axes):
        axes.plot(intervals["time_s"], intervals["gpu_stall_fraction"], color=COLOUR["failed"])
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.set(xlabel="simulated time, s", ylabel="share of GPU time", ylim=(0, None))


    chart("GPU stall over time", intervals, draw)
    """#

  static let sources = #"""
    columns = ["memory_hits_blocks", "flash_hits_blocks", "peer_hits_blocks",
               "origin_reads_blocks", "failed_reads_blocks"]


    def draw(axes):
        shares = intervals[columns].div(intervals[columns].sum(axis=1), axis=0).fillna(0)
        names = [column.split("_")[0] for column in columns]
        axes.stackplot(intervals["time_s"], shares.T.to_numpy(), labels=names,
                       colors=[COLOUR[name] for name in names])
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.set(xlabel="simulated time, s", ylabel="share of reads", ylim=(0, 1))
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), reverse=True)


    chart("Hit ratio by tier over time", intervals, draw)
    """#

  static let origin = #"""
    def against_budget(kind, unit, with_503s):
        def draw(axes):
            time, budget = intervals["time_s"], intervals[f"origin_budget_{kind}_per_s"].iloc[0]
            axes.plot(time, intervals[f"origin_{kind}_per_s"], color=COLOUR["origin"], label=kind)
            if with_503s:
                axes.plot(time, intervals["origin_throttled_per_s"], color=COLOUR["failed"],
                          linestyle="--", label="503s")
            if budget > 0:
                axes.axhline(budget, color=COLOUR["neutral"], linestyle=":", label="budget")
            axes.yaxis.set_major_formatter(EngFormatter(unit=unit))
            axes.set(xlabel="simulated time, s", ylabel=f"{kind} a second", ylim=(0, None))
            axes.legend()
        return draw


    chart("Origin requests and 503s against the budget", intervals,
          against_budget("requests", "", with_503s=True))
    chart("Origin bytes against the budget", intervals,
          against_budget("bytes", "B/s", with_503s=False))
    """#

  static let nodesDown = #"""
    def draw(axes):
        axes.step(intervals["time_s"], intervals["nodes_down_count"], where="post",
                  color=COLOUR["failed"])
        axes.set(xlabel="simulated time, s", ylabel="nodes", ylim=(0, None))


    some = (intervals["nodes_down_count"] > 0).any()
    chart("Nodes down over time", intervals if some else intervals.head(0), draw)
    """#

  static let latency = #"""
    def draw(axes):
        for source, points in latency.groupby("source", sort=False):
            points = points[points["latency_us"] > 0]
            axes.plot(points["latency_us"], points["share_fraction"], color=colour_of(source),
                      label=source)
        axes.set_xscale("log")
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.set(xlabel="latency, microseconds", ylabel="share of reads at or below", ylim=(0, 1))
        axes.legend()


    chart("Read latency by source", latency, draw)
    """#

  static let spread = #"""
    def draw_fanout(axes):
        axes.step(fanout["copies_count"], fanout["share_fraction"], where="post",
                  color=COLOUR["peer"])
        if (fanout["copies_count"] > 0).any():
            axes.set_xscale("log")
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.set(xlabel="copies given of a block", ylabel="share of blocks at or below",
                 ylim=(0, 1))


    def draw_imbalance(axes):
        axes.plot(imbalance["load_over_mean_ratio"], imbalance["share_fraction"],
                  color=COLOUR["memory"])
        axes.axvline(1, color=COLOUR["neutral"], linestyle=":", label="perfect balance")
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.set(xlabel="bytes given by a node, over the mean",
                 ylabel="share of nodes at or below", ylim=(0, 1))
        axes.legend()


    chart("Block fan-out", fanout, draw_fanout)
    chart("Load imbalance", imbalance, draw_imbalance)
    """#

  static let links = #"""
    def draw(axes):
        ordered = links.sort_values("utilisation_fraction").tail(20)
        names = ordered["link"].astype(str).str.replace("$", r"\$")
        axes.barh(names, ordered["utilisation_fraction"], color=COLOUR["flash"])
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        axes.set(xlabel="mean utilisation", xlim=(0, 1))
        axes.figure.set_figheight(1.2 + 0.25 * len(ordered))


    chart("Busiest links", links, draw)
    """#

  static let series = #"""
    try:
        import lz4.frame

        with lz4.frame.open(folder / "series.json.lz4", "rb") as file:
            whole = json.load(file)
        print("series.json.lz4 holds:", ", ".join(sorted(whole)))
    except ImportError:
        print("`pip install lz4` to read series.json.lz4 here, or `lz4 -d series.json.lz4`.")
    """#
}
