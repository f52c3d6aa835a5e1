import * as z from 'zod';
import { expect, test } from 'vitest';
import { readMessage } from './message.ts';

const Message = z.object({ schema: z.literal('toy.v1'), count: z.number().int() });

test("a message of the contract's schema is parsed, and unknown fields are ignored", () => {
  expect(readMessage(Message, '{"schema":"toy.v1","count":3,"later":true}')).toEqual({
    message: { schema: 'toy.v1', count: 3 },
  });
});

test.each([
  ['', 'NOT_JSON'],
  ['{"schema":"toy.v1",', 'NOT_JSON'],
  ['null', 'UNKNOWN_SCHEMA'],
  ['[]', 'UNKNOWN_SCHEMA'],
  ['"toy.v1"', 'UNKNOWN_SCHEMA'],
  ['{"count":3}', 'UNKNOWN_SCHEMA'],
  ['{"schema":"toy.v2","count":3}', 'UNKNOWN_SCHEMA'],
  ['{"schema":"toy.v1"}', 'INVALID_MESSAGE'],
  ['{"schema":"toy.v1","count":"3"}', 'INVALID_MESSAGE'],
])('%s does not parse: %s', (body, reason) => {
  expect(readMessage(Message, body)).toEqual({ reason, problem: expect.stringMatching(/./) });
});
