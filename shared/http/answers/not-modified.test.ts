import { expect, test } from 'vitest';
import { incomingRequest } from '#test/support/requests.fixture.ts';
import { answerConditionally } from './not-modified.ts';

const rendered = {
  status: 200,
  headers: { ETag: '"abc"', 'Content-Type': 'application/json', 'Cache-Control': 'max-age=300' },
  body: '{}',
};
const asked = (held: string, method = 'GET') => incomingRequest({ method, headers: { 'if-none-match': held } });

test.each(['"abc"', 'W/"abc"', '"x", "abc"', '*'])('a client that has %s gets 304 without a body', (held) => {
  expect(answerConditionally(asked(held), rendered)).toEqual({
    status: 304,
    headers: { ETag: '"abc"', 'Cache-Control': 'max-age=300' },
    body: '',
  });
});

test.each(['"ab"', 'abc', ''])('a client that has %s gets the full answer', (held) => {
  expect(answerConditionally(asked(held), rendered)).toBe(rendered);
});

test('only a successful read can be unmodified', () => {
  expect(answerConditionally(asked('"abc"', 'PUT'), rendered)).toBe(rendered);
  const created = { ...rendered, status: 201 };
  expect(answerConditionally(asked('"abc"'), created)).toBe(created);
  const untagged = { ...rendered, headers: {} };
  expect(answerConditionally(asked('*'), untagged)).toBe(untagged);
});
