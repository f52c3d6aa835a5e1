/**
 * `npm run verify-event-log -- <file> [--head <sha256>]…`: reports where the chain of an exported event log breaks.
 * The file has one entry per line, as `POST /eventlog/{orgId}` returns it, in any order, of one or several
 * organizations. It needs nothing but the export. A chain whose beginning was purged continues from its
 * `archiving.purged` entry.
 *
 * `--head`: the `chain.hash` of an entry that was noted elsewhere; finds a chain that is cut at its end, as nothing in
 * an export says which entry is the newest. Exit code 0: everything holds; 1: something does not; 2: wrong use.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { command, run } from './command-line/command.ts';
import { chainBreaks, startOfChain, type ChainLink, type EventLogEntry } from '#schema/event-log.ts';

/** The fields that chain the entries; the hash covers all other fields of the line. */
const Sealed = z.looseObject({
  event_log_id: z.string(),
  org_id: z.int(),
  event_type: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  chain: z.strictObject({
    state: z.literal('sealed'),
    seq: z.int(),
    prev_hash: z.string(),
    hash: z.string(),
    pseudonyms: z.record(z.string(), z.string()).optional(),
    keys: z.record(z.string(), z.string()).optional(),
  }),
});
const Pending = z.looseObject({ chain: z.strictObject({ state: z.literal('pending') }) });
const Purge = z.object({ last_seq: z.int(), last_hash: z.string() });

type NumberedEntry = { readonly line: number; readonly entry: EventLogEntry };

/** A line of the export that is invalid, or does not continue its chain. */
type LogProblem = { readonly line: number; readonly problem: string };
export type Verdict = {
  readonly findings: readonly LogProblem[];
  /** Published heads that are not in the export: the chain was cut at its end. */
  readonly missing: readonly string[];
  readonly entries: number;
  readonly organizations: number;
  readonly pending: number;
};

type Read = NumberedEntry | LogProblem | 'pending';

function readLine(text: string, line: number): Read {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return { line, problem: 'is not JSON' };
  }
  if (Pending.safeParse(content).success) return 'pending';
  const { success, data } = Sealed.safeParse(content);
  return success ? { line, entry: data as EventLogEntry } : { line, problem: 'is not an entry of an event log' };
}

/** The last link before the first entry, if a purge names it. */
function beginningOf(entries: readonly NumberedEntry[]): ChainLink | undefined {
  const first = Math.min(...entries.map(({ entry }) => entry.chain.seq));
  const purges = entries.flatMap(({ entry }) =>
    entry.event_type === 'archiving.purged' ? [Purge.safeParse(entry.metadata).data] : [],
  );
  const last = purges.find((purge) => purge?.last_seq === first - 1);
  return last === undefined ? undefined : { seq: last.last_seq, hash: last.last_hash };
}

function findingsOf(organization: number, entries: readonly NumberedEntry[]): LogProblem[] {
  const lines = new Map(entries.map(({ line, entry }) => [entry, line]));
  return chainBreaks([...lines.keys()], beginningOf(entries)).map(({ entry, problem }) => ({
    line: lines.get(entry) ?? 0,
    problem: `org_${organization}, entry ${entry.chain.seq} (${entry.event_log_id}) ${problem}`,
  }));
}

/** The heads that are no entry of the export, and not the last one that a purge has taken. */
function missingHeads(heads: readonly string[], chains: readonly (readonly NumberedEntry[])[]): string[] {
  const known = chains.flatMap((entries) => [
    ...entries.map(({ entry }) => entry.chain.hash),
    beginningOf(entries)?.hash ?? startOfChain.hash,
  ]);
  const hashes = new Set(known);
  return heads.filter((head) => !hashes.has(head));
}

/** Verifies each line and each chain of an export. @param heads published hashes, each of which it must have */
export function verify(text: string, heads: readonly string[] = []): Verdict {
  const read = text.split('\n').flatMap((line, at) => (line === '' ? [] : [readLine(line, at + 1)]));
  const placed = read.filter((each): each is NumberedEntry => each !== 'pending' && 'entry' in each);
  const chains = Map.groupBy(placed, ({ entry }) => entry.org_id);
  const unreadable = read.filter((each): each is LogProblem => each !== 'pending' && 'problem' in each);
  const findings = [
    ...unreadable,
    ...[...chains].flatMap(([organization, entries]) => findingsOf(organization, entries)),
  ];
  return {
    findings: findings.toSorted((one, other) => one.line - other.line),
    missing: missingHeads(heads, [...chains.values()]),
    entries: placed.length,
    organizations: chains.size,
    pending: read.length - placed.length - unreadable.length,
  };
}

const Hash = z.string().regex(/^[0-9a-f]{64}$/, 'must have 64 hexadecimal digits');

export const tool = command({
  name: 'verify-event-log',
  purpose: 'Reports where the chain of an exported event log breaks. It needs nothing but the export.',
  arguments: { file: z.string().describe('JSON lines, an entry each, as POST /eventlog/{orgId} returns it') },
  options: { head: z.array(Hash).default([]).describe('hash of an entry that was noted elsewhere: finds a cut end') },
});

if (import.meta.main)
  await run(tool, ({ file, head: heads }) => {
    const { findings, missing, entries, organizations, pending } = verify(readFileSync(file, 'utf8'), heads);
    for (const { line, problem } of findings) console.error(`line ${line}: ${problem}`);
    for (const head of missing) console.error(`the chain is cut at its end: the entry ${head} is missing`);
    const breaks = findings.length + missing.length;
    console.log(
      `${entries} entries of ${organizations} organizations${pending === 0 ? '' : `, ${pending} not chained yet`}: ` +
        (breaks === 0 ? 'every chain holds' : `${breaks} breaks`),
    );
    process.exitCode = breaks === 0 && entries > 0 ? 0 : 1;
  });
