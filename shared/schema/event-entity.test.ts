import { expect, test } from 'vitest';
import { EntityPath } from './event-entity.ts';

test.each([
  ['trunk/trunk_01J', { type: 'trunk', id: 'trunk_01J' }],
  ['user/usr_1', { type: 'user', id: 'usr_1' }],
  ['user/67890', { type: 'user', id: 'usr_67890' }],
  ['gateway/gw_intl_01', { type: 'gateway', id: 'gw_intl_01' }],
  ['org/1001', { type: 'org', id: 'org_1001' }],
  ['org/org_1001', { type: 'org', id: 'org_1001' }],
  ['archive/arch_0f4c', { type: 'archive', id: 'arch_0f4c' }],
  ['phone/alice.b', { type: 'phone', id: 'alice.b' }],
])('%s is a resource', (text, entity) => {
  expect(EntityPath.parse(text)).toEqual(entity);
});

test.each([
  '',
  'trunk',
  'trunk/',
  '/trunk_1',
  'fruit/fruit_1',
  'trunk/trunk_1/x',
  'org/abc',
  'org/',
  'user/a b',
  'phone/',
  'toString/usr_1',
  'trunk/trunk_1\n',
])('"%s" is not a resource', (text) => {
  expect(EntityPath.safeParse(text).success).toBe(false);
});
