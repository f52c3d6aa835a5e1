import { expect, test } from 'vitest';
import { formats } from '#http/answers/formats.ts';
import { ApiError } from './browser/kit/api-error.ts';

const violation = { path: 'source.number', message: 'is no number' };
const rejected = { status: 422, code: 'VALIDATION_FAILED', message: 'The body is invalid' };
const problem = { ...rejected, details: [violation], facts: {} };

test.each([
  ['standard', { success: false, error: problem, request_id: 'r' }, [violation]],
  ['bare', formats.bare.error?.(problem, 'r'), [violation]],
  ['voipbin', formats.voipbin.error?.(problem, 'r'), []],
])('an error of the format %s has its code, its message and its violations', (_format, body, details) => {
  expect(new ApiError(422, 'r', body)).toMatchObject({ code: problem.code, message: problem.message, details });
});

test('an answer that is no error of the API says its status', () => {
  expect(new ApiError(503, null, { message: '' })).toMatchObject({ code: 'HTTP_503', details: [] });
});
