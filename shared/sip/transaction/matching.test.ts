import { expect, test } from 'vitest';
import { newResponse } from '../build.ts';
import { header } from '../header-kinds.ts';
import type { SipRequest } from '../message.ts';
import { Parameters } from '../parameters.ts';
import { newVia } from '../via.ts';
import { bob, requestOf } from './layer.fixture.ts';
import { clientKey, mergeKey, serverKey } from './matching.ts';

const withVia = (request: SipRequest, host: string, branch: string): SipRequest =>
  request.with(request.headers.with(header.via, newVia('UDP', host, 5060, branch)));
const withToTag = (request: SipRequest): SipRequest =>
  request.with(request.headers.with(header.to, { ...bob, parameters: new Parameters([['tag', 't']]) }));

test('a response matches the request with its branch and method', () => {
  const request = requestOf('OPTIONS');
  expect(clientKey(newResponse(request, { status: 200 }))).toBe(clientKey(request));
  expect(clientKey(newResponse(requestOf('INFO'), { status: 200 }))).not.toBe(clientKey(request));
  expect(clientKey(newResponse(requestOf('OPTIONS', 'z9hG4bKother'), { status: 200 }))).not.toBe(clientKey(request));
});

test('a request matches by branch, sender and method; the host is case-insensitive', () => {
  const key = serverKey(withVia(requestOf('OPTIONS'), 'Host', 'z9hG4bK1'));
  expect(serverKey(withVia(requestOf('OPTIONS'), 'host', 'z9hG4bK1'))).toBe(key);
  expect([
    serverKey(withVia(requestOf('OPTIONS'), 'other', 'z9hG4bK1')) === key,
    serverKey(withVia(requestOf('OPTIONS'), 'host', 'z9hG4bK2')) === key,
    serverKey(withVia(requestOf('INFO'), 'host', 'z9hG4bK1')) === key,
  ]).toEqual([false, false, false]);
});

test('an ACK matches its INVITE, and a CANCEL the request that it cancels', () => {
  const invite = serverKey(requestOf('INVITE'));
  expect(serverKey(requestOf('ACK'))).toBe(invite);
  expect(serverKey(requestOf('CANCEL'))).not.toBe(invite);
  expect(serverKey(requestOf('CANCEL'), 'INVITE')).toBe(invite);
});

test('without a unique branch the ACK matches its INVITE despite the To tag', () => {
  for (const branch of ['x', 'z9hG4bK']) {
    const invite = withVia(requestOf('INVITE'), 'h', branch);
    expect(serverKey(withToTag(withVia(requestOf('ACK'), 'h', branch)))).toBe(serverKey(invite));
  }
});

test('a merged request has another branch but the same From tag, Call-ID and CSeq', () => {
  expect(mergeKey(requestOf('REGISTER', 'z9hG4bK1'))).toBe(mergeKey(requestOf('REGISTER', 'z9hG4bK2')));
  expect(mergeKey(requestOf('REGISTER'))).not.toBe(mergeKey(requestOf('OPTIONS')));
});
