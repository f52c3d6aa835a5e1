import { expect, test } from 'vitest';
import { isOwnMachine, isOwnUrl } from './visitor.ts';

const visitor = (remoteAddress: string, host: string | undefined, more: Readonly<Record<string, string>> = {}) => ({
  socket: { remoteAddress, localAddress: '192.0.2.10' },
  headers: { ...(host === undefined ? {} : { host }), ...more },
});

test.each([
  ['127.0.0.1', 'localhost:3000'],
  ['127.0.0.1', 'LOCALHOST'],
  ['127.0.0.1', '127.0.0.1:3000'],
  ['::1', '[::1]:3000'],
  ['::ffff:127.0.0.1', 'localhost:3000'],
  ['192.0.2.10', '192.0.2.10:3000'],
])('a request from %s to %s is of this machine', (remote, host) => {
  expect(isOwnMachine(visitor(remote, host))).toBe(true);
});

test.each([
  ['192.0.2.11', 'localhost:3000'],
  ['192.0.2.11', '192.0.2.10:3000'],
  ['::ffff:192.0.2.11', '192.0.2.10:3000'],
  ['', 'localhost'],
  ['127.0.0.1', 'evil.example.com:3000'],
  ['127.0.0.1', 'localhost.example.com'],
  ['127.0.0.1', '127.0.0.1.example.com'],
  ['127.0.0.1', '192.0.2.11'],
  ['127.0.0.1', ''],
  ['127.0.0.1', undefined],
])('a request from %s to %s is not', (remote, host) => {
  expect(isOwnMachine(visitor(remote, host))).toBe(false);
});

test.each(['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'])('a request with %s is of a proxy', (name) => {
  expect(isOwnMachine(visitor('127.0.0.1', 'localhost', { [name]: '127.0.0.1' }))).toBe(false);
});

test('a public URL names this machine or a proxy', () => {
  const urls = ['http://localhost:3000', 'http://127.0.0.1', 'http://192.0.2.10:3000', 'https://api.example.com'];
  expect(urls.map((url) => isOwnUrl(url, '192.0.2.10'))).toEqual([true, true, true, false]);
});
