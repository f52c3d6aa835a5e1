import { lookup, Resolver as Dns } from 'node:dns/promises';
import type { Resolver } from '../../../shared/sip/resolver/records.ts';

/** Milliseconds for which an answer is used again, and names that are remembered: a gateway's name is asked for at each ping. */
const answerLife = 30_000;
const mostNames = 20_000;

/** What the DNS answers to a name that has no such records. */
const noRecords: ReadonlySet<string> = new Set(['ENODATA', 'ENOTFOUND', 'ENONAME']);
const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

async function orNone<Record>(answer: Promise<readonly Record[]>): Promise<readonly Record[]> {
  try {
    return await answer;
  } catch (error) {
    if (noRecords.has(codeOf(error))) return [];
    throw error;
  }
}

function remembering<Answer>(ask: (name: string) => Promise<Answer>, now: () => number): (name: string) => Promise<Answer> {
  const known = new Map<string, { readonly answer: Promise<Answer>; readonly until: number }>();
  return (name) => {
    const remembered = known.get(name);
    if (remembered !== undefined && remembered.until > now()) return remembered.answer;
    if (known.size >= mostNames) known.delete(known.keys().next().value ?? '');
    const answer = ask(name);
    known.set(name, { answer, until: now() + answerLife });
    answer.catch(() => known.delete(name));
    return answer;
  };
}

/** The machine's DNS, and its own list of hosts. @param now milliseconds */
export function systemResolver(now: () => number): Resolver {
  const dns = new Dns({ timeout: 2_000, tries: 2 });
  return {
    naptr: remembering((name) => orNone(dns.resolveNaptr(name)), now),
    srv: remembering((name) => orNone(dns.resolveSrv(name)), now),
    addresses: remembering(async (name) => (await orNone(lookup(name, { all: true }))).map(({ address }) => address), now),
  };
}
