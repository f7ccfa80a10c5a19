/// The report's style sheet and its one small script. Colours are variables, so that light and dark
/// differ in one place; the charts' colours are Okabe and Ito's, lightened for the dark page.
enum ReportStyle {
  static let sheet: Markup = """
    :root { \(light) }
    @media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { \(dark) } }
    :root[data-theme="dark"] { \(dark) }
    \(page)
    \(tables)
    \(charts)
    \(small)
    """

  private static let light: Markup = """
    color-scheme: light; --page: #f6f7f8; --card: #ffffff; --edge: #dfe3e7; --grid: #e8ebee;
    --ink: #17212b; --soft: #55626f; --accent: #0a5a80; --limit: #17212b;
    --good: #00694e; --good-back: #e2f3ed; --bad: #a83c00; --bad-back: #fdeadf;
    --open: #4a5560; --open-back: #eaedf0;
    --memory: #0072b2; --flash: #56b4e9; --peer: #009e73; --origin: #e69f00;
    --failure: #d55e00; --other: #cc79a7; --neutral: #17212b;
    """

  private static let dark: Markup = """
    color-scheme: dark; --page: #0e1317; --card: #161d23; --edge: #2a343d; --grid: #242d35;
    --ink: #e6ebef; --soft: #9daab6; --accent: #6cc0ea; --limit: #e6ebef;
    --good: #5fd6b0; --good-back: #10302a; --bad: #ff9d66; --bad-back: #3a2013;
    --open: #b4bfc9; --open-back: #222b33;
    --memory: #2b8fd6; --flash: #8fd0f7; --peer: #1fb98c; --origin: #f0b429;
    --failure: #f27935; --other: #de9abf; --neutral: #e6ebef;
    """

  private static let page: Markup = """
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--page); color: var(--ink);
      font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
      font-variant-numeric: tabular-nums; }
    header, main, footer { max-width: 1216px; margin: 0 auto; padding: 0 24px; }
    header { display: flex; justify-content: space-between; align-items: flex-start; gap: 24px;
      padding-top: 36px; }
    .brand { display: flex; align-items: center; gap: 8px; margin: 0; color: var(--accent);
      font-weight: 600; font-size: 14px; }
    .brand svg { width: 22px; height: 22px; }
    .peak { fill: var(--accent); }
    .lake { fill: none; stroke: var(--flash); stroke-width: 2; stroke-linecap: round; }
    h1 { margin: 6px 0 2px; font-size: 34px; line-height: 1.15; font-weight: 680;
      letter-spacing: -0.015em; overflow-wrap: anywhere; }
    header .facts { margin: 4px 0 0; color: var(--soft); }
    button { font: inherit; font-size: 13px; color: var(--soft); background: var(--card);
      border: 1px solid var(--edge); border-radius: 8px; padding: 6px 12px; cursor: pointer;
      white-space: nowrap; }
    button:hover { color: var(--ink); }
    section { margin: 40px 0 0; }
    h2 { margin: 0 0 12px; font-size: 20px; font-weight: 650; letter-spacing: -0.01em; }
    .verdict { margin-top: 24px; padding: 18px 22px; border-radius: 12px;
      border-left: 6px solid var(--tone); background: var(--back); }
    .verdict h2 { color: var(--tone); font-size: 22px; margin-bottom: 4px; }
    .verdict p { margin: 0; max-width: 100ch; text-wrap: pretty; }
    .pass { --tone: var(--good); --back: var(--good-back); }
    .fail { --tone: var(--bad); --back: var(--bad-back); }
    .open { --tone: var(--open); --back: var(--open-back); }
    .tiles { margin-top: 16px; display: grid; gap: 12px;
      grid-template-columns: repeat(6, minmax(0, 1fr)); }
    .tile { background: var(--card); border: 1px solid var(--edge); border-radius: 12px;
      padding: 14px 16px; min-width: 0; }
    .tile.wide, .tile.hash { grid-column: span 2; }
    .tile h3 { margin: 0; font-size: 13px; font-weight: 500; color: var(--soft); }
    .tile .figure { margin: 2px 0 0; font-size: 25px; line-height: 1.3; font-weight: 650;
      letter-spacing: -0.01em; white-space: nowrap; }
    .tile.warn .figure { color: var(--bad); }
    .tile.wide { grid-column: span 3; }
    .tile.hash .figure { font: 600 20px/1.62 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
      letter-spacing: 0; overflow: hidden; text-overflow: ellipsis; }
    .tile .note { margin: 2px 0 0; font-size: 12.5px; line-height: 1.4; color: var(--soft); }
    .split { display: block; width: 100%; height: 14px; margin: 11px 0 10px; border-radius: 4px; }
    .key { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 0; font-size: 13px;
      color: var(--soft); }
    .key b { color: var(--ink); font-weight: 600; }
    .dot { display: inline-block; width: 10px; height: 10px; margin-right: 6px; border-radius: 3px;
      background: var(--hue); }
    p, dl, li { text-wrap: pretty; }
    section > p, .notes, dl { max-width: 92ch; }
    dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; }
    dt { color: var(--soft); }
    dd { margin: 0; }
    .notes { padding-left: 20px; }
    .notes li { margin: 4px 0; }
    .empty { color: var(--soft); }
    pre { margin: 8px 0; padding: 14px 16px; overflow-x: auto; border: 1px solid var(--edge);
      border-radius: 10px; background: var(--card); font-size: 13px; line-height: 1.5; }
    code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 0.92em; }
    pre code { font-size: inherit; }
    details { margin: 14px 0 0; }
    summary { cursor: pointer; font-weight: 600; color: var(--accent); }
    footer { margin-top: 48px; padding-bottom: 40px; color: var(--soft); font-size: 13px; }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    """

  private static let tables: Markup = """
    .scroll { overflow-x: auto; }
    section > .scroll, details > .scroll { background: var(--card); border: 1px solid var(--edge);
      border-radius: 12px; }
    details > .scroll { margin-top: 8px; max-width: 620px; }
    table { width: 100%; border-collapse: collapse; font-size: 14px; }
    th, td { padding: 9px 14px; text-align: left; vertical-align: top;
      border-top: 1px solid var(--grid); }
    thead th { border-top: 0; padding-bottom: 7px; color: var(--soft); font-weight: 500;
      font-size: 13px; vertical-align: bottom; }
    thead tr + tr th { padding-top: 0; }
    thead .group { padding-bottom: 2px; text-align: center; }
    tbody th { font-weight: 600; }
    tbody td { white-space: nowrap; }
    tbody td:last-child { white-space: normal; min-width: 200px; }
    .dense th, .dense td { padding-left: 9px; padding-right: 9px; }
    .dense th:first-child, .dense td:first-child { padding-left: 16px; }
    .dense tbody th { white-space: nowrap; }
    .number { text-align: right; }
    small { display: block; font-size: 12.5px; font-weight: 400; color: var(--soft); }
    .badge { display: inline-block; padding: 1px 10px; border-radius: 99px; font-size: 13px;
      font-weight: 600; }
    .badge::before { margin-right: 6px; }
    .ok { color: var(--good); background: var(--good-back); }
    .ok::before { content: "✓"; }
    .bad { color: var(--bad); background: var(--bad-back); }
    .bad::before { content: "✗"; }
    """

  private static let charts: Markup = """
    \(Hue.allCases.map { "." + $0.rawValue + "{--hue:var(--" + $0.rawValue + ")}" }.joined())
    .charts { display: grid; gap: 16px; grid-template-columns: repeat(2, minmax(0, 1fr)); }
    figure { margin: 0; padding: 16px 18px 12px; background: var(--card);
      border: 1px solid var(--edge); border-radius: 12px; display: flex; flex-direction: column; }
    figure.wide { grid-column: 1 / -1; }
    figure.tall { grid-row: span 2; }
    figcaption { margin-bottom: 8px; }
    figcaption h3 { margin: 0; font-size: 16px; font-weight: 620; }
    figcaption p { margin: 2px 0 0; font-size: 13.5px; line-height: 1.45; color: var(--soft); }
    figure .scroll { margin-top: auto; }
    figure.tall .scroll { margin-top: 0; }
    .plot { display: block; width: 100%; height: auto; min-width: 440px; }
    figure.wide .plot { min-width: 700px; }
    .plot text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
      fill: var(--soft); }
    .plot .name, .plot .value { fill: var(--ink); }
    .plot .note { fill: var(--ink); font-weight: 600; paint-order: stroke; stroke: var(--card);
      stroke-width: 4px; stroke-linejoin: round; }
    .grid { stroke: var(--grid); stroke-width: 1; }
    .base { stroke: var(--soft); stroke-width: 1; }
    .line { fill: none; stroke: var(--hue); stroke-width: 2; stroke-linejoin: round;
      stroke-linecap: butt; }
    .fill { fill: var(--hue); }
    .shade { fill: var(--hue); fill-opacity: 0.13; }
    .limit { stroke: var(--limit); stroke-width: 1.5; stroke-dasharray: 6 4; }
    .stripe { fill: var(--ink); fill-opacity: 0; }
    .stripe:hover, .row:hover .stripe { fill-opacity: 0.09; }
    .mark { fill: var(--hue); fill-opacity: 0; stroke: none; }
    .mark:hover { fill-opacity: 1; }
    .legend { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 0 0 8px; padding: 0;
      list-style: none; font-size: 13px; }
    .legend li { display: flex; align-items: center; gap: 7px; }
    .swatch { width: 22px; height: 12px; }
    """

  private static let small: Markup = """
    @media screen and (max-width: 1100px) { .tiles { grid-template-columns: repeat(4, minmax(0, 1fr)); } }
    @media screen and (max-width: 820px) {
      header, main, footer { padding-left: 16px; padding-right: 16px; }
      .charts { grid-template-columns: minmax(0, 1fr); }
      .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
      .tile.wide, .tile.hash { grid-column: 1 / -1; }
      figure.tall { grid-row: auto; }
      dl.facts { grid-template-columns: 1fr; gap: 0; }
      dd { margin-bottom: 8px; }
      h1 { font-size: 27px; }
    }
    @media print {
      :root, :root:not([data-theme="light"]) { \(light) --page: #ffffff; }
      button { display: none; }
      body { zoom: 0.6; }
      header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
      .scroll { overflow: visible; }
      figure, .tile, tr, .verdict { break-inside: avoid; }
      h2 { break-after: avoid; }
      .verdict, .fill, .shade, .badge, .dot { print-color-adjust: exact;
        -webkit-print-color-adjust: exact; }
    }
    """

  /// Switches between light and dark, and remembers it where the browser lets a file remember.
  static let script: Markup = """
    (function () {
      var root = document.documentElement, button = document.getElementById("theme");
      var system = window.matchMedia("(prefers-color-scheme: dark)");
      function dark() {
        var set = root.getAttribute("data-theme");
        return set ? set === "dark" : system.matches;
      }
      function label() { button.textContent = dark() ? "Light page" : "Dark page"; }
      try {
        var kept = localStorage.getItem("tarn-theme");
        if (kept === "dark" || kept === "light") { root.setAttribute("data-theme", kept); }
      } catch (error) { }
      button.hidden = false;
      label();
      system.addEventListener("change", label);
      button.addEventListener("click", function () {
        var next = dark() ? "light" : "dark";
        root.setAttribute("data-theme", next);
        label();
        try { localStorage.setItem("tarn-theme", next); } catch (error) { }
      });
      window.addEventListener("beforeprint", function () {
        document.querySelectorAll("details").forEach(function (part) { part.open = true; });
      });
    })();
    """
}
