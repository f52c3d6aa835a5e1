import { describe, expect, test } from 'vitest';
import { eventOf } from '#test/support/requests.fixture.ts';
import { incoming } from './incoming.ts';

test('a base64 body is decoded to text, and its size is that of the decoded bytes', () => {
  const text = '{"name":"Zoë"}';
  const event = { ...eventOf('PUT /toys'), body: Buffer.from(text).toString('base64'), isBase64Encoded: true };
  expect(incoming(event, [])).toMatchObject({ body: text, bodyBytes: 15 });
  expect(incoming(eventOf('PUT /toys', { body: text }), [])).toMatchObject({ body: text, bodyBytes: 15 });
  expect(incoming(eventOf('GET /toys'), [])).toMatchObject({ body: '', bodyBytes: 0, params: {}, query: {} });
});

test('values come from the path parameters as API Gateway decoded them', () => {
  expect(incoming(eventOf('GET /toys/{id}', { params: { id: 'a b' }, query: { q: 'x&y' } }), [])).toMatchObject({
    params: { id: 'a b' },
    query: { q: 'x&y' },
  });
});

describe("the caller's address", () => {
  const from = (forwarded: string | undefined, trusted: readonly string[]) =>
    incoming(
      eventOf('GET /toys', {
        ip: '192.0.2.7',
        headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      }),
      trusted,
    ).ip;

  test('is the source address, whatever its headers say', () => {
    expect(from('203.0.113.1', [])).toBe('192.0.2.7');
    expect(from('203.0.113.1', ['192.0.2.8'])).toBe('192.0.2.7');
  });

  test('is the last forwarded address that is not a trusted proxy', () => {
    expect(from('198.51.100.1, 203.0.113.1, 192.0.2.9', ['192.0.2.7', '192.0.2.9'])).toBe('203.0.113.1');
    expect(from(undefined, ['192.0.2.7'])).toBe('192.0.2.7');
    expect(from('192.0.2.9', ['192.0.2.7', '192.0.2.9'])).toBe('192.0.2.7');
  });
});

test('a user agent is cut to 256 characters', () => {
  expect(incoming(eventOf('GET /toys', { headers: { 'user-agent': 'x'.repeat(300) } }), []).userAgent).toHaveLength(
    256,
  );
});
