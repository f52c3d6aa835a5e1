import { expect, test } from 'vitest';
import { standardProblem, unknownPath, wantedStatus } from './error-document.ts';

test('every status from 400 to 599 has a document with a code and a sentence', () => {
  const problems = Array.from({ length: 200 }, (_, at) => standardProblem(400 + at));
  expect(problems.every(({ code, message }) => /^[A-Z][A-Z_]+$/.test(code) && message.length > 10)).toBe(true);
  expect(problems.map(({ status }) => status)).toEqual(problems.map((_, at) => 400 + at));
});

test('an unregistered status has the document of its class', () => {
  expect(standardProblem(418)).toMatchObject({ status: 418, code: 'CLIENT_ERROR' });
  expect(standardProblem(599)).toMatchObject({ status: 599, code: 'SERVER_ERROR' });
});

test('the default status is 404', () => {
  expect(wantedStatus(undefined)).toBe(404);
});

test.each(['400', '404', '503', '599'])('the status %s is accepted', (code) => {
  expect(wantedStatus(code)).toBe(Number(code));
});

test.each(['', '399', '600', '200', '40', '4040', '4e2', '404.0', ' 404', '-404', 'abc', '0x194'])(
  '"%s" is no error status',
  (code) => {
    expect(() => wantedStatus(code)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
  },
);

test('an unknown path names the nearest one, if any', () => {
  expect(unknownPath(undefined)).toEqual(standardProblem(404));
  expect(unknownPath('/users/{id}')).toMatchObject({
    code: 'NOT_FOUND',
    message: 'No resource at this path; the nearest is /users/{id}',
  });
});
