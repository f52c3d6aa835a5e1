import * as fc from 'fast-check';
import { eventually } from '#test/support/eventually.ts';
import type { Answer } from '../cloud.ts';
import type { StormCloud } from '../storm-cloud.fixture.ts';
import { newAdministeredTenant, outcome } from '../tenant.fixture.ts';

/** Many callers take blocks of one sequence, against a cloud with the fault mode. */

const callers = 64;
/** Milliseconds in which a request succeeds despite faults. */
const timeout = 60_000;

type Block = { readonly first: number; readonly last: number; readonly count: number; readonly values: number[] };

/** What callers got. */
export type Taken = {
  readonly blocks: readonly Block[];
  /** Requests without an answer of the sequence, whose numbers may be lost. */
  readonly lost: number;
  /** The numbers that the sequence says are taken. */
  readonly issued: number;
};

const dataOf = ({ body }: Answer): unknown => (body as { readonly data: unknown }).data;

/**
 * Takes blocks, up to twelve numbers in one, as fast as they are answered. Every other request has an `Idempotency-Key`
 * and is repeated with it.
 */
export async function takeBlocks(
  { cloud, operator }: StormCloud,
  { seed, blocks }: { readonly seed: number; readonly blocks: number },
): Promise<Taken> {
  const { ask } = await eventually(() => newAdministeredTenant('seq', { cloud, operator }), timeout);
  await eventually(async () => {
    const made = outcome(await ask('PUT', '/sequence/invoices', { start: 7, step: 3 }));
    if (!['201', '409 SEQUENCE_EXISTS'].includes(made)) throw new Error(made);
  }, timeout);
  const counts = fc.sample(fc.integer({ min: 1, max: 12 }), { seed, numRuns: blocks }).entries();
  const taken: Block[] = [];
  let lost = 0;
  const take = async (count: number, headers: Readonly<Record<string, string>>) => {
    const answer = await ask('POST', '/sequence/invoices', { count }, { headers });
    if (answer.status !== 200) throw new Error(outcome(answer));
    taken.push(dataOf(answer) as Block);
  };
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (const [at, count] of counts) {
        const repeated = { 'idempotency-key': `block-${at}` };
        if (at % 2 === 0) await eventually(() => take(count, repeated), timeout);
        else await take(count, {}).catch(() => (lost += 1));
      }
    }),
  );
  const shown = await eventually(async () => {
    const answer = await ask('GET', '/sequence/invoices');
    if (answer.status !== 200) throw new Error(outcome(answer));
    return dataOf(answer) as { readonly issued: number };
  }, timeout);
  return { blocks: taken, lost, issued: shown.issued };
}

/** The numbers that several blocks have. */
export function doublesOf({ blocks }: Taken): readonly number[] {
  const seen = new Set<number>();
  return blocks.flatMap(({ values }) => values).filter((value) => seen.size === seen.add(value).size);
}
