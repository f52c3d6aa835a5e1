import { expect, test } from 'vitest';
import { srvName, srvRecords } from './srv-records.ts';

const [udp, tcp, tls] = [
  { host: 'sip.example.com', port: 5060 },
  { host: 'tcp.sip.example.com', port: 5060 },
  { host: 'sip.example.com', port: 5061 },
];

test('each transport that is reached has a record', () => {
  expect(srvRecords('voice.example.org', { udp, tcp, tls })).toEqual([
    { name: '_sip._udp.voice.example.org', value: '10 10 5060 sip.example.com' },
    { name: '_sip._tcp.voice.example.org', value: '10 10 5060 tcp.sip.example.com' },
    { name: '_sips._tcp.voice.example.org', value: '10 10 5061 sip.example.com' },
  ]);
  expect(srvRecords('voice.example.org', { udp, tcp: undefined })).toHaveLength(1);
});

test.each(['203.0.113.50', '2001:db8::50'])(
  'the target of a service that has an address only (%s) is the domain',
  (host) => {
    expect(srvRecords('voice.example.org', { tcp: { host, port: 5070 } })).toEqual([
      { name: '_sip._tcp.voice.example.org', value: '10 10 5070 voice.example.org' },
    ]);
  },
);

test.each([
  ['udp', '_sip._udp'],
  ['tcp', '_sip._tcp'],
  ['tls', '_sips._tcp'],
] as const)('the record of %s is %s', (transport, service) => {
  expect(srvName('a.example', transport)).toBe(`${service}.a.example`);
});
