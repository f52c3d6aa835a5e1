import { expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { plansOf, playMovedCalls } from './moved-calls.fixture.ts';
import { needsMachineAddress } from '../peers/machine-address.ts';
import { sharedTaskCloud } from '../sidecar-tasks.fixture.ts';

/** Calls that are moved, and what their CDRs say of each leg at a carrier (`npm run soak -- moved-calls` has more). */

needs('rtpengine');
needs('tshark');
needsMachineAddress();

/** Milliseconds by which a CDR may differ from its packets on a machine whose processors other programs use, too. */
const tolerance = 2_000;

test(
  'each leg of a moved call has a CDR with the times of its packets, and its price',
  { timeout: 600_000 },
  async () => {
    const { differences, charges } = await playMovedCalls(await sharedTaskCloud(), plansOf(4_711, 16));
    expect(charges.length).toBeGreaterThan(10);
    expect(charges.filter(({ charged, owed }) => charged !== owed)).toEqual([]);
    expect(differences.filter(({ difference }) => Math.abs(difference) > tolerance)).toEqual([]);
  },
);
