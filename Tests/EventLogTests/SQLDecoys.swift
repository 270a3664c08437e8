/// SQL that holds COPY and INSERT text where psql does not run it, or runs it for other tables.
struct SQLDecoys {
  static let row =
    "('ffffffff-0000-4000-8000-000000000001', 'ffffffff-0000-4000-8000-000000000002', '2026-01-05 17:30:00+00', 'set.logged', '{}', NULL, '2026-01-05 17:30:00+00')"
  private static let insert = "INSERT INTO public.events VALUES \(row);"
  private static let copyRow = row.dropFirst().dropLast().replacing(", ", with: "\t").replacing("'", with: "")
    .replacing("NULL", with: "\\N")
  private static let copy =
    "COPY public.events (id, user_id, \"timestamp\", event_type, data, metadata, created_at) FROM stdin;\n\(copyRow)\n\\.\n"
  /// Text that must not be read, on lines of its own.
  private static let bait = "\n\(copy)\(insert)\n-- PostgreSQL database dump complete\n\(copy)"
  private static let otherTables = [
    "events_archive", "public.\"Events\"", "archive.events", "\"events \"", "public.eventsx", "x",
  ]

  /// A complete decoy: SQL that follows it is run.
  static func next(_ made: inout MadeEvents) -> String {
    switch made.below(22) {
    case 0: "-- \(insert)\n"
    case 1: "/* \(bait) /* \(bait) */ \(bait) */\n"
    case 2: "SELECT '\(bait.replacing("'", with: "''"))';\n"
    case 3: "SELECT E'\\'\(bait.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))\\\\';\n"
    case 4: "COMMENT ON TABLE public.events IS $x$ $y$ \(bait) $y $ $x$;\n"
    case 5: "CREATE FUNCTION f(a integer) RETURNS void LANGUAGE plpgsql AS $body$\nBEGIN\(bait)END;\n$body$;\n"
    case 6:
      "CREATE OR REPLACE PROCEDURE p() LANGUAGE sql\n BEGIN ATOMIC\n \(insert) SELECT CASE WHEN true THEN 1 END;\n\(insert)\nEND;\n"
    case 7: "COMMENT ON COLUMN x.\"a \(bait.replacing("\"", with: "\"\"")) b\" IS NULL;\n"
    case 8:
      "COPY \(made.pick(otherTables)) FROM stdin;\n\(copyRow)\nit's; \(insert)\n\\\\.\n/* COPY public.events FROM stdin;\n\\.\n"
    case 9:
      "INSERT INTO \(made.pick(otherTables)) VALUES \(row),\n('\(bait.replacing("'", with: "''"))') ON CONFLICT (id) DO NOTHING;\n"
    case 10: "CREATE VIEW v AS SELECT 'x\(bait.replacing("'", with: "''"))'::text AS a;\n"
    case 11: "CREATE RULE r AS ON INSERT TO x DO ALSO (\(insert) \(insert));\n"
    case 12: "SELECT 1\\; SELECT '\(insert.replacing("'", with: "''"))'\\;\nSELECT 2;\n"
    case 13:
      made.pick([
        "\\echo INSERT INTO public.events VALUES (1);\n", "\\! echo \(insert)\n",
        "\\set x 'COPY public.events FROM stdin;'\n",
      ])
    case 14: "SET application.note = '\(bait.replacing("'", with: "''"))';\nRESET application.note;\n"
    case 15: "SET search_path = archive, pg_catalog;\nINSERT INTO events VALUES \(row);\nSET search_path TO public;\n"
    case 16: "BEGIN;\nSET LOCAL search_path TO 'archive';\nCOPY events FROM stdin;\n\(copyRow)\n\\.\nCOMMIT;\n"
    case 17:
      "SELECT pg_catalog.set_config('search_path', 'archive', false);\nINSERT INTO events VALUES \(row);\nRESET ALL;\n"
    case 18: "CREATE TABLE x (a text DEFAULT '\(bait.replacing("'", with: "''"))', b text CHECK ((b <> 'COPY')));\n"
    case 19: "CREATE FUNCTION h() RETURNS void LANGUAGE sql BEGIN ATOMIC SELECT 1\\; \(insert)\n\\; \(insert) END;\n"
    case 20: "CREATE TEMPORARY TABLE y AS SELECT U&'d\\0061t''; \(insert.replacing("'", with: "''"))';\n"
    default: "BEGIN; SAVEPOINT s;\nROLLBACK TO s;\nEND;\nSELECT \"a\"\"; \(insert.replacing("\"", with: ""))\", 1;\n"
    }
  }

  static func some(_ made: inout MadeEvents) -> String { (0..<made.below(4)).map { _ in next(&made) }.joined() }
}
