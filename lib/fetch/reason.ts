const MOST_CHARACTERS = 300;

/**
 * The shortest honest account of a network error: words for the codes that miners meet, else what the error says
 * of itself, without control characters and cut, for a host can choose some of it (names in its certificate).
 */
export const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return printable(String(cause));
  const { code = '' } = cause as NodeJS.ErrnoException;
  if (REASONS[code] !== undefined) return REASONS[code];
  if (cause.name === 'HTTPParserError') return 'it does not speak HTTP/1.1 on this port';
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return 'it does not speak TLS on this port';
  return printable(cause.message === '' ? code || cause.name : cause.message);
};

/** Text of foreign origin as one line that fits into a message. */
export const printable = (text: string): string =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, MOST_CHARACTERS);

const UNKNOWN_NAME = 'the host name is not known';
const SILENT_NAME_SERVER = 'the name server of its domain gives no answer';
const CLOSED = 'the host closed the connection before it had sent everything';
const UNREACHABLE = 'no way leads to its address';
const BROKEN = 'its compressed data is broken';
const UNTRUSTED = 'its certificate is not signed by an authority that is known';

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: UNKNOWN_NAME,
  ENODATA: 'the host name has no address',
  EBADNAME: 'the host name is malformed',
  EAI_AGAIN: SILENT_NAME_SERVER,
  ESERVFAIL: SILENT_NAME_SERVER,
  ETIMEOUT: SILENT_NAME_SERVER,
  EREFUSED: SILENT_NAME_SERVER,
  EBADRESP: 'the name server of its domain answers nonsense',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  UND_ERR_SOCKET: CLOSED,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  EADDRNOTAVAIL: UNREACHABLE,
  ETIMEDOUT: 'its address does not answer',
  UND_ERR_HEADERS_OVERFLOW: 'its headers do not end within 32 KiB',
  HPE_INVALID_EOF_STATE: CLOSED,
  Z_DATA_ERROR: BROKEN,
  Z_BUF_ERROR: BROKEN,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is not for this name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
};
