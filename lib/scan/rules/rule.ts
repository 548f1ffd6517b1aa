import type { Severity } from '../report.js';
import type { SourceFile } from '../source-file.js';
import type { PyNode } from '../tree.js';

/** What a rule looks at, in one file. */
export interface Visitors {
  /** Called once for each node of these types that is not exempt. */
  readonly on?: Readonly<Record<string, (node: PyNode) => void>>;
  /**
   * Called for each place that names something imported: a name, an attribute, `getattr` with a constant, an
   * import. The path is the thing's own, whatever the file calls it.
   */
  readonly path?: (path: string, node: PyNode) => void;
  /** Called once, last. */
  readonly end?: () => void;
}

/** Reports one place. `reason` is a sentence; the rule's remedy is added. */
export type Found = (node: PyNode, reason: string) => void;

/** A rule of the competition. Its page in docs/reference/scan-rules.md is made from it, its tests as well. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  readonly section: 'Structure' | 'Modules' | 'Dynamic code and reflection' | 'Clock' | 'Torch' | 'Training';
  /** One sentence. */
  readonly description: string;
  readonly remedy: string;
  /** Fragments that the rule must find; at least two. A fragment without `inner_steps` gets one added. */
  readonly rejected: readonly string[];
  /** Fragments like them that no rule refuses; at least two. */
  readonly accepted: readonly string[];
  readonly visit: (file: SourceFile, found: Found) => Visitors;
}

/** A minimal entry function, for examples that are about something else. */
export const ENTRY =
  'def inner_steps(model, data_iterator, optimizer, num_steps, device):\n    return None\n';
