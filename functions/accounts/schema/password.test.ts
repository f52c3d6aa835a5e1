import { expect, test } from 'vitest';
import { weakPassword } from './password.ts';

test('a weak password is an error of its field', async () => {
  expect(await weakPassword('short', [], 'new_password')).toMatchObject({
    code: 'WEAK_PASSWORD',
    details: [{ path: 'new_password' }],
  });
  expect(await weakPassword('password1234', [], 'new_password')).toMatchObject({
    code: 'WEAK_PASSWORD',
    details: [{ path: 'new_password', message: 'is a common password, or nearly one' }],
  });
  expect(await weakPassword('long enough, surely', [], 'new_password')).toBeNull();
});
