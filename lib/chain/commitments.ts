import { createHash } from 'node:crypto';

import { decodeCommitmentText } from '../timelock/index.js';
import { plainNumber } from './plain.js';
import type { CommitmentContent, ObservedCommitment } from './types.js';

/** What the chain holds of one hotkey's commitments, as plain JSON of the three storage items. */
export interface CommitmentState {
  readonly hotkey: string;
  /** `CommitmentOf`; null when nothing is pending. */
  readonly pending: unknown;
  /** `RevealedCommitments`, oldest first. */
  readonly revealed: unknown;
  /** `LastCommitment`. */
  readonly lastCommitment: number | null;
}

/**
 * The commitments of one hotkey: what is pending, then the reveals in chain order.
 *
 * A reveal carries only the block in which it was opened. All reveals of the newest such block come from one
 * commitment; with nothing pending that is the last one the hotkey made, whose block is known. For others the
 * commit block stays unknown here: see `commitBlockOf`.
 */
export const commitmentsOfHotkey = (state: CommitmentState): readonly ObservedCommitment[] => {
  const { hotkey, lastCommitment } = state;
  const pending = pendingCommitment(state);
  const reveals = revealsOf(state.revealed);
  const newest = Math.max(0, ...reveals.map(({ revealBlock }) => revealBlock));
  const revealed = reveals.map(({ bytes, revealBlock }): ObservedCommitment => {
    const known =
      pending.length === 0 &&
      revealBlock === newest &&
      lastCommitment !== null &&
      lastCommitment <= revealBlock;
    return {
      hotkey,
      commitBlock: known ? lastCommitment : revealBlock,
      commitBlockKnown: known,
      content: { kind: 'revealed', revealBlock, text: decodeCommitmentText(bytes) },
    };
  });
  return [...pending, ...revealed];
};

const pendingCommitment = ({ hotkey, pending }: CommitmentState): readonly ObservedCommitment[] => {
  const registration = registrationOf(pending);
  if (!registration) return [];
  const content = contentOf(registration.fields);
  return [{ hotkey, commitBlock: registration.block, commitBlockKnown: true, content }];
};

/** Block and fields of a `CommitmentOf` entry. */
export const registrationOf = (
  value: unknown,
): { readonly block: number; readonly fields: readonly unknown[] } | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const { block, info } = value as {
    readonly block?: unknown;
    readonly info?: { readonly fields?: unknown };
  };
  const fields = info?.fields;
  return { block: plainNumber(block), fields: Array.isArray(fields) ? (fields as unknown[]) : [] };
};

/** A miner may put up to three fields of any kind there; what waits for its round decides, then what failed. */
const contentOf = (fields: readonly unknown[]): CommitmentContent => {
  const variants = fields.map(variantOf);
  const sealed = variants.find(({ name }) => name === 'timelockEncrypted');
  if (sealed) {
    const { encrypted, revealRound } = timelockOf(sealed.value);
    return { kind: 'sealed', revealRound, digest: createHash('sha256').update(encrypted).digest('hex') };
  }
  const failed = variants.find(({ name }) => name === 'timelockRevealFailed');
  if (failed) return { kind: 'failed', revealRound: timelockOf(failed.value).revealRound };
  const [only, ...more] = variants;
  const text = only && more.length === 0 && /^(raw\d+|bigRaw)$/.test(only.name) ? decode(only.value) : null;
  return { kind: 'plain', text };
};

/** An enum as polkadot-js writes it: `{ name: value }`, or the bare name. */
const variantOf = (field: unknown): { readonly name: string; readonly value: unknown } => {
  if (typeof field === 'string') return { name: lowerFirst(field), value: null };
  const entries: [string, unknown][] = Object.entries(field ?? {});
  const [name, value] = entries[0] ?? ['', null];
  return { name: lowerFirst(name), value };
};

const lowerFirst = (text: string): string => text.replace(/^[A-Z]/, (letter) => letter.toLowerCase());

const timelockOf = (value: unknown): { readonly encrypted: Uint8Array; readonly revealRound: number } => {
  const { encrypted, revealRound, reveal_round } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return { encrypted: bytesOf(encrypted), revealRound: plainNumber(revealRound ?? reveal_round) };
};

const revealsOf = (
  value: unknown,
): readonly { readonly bytes: Uint8Array; readonly revealBlock: number }[] => {
  if (!Array.isArray(value)) return [];
  return (value as readonly (readonly [unknown, unknown])[]).map(([bytes, block]) => ({
    bytes: bytesOf(bytes),
    revealBlock: plainNumber(block),
  }));
};

const decode = (value: unknown): string | null => decodeCommitmentText(bytesOf(value));

const bytesOf = (value: unknown): Uint8Array =>
  typeof value === 'string' ? Buffer.from(value.replace(/^0x/, ''), 'hex') : new Uint8Array();
