import { expect, test } from 'vitest';
import { readCapture } from './capture.ts';
import { captured, captureHeader, inPieces } from './recording.fixture.ts';

async function read(bytes: Buffer) {
  const found: string[] = [];
  for await (const { at, link, bytes: packet } of readCapture(inPieces(bytes, 7)))
    found.push(`${at % 100_000} ${link} ${packet.toString()}`);
  return found;
}

test('a capture has packets with their times and their link', async () => {
  const bytes = Buffer.concat([captureHeader, captured(20, Buffer.from('one')), captured(1_040.5, Buffer.from('two'))]);
  expect(await read(bytes)).toEqual(['20 1 one', '1040.5 1 two']);
});

test('captures of big-endian machines and with nanoseconds are read', async () => {
  const header = Buffer.from('a1b23c4d00020004000000000000000000000ffff0000065'.slice(0, 48), 'hex');
  const packet = Buffer.from('00000001' + '1dcd6500' + '00000003' + '00000003', 'hex');
  header.writeUInt32BE(101, 20);
  expect(await read(Buffer.concat([header, packet, Buffer.from('one')]))).toEqual(['1500 101 one']);
});

test('an empty file, and one of another form, is no capture', async () => {
  await expect(read(Buffer.alloc(0))).rejects.toThrow('no capture');
  await expect(read(Buffer.alloc(100, 1))).rejects.toThrow('no capture');
  expect(await read(captureHeader)).toEqual([]);
});
