import { defineErrors } from '../define.js';

/** Files of settings. */
export const settingsErrors = defineErrors({
  settings_invalid: {
    stage: 'settings',
    fault: 'operator',
    retryable: false,
    final: false,
    message: '{count} problem(s) in the settings:\n{problems}',
    remedy: 'Correct them all; docs/reference/settings.md lists every key with its range.',
  },
});
