import { expect, test } from 'vitest';
import { hostsFile, parseHosts, readHosts } from './hosts-file.ts';

test('a hosts file has an address and its names per line, and comments', () => {
  const hosts = parseHosts(
    ['# local', '127.0.0.1\tlocalhost  Printer', '::1 localhost # IPv6', '', '10.0.0.5 pbx', '::2 pbx', '\r'].join(
      '\n',
    ),
  );
  expect(Object.fromEntries(hosts)).toEqual({
    localhost: ['127.0.0.1', '::1'],
    printer: ['127.0.0.1'],
    pbx: ['10.0.0.5', '::2'],
  });
});

test('a missing hosts file is empty', async () => {
  expect(await readHosts('/nowhere')).toEqual(new Map());
});

test('the hosts file of the system knows this machine', async () => {
  expect((await readHosts(hostsFile)).get('localhost')).toContain('127.0.0.1');
});
