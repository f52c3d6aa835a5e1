import { expect, test } from 'vitest';
import { weakPassword } from './password.ts';

test('a weak password is an error of its field', () => {
  expect(weakPassword('short', [], 'new_password')).toMatchObject({
    code: 'WEAK_PASSWORD',
    details: [{ path: 'new_password' }],
  });
  expect(weakPassword('long enough, surely', [], 'new_password')).toBeNull();
});
