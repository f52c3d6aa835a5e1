import { expect, test } from 'vitest';
import { archive, archiverOf, verify } from '../archives.fixture.ts';
import { connect } from '../cloud.ts';

test('an archive is verified with the published keys, and its locked parts cannot be removed', async () => {
  const cloud = connect();
  const head = await archive(cloud, 990_001);
  const { objects } = archiverOf(cloud);
  for await (const version of objects.versions({ bucket: 'archives', key: 'archive/org_990001/' }))
    expect(await objects.removeVersion({ bucket: 'archives', ...version })).toBe(false);
  expect(await verify(cloud, 990_001, head)).toMatchObject({
    code: 0,
    text: expect.stringContaining('Everything holds.'),
  });
});
