/// The cells of a comparison's notebook.
enum ComparisonNotebookCells {
  static let all: [Notebook.Cell] = [
    .init(.code, setUp), .init(.code, verdict), .init(.code, table),
    .init(.markdown, "## GPU time"), .init(.code, dollars), .init(.code, stall),
    .init(.markdown, "## What assumptions do"), .init(.code, tornado),
    .init(.markdown, "## Assumptions and their sources"), .init(.code, assumptions),
  ]

  static let setUp = #"""
    import json
    import os
    from pathlib import Path

    import matplotlib.pyplot as plt
    import pandas as pd

    folder = Path(os.environ.get("TARN_EXPORT", "."))
    comparison = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    designs, seeds, over_time, sensitivity, assumptions = (
        pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""])
        for name in ("designs", "seeds", "over-time", "sensitivity", "assumptions")
    )
    ranking = comparison["ranking"]
    plt.rcParams.update({"figure.figsize": (9, 4), "axes.grid": True, "grid.alpha": 0.3})
    """#

  static let verdict = #"""
    for sentence in comparison["verdict"] + comparison["notes"]:
        print("-", sentence)
    """#

  static let table = #"""
    figures = designs.pivot(index="metric", columns="design", values="mean")
    figures.reindex(columns=ranking)
    """#

  static let dollars = #"""
    money = designs[designs.metric == "dollars_per_day"].set_index("design").reindex(ranking[::-1])
    figure, axes = plt.subplots()
    axes.barh(money.index, money["mean"], xerr=money.half_width.fillna(0))
    axes.set(xlabel="GPU time lost, dollars a day")
    """#

  static let stall = #"""
    figure, axes = plt.subplots()
    for name in ranking:
        rows = over_time[over_time.design == name]
        axes.plot(rows.time_s, rows.gpu_stall_fraction, label=name)
    axes.set(xlabel="seconds", ylabel="share of GPU time that waits for data", ylim=(0, 1))
    axes.legend(fontsize=8)
    """#

  static let tornado = #"""
    if len(sensitivity):
        change = sensitivity.dollars_per_day - sensitivity.dollars_per_day_before
        names = sensitivity.assumption + " = " + sensitivity.value.astype(str)
        rows = sensitivity.assign(change=change, name=names + ", " + sensitivity.design)
        rows = rows.loc[rows.change.abs().sort_values().index].tail(20)
        figure, axes = plt.subplots(figsize=(9, 0.3 * len(rows) + 1))
        colours = ["tab:red" if changed else "tab:blue" for changed in rows.changes_ranking]
        axes.barh(rows.name, rows.change, color=colours)
        axes.set(xlabel="change of dollars a day; red changes the order of designs")
    else:
        print("assumptions were not varied")
    """#

  static let assumptions = #"""
    assumptions
    """#
}
