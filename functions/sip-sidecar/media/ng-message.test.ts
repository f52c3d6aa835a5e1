import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readNgMessage, writeNgMessage } from './ng-message.ts';

test('a command is a cookie, a space, and a dictionary in JSON', () => {
  expect(writeNgMessage('c1', { command: 'delete', 'call-id': 'call_1', 'delete-delay': 0 }).toString()).toBe(
    'c1 {"command":"delete","call-id":"call_1","delete-delay":0}',
  );
});

test('of an answer only what is known is read, and numbers may be texts', () => {
  const statistics = { currentstatistics: { sessionstotal: 3, x: 1 }, totalstatistics: { uptime: '17' } };
  const read = readNgMessage(Buffer.from(`c1 ${JSON.stringify({ result: 'ok', statistics, created: 1 })}`));
  expect(read).toEqual({
    cookie: 'c1',
    reply: {
      result: 'ok',
      statistics: { currentstatistics: { sessionstotal: 3 }, totalstatistics: { uptime: 17 } },
    },
  });
});

test.each(['', 'c1', ' {"result":"ok"}', 'c1 d6:result4:ponge', 'c1 {"result":1}', 'c1 [', 'c1 null'])(
  '%j is no answer',
  (text) => {
    expect(readNgMessage(Buffer.from(text))).toBeUndefined();
  },
);

test('whatever arrives is an answer or none, and never an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const read = readNgMessage(Buffer.from(bytes));
      expect(read === undefined || typeof read.reply.result === 'string').toBe(true);
    }),
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const read = readNgMessage(Buffer.from(`c ${JSON.stringify(value)}`));
      expect(read === undefined || typeof read.reply.result === 'string').toBe(true);
    }),
  );
});
