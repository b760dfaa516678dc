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
    await gateway.registered('restart');
    await gateway.until(() => gateway?.messages.filter(({ text }) => text.includes('strict=state')).length === 4, 'four armed lines');
    const [caller, called] = [gateway.line('line/1'), gateway.line('line/2')];
    caller.offHook();
    await caller.until('dial-tone');
    caller.dial('1002');
    await called.until('ringing');
    await caller.until('ringback');
    called.offHook();
    await controller.event('call-connected');
    await Promise.all([caller.until('talking'), called.until('talking')]);
    called.onHook();
    await caller.until('busy');
    caller.onHook();
    await gateway.until(() => gateway?.inContexts.length === 0, 'no context');
    expect([...controller.troubles, ...gateway.troubles]).to.deep.equal([]);
  });
});
