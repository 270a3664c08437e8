extension RunbookTests {
  /// Jobs in every state, with the tested source label and with others.
  static let queue = """
    insert into background_jobs (user_id, job_type, payload, status, priority, attempt, created_at, scheduled_for)
    select (select id from users order by id offset number % 20 limit 1), type, jsonb_build_object(
        'source', (array['it''s "a" source', 'another', 'it''s "a" source '])[1 + number % 3],
        'event_type', (array['set.logged', 'session.logged', 'profile.updated'])[1 + number % 3 * (number % 2)]),
      (array['completed', 'dead', 'failed', 'pending', 'processing'])[1 + number % 5], 0, 1,
      '2026-02-22 00:00:00+00', '2026-02-22 00:00:00+00'
    from generate_series(1, 90) as number,
      (values ('projection.update'), ('projection.retry')) as types (type);
    insert into background_jobs (user_id, job_type, payload, status, priority, attempt, created_at, scheduled_for)
    select (select id from users limit 1), type, '{"source": "it''s \\"a\\" source"}', 'completed', 4, 1, fixed.now(),
      fixed.now()
    from (values ('inference.capability_backfill'), ('inference.objective_backfill')) as types (type);
    """

  /// Changes to the database, made one after another. The figures are compared after each.
  static let damages = [
    "",
    "update projections set updated_at = updated_at + (get_byte(uuid_send(user_id), 15) - 128) * '7 hours 0.123457 s'::interval",
    "delete from projections where projection_type = 'objective_state' and get_byte(uuid_send(user_id), 14) % 3 = 0",
    """
    delete from projections where key = 'jump_height' and get_byte(uuid_send(user_id), 13) % 2 = 0;
    update projections set key = 'another' where key = 'sprint_max_speed' and get_byte(uuid_send(user_id), 12) % 2 = 0
    """,
    """
    insert into projections (user_id, projection_type, key, data, updated_at)
    select md5('stranger' || key)::uuid, 'capability_estimation', key, '{}', '0001-01-02 00:00:00.000001+00'
    from unnest(array['strength_1rm', 'sprint_max_speed', 'jump_height', 'endurance_threshold']) as key
    """,
    "insert into users values ('00000000-0000-4000-8000-000000000001'), ('ffffffff-ffff-4fff-bfff-ffffffffffff')",
    "delete from projections where projection_type = 'capability_estimation'",
  ]

  static let capabilityTypes =
    "array['set.logged', 'session.logged', 'set.corrected', 'external.activity_imported']"

  static let objectiveTypes = """
    array['goal.set', 'objective.set', 'objective.updated', 'objective.archived', 'advisory.override.recorded',
      'profile.updated', 'set.logged', 'session.logged', 'external.activity_imported']
    """

  /// The worker's fan-out of a controller job, as the contract's page on the backfill describes it.
  static let fanOut = """
    create function fan_out(label text, types text[], ids uuid[], objective boolean) returns setof jsonb language sql as $$
      select jsonb_build_object('user_id', target.id, 'job_type', 'projection.update', 'priority', 0, 'payload',
        jsonb_build_object('source', label, 'user_id', target.id, 'event_type', type, 'event_id', coalesce(
          (select e.id from events e where e.user_id = target.id and e.event_type = type
           order by e.timestamp desc, e.id desc limit 1),
          case when objective and type = 'profile.updated' then uuid_generate_v5(
            uuid_generate_v5(uuid_ns_url(), 'kura:' || label || ':profile.updated'), target.id::text) end)))
      from users target, unnest(types) as type
      where (ids is null or target.id = any (ids))
        and (objective and type = 'profile.updated'
          or exists (select 1 from events e where e.user_id = target.id and e.event_type = type))
        and not exists (select 1 from background_jobs j
          where j.job_type = 'projection.update' and j.payload->>'source' = label and j.user_id = target.id
            and j.payload->>'event_type' = type and j.status in ('pending', 'processing'))
    $$;
    """
}
