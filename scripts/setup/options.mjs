import { parseArgs } from 'node:util';

/**
 * The options of a script that `npm run` starts. `--help` prints the help and ends with 0; what is not understood is
 * told in a line and ends with 2. Node's own parser: scripts run before packages are installed.
 *
 * @param command as it is typed: `npm run bench`
 * @param options as parseArgs takes them
 */
export function readOptions({ command, help, options, allowPositionals = false }) {
  let read;
  try {
    read = parseArgs({ options: { ...options, help: { type: 'boolean' } }, allowPositionals });
  } catch (error) {
    // What follows would tell how to pass such a thing as an argument, which none of these scripts takes.
    return refuse(command, error.message.split('. To specify')[0]);
  }
  if (read.values.help) {
    process.stdout.write(help);
    process.exit(0);
  }
  return read;
}

/** Ends the script for wrong use. */
export function refuse(command, message) {
  console.error(`${message}\nSee \`${command} -- --help\`.`);
  process.exit(2);
}
