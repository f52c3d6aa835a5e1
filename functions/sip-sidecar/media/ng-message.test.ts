import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cookieOf, readNgReply, writeNgMessage } from './ng-message.ts';

test('a command is a cookie, a space, and a dictionary in JSON', () => {
  expect(writeNgMessage('c1', { command: 'delete', 'call-id': 'call_1', 'delete-delay': 0 }).toString()).toBe(
    'c1 {"command":"delete","call-id":"call_1","delete-delay":0}',
  );
});

test('of an answer only what is known is read, and numbers may be texts', () => {
  const statistics = { currentstatistics: { sessionstotal: 3, x: 1 }, totalstatistics: { uptime: '17' } };
  const answer = Buffer.from(`c1 ${JSON.stringify({ result: 'ok', statistics, created: 1 })}`);
  expect([cookieOf(answer), readNgReply(answer)]).toEqual([
    'c1',
    { result: 'ok', statistics: { currentstatistics: { sessionstotal: 3 }, totalstatistics: { uptime: 17 } } },
  ]);
});

test.each(['', 'c1', 'c1 d6:result4:ponge', 'c1 {"result":1}', 'c1 [', 'c1 null'])('%j is no answer', (text) => {
  expect(readNgReply(Buffer.from(text))).toBeUndefined();
});

test.each(['', 'c1', ' {"result":"ok"}'])('%j has no cookie', (text) => {
  expect(cookieOf(Buffer.from(text))).toBeUndefined();
});

const kinds = /^(?:string|undefined)$/;
const kindOf = (bytes: Uint8Array | string): string => typeof readNgReply(Buffer.from(bytes))?.result;

test('whatever arrives is an answer or none, and never an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(kindOf(bytes)).toMatch(kinds);
    }),
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(kindOf(`c ${JSON.stringify(value)}`)).toMatch(kinds);
    }),
  );
});
