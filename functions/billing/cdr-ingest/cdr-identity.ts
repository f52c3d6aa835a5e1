/**
 * What identifies a CDR, and what two records must share to have the same content
 * (functions/billing/README.md, "CDRs").
 */
import { createHash } from 'node:crypto';
import { organizationText } from '#schema/values.ts';
import type { Cdr } from './cdr.ts';

/** Crockford's base32 digits: without I, L, O and U. */
const crockfordDigits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const idCharacters = 26;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The id of a CDR's identity: `cdr_` and the first 130 bits of its SHA-256 hash in Crockford base32. */
export function cdrId(organization: number, callId: string, leg: string): string {
  const hash = sha256(`${organizationText(organization)}\n${callId}\n${leg}`);
  const bits = BigInt(`0x${hash.slice(0, 33)}`) >> 2n;
  const digits = bits.toString(32).padStart(idCharacters, '0');
  return `cdr_${Array.from(digits, (digit) => crockfordDigits[Number.parseInt(digit, 32)]).join('')}`;
}

type Content = Omit<Cdr, 'id' | 'content_hash'>;

/**
 * Over the normalized fields that two records must share to have the same content: of a void its identity and its
 * revision. The hash of a first record that is no void has no part for either, because stored hashes have none.
 */
export function contentHash(cdr: Content): string {
  if (cdr.void) return sha256(JSON.stringify([cdr.call_id, cdr.leg, cdr.organization, 'void', cdr.record_revision]));
  return sha256(
    JSON.stringify([
      cdr.call_id,
      cdr.leg,
      cdr.organization,
      cdr.direction,
      cdr.caller,
      cdr.callee,
      cdr.start_time,
      cdr.end_time,
      cdr.answer_time,
      cdr.billable_seconds,
      cdr.disposition,
      cdr.trunk_id,
      ...(cdr.record_revision === 1 ? [] : [cdr.record_revision]),
    ]),
  );
}
