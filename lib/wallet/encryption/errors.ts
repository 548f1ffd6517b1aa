/** Why a keyfile is of no use; whoever knows its path makes it a catalogue error. Never holds key material. */
export class KeyfileError extends Error {
  override readonly name = 'KeyfileError';
}

/** The file's authentication failed: another password, or a damaged file, which nobody can tell apart. */
export class WrongPassword extends Error {
  override readonly name = 'WrongPassword';
}

/** This machine could not do it: too little memory, or too slow. The file may be fine. */
export class OpeningFailed extends Error {
  override readonly name = 'OpeningFailed';
}
