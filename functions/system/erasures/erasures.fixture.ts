import type { Store } from '#dynamodb/client.ts';
import type { ErasedPerson } from '#schema/erased-person.ts';
import { erasureReportKey } from '#schema/object-key.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { eventsOf } from '#test/support/store.fixture.ts';
import { newAround, workOffJob, type Around } from '#test/support/purge-jobs.fixture.ts';
import { erasureMessage } from './contract.ts';
import type { ReportLine, reportOf } from './erasure.ts';
import { erasuresHandler } from './handler.ts';

/** Erasures as `bin/erase-person.ts` starts them, worked off in this process. */

let erasures = 0;

export type Erased = {
  readonly died: number;
  readonly report: ReturnType<typeof reportOf>;
  readonly reportLines: readonly ReportLine[];
  readonly message: object;
};

type Options = {
  readonly erase?: boolean;
  readonly deaths?: readonly number[];
  readonly around?: Around;
};

/** What an erasure works with, besides the store: with the secret of codes, as its stack makes it. */
export const aroundErasure = (shared: Partial<Around> = {}): Around =>
  newAround({ secrets: memorySecrets({ 'sealing-keys': '{"generation":0,"key":"made"}' }), ...shared });

/** Erases a person while the first processes die. @returns the report */
export async function erasePerson(
  store: Store,
  organization: number,
  person: ErasedPerson,
  { erase = true, deaths = [], around = aroundErasure() }: Options = {},
): Promise<Erased> {
  const { objects } = around;
  erasures += 1;
  const erasure_id = `erasure_${erasures}`;
  const { body } = erasureMessage({ org_id: organization, erasure_id, person, erase });
  const { died } = await workOffJob(erasuresHandler)(store, [body], deaths, around);
  const read = async (key: string) => Buffer.from(await objects.get({ bucket: 'exports', key })).toString();
  const report = JSON.parse(await read(erasureReportKey(organization, erasure_id))) as Erased['report'];
  const lines = (await Promise.all(report.parts.map(read))).flatMap((text) => text.split('\n').slice(0, -1));
  return { died, report, reportLines: lines.map((line) => JSON.parse(line) as ReportLine), message: body };
}

/** The event of the last erasure. */
export const erasedEvent = async (store: Store, organization: number) =>
  (await eventsOf(store, organization)).findLast(({ type }) => type === 'archiving.person_erased');
