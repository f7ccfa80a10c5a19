import Foundation
import Testing

@Suite(
  .serialized,
  .enabled(if: Command.release != nil, "the release binary is missing: run make test"))
struct `An export` {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let outcome = try #require(Command.release).run(
      shortLaptop + ["--quiet", "--export", folder.url.path])
    #expect([0, 3].contains(outcome.status), "\(outcome.errors)")
  }

  /// Paths below the folder that end like this.
  private func files(_ suffix: String) throws -> [URL] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.url.path)
      .filter { $0.hasSuffix(suffix) }.sorted().map(folder.url.appendingPathComponent)
  }

  @Test func `holds a report of one file that fetches nothing`() throws {
    let report = try String(
      contentsOf: folder.url.appendingPathComponent("report.html"), encoding: .utf8)
    #expect(report.hasPrefix("<!DOCTYPE html>") || report.hasPrefix("<!doctype html>"))
    #expect(!report.contains(/(src|href)\s*=\s*["']https?:/))
    #expect(report.contains("prefers-color-scheme"))
  }

  @Test(.enabled(if: Command.python != nil, "no Python for notebooks: run make test"))
  func `holds a notebook that runs`() throws {
    let notebooks = try files(".ipynb")
    #expect(!notebooks.isEmpty)
    let script = """
      import nbclient, nbformat, os, sys
      for path in sys.argv[1:]:
          notebook = nbformat.read(path, as_version=4)
          place = {"metadata": {"path": os.path.dirname(path)}}
          nbclient.NotebookClient(notebook, timeout=120, resources=place).execute()
      """
    let outcome = try #require(Command.python).run(["-c", script] + notebooks.map(\.path))
    #expect(outcome.status == 0, "\(outcome.errors)")
  }
}
