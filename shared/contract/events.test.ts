import { expect, test } from 'vitest';
import { ClientEventType } from './events.ts';

test.each(['door.opened', 'door', 'building_2.door_1.opened'])('a client may file %s', (type) => {
  expect(ClientEventType.parse(type)).toBe(type);
});

test.each(['Door.opened', 'door.', '.door', 'door opened', '2door', 'a'.repeat(65)])('%j is no type', (type) => {
  expect(ClientEventType.safeParse(type).success).toBe(false);
});
