// baresip (Debian baresip-core), a phone that nobody here wrote, without a sound card: it plays a file, records what it
// hears, and is steered over its control port.
import { untilEvent } from '@altpath/testkit';
import { watch } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetworkSpace } from '../support/network-space.js';
import { bound } from '../support/ports.js';
import { Child } from '../support/process.js';
import type { Scratch } from '../support/scratch.js';
import { toneFile } from './tone.js';

const CONTROL_PORT = 4444;
const PIPE = fileURLToPath(new URL('../support/tcp-pipe.js', import.meta.url));
/** The end of the file would hang up the call. */
const TONE_SECONDS = 60;

export interface BaresipOptions {
  readonly space: NetworkSpace;
  readonly scratch: Scratch;
  readonly user: string;
  /** What its files are named after; default: the user. */
  readonly folder?: string | undefined;
  readonly host: string;
  /** The domain; where there is no `outbound`, also the node's address. */
  readonly registrar: string;
  /** The node's address, where it is not the domain. */
  readonly outbound?: string | undefined;
  readonly transport: 'udp' | 'tcp';
  readonly toneHertz: number;
  /** The first port for RTP. */
  readonly mediaPort: number;
  readonly autoAnswer: boolean;
}

interface ControlMessage {
  readonly event?: boolean;
  readonly type?: string;
  readonly param?: string;
  readonly response?: boolean;
  readonly ok?: boolean;
  readonly data?: string;
}

export class Baresip {
  readonly #messages: ControlMessage[] = [];
  #unread = '';

  private constructor(
    readonly child: Child,
    private readonly control: Child,
    private readonly recordings: string,
  ) {
    control.onOutput((text) => this.#read(text));
  }

  /** Starts the phone; it is registered when this settles. */
  static async start(options: BaresipOptions): Promise<Baresip> {
    const { space, scratch, user, folder = user, host, registrar } = options;
    const recordings = scratch.path(`${folder}-heard`);
    await mkdir(scratch.path(folder));
    await mkdir(recordings);
    const tone = await scratch.write(`${folder}.wav`, toneFile(options.toneHertz, TONE_SECONDS));
    await scratch.write(`${folder}/config`, configuration(options, tone, recordings));
    await scratch.write(`${folder}/accounts`, `${account(options)}\n`);
    await scratch.write(`${folder}/contacts`, '');
    const child = new Child(`baresip ${user}`, space.command(['baresip', '-f', scratch.path(folder)]), { cwd: scratch.folder });
    await bound(space, child, 'tcp', host, CONTROL_PORT);
    const control = new Child(`control of ${user}`, space.command([process.execPath, PIPE, host, String(CONTROL_PORT)]));
    try {
      await child.printed(new RegExp(`${user}@${registrar}.*200 OK`), 15_000);
    } catch (error) {
      await Promise.all([control.stop(), child.stop(500)]);
      throw error;
    }
    const phone = new Baresip(child, control, recordings);
    phone.command('reginfo');
    await control.until(() => phone.#messages.some(({ response }) => response), 'it was connected');
    return phone;
  }

  /** Sends a command of baresip's menu (`dial`, `hangup`, `quit`). */
  command(name: string, params?: string): void {
    const json = JSON.stringify({ command: name, token: name, ...(params === undefined ? {} : { params }) });
    this.control.write(`${Buffer.byteLength(json)}:${json},`);
  }

  /** Waits for an event (`CALL_ESTABLISHED`), also one that came before. */
  async event(type: string): Promise<void> {
    await this.control.until(() => this.#messages.some((message) => message.type === type), `event ${type}`, 15_000);
  }

  /** Events so far, for a failure message. */
  events(): string[] {
    return this.#messages.map(({ type, param }) => `${type ?? 'response'} ${param ?? ''}`.trim());
  }

  /** Waits until it has recorded `bytes` of what it heard. */
  async heard(bytes: number, timeoutMs = 15_000): Promise<void> {
    const folder = watch(this.recordings);
    const isThere = async (): Promise<boolean> => {
      const file = await this.#recording();
      return file !== undefined && (await stat(file)).size >= bytes;
    };
    try {
      if (await untilEvent(folder, 'change', isThere, timeoutMs)) return;
    } finally {
      folder.close();
    }
    throw new Error(`${this.child.label} heard nothing\n${this.child.output()}`);
  }

  async recorded(): Promise<Buffer> {
    const file = await this.#recording();
    return file === undefined ? Buffer.alloc(0) : readFile(file);
  }

  /** Lets it unregister and end. @returns its exit code. */
  async quit(): Promise<number | string> {
    if (this.child.running) this.command('quit');
    const code = await this.child.ended;
    await this.control.stop();
    return code;
  }

  async stop(): Promise<void> {
    await this.control.stop();
    await this.child.stop(500);
  }

  async #recording(): Promise<string | undefined> {
    const name = (await readdir(this.recordings)).find((file) => file.endsWith('-dec.wav'));
    return name === undefined ? undefined : join(this.recordings, name);
  }

  /** Netstrings of JSON: `25:{"event":true,...},`. Lengths are bytes, and what baresip writes is ASCII. */
  #read(text: string): void {
    this.#unread += text;
    for (let match = /^(\d+):/.exec(this.#unread); match; match = /^(\d+):/.exec(this.#unread)) {
      const start = match[0].length;
      const end = start + Number(match[1]);
      if (this.#unread.length <= end) return;
      this.#messages.push(JSON.parse(this.#unread.slice(start, end)) as ControlMessage);
      this.#unread = this.#unread.slice(end + 1);
    }
  }
}

function account({ user, registrar, outbound, transport, autoAnswer }: BaresipOptions): string {
  const hop = outbound === undefined ? '' : `;outbound="sip:${outbound};transport=${transport}"`;
  const answer = autoAnswer ? ';answermode=auto' : '';
  return `<sip:${user}@${registrar};transport=${transport}>;regint=60;auth_user=${user};auth_pass=secret;audio_codecs=pcmu${answer}${hop}`;
}

function configuration({ host, mediaPort }: BaresipOptions, tone: string, recordings: string): string {
  return `
poll_method epoll
sip_listen ${host}:5060
net_interface ${host}
rtp_ports ${mediaPort}-${mediaPort + 50}
audio_source aufile,${tone}
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_timeout 10
snd_path ${recordings}
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen ${host}:${CONTROL_PORT}
ringback_disabled yes
statmode_default off
`;
}
