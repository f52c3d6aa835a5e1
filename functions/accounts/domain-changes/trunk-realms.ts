import { trunksOfRealm } from '../domains/usage.ts';
import { changeTrunk, registrationChange } from '../../telephony/sip-trunks/sip-trunk.ts';
import type { Trunk } from '#telephony/trunk.ts';

/** The trunks of a deleted domain, with another realm (functions/accounts/README.md, "Deletion"). */

/** Trunks of one transaction. */
const atOnce = 20;

/** The next trunks that have a realm, before and after they get another one. @param now ISO 8601 */
export const moveTrunks = (trunks: readonly Trunk[], from: string, to: string, now: string) =>
  trunksOfRealm(trunks, from)
    .slice(0, atOnce)
    .map((before) => {
      const requester = { organization: before.org_id, isOperator: true, now };
      const after = changeTrunk(before, { realm: to }, undefined, requester);
      return { before, after, registration: registrationChange(before, after, now) };
    });
