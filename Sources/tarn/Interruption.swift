import Foundation
import Synchronization

/// Ctrl-C and a polite kill: noted here, so that a run can end cleanly and say what it reached. A
/// second signal ends the process at once.
enum Interruption {
  private static let received = Atomic<Int32>(0)

  /// Starts to listen for SIGINT and SIGTERM.
  static func listen() {
    // A global is made on first use; make it here, not inside the handler.
    received.store(0, ordering: .relaxed)
    // Whoever starts us from a thread that blocks signals hands the block on.
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM] {
      sigaddset(&wanted, number)
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { Interruption.note($0) }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
      sigaction(number, &action, nil)
    }
    pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
  }

  private static func note(_ number: Int32) { received.store(number, ordering: .relaxed) }

  /// The signal that arrived; nil if none did.
  static var signal: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }
}
