import ProcessSupport
import Testing

/// A query in the database can compute the partition of a user.
@Suite(.enabled(if: PrivateCluster.isWanted, "needs Debian's postgresql package"))
struct PartitionHashTests {
  @Test("Partitions.md: PostgreSQL's expression gives the hash of the test vectors")
  func hash() throws {
    let cluster = try PrivateCluster()
    let work = try ScratchFolder()
    let vectors: [(user: String, hash: String)] = [
      ("00000000-0000-0000-0000-000000000000", "314128252"),
      ("08A74B44-65F4-477D-9DBE-1C12C0D105B6", "2783780749"),
      ("123e4567-e89b-12d3-a456-426614174000", "2557218249"),
    ]
    let values = vectors.map { "('\($0.user)'::uuid)" }.joined(separator: ", ")
    let query = """
      SELECT ('x' || encode(substr(sha256(user_id::text::bytea), 1, 4), 'hex'))::bit(32)::bigint \
      FROM (VALUES \(values)) AS users (user_id)
      """
    let listed = try cluster.shell("psql -XAt <<'E'\n\(query)\nE", in: work.path)
    #expect(listed.output.split(separator: "\n").map(String.init) == vectors.map(\.hash))
  }
}
