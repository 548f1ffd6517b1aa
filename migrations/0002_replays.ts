import { sql, type Kysely } from 'kysely';

/**
 * Attempts that were run again from the record. They stand beside the attempts and not among them: nothing that
 * decides a score reads this table. The columns are those of `attempts`, and who asked for it, when and why.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table replays (
      submission_id text not null,
      evaluation integer not null,
      number integer not null,
      n integer not null check (n >= 1),
      requested_by text not null,
      reason text,
      requested_at timestamptz not null,
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
      primary key (submission_id, number, n),
      foreign key (submission_id, evaluation, number) references attempts
    )`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table replays`.execute(db);
}
