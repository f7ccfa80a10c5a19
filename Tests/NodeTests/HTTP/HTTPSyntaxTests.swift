import NIOCore
import Testing

@testable import TarnNode

@Suite struct HTTPSyntaxTests {
  @Test func tokensAreThoseOfTheStandard() {
    let tokens = Set("!#$%&'*+-.^_`|~0123456789".utf8)
    for byte in UInt8.min...UInt8.max {
      let isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a && byte < 0x80
      #expect(HTTPSyntax.isToken(byte) == (tokens.contains(byte) || isLetter), "\(byte)")
    }
  }

  @Test func controlBytesAreFoundAtEveryPlace() {
    for byte in UInt8.min...UInt8.max {
      for place in 0..<19 {
        var bytes = [UInt8](repeating: 0x80, count: 19)
        bytes[place] = byte
        let found = bytes.withUnsafeBytes { HTTPSyntax.firstControlByte(in: $0) }
        let isControl = (byte < 0x20 && byte != 9) || byte == 0x7f
        #expect(found == (isControl ? place : nil), "\(byte) at \(place)")
      }
    }
  }

  @Test func theDateLineIsTheSameAsTheText() {
    var random = SplitMix(seed: 11)
    var times: [Int64] = [
      0, -1, 951_782_399, 951_782_400, 951_868_799, 951_868_800, 4_107_542_399, 4_107_542_400,
      -62_167_219_200, -62_167_219_201, 253_402_300_799, 253_402_300_800, .min, .max, 784_111_777,
    ]
    for _ in 0..<20_000 {
      times.append(Int64(random.below(315_569_519_999)) - 62_167_219_200)
    }
    for time in times {
      var bytes = [UInt8](repeating: 0, count: HTTPDateLine.length)
      bytes.withUnsafeMutableBytes { HTTPDateLine.write(time, to: $0) }
      #expect(String(decoding: bytes, as: UTF8.self) == HTTPDate.format(time))
    }
  }

  @Test func headersCannotEndTheirLine() {
    var buffer = ByteBuffer()
    var date = HTTPDateLine()
    date.update()
    HTTPResponseFormat.append(
      HTTPResponseHead(status: 200, headers: [("X", "a\r\nSet-Cookie: b\n\u{0}c\td")]),
      HTTPResponseShape(body: .length(18_446_744_073_709_551_615), closes: true, keepsAlive: false),
      date: date, to: &buffer)
    let lines = String(buffer: buffer).split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "HTTP/1.1 200 OK")
    #expect(lines[3] == "X: a  Set-Cookie: b  c\td")
    #expect(lines[4] == "Content-Length: 18446744073709551615")
    #expect(lines[5...] == ["Connection: close", "", ""])
  }
}

@Suite struct DeadlineWheelTests {
  private final class Holder: DeadlineHolder {
    var wheelPlace = WheelPlace()
    var deadline: Int
    var ends: [Int] = []
    init(_ deadline: Int) { self.deadline = deadline }
    func deadlinePassed() {}
  }

  @Test func everyDeadlineComesAtItsTickAndMayMove() {
    var wheel = DeadlineWheel()
    var random = SplitMix(seed: 5)
    var holders = (0..<300).map { _ in Holder(1 + random.below(200)) }
    for holder in holders { wheel.place(holder) }
    for tick in 1...500 {
      // Some move ahead without telling; some move back and tell; some leave.
      for holder in holders where holder.wheelPlace.slot >= 0 && random.below(40) == 0 {
        switch random.below(3) {
        case 0: holder.deadline += random.below(50)
        case 1:
          holder.deadline = tick + random.below(20)
          wheel.place(holder)
        default:
          wheel.remove(holder)
          holders.removeAll { $0 === holder }
        }
      }
      for case let holder as Holder in wheel.advance() {
        holder.ends.append(tick)
        #expect(max(holder.deadline, 1) == tick)
      }
      let waiting = holders.filter { $0.wheelPlace.slot >= 0 }
      #expect(wheel.count == waiting.count)
      #expect(waiting.allSatisfy { $0.deadline > tick })
    }
    #expect(wheel.count == 0)
    #expect(holders.allSatisfy { $0.ends.count == 1 })
  }
}
