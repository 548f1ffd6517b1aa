import { sql, type Kysely } from 'kysely';

/**
 * The ledger's tables. docs/reference/ledger.md says what each is for.
 *
 * Unique keys make every write safe to repeat. Times are UTC. Numbers of blocks and rounds are bigint.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table code_blobs (
      sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
      -- UTF-8 as bytea: Postgres text cannot hold NUL, and what a miner hosts may.
      text bytea not null,
      bytes integer not null,
      first_url text not null,
      created_at timestamptz not null default now()
    )`.execute(db);

  await sql`
    create table submissions (
      id text primary key check (id ~ '^[0-9a-f]{12}$'),
      network text not null,
      netuid integer not null,
      competition_version integer not null,
      hotkey text not null,
      uid integer,
      commit_block bigint not null,
      workflow_id text not null unique,
      reveal_round bigint,
      reveal_block bigint,
      url text,
      committed_hash text,
      code_sha256 text references code_blobs,
      normalised_hash text,
      settings jsonb not null,
      settings_hash text not null,
      stage text not null default 'awaiting_reveal' check (stage in (
        'awaiting_reveal', 'admitting', 'fetching', 'scanning', 'queued', 'evaluating', 'recording',
        'scored', 'rejected', 'failed', 'cancelled', 'superseded', 'expired')),
      outcome text,
      error jsonb,
      mfu double precision,
      evaluation integer not null default 1,
      admitted_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      finished_at timestamptz,
      unique (network, netuid, hotkey, commit_block),
      check ((finished_at is null) = (outcome is null)),
      check ((stage = 'scored') = (mfu is not null))
    )`.execute(db);
  await sql`create index submissions_recent on submissions (created_at desc)`.execute(db);
  await sql`create index submissions_of_hotkey on submissions (hotkey, commit_block desc)`.execute(db);

  await sql`
    create table submission_stages (
      submission_id text not null references submissions,
      stage text not null,
      entered_at timestamptz not null,
      detail jsonb,
      primary key (submission_id, entered_at, stage)
    )`.execute(db);

  await sql`
    create table attempts (
      submission_id text not null references submissions,
      evaluation integer not null check (evaluation >= 1),
      number integer not null check (number >= 1),
      outcome text not null,
      mfu double precision,
      seconds double precision,
      tokens bigint,
      final_loss double precision,
      seed text,
      seed_commitment text,
      statistics jsonb not null,
      limits jsonb not null,
      phases jsonb not null,
      environment jsonb not null,
      isolation text,
      error jsonb,
      gpu_queue text,
      worker text,
      image_digest text,
      output_tail text not null,
      started_at timestamptz not null,
      finished_at timestamptz not null,
      primary key (submission_id, evaluation, number)
    )`.execute(db);

  await sql`
    create table commitments_seen (
      network text not null,
      netuid integer not null,
      hotkey text not null,
      commit_block bigint not null,
      digest text,
      kind text not null check (kind in ('sealed', 'revealed', 'failed', 'plain')),
      workflow_id text,
      seen_at timestamptz not null default now(),
      primary key (network, netuid, hotkey, commit_block)
    )`.execute(db);

  await sql`
    create table code_claims (
      network text not null,
      netuid integer not null,
      competition_version integer not null,
      normalised_hash text not null,
      submission_id text not null references submissions,
      hotkey text not null,
      commit_block bigint not null,
      claimed_at timestamptz not null default now(),
      primary key (network, netuid, competition_version, normalised_hash)
    )`.execute(db);

  await sql`
    create table scores (
      sequence bigint generated always as identity primary key,
      submission_id text not null references submissions,
      evaluation integer not null,
      mfu double precision not null,
      scored_block bigint not null,
      recorded_at timestamptz not null default now(),
      unique (submission_id, evaluation)
    )`.execute(db);

  await sql`
    create table leader_history (
      sequence bigint generated always as identity primary key,
      network text not null,
      netuid integer not null,
      competition_version integer not null,
      submission_id text not null references submissions,
      score_sequence bigint not null unique references scores,
      mfu double precision not null,
      block bigint not null,
      threshold_before double precision not null,
      threshold_after double precision not null,
      transition jsonb not null,
      recorded_at timestamptz not null default now()
    )`.execute(db);
  await sql`
    create index leader_history_of_competition
      on leader_history (network, netuid, competition_version, sequence desc)`.execute(db);

  await sql`
    create table weight_submissions (
      network text not null,
      netuid integer not null,
      hotkey text not null,
      decided_block bigint not null,
      attempt integer not null check (attempt >= 1),
      target jsonb not null,
      reason text not null,
      route text check (route in ('set_weights', 'commit_timelocked')),
      outcome text not null check (outcome in (
        'submitted', 'confirmed', 'unknown', 'refused', 'failed', 'skipped')),
      tx_hash text,
      block bigint,
      confirmed_block bigint,
      error jsonb,
      decided_at timestamptz not null,
      updated_at timestamptz not null default now(),
      primary key (network, netuid, hotkey, decided_block, attempt)
    )`.execute(db);

  await sql`
    create table operator_actions (
      id text primary key,
      action text not null,
      reason text not null check (reason <> ''),
      target text not null,
      actor text not null,
      at timestamptz not null
    )`.execute(db);
  await sql`create index operator_actions_recent on operator_actions (at desc)`.execute(db);

  await sql`
    create table payments (
      network text not null,
      block bigint not null,
      extrinsic_index integer not null,
      submission_id text not null references submissions,
      payer text not null,
      amount_rao numeric(30) not null check (amount_rao > 0),
      verified_at timestamptz not null default now(),
      primary key (network, block, extrinsic_index)
    )`.execute(db);

  await createReader(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`
    drop table payments, operator_actions, weight_submissions, leader_history, scores, code_claims,
      commitments_seen, attempts, submission_stages, submissions, code_blobs`.execute(db);
}

/**
 * The role `crusades_reader`, which may only read; grant it to the API's login role. It belongs to the whole server,
 * so another ledger may have made it already, and a managed Postgres may not allow it: neither stops a migration.
 */
const createReader = (db: Kysely<unknown>): Promise<unknown> =>
  sql`
    do $$
    begin
      begin
        create role crusades_reader nologin;
      exception
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then
          raise notice 'this user may not create the role crusades_reader';
      end;
      if exists (select from pg_roles where rolname = 'crusades_reader') then
        begin
          execute 'grant usage on schema public to crusades_reader';
          execute 'grant select on all tables in schema public to crusades_reader';
          execute 'alter default privileges in schema public grant select on tables to crusades_reader';
        exception
          when insufficient_privilege or internal_error then
            raise notice 'this user may not grant rights to crusades_reader';
        end;
      end if;
    end
    $$`.execute(db);
