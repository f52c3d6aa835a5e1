import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { isLogsEvent, logEntriesIn } from './log-payload.ts';

const eventOf = (bytes: Uint8Array) => ({ awslogs: { data: Buffer.from(bytes).toString('base64') } });
const payload = (more: object = {}) =>
  eventOf(
    gzipSync(
      JSON.stringify({
        messageType: 'DATA_MESSAGE',
        owner: '111122223333',
        logGroup: 'sns/eu-central-1/111122223333/DirectPublishToPhoneNumber',
        logStream: 'stream',
        subscriptionFilters: ['receipts'],
        logEvents: [{ id: '1', timestamp: 1_763_632_800_000, message: '{}' }],
        ...more,
      }),
    ),
  );

test('the entries of an event are read, those of a control message are none', () => {
  expect(logEntriesIn(payload())).toEqual([{ timestamp: 1_763_632_800_000, message: '{}' }]);
  expect(logEntriesIn(payload({ messageType: 'CONTROL_MESSAGE' }))).toEqual([]);
});

test.each([
  ['no gzip', eventOf(Buffer.from('hello'))],
  ['no JSON', eventOf(gzipSync('hello'))],
  ['another form', payload({ logEvents: [{ timestamp: 'now', message: 1 }] })],
  ['16 MB of zeros in 16 KB', eventOf(gzipSync(Buffer.alloc(16 * 1024 * 1024)))],
])('%s is an error', (_case, event) => {
  expect(() => logEntriesIn(event)).toThrow();
});

test('an event of logs is told from others', () => {
  expect(isLogsEvent(payload())).toBe(true);
  for (const other of [{ Records: [] }, { awslogs: { data: 1 } }, { awslogs: { data: '§' } }, null])
    expect(isLogsEvent(other)).toBe(false);
});
