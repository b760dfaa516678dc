// The program's door: one command, one exit code. The command is over when it says so, whatever still waits for a disk.
import { runCommand } from './cli/index.js';

const { stdout, stderr, env } = process;
const code = await runCommand(process.argv.slice(2), { stdout, stderr, environment: env });
await Promise.all([stdout, stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))));
process.exit(code);
