import type { FiledCdr } from '#functions/billing/cdr-ingest/filed-cdr.ts';
import type { Draw } from '../cdr-chaos-calls.fixture.ts';
import { callees, message, priceOf, type Call } from '../cdr.fixture.ts';

/**
 * Records that correct, void and revive calls, by producers of every rank, and what they must end in: of all records of
 * a call the highest rank counts, and of that rank the highest revision (functions/billing/cdr-ingest/README.md,
 * "Corrections").
 */

/** By rank. */
const origins = ['tenant', 'seller', 'platform'] as const;

type Version = { readonly rank: number; readonly revision: number; readonly call: Call };

/** A call with all its records, and the one that counts. */
export type CorrectedCall = { readonly versions: readonly Version[]; readonly decisive: Version };

const pick = <T>(from: readonly [T, ...T[]], random: () => number): T =>
  from[Math.floor(random() * from.length)] ?? from[0];

function isAbove(one: Version, other: Version): boolean {
  return one.rank === other.rank ? one.revision > other.revision : one.rank > other.rank;
}

/** Every fourth record is a void. Each rank states one content of each revision. */
function versionOf(id: string, { longest, random }: Draw): Version {
  const revision = 1 + Math.floor(random() * 4);
  const call = { id, callee: pick(callees, random), seconds: 1 + Math.floor(random() * longest), revision };
  return { rank: Math.floor(random() * origins.length), revision, call: { ...call, isVoid: random() < 0.25 } };
}

/** Calls with one to five records each. */
export const correctedCalls = (count: number, draw: Draw): CorrectedCall[] =>
  Array.from({ length: count }, (_, at): CorrectedCall => {
    const drawn = Array.from({ length: 1 + Math.floor(draw.random() * 5) }, () => versionOf(`corrected-${at}`, draw));
    const versions = [...new Map(drawn.map((each) => [`${each.rank} ${each.revision}`, each])).values()];
    return { versions, decisive: versions.reduce((best, each) => (isAbove(each, best) ? each : best)) };
  });

/** Every record one to three times, in any order, in messages of one to ten records of one rank. */
export function correctionMessages(
  corrected: readonly CorrectedCall[],
  organization: string,
  { random, shuffle }: { readonly random: () => number; readonly shuffle: <T>(all: readonly T[]) => T[] },
): { readonly bodies: string[]; readonly records: number } {
  const copies = corrected
    .flatMap(({ versions }) => versions)
    .flatMap((each) => Array.from({ length: 1 + Math.floor(random() * 3) }, () => each));
  const bodies = origins.flatMap((origin, rank) => {
    const own = shuffle(copies.filter((each) => each.rank === rank));
    const messages: string[] = [];
    for (let at = 0; at < own.length;) {
      const size = 1 + Math.floor(random() * 10);
      const calls = own.slice(at, at + size).map(({ call }) => call);
      messages.push(message({ organization, batch: 'corrections', origin }, ...calls));
      at += size;
    }
    return messages;
  });
  return { bodies, records: copies.length };
}

/** What a call costs after all, for its customer and for the reseller, in hundredths of a cent. */
export type Owed = { readonly own: number; readonly wholesale: number; readonly included: number };

const nothing: Owed = { own: 0, wholesale: 0, included: 0 };

/** What is owed for a call, by the usage of its period before it. */
export function owedFor({ decisive: { call } }: CorrectedCall, filed: FiledCdr | undefined): Owed {
  if (call.isVoid === true) return nothing;
  const [own, sold] = [priceOf(call, filed?.rating.usage_before), priceOf(call)];
  return { own: Number(own?.charge ?? 0n), wholesale: Number(sold?.charge ?? 0n), included: own?.included ?? 0 };
}

const inHundredths = (amount: string | undefined): number => Math.round(Number(amount ?? 0) * 10_000);

/** Whether a filed CDR is the record that counts. */
function isDecisive({ decisive: { call, rank, revision } }: CorrectedCall, filed: FiledCdr): boolean {
  const isVoid = call.isVoid === true;
  if (filed.origin !== origins[rank] || filed.record_revision !== revision || filed.void !== isVoid) return false;
  return isVoid || (filed.callee === call.callee && filed.billable_seconds === call.seconds);
}

/** Why a filed CDR is not the record that counts, or not rated by the rules; null if it is. */
export function faultOf(corrected: CorrectedCall, filed: FiledCdr | undefined): string | null {
  const fault = `${JSON.stringify(corrected)}: ${JSON.stringify(filed)}`;
  if (filed === undefined || !isDecisive(corrected, filed)) return fault;
  const { rating } = filed;
  const owed = owedFor(corrected, filed);
  const isRated =
    inHundredths(rating.charge) === owed.own &&
    rating.included_seconds === owed.included &&
    inHundredths(rating.wholesale?.charge) === owed.wholesale &&
    (rating.status === 'void') === filed.void;
  return isRated ? null : fault;
}

/** Whether the reseller is still to be charged. */
export const isUncharged = ({ decisive }: CorrectedCall, filed: FiledCdr | undefined): boolean =>
  decisive.call.isVoid !== true && (filed?.rating.wholesale ?? null) === null;
