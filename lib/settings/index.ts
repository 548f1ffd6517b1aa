export type { Hparams } from '../../hparams/schema.js';
export { ACTIVITY_NAMES, type ActivityName } from './activity-names.js';
export { competitionSettings, settingsHash, type CompetitionSettings } from './competition.js';
export type { Environment } from './environment.js';
export { loadSettings, packaged, type Settings, type SettingsSources } from './load.js';
export type { SettingsProblem } from './problems.js';
export type { ActivitySettings, SearchAttributeType, TemporalSettings } from './temporal-schema.js';
