import { noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call } from '#test/support/requests.fixture.ts';
import { startStore } from '#test/support/store.fixture.ts';
import { tableFor } from '#dynamodb/table.ts';
import { planHeadRow } from '../plan/row.ts';
import { policyApi } from './handler.ts';

/** Many writers of one plan, each in a process of its own as far as the store can tell. */

export type Saves = {
  /** Answers by status and code; `late` is 503 after 20 seconds or more, as on a busy machine. */
  readonly answers: Readonly<Record<string, number>>;
  /** The version of the plan in the end. */
  readonly version: number;
  /** Milliseconds from request to answer: the median, the 99th percentile and the longest. */
  readonly waits: { readonly median: number; readonly p99: number; readonly longest: number };
  /** The most answers that others got between a request and its answer. */
  readonly overtaken: number;
};

const organization = 7_001;
/** Milliseconds after which a save may give up. */
const turnTimeout = 20_000;

/**
 * Saves policies without `If-Match`: half of them new ones, half updates of what the writer saved before.
 * @param pace of the clock; 0 stops it, so that the order of answers is seen on a slow machine too
 */
export async function saveConcurrently(writers: number, saves: number, pace = 1): Promise<Saves> {
  const { store, stop } = await startStore();
  try {
    const token = await (await tenantsIn(store)).join(organization);
    const started = performance.now();
    const clock = () => new Date(noon.getTime() + pace * (performance.now() - started));
    const handler = policyApi({ ...testDependencies(store), clock });
    const answers: Record<string, number> = {};
    const waits: number[] = [];
    let overtaken = 0;
    let sent = 0;
    const save = async (json: object, method: 'PUT' | 'POST') => {
      const [begun, answered] = [performance.now(), waits.length];
      const { status, body } = await call(handler, `${method} /dialplan/policy`, { token, json });
      overtaken = Math.max(overtaken, waits.length - answered);
      const waited = performance.now() - begun;
      waits.push(waited);
      const { policy, error } = body as { policy?: { id: string }; error?: { code: string } };
      const failure = status === 503 && waited >= turnTimeout ? 'late' : `${status} ${error?.code}`;
      const outcome = error === undefined ? String(status) : failure;
      answers[outcome] = (answers[outcome] ?? 0) + 1;
      return policy?.id;
    };
    const write = async (writer: number): Promise<void> => {
      let known: string | undefined;
      for (let turn = 0; sent < saves; turn += 1) {
        sent += 1;
        const priority = sent;
        if (known !== undefined) {
          await save({ id: known, priority }, 'POST');
          known = undefined;
          continue;
        }
        known = await save(
          {
            name: `Policy ${writer}.${turn}`,
            status: 'active',
            priority,
            conditions: { pattern: `^011${writer}` },
            actions: { allow: true },
          },
          'PUT',
        );
      }
    };
    await Promise.all(Array.from({ length: writers }, (_writer, at) => write(at)));
    const head = await tableFor<'planhead'>(store, organization).get(planHeadRow, {});
    const sorted = waits.toSorted((one, other) => one - other);
    const rank = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
    const summary = { median: rank(0.5), p99: rank(0.99), longest: rank(1) };
    return { answers, version: head?.version ?? 0, waits: summary, overtaken };
  } finally {
    await stop();
  }
}
