import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callSilently, vanish } from './silent-callers.fixture.ts';
import { attack, flood, Offices } from '../sip-tenancy.fixture.ts';

// The long form is `npm run soak -- attacks`.

const seeds = Array.from({ length: 20 }, (_, at) => at + 1);
const attempts = 10;
const messages = 2_000;

let offices: Offices;
beforeAll(async () => {
  offices = await Offices.open();
});
afterAll(() => offices[Symbol.dispose]());

describe('three organizations that call from the addresses and in the names of one another', () => {
  test.each(seeds)('none pays or rings for another (seed %i)', async (seed) => {
    expect(await attack(offices, seed, attempts)).toHaveLength(attempts);
  });

  test('no request without a password is obeyed, in the name and the dialog of anyone', async () => {
    expect(await flood(offices, 1, messages)).toBeGreaterThan(0);
  });

  test.each(seeds.slice(0, 3))(
    'who never acknowledges has no calls, unless it pays for them (seed %i)',
    async (seed) => {
      expect((await callSilently(offices, seed)).length).toBeGreaterThan(0);
    },
  );

  test('no call outlasts the connection of its phone, whatever others do in its name', async () => {
    expect(await vanish(offices, 1, 8)).toHaveLength(8);
  });

  test('phones and PBXs go on calling', async () => {
    for (const at of [0, 1, 2]) await offices.expectHonest(at);
  });
});
