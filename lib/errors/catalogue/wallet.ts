import { defineErrors } from '../define.js';

/** Keys on disk. No detail of these ever holds key material or a password. */
export const walletErrors = defineErrors({
  wallet_exposed: {
    stage: 'command',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'The key file {path} may be {access} by others than its owner (mode {mode}).',
    remedy: '`chmod 600 {path}`. If others have been on this machine meanwhile, change to a new key.',
  },
  wallet_locked: {
    stage: 'command',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'The key file {path} is encrypted, and its password is not known: {reason}.',
    remedy:
      'Run the command in a terminal, which asks for it, or set BT_WALLET_PASSWORD, BT_WALLET_PASSWORD_FILE or, ' +
      'as the official tools write it, {variable}.',
  },
  wallet_malformed: {
    stage: 'command',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'The key file {path} is not a usable key: {reason}.',
    remedy: 'Restore the file, or make it anew from its mnemonic with the official tools.',
  },
  wallet_password_wrong: {
    stage: 'command',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'The password from {source} does not open the key file {path}.',
    remedy: 'Correct the password. A damaged file looks the same: compare it with a backup.',
  },
  wallet_replaceable: {
    stage: 'command',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'Others may put another key in the place of {path}: the folder {folder} {reason}.',
    remedy:
      'Run `chmod go-w {folder}`, or move the wallet to where all folders are yours; then check that the key is still yours.',
  },
  wallet_unusable: {
    stage: 'command',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'The key file {path} cannot be used: {reason}.',
    remedy:
      'Check --wallet.path, --wallet.name and --wallet.hotkey, or CRUSADES_WALLET_PATH, _NAME and _HOTKEY.',
  },
  wallet_wrong_network: {
    stage: 'command',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'The key {path} belongs to another network: {reason}.',
    remedy: 'Name the wallet that belongs to this network, or the network that belongs to this wallet.',
  },
});
