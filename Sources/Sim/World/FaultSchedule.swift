import TarnCore

/// Which nodes are lost when, and when they are back. Made from the scenario before the run.
struct FaultSchedule {
  /// One group of nodes of one cell that fails together: a node, or a rack.
  struct Loss {
    var nodes: [UInt32]
    var at: Instant
    /// `Instant.never`: it does not come back.
    var returnsAt: Instant
  }

  /// What happens to a loss.
  enum Moment: Int, CaseIterable {
    /// The nodes fall silent.
    case lost
    /// The cell's view says so.
    case detected
    /// They run again, with what their flash holds.
    case returned
    /// The cell's view says so.
    case readmitted
  }

  var losses: [Loss] = []
  /// From silence to the view that says so, and from a return to its view.
  var detection: Nanoseconds = 5_000_000_000
  var readmission: Nanoseconds = 1_000_000_000

  /// Everything that will happen, as (when, which loss, what).
  var timetable: [(at: Instant, index: Int)] {
    var entries: [(at: Instant, index: Int)] = []
    for (number, loss) in losses.enumerated() {
      for moment in Moment.allCases {
        guard let time = time(of: moment, loss), time != .never else { continue }
        entries.append((time, number * Moment.allCases.count + moment.rawValue))
      }
    }
    return entries
  }

  /// A node that is back before anyone noticed its loss never leaves the view.
  private func time(of moment: Moment, _ loss: Loss) -> Instant? {
    let isNoticed = loss.returnsAt == .never || loss.returnsAt - loss.at > detection
    switch moment {
    case .lost: return loss.at
    case .detected: return isNoticed ? loss.at + detection : nil
    case .returned: return loss.returnsAt
    case .readmitted:
      guard isNoticed, loss.returnsAt != .never else { return nil }
      return loss.returnsAt + readmission
    }
  }

  subscript(index: Int) -> (loss: Loss, moment: Moment) {
    let (number, moment) = index.quotientAndRemainder(dividingBy: Moment.allCases.count)
    guard let moment = Moment(rawValue: moment) else {
      preconditionFailure("a timetable entry names a moment")
    }
    return (losses[number], moment)
  }
}
