import { expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { defer } from './deferred.ts';

test('a result is kept, and nothing is thrown later', () => {
  const deferred = defer(() => 5);
  expect(deferred.value).toBe(5);
  expect(() => deferred.rethrow()).not.toThrow();
});

test('an AppError waits until it is rethrown', () => {
  const error = new AppError('INVALID_ID', 'is not a well-formed id');
  const deferred = defer(() => {
    throw error;
  });
  expect(deferred.value).toBeUndefined();
  expect(() => deferred.rethrow()).toThrow(error);
});

test('an unexpected error is thrown at once', () => {
  expect(() =>
    defer(() => {
      throw new TypeError('a defect');
    }),
  ).toThrow(TypeError);
});
