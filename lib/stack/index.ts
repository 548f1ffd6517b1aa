export {
  announcesReady,
  isProgramBuilt,
  startControlWorker,
  startDevnet,
  startGpuWorker,
} from './crusades.js';
export { installedGpus } from './gpus.js';
export { startMachine, type MachineAddresses, type MachineOptions, type RunningMachine } from './machine.js';
export { choosePort, isPortFree } from './ports.js';
export { startPostgres } from './postgres.js';
export { describeExit, startProcess } from './process.js';
export { announceStack, runningStacks, type RunningStack } from './running.js';
export { lockState, stateLayout, type StateLayout } from './state.js';
export { supervise, type Supervised, type SupervisionEvent } from './supervise.js';
export { startTemporal } from './temporal.js';
export type {
  DevnetOptions,
  ExitStatus,
  GpuWorkerOptions,
  ManagedProcess,
  PostgresOptions,
  ProcessSpec,
  Readiness,
  RunningDevnet,
  RunningPostgres,
  RunningTemporal,
  TemporalOptions,
  WorkerOptions,
} from './types.js';
