import { expect, test } from 'vitest';
import { credentialsOfHandshake, credentialsOfMessage } from './credentials.ts';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
const line = (username: string, password: string) => ({ kind: 'line', username, password });

test.each([
  [basic('line:secret'), undefined, line('line', 'secret')],
  [basic('line:with:colon'), undefined, line('line', 'with:colon')],
  [basic('line:'), 'ignored', line('line', '')],
  [basic('nothing'), undefined, 'malformed'],
  ['Basic ?', undefined, 'malformed'],
  ['Digest username="line"', 'ignored', 'malformed'],
  ['Bearer abc', undefined, { kind: 'token', token: 'abc' }],
  [undefined, 'abc', { kind: 'token', token: 'abc' }],
  [undefined, undefined, undefined],
])('the header %j and the token %j are %j', (header, token, expected) => {
  expect(credentialsOfHandshake(header, token)).toEqual(expected);
});

test.each([
  ['{"username":"line","password":"secret"}', line('line', 'secret')],
  ['{"username":"line"}', 'malformed'],
  ['{"username":"line","password":7}', 'malformed'],
  [`{"username":"${'a'.repeat(65)}","password":""}`, 'malformed'],
  ['null', 'malformed'],
  ['', 'malformed'],
  ['{', 'malformed'],
])('the message %j is %j', (text, expected) => {
  expect(credentialsOfMessage(text)).toEqual(expected);
});
