import { expect, test } from 'vitest';
import { fileConcurrently } from '../system/records/event-log.fixture.ts';
import { faultRates } from '../system/shared-clouds.ts';
import { inStormCloud } from '../system/storm-cloud.fixture.ts';

test('5,000 entries of 50 concurrent writers form one chain without gaps while functions are killed', async () => {
  const { filed, logged, findings } = await inStormCloud(
    { seed: Math.floor(Math.random() * 1e6), ...faultRates.kills },
    (storm) => fileConcurrently(storm, { writers: 50, entries: 5_000 }),
  );
  expect(findings).toEqual([]);
  expect(new Set(filed).size).toBe(5_000);
  expect(
    logged
      .filter((entry) => entry['event_type'] === 'door.opened')
      .map(({ event_log_id }) => event_log_id)
      .toSorted(),
  ).toEqual(filed.toSorted());
});
