"""Medians, spreads and tables."""
import statistics


class Spread:
    """A median between the least and the most of its rounds."""

    def __init__(self, values):
        self.values = list(values)
        self.median = statistics.median(self.values)

    def text(self, form="{:,.0f}"):
        middle = form.format(self.median)
        if len(self.values) == 1:
            return middle
        return f"{middle} ({form.format(min(self.values))} to {form.format(max(self.values))})"

    def __str__(self):
        return self.text()


def ratios(ours, theirs):
    """Round by round, because rounds differ more than servers do."""
    return Spread(mine / yours for mine, yours in zip(ours, theirs))


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("| --- |" + " ---: |" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")
    print(flush=True)


def goal(text, value, is_met):
    """One line for each goal; nothing is called met that was not measured."""
    print(f"goal: {text}: {value} -> {'met' if is_met else 'MISSED'}", flush=True)
    return {"goal": text, "measured": value, "met": bool(is_met)}
