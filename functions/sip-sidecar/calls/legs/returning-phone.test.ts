import { expect, test } from 'vitest';
import type { SenderListener } from '#sip/session/session.ts';
import type { BindingItem } from '#functions/telephony/rows/binding.ts';
import type { Flow } from '../../transport/flow.ts';
import { sendToReturning } from './returning-phone.ts';

const connection = (id: string, address = '192.0.2.1'): Flow => ({
  transport: 'wss',
  local: { address: '10.0.0.1', port: 5_060 },
  connection: id,
  remote: { address, port: 40_000 },
});
const bindingOn = (flow: Flow) =>
  ({ contact: `sip:phone@${flow.connection}`, flow }) as Partial<BindingItem> as BindingItem;

/**
 * An INVITE to a phone whose connection `old` is closed.
 * @param registered where the account is registered at a look-up, counted from 0
 */
function invite(
  registered: (lookUp: number) => readonly Flow[],
  { isClosed = true, isBesideOthers = true }: { readonly isClosed?: boolean; readonly isBesideOthers?: boolean } = {},
) {
  const [sent, failed, cancelled]: [string[], string[], string[]] = [[], [], []];
  const listeners: SenderListener[] = [];
  let lookUps = 0;
  const request = sendToReturning(
    {
      flow: connection('old'),
      contact: 'sip:phone@same',
      interval: 0,
      isBesideOthers,
      bindings: async () => registered(lookUps++).map(bindingOn),
      send: (binding, listener) => {
        const to = binding?.flow.connection ?? 'old';
        sent.push(to);
        listeners.push(listener);
        if (isClosed && to !== 'new' && to !== 'same') setImmediate(() => listener.onFailure('transport error'));
        return { cancel: () => void cancelled.push(to) };
      },
    },
    { onResponse: () => undefined, onFailure: (reason) => void failed.push(reason) },
  );
  return { request, sent, failed, cancelled, listeners };
}

test('an INVITE on a closed connection is sent when the phone registers on another one', async () => {
  const { sent, failed } = invite((lookUp) => [connection(lookUp < 3 ? 'old' : 'new')]);
  await expect.poll(() => sent).toEqual(['old', 'new']);
  expect(failed).toEqual([]);
});

test('it is sent to the same contact, wherever that was when the connection was found closed', async () => {
  const { sent, failed } = invite(() => [connection('other'), connection('same')]);
  await expect.poll(() => sent).toEqual(['old', 'same']);
  expect(failed).toEqual([]);
});

test('the connection on which a phone has returned may be closed, too', async () => {
  const { sent } = invite((lookUp) => [connection(['old', 'next', 'next'][lookUp] ?? 'new')]);
  await expect.poll(() => sent).toEqual(['old', 'next', 'new']);
});

test('other registrations of the account are no return: they are called beside this one', async () => {
  const { sent, failed } = invite(() => [connection('old'), connection('other')]);
  await expect.poll(() => failed).toEqual(['transport error']);
  expect(sent).toEqual(['old']);
});

test('a BYE is sent to the registration that is there already', async () => {
  const { sent } = invite(() => [connection('old'), connection('new')], { isBesideOthers: false });
  await expect.poll(() => sent).toEqual(['old', 'new']);
});

test('a phone at another address is another one', async () => {
  const { sent, failed } = invite((lookUp) => (lookUp < 3 ? [] : [connection('new', '192.0.2.9')]));
  await expect.poll(() => failed).toEqual(['transport error']);
  expect(sent).toEqual(['old']);
});

test('one that is cancelled is not sent again', async () => {
  const call = invite((lookUp) => {
    if (lookUp === 3) call.request?.cancel();
    return lookUp < 3 ? [] : [connection('new')];
  });
  await expect.poll(() => call.failed).toEqual(['transport error']);
  expect(call.sent).toEqual(['old']);
});

test('on an open connection it is sent once, and fails and is cancelled as any other', async () => {
  const { request, sent, failed, cancelled, listeners } = invite(() => [], { isClosed: false });
  request?.cancel();
  listeners[0]?.onFailure('timeout');
  expect([sent, failed, cancelled]).toEqual([['old'], ['timeout'], ['old']]);
});
