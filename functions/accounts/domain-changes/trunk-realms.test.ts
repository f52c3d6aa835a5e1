import { expect, test } from 'vitest';
import { newTrunk } from '../../telephony/sip-trunks/sip-trunk.ts';
import { moveTrunks } from './trunk-realms.ts';

const now = '2026-11-20T10:00:00.000Z';
const trunk = (id: string, realm: string | null) =>
  newTrunk({ name: id, host: 'pbx.example.com', ...(realm === null ? {} : { realm }) }, null, {
    id,
    organization: 1_001,
    type: 'pbx',
    now,
  });

test('trunks of the realm move, twenty at a time, and others do not', () => {
  const many = Array.from({ length: 25 }, (_, at) => trunk(`trunk_${at}`, 'A.example'));
  const moved = moveTrunks(
    [trunk('trunk_x', null), trunk('trunk_y', 'b.example'), ...many],
    'a.example',
    'c.example',
    now,
  );
  expect(moved).toHaveLength(20);
  expect(moved[0]).toMatchObject({ before: { id: 'trunk_0' }, after: { realm: 'c.example', version: 2 } });
});

test('a trunk that registers does so again with the new realm', () => {
  const before = { ...trunk('trunk_1', 'a.example'), register: true, username: 'u', sealed_password: 'sealed' };
  expect(moveTrunks([before], 'a.example', 'c.example', now)).toMatchObject([
    { after: { registration_epoch: before.registration_epoch + 1 }, registration: { kind: 'begin' } },
  ]);
});
