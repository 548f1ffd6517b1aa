/** How facts read in a terminal. */

/** MFU in percent. */
export const mfuText = (mfu: number | null): string => (mfu === null ? '' : `${mfu.toFixed(2)} %`);

export const fractionText = (fraction: number): string => `${(fraction * 100).toFixed(2)} %`;

/** Two decimals below a minute, whole ones from there on. */
export const secondsText = (seconds: number | null): string => {
  if (seconds === null) return '';
  return seconds < 60 ? `${seconds.toFixed(2)} s` : durationText(seconds);
};

/** `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`: the two largest units. */
export const durationText = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
};

/** `2026-11-23 01:50:00`, UTC as all times of this program. */
export const timeText = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

/** `in 3 min 20 s`, `5 s ago`. */
export const distanceText = (iso: string, now: number): string => {
  const seconds = (Date.parse(iso) - now) / 1000;
  return seconds >= 0 ? `in ${durationText(seconds)}` : `${durationText(-seconds)} ago`;
};

/** Six significant digits: statistics are ratios near 1 and distances near 0. */
export const numberText = (value: number | null): string =>
  value === null ? '' : String(Number(value.toPrecision(6)));

/** First and last characters of a long identifier. */
export const shortened = (text: string): string =>
  text.length <= 16 ? text : `${text.slice(0, 6)}…${text.slice(-6)}`;

export const bytesText = (bytes: number): string =>
  bytes < 10_000 ? `${bytes} bytes` : `${(bytes / 1000).toFixed(1)} kB`;
