import { expect } from 'chai';
import { faultOf, isKeyTaken, RedisFault } from './redis-fault.js';

describe('what goes wrong with Redis', () => {
  for (const [code, message] of [
    ['OOM', "OOM command not allowed when used memory > 'maxmemory'. script: 5f, on @user_script:4."],
    ['OOM', 'ERR Error running script (call to f_5f): @user_script:4: -OOM command not allowed'],
    ['READONLY', "READONLY You can't write against a read only replica."],
    ['LOADING', 'LOADING Redis is loading the dataset in memory'],
    ['NOAUTH', 'NOAUTH HELLO must be called with the client already authenticated'],
    ['WRONGPASS', 'WRONGPASS invalid username-password pair or user is disabled.'],
    ['MISCONF', 'MISCONF Redis is configured to save RDB snapshots, but it is unable to persist to disk'],
    ['CLUSTERDOWN', 'CLUSTERDOWN The cluster is down'],
    ['timeout', "Socket timeout. Expecting data, but didn't receive any in 1000ms."],
    ['closed', "Stream isn't writeable and enableOfflineQueue options is false"],
    ['closed', 'Reached the max retries per request limit (which is 0).'],
    ['closed', 'Connection is closed.'],
    ['ECONNREFUSED', 'All sentinels are unreachable. Retrying from scratch after 50ms. Last error: connect ECONNREFUSED 127.0.0.1:1'],
    ['no-master', 'All sentinels are unreachable. Retrying from scratch after 50ms.'],
    ['other', 'something new'],
  ] as const)
    it(`${message.slice(0, 40)} is ${code}`, () => expect(faultOf(new Error(message))).to.deep.include({ code, message }));

  it('has the codes of the system, and the word of a silent network for its own', () => {
    expect(faultOf(Object.assign(new Error('m'), { code: 'ECONNRESET' })).code).to.equal('ECONNRESET');
    expect(faultOf(Object.assign(new Error('m'), { code: 'ETIMEDOUT' })).code).to.equal('timeout');
  });

  it('of a Cluster that cannot be reached is what its last server said', () => {
    const error = Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: new Error('WRONGPASS invalid') });
    expect(faultOf(error).code).to.equal('WRONGPASS');
  });

  it('stays what it was', () => {
    const fault = new RedisFault('timeout', 'm');
    expect(faultOf(fault)).to.equal(fault);
  });

  it('is one key’s alone where that holds something else', () => {
    expect(isKeyTaken(new Error('WRONGTYPE Operation against a key holding the wrong kind of value'))).to.equal(true);
    expect(isKeyTaken(new Error('OOM command not allowed'))).to.equal(false);
  });
});
