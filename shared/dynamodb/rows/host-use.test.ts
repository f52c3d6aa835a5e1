import { expect, test } from 'vitest';
import { hostUseOf, hostUseRow, hostUseWrites, type HostUser } from './host-use.ts';
import { omit } from '../../schema/omit.ts';
import { overwrite, remove, type Write } from '../write.ts';

const user = {
  id: 'gw_1',
  org_id: 1_001,
  host: 'sip.example',
  port: 5_060,
  transport: 'udp',
  created_at: '2026-11-01T00:00:00.000Z',
  host_since: '2026-11-01T00:00:00.000Z',
  shared_host: null,
} as const;
const reseller = 1_000;
const use = hostUseOf(user, reseller);

/** Without their functions, which are made for each write. */
const dataOf = (writes: readonly Write<'host'>[]): unknown => JSON.parse(JSON.stringify(writes));
const written = (before: HostUser | undefined, after: HostUser | undefined) =>
  dataOf(hostUseWrites(before, after, reseller));

test('the index follows each consent that is given and ended', () => {
  const consented = { ...user, shared_host: 'reseller' } as const;
  const operated = { ...user, shared_host: 'operator' } as const;
  const resold = { ...use, consent: 'reseller' } as const;
  expect(written(user, consented)).toEqual(dataOf([overwrite(hostUseRow, resold)]));
  expect(written(consented, user)).toEqual(dataOf([overwrite(hostUseRow, use)]));
  expect(written(consented, operated)).toEqual(
    dataOf([remove(hostUseRow, resold), overwrite(hostUseRow, { ...use, consent: 'operator' })]),
  );
});

test('a change of other fields writes nothing to the index, except of a use of an earlier version', () => {
  expect(written(user, { ...user, port: 5_080 })).toEqual(dataOf([]));
  const earlier = omit(user, 'host_since');
  expect(written(earlier, user)).toEqual(dataOf([overwrite(hostUseRow, use)]));
});
