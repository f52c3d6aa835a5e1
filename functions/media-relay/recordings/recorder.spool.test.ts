import { expect, test } from 'vitest';
import { metadata, recordingId } from './recording.fixture.ts';
import { readMetadata } from './recorder.ts';

test('metadata name the capture, the organization, the file, the ports of the caller and Opus', () => {
  expect(readMetadata(metadata('call.pcap', `trunkline org=1001 file=${recordingId} caller=30000,30004`))).toEqual({
    file: 'call.pcap',
    organization: 1_001,
    kind: 'file',
    recording: recordingId,
    callerPorts: new Set([30_000, 30_004]),
    opus: new Map(),
  });
  const label = `trunkline org=1001 file=${recordingId} caller=30000 opus=30000:96,30002:111`;
  expect(readMetadata(metadata('call.pcap', label))?.opus).toEqual(
    new Map([
      [30_000, 96],
      [30_002, 111],
    ]),
  );
});

test('metadata name a file of their folder only, and an organization and a file by their forms', () => {
  expect(readMetadata(metadata('../../etc/call.pcap'))?.file).toBe('call.pcap');
  expect(readMetadata(metadata('call.pcap', `trunkline org=1001 file=../${recordingId} caller=`))).toBeUndefined();
  expect(readMetadata(metadata('..'))).toBeUndefined();
  expect(readMetadata('')).toBeUndefined();
});

test('metadata name the message of a mailbox or a greeting in place of a file, and nothing else', () => {
  const message = recordingId.replace('file_', 'vm_');
  const read = (label: string) => readMetadata(metadata('call.pcap', `trunkline org=1001 ${label} caller=30000`));
  expect(read(`voicemail=${message}`)).toMatchObject({ kind: 'voicemail', recording: message });
  expect(read(`greeting=${recordingId}`)).toMatchObject({ kind: 'greeting', recording: recordingId });
  expect(read(`greeting=${message}`)).toBeUndefined();
  expect(read(`voicemail=${recordingId}`)).toBeUndefined();
  expect(read(`file=${message}`)).toBeUndefined();
});
