import { expect, test } from 'vitest';
import { ownerType } from './extension-owner.ts';

test.each([
  ['usr_1', 'user'],
  ['svc_1', 'user'],
  ['dir_1', 'contact'],
  ['rgrp_1', 'ring_group'],
  ['flow_1', 'call_flow'],
  ['constructor_1', undefined],
  ['', undefined],
])('the type of %j is %s', (id, type) => {
  expect(ownerType(id)).toBe(type);
});
