import { sql, type Kysely } from 'kysely';

/**
 * Sketches of scanned code, and which submission's was nearest when it was scanned. For people who look: nothing that
 * decides a score reads this table.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table code_sketches (
      submission_id text primary key references submissions,
      sketch text not null,
      compared integer check (compared >= 0),
      nearest_id text references submissions,
      similarity double precision check (similarity between 0 and 1),
      recorded_at timestamptz not null default now(),
      check ((nearest_id is null) = (similarity is null))
    )`.execute(db);
  await sql`create index code_sketches_newest on code_sketches (recorded_at desc)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table code_sketches`.execute(db);
}
