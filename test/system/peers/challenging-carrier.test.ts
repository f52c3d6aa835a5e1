import { expect, test } from 'vitest';
import { needs } from '../../support/tools.ts';
import { outcome } from '../tenant.fixture.ts';
import { freePort } from '#infra/local/machine/free-port.ts';
import { newOffice } from './office.ts';
import { playCall } from './played-call.ts';
import * as sip from './sipp-dialog.ts';
import { expecting, receive, sdp } from './sipp-elements.ts';

needs('sipp');

/** Another name than that of the gateway: each of them is the host of a Contact. */
const address = '127.0.0.1';

const challenge = (side: 'WWW' | 'Proxy', nonce: string) => ({
  lines: [`${side}-Authenticate: Digest realm="carrier", nonce="${nonce}", qop="auth", algorithm=SHA-256`],
});
const acknowledged = receive({ request: 'ACK' });
const proof = (name: 'Authorization' | 'Proxy-Authorization', nonce: string): string =>
  expecting(`${name}: Digest .*nonce="${nonce}"`);

/** It challenges INVITE, re-INVITE and BYE. */
const carrier = sip.part(
  sip.invited(),
  sip.respond('401 Unauthorized', challenge('WWW', 'first')),
  acknowledged,
  sip.invited(proof('Authorization', 'first')),
  sip.ring(),
  sip.answer(),
  receive({ request: 'INVITE' }),
  sip.reply('407 Proxy Authentication Required', challenge('Proxy', 'second')),
  acknowledged,
  receive({ request: 'INVITE' }, proof('Proxy-Authorization', 'second')),
  sip.reply('200 OK', { body: sdp('callee', 'a=recvonly'), attributes: { retrans: 500 } }),
  acknowledged,
  receive({ request: 'BYE' }),
  sip.reply('401 Unauthorized', challenge('WWW', 'third')),
  receive({ request: 'BYE' }, proof('Authorization', 'third')),
  sip.reply('200 OK'),
);

test('a carrier whose Contact is not the host of the gateway gets credentials within the dialog', async () => {
  const destination = 'sofia/gateway/challenging/$1';
  const office = await newOffice(1, { priority: 2, pattern: '^9([0-9]{3})$', action: 'bridge', destination });
  const port = await freePort();
  const made = await office.tenant.ask('PUT', '/sipgateways/new', {
    name: 'challenging',
    host: 'localhost',
    port,
    username: 'trunkline',
    password: "a carrier's secret",
    ping: { enabled: false },
  });
  expect(outcome(made)).toBe('201');
  const caller = sip.part(
    sip.dial('9555'),
    sip.hears(180),
    sip.answered(),
    sip.ask(sip.callerSide, 'ACK', sip.provenSequence),
    sip.ask(sip.callerSide, 'INVITE', sip.provenSequence + 1, { body: sdp('caller', 'a=sendonly') }),
    receive({ response: 100, optional: 'true' }),
    receive({ response: 200 }, expecting('a=recvonly')),
    sip.ask(sip.callerSide, 'ACK', sip.provenSequence + 1),
    sip.hangUp(sip.callerSide, sip.provenSequence + 2),
  );
  await playCall({ ...office.phone(), scenario: caller }, { from: address, port, scenario: carrier });
});
