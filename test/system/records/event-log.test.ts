import { expect, test } from 'vitest';
import { fileConcurrently } from './event-log.fixture.ts';
import { sharedStormCloud } from '../storm-cloud.fixture.ts';

test('entries of 50 concurrent writers form one chain without gap or fork while functions are killed', async () => {
  const { filed, logged, findings } = await fileConcurrently(await sharedStormCloud('kills'), {
    writers: 50,
    entries: 300,
  });
  expect(findings).toEqual([]);
  const ids = logged.map(({ event_log_id }) => event_log_id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(filed).size).toBe(300);
  // The log also has the platform's own events.
  expect(filed.filter((id) => !ids.includes(id))).toEqual([]);
  expect(logged.filter((entry) => entry['event_type'] === 'door.opened')).toHaveLength(300);
});
