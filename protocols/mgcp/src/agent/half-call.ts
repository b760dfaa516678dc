// Half-calls of MGCP lines.
import { LineQueue } from '@altpath/call-control';
import type { CommandDraft } from '../message/message.js';
import type { Line } from './line.js';

export class HalfCalls extends LineQueue<CommandDraft, Line> {
  constructor() {
    super('mgcp');
  }
}
