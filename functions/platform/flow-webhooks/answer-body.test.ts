import { expect, test } from 'vitest';
import { maxAnswer, readAnswer } from './answer-body.ts';

const json = { 'content-type': 'application/json' };
const answered = (excerpt: string, headers: Readonly<Record<string, string>> = json, status = 200) =>
  readAnswer({ status, headers, excerpt });

test.each(['application/json', 'Application/JSON; charset=utf-8', 'application/problem+json'])(
  'an answer of %s is read',
  (type) => {
    expect(answered('{"variables":{"a":1}}', { 'content-type': type })).toEqual({
      answer: { variables: { a: 1 } },
      problem: null,
    });
  },
);

test.each([
  ['{}', {}, 200, 'answers no JSON'],
  ['{}', { 'content-type': 'text/html' }, 200, 'answers no JSON'],
  ['{}', { 'content-type': 'application/jsonp' }, 200, 'answers no JSON'],
  ['<html>', json, 200, 'answers no JSON'],
  ['', json, 204, 'answers no JSON'],
  ['{}', json, 302, 'answers with status 302'],
  ['{}', json, 404, 'answers with status 404'],
  ['{}', json, 500, 'answers with status 500'],
  [`"${'x'.repeat(maxAnswer)}"`, json, 200, 'answers more than 64 KiB'],
  [`"${'ü'.repeat(maxAnswer / 2)}"`, json, 200, 'answers more than 64 KiB'],
])('%.20j with %j and %s is not used', (excerpt, headers, status, problem) => {
  expect(answered(excerpt, headers as Record<string, string>, status)).toEqual({ problem });
});
