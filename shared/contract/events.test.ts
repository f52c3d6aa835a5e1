import { expect, test } from 'vitest';
import { ClientEventType, isAudited } from './events.ts';

test('changes are audited, state and traffic are not', () => {
  expect(['trunk.created', 'auth.2fa.enabled'].every(isAudited)).toBe(true);
  expect(['trunk.registered', 'call.answered', 'door.opened'].some(isAudited)).toBe(false);
});

test.each(['door.opened', 'door', 'building_2.door_1.opened'])('a client may file %s', (type) => {
  expect(ClientEventType.parse(type)).toBe(type);
});

test.each(['trunk.created', 'call.answered', 'error'])('%s is reserved for the platform', (type) => {
  expect(ClientEventType.safeParse(type).error?.issues).toMatchObject([{ params: { code: 'RESERVED_EVENT_TYPE' } }]);
});

test.each(['Door.opened', 'door.', '.door', 'door opened', '2door', 'a'.repeat(65)])('%j is no type', (type) => {
  expect(ClientEventType.safeParse(type).success).toBe(false);
});
