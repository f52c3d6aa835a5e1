import { expect, test } from 'vitest';
import { sealPassword } from './peer-password.ts';

const seals = {
  seal: async (text: string, belongsTo: object): Promise<string> => `${text} ${JSON.stringify(belongsTo)}`,
};
const owner = { organization: 1001, id: 'trunk_1' };

test('a password is sealed for the field of its trunk or gateway', async () => {
  expect(await sealPassword(seals, 'secret', owner)).toBe(
    'secret {"organization":1001,"id":"trunk_1","field":"password"}',
  );
});

test('a password that is removed or absent is not sealed', async () => {
  expect(await sealPassword(seals, null, owner)).toBeNull();
  expect(await sealPassword(seals, undefined, owner)).toBeUndefined();
});
