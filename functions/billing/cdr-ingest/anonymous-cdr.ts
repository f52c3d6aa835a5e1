/** CDRs of which a person was erased: what they cost stays (functions/system/erasures/README.md). */
import type { CallCount } from '#schema/call-counts.ts';
import { recordsAbout, type ErasedPerson } from '#schema/erased-person.ts';
import { omit } from '#schema/omit.ts';
import { fitsFilter } from '#schema/record-class.ts';
import { contentHash } from './cdr.ts';
import type { FiledCdr } from './filed-cdr.ts';
import { callCountChanges } from './sum-change.ts';

/** Digits that a number loses. */
const cutDigits = 4;

/** A party without its last digits: a number in any spelling. Of a name, such as that of a SIP user, nothing stays. */
export function cutParty(party: string): string {
  const [user = ''] = party.replace(/^(sips?|tel):/i, '').split(/[@;]/);
  const number = user.replaceAll(/[\s()./-]/g, '');
  return /^\+?[0-9]*$/.test(number) ? number.slice(0, Math.max(0, number.length - cutDigits)) : '';
}

/** The sides of a call that a person has. A user has the organization's own side: that of the caller within it. */
function sidesOf(cdr: FiledCdr, person: ErasedPerson): { readonly caller: boolean; readonly callee: boolean } {
  if ('user_id' in person) {
    const isOwn = cdr.user_id === person.user_id;
    return { caller: isOwn && cdr.direction !== 'inbound', callee: isOwn && cdr.direction === 'inbound' };
  }
  const nothing = { at: '', users: [], entities: [], direction: null, text: '' };
  const has = (...parties: readonly string[]): boolean => fitsFilter({ ...nothing, parties }, recordsAbout(person));
  return { caller: has(cdr.caller, cdr.caller_party), callee: has(cdr.callee, cdr.callee_party) };
}

/** What names the user of a call. */
const userOf = ({ user_id, device_id }: FiledCdr, person: ErasedPerson): Pick<FiledCdr, 'user_id' | 'device_id'> =>
  'user_id' in person && user_id === person.user_id ? { user_id: null, device_id: null } : { user_id, device_id };

/**
 * A CDR without a person. Its hash is that of what stays: from the former one the digits could be found by trying them.
 * Price, times and counts are unchanged, and no later record or task changes it.
 */
export function anonymousCdr(cdr: FiledCdr, person: ErasedPerson): FiledCdr {
  const { caller: isCaller, callee: isCallee } = sidesOf(cdr, person);
  const isOwnSide = cdr.direction === 'inbound' ? isCallee : isCaller;
  const cut = {
    ...omit(cdr, 'answered_by', 'account_code'),
    ...(isCaller ? { caller: cutParty(cdr.caller), caller_party: cutParty(cdr.caller_party) } : {}),
    ...(isCallee ? { callee: cutParty(cdr.callee), callee_party: cutParty(cdr.callee_party) } : {}),
    ...userOf(cdr, person),
    number: isOwnSide && cdr.number !== null ? cutParty(cdr.number) : cdr.number,
    custom: cdr.custom === null ? null : {},
    anonymous: true as const,
  };
  return { ...cut, content_hash: contentHash(cut) };
}

/**
 * What counters of calls change when persons are erased from CDRs of one organization: they have calls of the user as
 * ones of no user. Those of who sells the calls know no users.
 */
export function erasedCounts(changed: readonly ChangedCdr[]): CallCount[] {
  const [organization = 0] = changed.map(([before]) => before.organization);
  return callCountChanges(
    { now: changed.map(([, after]) => after), before: changed.map(([before]) => before) },
    { organization, seller: organization, operator: organization },
  );
}

/** A CDR before and after the erasure of a person. */
export type ChangedCdr = readonly [before: FiledCdr, after: FiledCdr];
