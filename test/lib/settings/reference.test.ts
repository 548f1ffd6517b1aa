import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { hparamsSchema } from '../../../hparams/schema.js';
import { environmentSchema } from '../../../lib/settings/environment.js';
import { jsonSchemaOf, type JsonSchema } from '../../../lib/settings/json-schema.js';
import { packaged } from '../../../lib/settings/index.js';
import { hparamsJsonSchema, settingsReference } from '../../../lib/settings/reference.js';
import { temporalSchema } from '../../../lib/settings/temporal-schema.js';

/** Keys without a description, at any depth. */
const undescribed = (schema: JsonSchema, path = ''): string[] =>
  [
    ...Object.entries(schema.properties ?? {}),
    ...(typeof schema.additionalProperties === 'object'
      ? Object.entries(schema.additionalProperties.properties ?? {})
      : []),
  ].flatMap(([key, inner]) => [
    ...(inner.description === undefined ? [`${path}${key}`] : []),
    ...undescribed(inner, `${path}${key}.`),
  ]);

describe('the reference of the settings', () => {
  it('describes every key of every file', () => {
    for (const schema of [hparamsSchema, temporalSchema, environmentSchema]) {
      assert.deepEqual(undescribed(jsonSchemaOf(schema)), []);
    }
  });

  it('shows each key with its range and the values of both profiles', () => {
    const text = settingsReference();
    assert.match(text, /\| `evaluation_runs` \| [^|]+ \| whole number, 1 to 25 \| `5` \| `5` \|/);
    assert.match(text, /\| `gpu_class` \| [^|]+ \| [^|]+ \| `"h200"` \| `"cpu"` \|/);
    assert.match(text, /\| `activities\.<name>\.heartbeat` \|/);
    assert.match(text, /\| `DATABASE_URL` \|/);
  });

  it('lists the same keys as the JSON Schema that editors use', async () => {
    const published = JSON.parse(
      await readFile(packaged('docs/reference/hparams.schema.json'), 'utf8'),
    ) as unknown;
    assert.deepEqual(published, JSON.parse(hparamsJsonSchema()));
  });
});
