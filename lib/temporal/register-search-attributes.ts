import type { Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import proto from '@temporalio/proto';
import { crusadesError } from '../errors/index.js';
import type { SearchAttributeType, TemporalSettings } from '../settings/index.js';

const { IndexedValueType } = proto.temporal.api.enums.v1;

const TYPES: Readonly<Record<SearchAttributeType, number>> = {
  Text: IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
  Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  Int: IndexedValueType.INDEXED_VALUE_TYPE_INT,
  Double: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
  Bool: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
  Datetime: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  KeywordList: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
};

const DEADLINE_MS = 15_000;

/**
 * Registers the search attributes that the namespace lacks; run again, it changes nothing.
 *
 * An upsert of an unknown attribute would leave every workflow stuck in its task, so a control worker does this
 * before it polls.
 *
 * @throws `temporal_unreachable` when the server refuses, as Temporal Cloud does: register them there by hand
 */
export async function registerSearchAttributes(
  connection: Connection | NativeConnection,
  { namespace, address, search_attributes }: TemporalSettings,
): Promise<readonly string[]> {
  try {
    return await connection.withDeadline(Date.now() + DEADLINE_MS, async () => {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      const missing = Object.entries(search_attributes).filter(([name]) => !(name in customAttributes));
      if (missing.length > 0) {
        await connection.operatorService.addSearchAttributes({
          namespace,
          searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, TYPES[type]])),
        });
      }
      return missing.map(([name]) => name);
    });
  } catch (error) {
    const reason = `search attributes could not be registered (${error instanceof Error ? error.message : String(error)})`;
    throw crusadesError('temporal_unreachable', { address, reason }, { cause: error });
  }
}
