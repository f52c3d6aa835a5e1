import { expect, test } from 'vitest';
import { publicAddress } from './public-address.ts';

test('the public address is what the service sees', async () => {
  expect(await publicAddress(async () => new Response('198.51.100.7\n'))).toBe('198.51.100.7');
});

test.each([
  ['<html>', 200],
  ['198.51.100.7', 503],
  ['2001:db8::1', 200],
])('"%s" with status %i is no address', async (text, status) => {
  await expect(publicAddress(async () => new Response(text, { status }))).rejects.toThrow('IPv4');
});
