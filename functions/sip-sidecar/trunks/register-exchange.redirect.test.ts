import { expect, test } from 'vitest';
import { newResponse } from '#sip/build.ts';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { addressOf, optionsWith, requestOf } from '#sip/values.fixture.ts';
import { redirectPeer } from './register-exchange.ts';

const redirect = (contacts: readonly string[], configured: 'udp' | 'tcp' | 'tls' = 'udp') =>
  redirectPeer(
    newResponse(requestOf(optionsWith()), {
      status: 302,
      headers: Headers.none.with(header.contact, ...contacts.map(addressOf)),
    }),
    configured,
  );

test('a redirect names a host, and a port and a transport unless those of the trunk apply', () => {
  expect(redirect(['<sip:node2.carrier.example:5080;transport=tcp>'])).toEqual({
    host: 'node2.carrier.example',
    port: 5_080,
    transport: 'tcp',
  });
  expect(redirect(['<sip:user@[2001:db8::1]>'], 'tcp')).toEqual({
    host: '2001:db8::1',
    port: 5_060,
    transport: 'tcp',
  });
});

test('TLS is never given up, and sips demands it', () => {
  const peer = { host: 'node2.carrier.example', port: 5_061, transport: 'tls' };
  expect([
    redirect(['<sip:node2.carrier.example;transport=udp>'], 'tls'),
    redirect(['<sips:node2.carrier.example>']),
  ]).toEqual([peer, peer]);
});

test('the usable contact with the highest q is followed', () => {
  const contacts = [
    '<sip:low.example>;q=0.1',
    '<sip:high.example>;q=0.9',
    '<sip:highest.example;transport=ws>',
    '<mailto:a@example.com>',
  ];
  expect([redirect(contacts)?.host, redirect(contacts.slice(2)), redirect([])]).toEqual([
    'high.example',
    undefined,
    undefined,
  ]);
});
