import { expect, test } from 'vitest';
import { rtpengineArguments } from './rtpengine.ts';

const settings = {
  address: '10.0.0.7',
  publicAddress: undefined,
  ng: { address: '10.0.0.8', port: 22_222 },
  mediaPorts: { first: 30_000, last: 39_999 },
  digits: '127.0.0.1:40000',
  recordingFolder: undefined,
};

test('rtpengine takes media and commands at its addresses, in user space', () => {
  expect(rtpengineArguments(settings)).toEqual(
    expect.arrayContaining([
      '--table=-1',
      '--interface=10.0.0.7',
      '--listen-ng=10.0.0.8:22222',
      '--port-min=30000',
      '--port-max=39999',
      '--dtmf-log-dest=127.0.0.1:40000',
    ]),
  );
});

test('calls are recorded only with a folder for their captures', () => {
  expect(rtpengineArguments(settings).join(' ')).not.toContain('recording');
  expect(rtpengineArguments({ ...settings, recordingFolder: '/recordings' })).toEqual(
    expect.arrayContaining(['--recording-method=pcap', '--recording-dir=/recordings']),
  );
});

test('behind a translation of addresses, descriptions name the public address', () => {
  expect(rtpengineArguments({ ...settings, publicAddress: '198.51.100.7' })).toContain(
    '--interface=10.0.0.7!198.51.100.7',
  );
  expect(rtpengineArguments({ ...settings, publicAddress: '10.0.0.7' })).toContain('--interface=10.0.0.7');
});
