import { NEVER } from '@altpath/core';
import { expect } from 'chai';
import { TurnQueue } from './turn-queue.js';

interface Item {
  readonly name: string;
  at: number;
  deadline(): number;
}

function item(name: string, at = NEVER): Item {
  return {
    name,
    at,
    deadline() {
      return this.at;
    },
  };
}

describe('a queue of those that may have something to send', () => {
  const names = (queue: TurnQueue<Item>): string[] => [...queue].map(({ name }) => name);

  it('has each once, in the order in which they came to need it', () => {
    const queue = new TurnQueue<Item>();
    const [first, second] = [item('first'), item('second')];
    for (const each of [first, second, first]) queue.add(each);
    expect(names(queue)).to.deep.equal(['first', 'second']);
    queue.remove(first);
    queue.add(first);
    expect([names(queue), queue.size, queue.has(first)]).to.deep.equal([['second', 'first'], 2, true]);
  });

  it('serves who is added while it is emptied', () => {
    const queue = new TurnQueue<Item>();
    queue.add(item('first'));
    const served: string[] = [];
    for (const each of queue) {
      queue.remove(each);
      served.push(each.name);
      if (each.name === 'first') queue.add(item('second'));
    }
    expect([served, queue.size]).to.deep.equal([['first', 'second'], 0]);
  });

  it('has who waits again when his instant has come, and not before', () => {
    const queue = new TurnQueue<Item>();
    queue.wait(item('late', 300));
    queue.wait(item('soon', 200));
    expect(queue.deadline()).to.equal(200);
    queue.tick(199);
    expect(names(queue)).to.deep.equal([]);
    queue.tick(200);
    expect([names(queue), queue.deadline()]).to.deep.equal([['soon'], 300]);
  });

  it('takes an instant that has moved for what it is now', () => {
    const queue = new TurnQueue<Item>();
    const moved = item('moved', 100);
    queue.wait(moved);
    moved.at = 500;
    queue.tick(100);
    expect([names(queue), queue.deadline()]).to.deep.equal([[], 500]);
  });

  it('forgets who waits for nothing, or is removed', () => {
    const queue = new TurnQueue<Item>();
    const gone = item('gone', 100);
    queue.wait(item('idle'));
    queue.wait(gone);
    queue.remove(gone);
    queue.tick(100);
    expect([names(queue), queue.deadline()]).to.deep.equal([[], NEVER]);
  });
});
