import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/**
 * What operators filter by in the Temporal UI. A namespace on SQL visibility has room for 10 Keyword and 3 of
 * each other type (server 1.32), so think before adding one.
 */
export const searchAttributes = {
  hotkey: defineSearchAttributeKey('CrusadesHotkey', SearchAttributeType.KEYWORD),
  stage: defineSearchAttributeKey('CrusadesStage', SearchAttributeType.KEYWORD),
  outcome: defineSearchAttributeKey('CrusadesOutcome', SearchAttributeType.KEYWORD),
  gpuClass: defineSearchAttributeKey('CrusadesGpuClass', SearchAttributeType.KEYWORD),
  codeHash: defineSearchAttributeKey('CrusadesCodeHash', SearchAttributeType.KEYWORD),
  uid: defineSearchAttributeKey('CrusadesUid', SearchAttributeType.INT),
  netuid: defineSearchAttributeKey('CrusadesNetuid', SearchAttributeType.INT),
  commitBlock: defineSearchAttributeKey('CrusadesCommitBlock', SearchAttributeType.INT),
  mfu: defineSearchAttributeKey('CrusadesMfu', SearchAttributeType.DOUBLE),
  revealTime: defineSearchAttributeKey('CrusadesRevealTime', SearchAttributeType.DATETIME),
} as const;
