import * as z from 'zod';
import { eventually } from '#test/support/eventually.ts';
import { startCloud, type Cloud, type OwnCloud } from '../cloud.ts';
import { logInAsOperator } from '../tenant.fixture.ts';

/** A cloud whose process group is killed during writes; every acknowledged write must exist afterwards. */

const Created = z.object({ data: z.object({ id: z.string() }) });

/** The kill follows at most this many acknowledged writes, while the next ones are in progress. */
const maxAcknowledged = 25;
const writers = 4;

/** A cloud that is killed and started again with its data. The port and the issuer of tokens differ per start. */
export class KilledCloud {
  readonly #environment: NodeJS.ProcessEnv = { RATE_LIMIT_SCALE: '1000' };
  #running: OwnCloud | undefined;

  static async start(): Promise<KilledCloud> {
    const killed = new KilledCloud();
    killed.#running = await startCloud(killed.#environment);
    return killed;
  }

  /** As it runs now. */
  get running(): OwnCloud {
    if (this.#running === undefined) throw new Error('the cloud does not run');
    return this.#running;
  }

  async killAndStart(): Promise<void> {
    const { dataDir } = this.running;
    await this.running.kill9();
    this.#running = await startCloud({ ...this.#environment, DATA_DIR: dataDir });
  }

  stop = (): Promise<void> => this.running.stop();
}

/** Trunks that are created until the cloud is killed: names by id of those answered with 201. */
export type Writing = { readonly acknowledged: ReadonlyMap<string, string>; readonly ended: Promise<unknown> };

/** @param prefix of the names @param token of an operator */
export function beginWriting({ api }: Cloud, prefix: string, token: string): Writing {
  const acknowledged = new Map<string, string>();
  const write = async (writer: number): Promise<void> => {
    for (let number = 0; ; number += 1) {
      const name = `${prefix}-${writer}-${number}`;
      const json = { name, host: 'sip.example.com' };
      const answer = await api('/siptrunk/carrier', { method: 'PUT', token, json }).catch(() => null);
      if (answer === null) return;
      if (answer.status === 201) acknowledged.set(Created.parse(answer.body).data.id, name);
    }
  };
  return { acknowledged, ended: Promise.all(Array.from({ length: writers }, (_, writer) => write(writer))) };
}

export type Durability = {
  readonly acknowledged: number;
  readonly lost: readonly string[];
  readonly unreadable: readonly string[];
};

/**
 * Looks for acknowledged writes after a kill, and deletes them, so that the trunk limit of the organization is not
 * reached.
 */
export async function findWritten(cloud: Cloud, { acknowledged, ended }: Writing): Promise<Durability> {
  await ended;
  const token = await logInAsOperator(cloud);
  const lost: string[] = [];
  const unreadable: string[] = [];
  for (const [id, name] of acknowledged) {
    const { status, body } = await cloud.api(`/siptrunk/${id}`, { token });
    if (status === 404) lost.push(name);
    else if (status !== 200 || !z.object({ data: z.object({ name: z.literal(name) }) }).safeParse(body).success)
      unreadable.push(name);
    await cloud.api(`/siptrunk/${id}`, { method: 'DELETE', token });
  }
  return { acknowledged: acknowledged.size, lost, unreadable };
}

/** Kills a cloud during writes, starts it again, and looks for acknowledged writes, in rounds. */
export async function killDuringWrites(cloud: KilledCloud, rounds: number, random: () => number): Promise<Durability> {
  const sum = { acknowledged: 0, lost: [] as string[], unreadable: [] as string[] };
  for (let round = 0; round < rounds; round += 1) {
    const writing = beginWriting(cloud.running, `round-${round}`, await logInAsOperator(cloud.running));
    const killAfter = 1 + Math.floor(random() * maxAcknowledged);
    await eventually(() => writing.acknowledged.size >= killAfter, 30_000);
    await cloud.killAndStart();
    const { acknowledged, lost, unreadable } = await findWritten(cloud.running, writing);
    sum.acknowledged += acknowledged;
    sum.lost.push(...lost);
    sum.unreadable.push(...unreadable);
  }
  return sum;
}
