import { expect, test } from 'vitest';
import { header } from '../header-kinds.ts';
import { parseMessage } from '../message.ts';
import { tortureMessage } from '../torture.fixture.ts';
import { optionsWith, requestOf, unwrap, viaOf } from '../values.fixture.ts';
import { printVia } from '../via.ts';
import { markSource, responseTarget } from './response.ts';

const request = requestOf(optionsWith());
const marked = (text: string, source = { address: '192.0.2.9', port: 1_024 }): string =>
  printVia(markSource(request.with(request.headers.with(header.via, viaOf(text))), source).via);

test('the topmost Via gets the source address if it differs (RFC 3261 §18.2.1)', () => {
  expect([
    marked('SIP/2.0/UDP host.example.com;branch=x'),
    marked('SIP/2.0/UDP 192.0.2.9;branch=x'),
    marked('SIP/2.0/TCP [2001:db8:0::1]', { address: '2001:db8::1', port: 1 }),
  ]).toEqual([
    'SIP/2.0/UDP host.example.com;branch=x;received=192.0.2.9',
    'SIP/2.0/UDP 192.0.2.9;branch=x',
    'SIP/2.0/TCP [2001:db8:0::1]',
  ]);
});

test('the topmost Via gets source address and port if it has rport (RFC 3581 §4)', () => {
  expect([marked('SIP/2.0/UDP 192.0.2.9;rport;branch=x'), marked('SIP/2.0/UDP 10.1.1.1:5060;branch=x;rport')]).toEqual([
    'SIP/2.0/UDP 192.0.2.9;rport=1024;branch=x;received=192.0.2.9',
    'SIP/2.0/UDP 10.1.1.1:5060;branch=x;rport=1024;received=192.0.2.9',
  ]);
});

test('the other Vias stay unchanged', () => {
  const parsed = parseMessage(tortureMessage('mult-ip-in-header'));
  if (parsed.kind !== 'request') throw new Error('not a request');
  const vias = unwrap(markSource(parsed, { address: '192.0.2.9', port: 9 }).headers.all(header.via));
  expect(vias.map(printVia).slice(1)).toEqual([
    'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144',
    'SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200',
  ]);
});

test.each([
  ['SIP/2.0/UDP 192.0.2.1', '192.0.2.1', 5060],
  ['SIP/2.0/TLS host.example.com', 'host.example.com', 5061],
  ['SIP/2.0/UDP host:5070;received=192.0.2.9', '192.0.2.9', 5070],
  ['SIP/2.0/UDP host:5070;received=192.0.2.9;rport=1024', '192.0.2.9', 1024],
  ['SIP/2.0/UDP host:5070;received=192.0.2.9;rport=99999', '192.0.2.9', 5070],
  ['SIP/2.0/UDP host;received=2001:db8::9;rport=7', '[2001:db8::9]', 7],
  ['SIP/2.0/UDP host;received=[2001:db8::9];rport=7', '[2001:db8::9]', 7],
  ['SIP/2.0/UDP host:5070;maddr=224.0.1.75;received=192.0.2.9;rport=1', '224.0.1.75', 5070],
])('a response to %s goes to %s:%i (RFC 3261 §18.2.2)', (text, host, port) =>
  expect(responseTarget(viaOf(text))).toEqual({ host, port }),
);
