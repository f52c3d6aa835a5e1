import { expect, test } from 'vitest';
import { Fault } from './fault.ts';
import { viaOf } from './values.fixture.ts';
import { branchOf, newVia, parseVia, printVia } from './via.ts';

test('a Via is read with or without white space around its separators', () => {
  expect(printVia(viaOf('SIP / 2.0 / udp  first.example.com : 4000 ;ttl=16 ;branch=z9hG4bKa7c6a8dlze.1'))).toBe(
    'SIP/2.0/UDP first.example.com:4000;ttl=16;branch=z9hG4bKa7c6a8dlze.1',
  );
  expect(viaOf('SIP/2.0/TLS [2001:db8::1]')).toMatchObject({
    transport: 'TLS',
    host: '[2001:db8::1]',
    port: undefined,
  });
});

test.each([
  '',
  'SIP/2.0/UDP',
  'SIP/2.0 h',
  'SIP/2.0/UDP h:70000',
  'SIP/2.0/UDP h:',
  'SIP/2.0/UDP 1.2.3',
  'SIP/2.0/UDP h x',
])('%j is a fault', (text) => {
  expect(parseVia(text)).toEqual(new Fault('Malformed sender'));
});

test('our own Via asks for the response at its source', () => {
  const via = newVia('UDP', 'sip.example.com', 5_060, 'z9hG4bK1');
  expect([printVia(via), branchOf(via)]).toEqual([
    'SIP/2.0/UDP sip.example.com:5060;rport;branch=z9hG4bK1',
    'z9hG4bK1',
  ]);
});
