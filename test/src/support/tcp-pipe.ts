// A program of a few lines: joins its stdin and stdout to a TCP connection (arguments: host, port). Started inside a
// network space, it lets a test outside talk to a server in there.
import { connect } from 'node:net';

const [host = '', port = ''] = process.argv.slice(2);
const socket = connect(Number(port), host);
socket.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
process.stdin.pipe(socket).pipe(process.stdout);
