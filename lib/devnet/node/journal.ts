import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { crusadesError, type CrusadesError } from '../../errors/index.js';
import { digest } from '../pallets/system.js';
import { hex, unhex } from '../runtime/types.js';
import { decodeWith, encodeWith } from '../scale/index.js';
import { hashOf, type Block, type Changes } from './block.js';

/** What a chain is besides its blocks. */
export interface ChainIdentity {
  /** Secret scalar of the beacon's key. It protects nothing but this devnet's own commitments. */
  readonly beaconSecret: Uint8Array;
}

/** A chain as its file holds it. */
export interface SavedChain {
  readonly identity: ChainIdentity;
  readonly blocks: readonly { readonly block: Block; readonly changes: Changes }[];
}

const FORMAT = 'crusades-devnet/1';

interface HeadLine {
  readonly format: string;
  readonly beaconSecret: string;
}

interface BlockLine {
  readonly number: number;
  readonly parent: string;
  readonly stateRoot: string;
  readonly extrinsicsRoot: string;
  readonly digest: string;
  readonly extrinsics: readonly string[];
  readonly changes: readonly (readonly [key: string, value: string | null])[];
}

/**
 * A chain's file: one line that says what it is, then a line a block, written when the block is made. Killing the node
 * at any moment loses at most the line that was being written; a new start cuts it off. The changes that a block made
 * are kept as long as its state is; a clean stop writes the file anew without the older ones.
 */
export class Journal {
  #file: number | null;
  /** Bytes of the file's whole lines. */
  #size: number;

  private constructor(
    readonly path: string,
    file: number,
  ) {
    this.#file = file;
    this.#size = fstatSync(file).size;
  }

  /**
   * The chain in a file, or null when there is no file.
   *
   * @throws file_unreadable when the file holds something else
   */
  static load(path: string): SavedChain | null {
    if (!existsSync(path)) return null;
    const lines = readLines(path);
    try {
      const head = JSON.parse(lines.next().value?.text ?? '') as HeadLine;
      if (head.format !== FORMAT) throw new Error(`its format is not ${FORMAT}`);
      const blocks: SavedChain['blocks'][number][] = [];
      for (const { text, complete, start } of lines) {
        if (complete) blocks.push(follower(blocks.at(-1)?.block, readBlock(text)));
        else truncateSync(path, start);
      }
      if (blocks.length === 0) throw new Error('it holds no block');
      return { identity: { beaconSecret: unhex(head.beaconSecret) }, blocks };
    } catch (error) {
      const reason = `it is no devnet state (${reasonOf(error)})`;
      throw crusadesError('file_unreadable', { path, reason }, { cause: error });
    }
  }

  /** Goes on with an existing file. */
  static open(path: string): Journal {
    try {
      return new Journal(path, openSync(path, 'a'));
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** Writes a whole chain anew: to a file beside it first, so that there is always one that is whole. */
  static create(path: string, { identity, blocks }: SavedChain): Journal {
    const fresh = `${path}.new`;
    try {
      mkdirSync(dirname(path), { recursive: true });
      const file = openSync(fresh, 'w', 0o600);
      const head: HeadLine = { format: FORMAT, beaconSecret: hex(identity.beaconSecret) };
      // Unlike `writeSync`, it goes on until everything is written.
      writeFileSync(file, `${JSON.stringify(head)}\n`);
      for (const { block, changes } of blocks) writeFileSync(file, lineOf(block, changes));
      fsyncSync(file);
      renameSync(fresh, path);
      return new Journal(path, file);
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** @throws devnet_state_unwritable; the file then ends with the block before, as if this one had never been tried */
  append(block: Block, changes: Changes): void {
    if (this.#file === null) return;
    const line = Buffer.from(lineOf(block, changes));
    try {
      for (let written = 0; written < line.length;) written += writeSync(this.#file, line, written);
      this.#size += line.length;
    } catch (error) {
      ftruncateSync(this.#file, this.#size);
      throw unwritable(this.path, error);
    }
  }

  close(): void {
    if (this.#file === null) return;
    fsyncSync(this.#file);
    closeSync(this.#file);
    this.#file = null;
  }
}

interface Line {
  readonly text: string;
  /** False for a last line without its end. */
  readonly complete: boolean;
  /** Byte at which it begins. */
  readonly start: number;
}

const CHUNK_BYTES = 1 << 20;
const LINE_FEED = 10;

/** Line by line: a long chain's file is larger than a string may be. */
function* readLines(path: string): Generator<Line, undefined> {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let rest = Buffer.alloc(0);
    let start = 0;
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      rest = Buffer.concat([rest, chunk.subarray(0, read)]);
      for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
        yield { text: rest.toString('utf8', 0, end), complete: true, start };
        rest = rest.subarray(end + 1);
        start += end + 1;
      }
    }
    if (rest.length > 0) yield { text: rest.toString('utf8'), complete: false, start };
    return undefined;
  } finally {
    closeSync(file);
  }
}

const lineOf = ({ header, extrinsics }: Block, changes: Changes): string => {
  const line: BlockLine = {
    number: header.number,
    parent: header.parentHash,
    stateRoot: header.stateRoot,
    extrinsicsRoot: header.extrinsicsRoot,
    digest: hex(encodeWith(digest, header.digest)),
    extrinsics: extrinsics.map(hex),
    changes: [...changes].map(([key, value]) => [key, value && hex(value)]),
  };
  return `${JSON.stringify(line)}\n`;
};

const readBlock = (text: string): { block: Block; changes: Changes } => {
  const line = JSON.parse(text) as BlockLine;
  const header = {
    parentHash: line.parent,
    number: line.number,
    stateRoot: line.stateRoot,
    extrinsicsRoot: line.extrinsicsRoot,
    digest: decodeWith(digest, unhex(line.digest)),
  };
  return {
    block: { hash: hashOf(header), header, extrinsics: line.extrinsics.map(unhex) },
    changes: new Map(line.changes.map(([key, value]) => [key, value === null ? null : unhex(value)])),
  };
};

/** A block, if it is the one after `before`; without one, if it is the first. */
const follower = <T extends { readonly block: Block }>(before: Block | undefined, next: T): T => {
  const { number, parentHash } = next.block.header;
  const isNext = before ? number === before.header.number + 1 && parentHash === before.hash : number === 0;
  if (isNext) return next;
  throw new Error(`block ${number} does not follow block ${before?.header.number ?? 'none'}`);
};

const unwritable = (path: string, error: unknown): CrusadesError =>
  crusadesError('devnet_state_unwritable', { path, reason: reasonOf(error) }, { cause: error });

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
