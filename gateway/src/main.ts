// The program's door: one command, one exit code.
import { runCommand } from './cli/index.js';

process.exitCode = await runCommand(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, environment: process.env });
