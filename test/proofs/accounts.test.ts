import { expect, test } from 'vitest';
import { attempts, guarded } from '../authorization/account-attempts.ts';
import { proveAccounts } from './accounts.ts';
import { apiOfThisFile } from './in-process.ts';

test('every endpoint that changes an account is attempted here', () => {
  expect(Object.keys(attempts).toSorted()).toEqual(guarded);
});

proveAccounts(apiOfThisFile());
