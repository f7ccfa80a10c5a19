/// What every report has around its content: the head, the style, the header and the footer.
struct PageFrame {
  /// Of the window.
  var title: String
  /// Which study it is.
  var brand: String
  var heading: String
  var facts: [String]
  var content: Markup
  /// The command that made it.
  var maker: String

  var html: String {
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
      style-src 'unsafe-inline'; script-src 'unsafe-inline'"/>
      <title>\(title)</title>
      <style>
      \(ReportStyle.sheet)
      </style>
      </head>
      <body>
      \(header)
      <main>
      \(content)
      </main>
      <footer>Made by <b>\(maker)</b>. This file is complete: it loads nothing.</footer>
      <script>
      \(ReportStyle.script)
      </script>
      </body>
      </html>

      """
    return page.text
  }

  private var header: Markup {
    """
    <header><div>
    <p class="brand"><svg viewBox="0 0 24 24" aria-hidden="true">\
    <path class="peak" d="M1 15 L8.5 4 L13 10.5 L15.5 7 L23 15 Z"/>\
    <path class="lake" d="M3 18h18M6 21.5h12"/></svg>\(brand)</p>
    <h1>\(heading)</h1>
    <p class="facts">\(facts.joined(separator: " · "))</p>
    </div><button type="button" id="theme" hidden="hidden">Light or dark</button></header>
    """
  }
}
