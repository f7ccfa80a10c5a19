/// The cells of a tuning's notebook. Every cell copes with an empty table, which a scenario leaves.
enum TuneNotebookCells {
  static let all: [Notebook.Cell] = [
    .init(.code, setUp), .init(.code, headline), .init(.code, finalists),
    .init(.markdown, "## Over capacities"), .init(.code, curves),
    .init(.markdown, "## Cost and benefit"), .init(.code, pareto),
    .init(.markdown, "## Sensitivity"), .init(.code, sensitivity),
    .init(.markdown, "## Keys, reuse and age"), .init(.code, keys), .init(.code, reuse),
  ]

  static let setUp = #"""
    import json
    import os
    from pathlib import Path

    import matplotlib.pyplot as plt
    import pandas as pd

    folder = Path(os.environ.get("TARN_EXPORT", "."))
    tune = json.loads((folder / "tune.json").read_text(encoding="utf-8"))
    rounds, finalists, sensitivity, curves, keys, reuse, ages = (
        pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""])
        for name in ("rounds", "finalists", "sensitivity", "curves", "keys", "reuse", "ages")
    )
    objective = tune["input"]["objective"]
    plt.rcParams.update({"figure.figsize": (9, 4), "axes.grid": True, "grid.alpha": 0.3})
    """#

  static let headline = #"""
    print((folder / "recommendation.yaml").read_text(encoding="utf-8"))
    for sentence in tune["changes"] + tune["notes"]:
        print("-", sentence)
    rounds
    """#

  static let finalists = #"""
    finalists
    """#

  static let curves = #"""
    if len(curves):
        capacity = curves.columns[1]
        column = {"miss": "miss_fraction", "byte-miss": "byte_miss_fraction"}.get(
            objective, "origin_cost_fraction"
        )
        figure, axes = plt.subplots()
        for name, rows in curves.groupby("candidate", sort=False):
            axes.plot(rows[capacity], rows[column], label=name, marker="o", markersize=3)
        axes.axvline(tune["input"]["capacity"], color="black", linestyle="--", linewidth=1)
        if tune.get("knee"):
            axes.axvline(tune["knee"]["capacity"], color="grey", linestyle=":", linewidth=1)
        if tune.get("infinite") is not None and column != "origin_cost_fraction":
            axes.axhline(tune["infinite"], color="grey", linewidth=1)
        axes.set(xscale="log", xlabel=capacity, ylabel=column)
        axes.legend(fontsize=8)
    else:
        print("no curves: a scenario, or the budget was spent")
    """#

  static let pareto = #"""
    figure, panes = plt.subplots(1, 2)
    costs = [finalists.index_bytes + finalists.ghost_bytes, finalists.iloc[:, -1]]
    for axes, cost, name in zip(panes, costs, ["index and ghosts, bytes", finalists.columns[-1]]):
        axes.scatter(cost, finalists.held_out)
        for x, y, role in zip(cost, finalists.held_out, finalists.role):
            if isinstance(role, str):
                axes.annotate(role.split()[0], (x, y), fontsize=8)
        axes.set(xlabel=name, ylabel=objective)
    figure.tight_layout()
    """#

  static let sensitivity = #"""
    for name, rows in sensitivity.dropna(subset=["value"]).groupby("setting", sort=False):
        rows = rows.sort_values("value")
        figure, axes = plt.subplots(figsize=(6, 3))
        axes.plot(rows.value, rows.objective, marker="o")
        axes.set(xlabel=name, ylabel=objective)
    sensitivity
    """#

  static let keys = #"""
    keys.assign(difference=keys.hits_count - keys.other_hits_count)
    """#

  static let reuse = #"""
    if len(reuse):
        figure, panes = plt.subplots(1, 2)
        panes[0].step(reuse.distance_from_count.clip(lower=0.5), reuse.requests_count, where="post")
        panes[0].set(xscale="log", xlabel="reuse distance, objects", ylabel="requests")
        for column in ("hits_count", "evictions_count"):
            share = ages[column] / max(1, ages[column].sum())
            panes[1].step(ages.age_from_requests.clip(lower=0.5), share, where="post", label=column)
        panes[1].set(xscale="log", xlabel="age, requests")
        panes[1].legend()
        figure.tight_layout()
    """#
}
