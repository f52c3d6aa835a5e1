import { expect, test } from 'vitest';
import { changeProvision, newProvision, type ProvisionItem } from './provision.ts';

const item: ProvisionItem = { device_id: 'dev_1', org_id: 1001, hash: 'old', secret: 'sealed old', version: 3 };
const secret = { hash: 'new', sealed: 'sealed new', previousValidUntil: '2026-11-21T10:00:00.000Z' };

test('a rotated secret keeps the previous one until a time', () => {
  expect(changeProvision(item, { secret })).toEqual({
    ...item,
    hash: 'new',
    secret: 'sealed new',
    previous: { hash: 'old', valid_until: '2026-11-21T10:00:00.000Z' },
    version: 4,
  });
});

test('an admin password is set, kept or removed', () => {
  const withPassword = changeProvision(item, { adminPassword: 'sealed password' });
  expect(withPassword.admin_password).toBe('sealed password');
  expect(changeProvision(withPassword, { secret }).admin_password).toBe('sealed password');
  expect(changeProvision(withPassword, { adminPassword: null })).toEqual({ ...item, version: 5 });
});

test('a new item has an admin password only if one was given', () => {
  const urlSecret = { hash: 'old', sealed: 'sealed old' };
  expect(newProvision('dev_1', 1001, { secret: urlSecret, adminPassword: undefined })).toEqual({ ...item, version: 1 });
  expect(newProvision('dev_1', 1001, { secret: urlSecret, adminPassword: 'sealed' }).admin_password).toBe('sealed');
});
