extension MissRatioCurve {
  /// The point from which on more capacity buys less than the curve's average: its knee, or nil for a
  /// curve that has none.
  ///
  /// Both axes are scaled to 0...1 between the first and the last point, capacity linear because it
  /// is paid for by the byte. The knee is the point furthest below the chord from end to end, which is
  /// where the curve's slope is the chord's; it always lies on the lower convex hull (Satopaa,
  /// Albrecht, Irwin, Raghavan, "Finding a 'Kneedle' in a haystack", ICDCS-W 2011, without its
  /// smoothing and with its sensitivity at 0). Of equally far points the smallest wins. No knee has a
  /// curve of fewer than three points, one that does not fall, and one that nowhere lies below the
  /// chord by more than half its band's width there.
  public func knee() -> Point? {
    guard points.count >= 3, let first = points.first, let last = points.last else { return nil }
    let fall = first.missRatio - last.missRatio
    guard fall > 0 else { return nil }
    let width = Double(last.capacity - first.capacity)
    var best: (point: Point, depth: Double)?
    for point in points.dropFirst().dropLast() {
      let x = Double(point.capacity - first.capacity) / width
      let depth = first.missRatio - x * fall - point.missRatio
      guard depth > (point.high - point.low) / 2, depth > (best?.depth ?? 0) else { continue }
      best = (point, depth)
    }
    return best?.point
  }
}
