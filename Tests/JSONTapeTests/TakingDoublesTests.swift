import EventModel
import JSONTape
import Testing

@Suite("numbers of programs")
struct TakingDoublesTests {
  @Test(
    "a number with an exponent is a double, also beside an integer beyond 64 bits",
    arguments: [
      ("[1e22,5.0,-1e-7,2.5e21]", "[1e+22,5,-1e-7,2.5e+21]"),
      ("[1e22,123456789012345678901234567890,2.50]", "[1e+22,123456789012345678901234567890,2.5]"),
      ("[-0.0,1E2,100]", "[0,100,100]"),
    ])
  func doubles(text: String, written: String) throws {
    let (parser, arena) = (TapeParser(), ByteArena())
    let packer = DocumentPacker(arena: arena)
    let padded = Array(text.utf8) + [UInt8](repeating: 0x20, count: TapeParser.padding)
    try padded.withUnsafeBytes { bytes in
      let document = UnsafeRawBufferPointer(rebasing: bytes[..<text.utf8.count])
      let place = try packer.walk(try parser.parseTakingDoubles(document), of: document)
      let output = ByteArena()
      var json = CanonicalWriter(output: output)
      json.value(JSONValue(arena.base + place))
      #expect(String(decoding: output.bytes, as: UTF8.self) == written)
    }
  }

  @Test("a stored value is written with a point and can be told from an integer")
  func stored() throws {
    for (text, written) in [
      ("[5.0,5,1e-7,0.1000000000000000055,-0.0]", "[5.0,5,1.0e-7,0.1,0.0]"),
      (#"{"bb":1.50,"a":{"c":[true,null]}}"#, #"{"a":{"c":[true,null]},"bb":1.5}"#),
    ] {
      let arena = ByteArena()
      let packer = DocumentPacker(arena: arena)
      let place = try Array(text.utf8).withUnsafeBytes { try packer.pack($0) }
      let output = ByteArena()
      var json = CanonicalWriter(output: output)
      json.stored(JSONValue(arena.base + place))
      #expect(String(decoding: output.bytes, as: UTF8.self) == written)
    }
  }
}
