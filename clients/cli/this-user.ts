import { hostname, userInfo } from 'node:os';

/** Who acts where nobody is named: `user@host`. */
export const thisUser = (): string => `${userName()}@${hostname()}`;

/** A container's user may have no name. */
const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
};
