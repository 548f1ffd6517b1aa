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
 * A reveal carries only the block in which it was opened. A block opens before it takes commitments, and a new
 * commitment replaces the one before; so whatever was opened after the last commitment's block comes from that
 * commitment, also when other fields of it are still pending. For reveals up to that block the commit block stays
 * unknown here: see `commitBlockOf`.
 */
export const commitmentsOfHotkey = (state: CommitmentState): readonly ObservedCommitment[] => {
  const { hotkey, lastCommitment } = state;
  const revealed = revealsOf(state.revealed).map(({ bytes, revealBlock }): ObservedCommitment => {
    const known = lastCommitment !== null && lastCommitment < revealBlock;
    return {
      hotkey,
      commitBlock: known ? lastCommitment : revealBlock,
      commitBlockKnown: known,
      content: { kind: 'revealed', revealBlock, text: decodeCommitmentText(bytes) },
    };
  });
  return [...pendingCommitment(state), ...revealed];
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

/** Fields that wait for their round, in their order. */
export const sealedFieldsOf = (
  fields: readonly unknown[],
): readonly { readonly encrypted: Uint8Array; readonly revealRound: number }[] =>
  fields
    .map(variantOf)
    .filter(({ name }) => name === 'timelockEncrypted')
    .map(({ value }) => timelockOf(value));

/** A miner may put up to three fields of any kind there; what waits for its round decides, then what failed. */
const contentOf = (fields: readonly unknown[]): CommitmentContent => {
  const variants = fields.map(variantOf);
  const [sealed] = sealedFieldsOf(fields);
  if (sealed) {
    const digest = createHash('sha256').update(sealed.encrypted).digest('hex');
    return { kind: 'sealed', revealRound: sealed.revealRound, digest };
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
