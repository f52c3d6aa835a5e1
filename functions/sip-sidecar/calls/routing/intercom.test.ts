import { expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { CallHandling } from '#telephony/call-handling.ts';
import type { Caller } from './caller.ts';
import type { Directory } from '../directory/directory.ts';
import { permitsIntercom, routeIntercom } from './intercom.ts';

test.each([
  ['nobody', true, false],
  ['group', false, false],
  ['group', true, true],
  ['organization', false, true],
] as const)('intercom for %s, and a caller of the group: %s, is permitted: %s', (intercom, isNear, expected) => {
  expect(permitsIntercom({ intercom, do_not_disturb: false }, isNear)).toBe(expected);
  expect(permitsIntercom({ intercom, do_not_disturb: true }, isNear)).toBe(false);
});

const routeTo = (extension: string | null, owner: string | undefined, intercom: string) =>
  routeIntercom(
    extension,
    { organization: organizationOf(1_001), user_id: 'usr_1', authUser: 'phone' } as Partial<Caller> as Caller,
    {
      directory: {
        ownerOfExtension: async () => owner,
        callHandling: async () => CallHandling.parse({ intercom }),
        contactsOfUsers: async () => [],
        isInCall: async () => false,
      } as Partial<Directory> as Directory,
      rightOf: async () => undefined,
      fault: (error) => expect.fail(String(error)),
    },
  );

test('what does not exist, the caller itself and who does not permit it get the same answer', async () => {
  const denied = { kind: 'rejected', status: 403 };
  expect(
    await Promise.all([
      routeTo(null, 'usr_2', 'organization'),
      routeTo('202', undefined, 'organization'),
      routeTo('202', 'rgrp_1', 'organization'),
      routeTo('202', 'usr_1', 'organization'),
      routeTo('202', 'usr_2', 'nobody'),
      routeTo('202', 'usr_2', 'group'),
    ]),
  ).toMatchObject(Array(6).fill(denied));
  expect(await routeTo('202', 'usr_2', 'organization')).toMatchObject({ kind: 'rejected', status: 404 });
});
