/** How a process ended. Exactly one of the two is set, as Node reports it. */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process in a process group of its own, which goes when its owner goes, however the owner ends. */
export interface ManagedProcess {
  readonly name: string;
  /** Of the process itself, which is also the id of its group. */
  readonly pid: number;
  readonly logFile: string;
  /** Settles when the process has ended; never rejects. */
  readonly exited: Promise<ExitStatus>;
  /**
   * SIGTERM to the process, which ends its own children in its own order; SIGKILL to the whole group when it has
   * ended, at the latest after `graceSeconds`. Settles when it has ended. Repeatable.
   */
  stop(): Promise<ExitStatus>;
  /** One signal to the process itself, as `kill` does. False when it has already ended. */
  kill(signal: NodeJS.Signals): boolean;
}

/** When a process counts as started: a line of its output, or a question answered. */
export type Readiness =
  | { readonly line: (line: string) => boolean }
  /** Asked again every 100 ms until it is true; a rejection counts as "not yet". */
  | { readonly probe: (signal: AbortSignal) => Promise<boolean> };

export interface ProcessSpec {
  /** For messages: `Postgres`, `GPU worker 0`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the process; default: the owner's without the passwords of keys. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Standard output and standard error are appended to it. */
  readonly logFile: string;
  readonly ready: Readiness;
  /** Default 30. */
  readonly readyTimeoutSeconds?: number;
  /** From the first signal of {@link ManagedProcess.stop} to SIGKILL; default 10. */
  readonly graceSeconds?: number;
  /** The first signal of {@link ManagedProcess.stop}; default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** Gives up waiting for readiness and stops the process. */
  readonly signal?: AbortSignal;
}

export interface TemporalOptions {
  readonly dbFile: string;
  /** Default: 7233 if free, else the next free one. A port that is given must be free. */
  readonly port?: number;
  /** Default: 8233 if free, else the next free one. `false` starts no web page. */
  readonly uiPort?: number | false;
  readonly namespace: string;
  readonly logFile: string;
  /** How long closed workflows stay visible; default 720 (30 days). */
  readonly retentionHours?: number;
  readonly signal?: AbortSignal;
}

export interface RunningTemporal {
  /** `127.0.0.1:7233` */
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string | null;
  readonly process: ManagedProcess;
}

export interface PostgresOptions {
  /** Kept from one start to the next. */
  readonly dataDir: string;
  /** Default: 5432 if free, else the next free one. A port that is given must be free. */
  readonly port?: number;
  readonly logFile: string;
  /** Made when missing; default `crusades`. */
  readonly database?: string;
  readonly signal?: AbortSignal;
}

export interface RunningPostgres {
  /** With a password that only this data directory knows. */
  readonly connectionString: string;
  readonly process: ManagedProcess;
}

export interface DevnetOptions {
  /** Default: 9944 if free, else the next free one. */
  readonly port?: number;
  readonly blockTimeSeconds: number;
  readonly stateFile: string;
  readonly logFile: string;
  readonly signal?: AbortSignal;
}

export interface RunningDevnet {
  /** `ws://127.0.0.1:9944` */
  readonly endpoint: string;
  readonly process: ManagedProcess;
}

export interface WorkerOptions {
  /** Added to the owner's environment: DATABASE_URL, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, CRUSADES_*. */
  readonly env: Readonly<Record<string, string>>;
  /** Further arguments of the command, `--hparams` for example. */
  readonly args?: readonly string[];
  readonly logFile: string;
  readonly signal?: AbortSignal;
}

export interface GpuWorkerOptions extends WorkerOptions {
  /** Which of the host's GPUs, counted from 0. */
  readonly index: number;
  /** `cpu`, `h100`, `h200`: the task queue is `gpu-<class>`. */
  readonly gpuClass: string;
}
