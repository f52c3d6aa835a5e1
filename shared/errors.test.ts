import { expect, test } from 'vitest';
import {
  AppError,
  commonErrors,
  errorKinds,
  found,
  invalid,
  invalidParameter,
  isErrorKind,
  missingField,
  notYetSupported,
} from './errors.ts';

test('every common code has the status of an HTTP error', () => {
  for (const { status } of Object.values(commonErrors)) expect(status).toSatisfy((code) => code >= 400 && code <= 599);
});

test('a declared kind gives its errors their code and status', () => {
  const toyErrors = errorKinds({ TOY_BROKEN: [409, 'The toy is broken.'] });
  expect(toyErrors.TOY_BROKEN).toEqual({ code: 'TOY_BROKEN', status: 409, meaning: 'The toy is broken.' });
  expect(new AppError(toyErrors.TOY_BROKEN, 'The bear is broken')).toMatchObject({
    status: 409,
    code: 'TOY_BROKEN',
    message: 'The bear is broken',
    kind: toyErrors.TOY_BROKEN,
  });
});

test('only a value with code, status and meaning is a kind of errors', () => {
  expect(isErrorKind(commonErrors.NOT_FOUND)).toBe(true);
  for (const other of ['NOT_FOUND', undefined, null, { code: 'NOT_FOUND' }]) expect(isErrorKind(other)).toBe(false);
});

test('an error has the status of its code, no details and no retry time by default', () => {
  const error = new AppError('RATE_LIMITED', 'More than 600 requests per minute', { retryAfter: 7 });
  expect(error).toMatchObject({ status: 429, code: 'RATE_LIMITED', details: [], retryAfter: 7 });
  expect(new AppError('NOT_FOUND', 'User not found').retryAfter).toBeUndefined();
});

test('a missing resource is NOT_FOUND by its name, and an existing one is returned', () => {
  expect(() => found(undefined, 'SIP trunk')).toThrow(
    expect.objectContaining({ code: 'NOT_FOUND', message: 'SIP trunk not found' }),
  );
  expect(found(0, 'SIP trunk')).toBe(0);
});

test('missing fields are listed in message and details', () => {
  expect(missingField('name', 'host')).toMatchObject({
    status: 400,
    message: 'Required: name, host',
    details: [
      { path: 'name', message: 'is required' },
      { path: 'host', message: 'is required' },
    ],
  });
});

test('an invalid field is a 422, an invalid parameter a 400, each with its path', () => {
  expect(invalid('rules[0].pattern', 'is too long')).toMatchObject({
    status: 422,
    code: 'VALIDATION_FAILED',
    details: [{ path: 'rules[0].pattern', message: 'is too long' }],
  });
  expect(invalidParameter('end', 'must not be before start')).toMatchObject({
    status: 400,
    code: 'INVALID_PARAMETER',
    message: 'end must not be before start',
  });
  expect(notYetSupported('srtp')).toMatchObject({ status: 422, details: [{ path: 'srtp' }] });
});
