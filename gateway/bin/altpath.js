#!/usr/bin/env node
// The command. It is committed as it stands, because npm links a workspace's bin only when the file is there at `npm ci`.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('not built yet: npm run build\n');
  process.exit(2);
}
await import(main.href);
