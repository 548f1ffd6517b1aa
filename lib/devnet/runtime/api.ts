import { decodeFields, encodeWith, Source, type Codec, type Fields, type StructOf } from '../scale/index.js';
import { blake64 } from './hashing.js';
import type { StateReader } from './state.js';

/** What a runtime API reads: the state after a block. */
export interface View {
  readonly state: StateReader;
  /** Number of the block whose state is read. */
  readonly block: number;
}

export interface ApiMethod {
  readonly name: string;
  readonly inputs: Fields;
  readonly output: Codec<unknown>;
  /** @throws ScaleError for input that does not decode */
  run(view: View, input: Uint8Array): Uint8Array;
}

/** A runtime API, called over `state_call` as `Name_method`. */
export interface RuntimeApi {
  readonly name: string;
  readonly version: number;
  readonly methods: readonly ApiMethod[];
}

export const method = <const F extends Fields, R>(
  name: string,
  inputs: F,
  output: Codec<R>,
  answer: (view: View, input: StructOf<F>) => R,
): ApiMethod => ({
  name,
  inputs,
  output,
  run: (view, input) => encodeWith(output, answer(view, decodeFields(inputs, new Source(input)))),
});

export const api = (name: string, version: number, methods: readonly ApiMethod[]): RuntimeApi => ({
  name,
  version,
  methods,
});

/** The id by which `state_getRuntimeVersion` lists an API. */
export const apiId = ({ name }: RuntimeApi): Uint8Array => blake64(new TextEncoder().encode(name));
