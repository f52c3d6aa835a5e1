import { expect, test } from 'vitest';
import { header } from '../header-kinds.ts';
import { Field, Headers } from '../headers.ts';
import { acceptsUpdate, offerlessHeaders, sessionBodies, sessionHeaders } from './capabilities.ts';

test('messages name the methods and extensions of sessions', () => {
  expect([...sessionHeaders].map(({ name, value }) => `${name}: ${value}`)).toEqual([
    'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY',
    'Supported: 100rel, timer, replaces, norefersub',
  ]);
  expect(offerlessHeaders.all(header.supported)).toEqual(['timer', 'replaces', 'norefersub']);
});

test('descriptions may be in multipart bodies; INFO and NOTIFY have types of their own', () => {
  expect(sessionBodies.INVITE).toContain('multipart/mixed');
  expect(sessionBodies.INFO).toContain('application/dtmf-relay');
  expect(sessionBodies.NOTIFY).toContain('message/sipfrag');
});

test('ICE candidates do not trickle, as they would pass no relay', () => {
  const accepted: readonly string[] = Object.values(sessionBodies).flat();
  expect(accepted).not.toContain('application/trickle-ice-sdpfrag');
});

test('a peer accepts UPDATE if its Allow says so', () => {
  const allow = (value: string): boolean => acceptsUpdate(new Headers([new Field('Allow', 'allow', value)]));
  expect([allow('INVITE, UPDATE'), allow('INVITE'), allow('<>'), acceptsUpdate(Headers.none)]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
