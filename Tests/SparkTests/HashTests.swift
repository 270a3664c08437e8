import EventModel
import Rebuilding
import Testing

@Suite("the hash of a user that all engines compute")
struct HashTests {
  /// User, hash, and the hash modulo 2, 3, 7 and 1000. Partitions.md has the same table.
  static let vectors: [(user: String, hash: UInt32, partitions: [Int])] = [
    ("00000000-0000-0000-0000-000000000000", 0x12B9_377C, [0, 1, 4, 252]),
    ("08a74b44-65f4-477d-9dbe-1c12c0d105b6", 0xA5ED_1F8D, [1, 1, 1, 749]),
    ("123e4567-e89b-12d3-a456-426614174000", 0x986C_0DC9, [1, 0, 5, 249]),
    ("cd16be9f-e7b2-4946-a3ac-39ba2feacab2", 0x63E4_064A, [0, 2, 2, 202]),
    ("ffffffff-ffff-ffff-ffff-ffffffffffff", 0x1398_4AB8, [0, 0, 5, 704]),
  ]

  @Test("Partitions.md: the first 4 bytes, big-endian, of the SHA-256 of the lower-case hyphenated text, modulo N")
  func vectors() throws {
    for (text, hash, partitions) in HashTests.vectors {
      let user = try #require(UserID(text))
      #expect(UserPartition.hash(of: user) == hash, "\(text)")
      // The log may write the id in upper or lower case.
      #expect(UserID(text.uppercased()) == user)
      for (count, index) in zip([2, 3, 7, 1000], partitions) {
        let owners = (0..<count).filter { UserPartition($0, of: count)?.contains(user) == true }
        #expect(owners == [index], "\(text) of \(count)")
      }
    }
  }

  @Test("I/N: decimal, 0 ≤ I < N ≤ 65,536, nothing else")
  func notation() {
    #expect(UserPartition("0/1") == .whole)
    #expect(UserPartition("6/7") == UserPartition(6, of: 7))
    #expect(UserPartition("65535/65536")?.description == "65535/65536")
    for text in ["7/7", "1/0", "0/0", "-1/2", "1/65537", "1", "1/2/3", "+1/2", " 1/2", "1/2 ", "a/b", "/", "", "١/٢"] {
      #expect(UserPartition(text) == nil, "\(text)")
    }
  }
}
