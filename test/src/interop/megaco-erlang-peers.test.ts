// The two Erlang peers between themselves: that the tools of the other tests of this folder are what they say. A failure here
// is not one of Altpath's.
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { ErlangController } from './erlang-controller.js';
import { ErlangGateway } from './erlang-gateway.js';
import { ERLANG } from './erlang-peer.js';

describe('Erlang gateway and Erlang controller between themselves', function () {
  this.timeout(90_000);
  let controller: ErlangController | undefined;
  let gateway: ErlangGateway | undefined;

  before(function () {
    needs(this, ...ERLANG);
  });

  afterEach(async () => {
    await gateway?.stop();
    await controller?.stop();
  });

  it('complete a call, and leave no context', async () => {
    controller = await ErlangController.start({ listen: '127.0.13.1:2944' });
    gateway = await ErlangGateway.start({ mid: 'mg1', controllers: ['127.0.13.1:2944'], bind: '127.0.13.2' });
    const { terminations } = gateway;
    await gateway.registered('restart');
    await gateway.until(() => gateway?.messages.filter(({ text }) => text.includes('strict=state')).length === 4, 'four armed lines');
    gateway.offHook('line/1');
    await gateway.event('digitmap-active');
    gateway.dial('line/1', '1002');
    await gateway.until(() => terminations.get('line/2')?.signals[0] === 'al/ri', 'ringing');
    gateway.offHook('line/2');
    await controller.event('call-connected');
    await gateway.until(() => gateway?.inContexts.length === 4 && gateway.inContexts.every(({ mode }) => mode === 'sendRecv'), 'talking');
    gateway.onHook('line/2');
    await gateway.until(() => terminations.get('line/1')?.signals[0] === 'cg/bt', 'busy tone');
    gateway.onHook('line/1');
    await gateway.until(() => gateway?.inContexts.length === 0, 'no context');
    expect([...controller.troubles, ...gateway.troubles]).to.deep.equal([]);
  });
});
