import { expect, test } from 'vitest';
import { filedByMany } from './event-log.fixture.ts';

test('entries of 50 writers at once make one chain without gap or fork, although functions are killed', async () => {
  const { filed, logged, findings } = await filedByMany({ writers: 50, entries: 300, seed: 11 });
  expect(findings).toEqual([]);
  const ids = logged.map(({ event_log_id }) => event_log_id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(filed).size).toBe(300);
  // Beside them stands what the platform itself recorded.
  expect(filed.filter((id) => !ids.includes(id))).toEqual([]);
  expect(logged.filter((entry) => entry['event_type'] === 'door.opened')).toHaveLength(300);
}, 600_000);
