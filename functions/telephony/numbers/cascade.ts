import type { CascadeEffect } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { numberRow, numbersOf, numbersRoutedTo, routeTarget, type NumberItem } from '#dynamodb/rows/number.ts';
import { replace } from '#dynamodb/write.ts';
import type { CascadeContext, CascadeStep, CascadeSteps } from '#runtime/cascade.ts';
import type { numbers } from './contract.ts';
import { quarantineNumber } from './number.ts';

type Effects = CascadeEffect<typeof numbers>;
type Context = CascadeContext<Effects>;

/** Numbers in one slice. */
const limit = 12;
/** Numbers that an index shows, of which some may have changed. */
const shownAtOnce = 40;

const readNumbers = async ({ table }: Context, shown: readonly NumberItem[]): Promise<NumberItem[]> =>
  (await table.getAll(numberRow, shown)).flatMap((number) => (number?.org_id === table.organization ? [number] : []));

/** Clears the routes of numbers to what was deleted. @param type what a route calls it */
const clearRoutes =
  (type: string): CascadeStep<Effects> =>
  async (id, context) => {
    const { table, now, record } = context;
    const target = `${type}/${id}`;
    const { items } = await table.queryIndex(numberRow, 'GSI2', numbersRoutedTo(table.organization, target));
    const routed = (await readNumbers(context, items)).filter(
      ({ route }) => route !== null && routeTarget(route) === target,
    );
    return routed.slice(0, limit).flatMap((number) => [
      replace(
        numberRow,
        { ...number, route: null, updated_at: now.toISOString(), version: number.version + 1 },
        number,
      ),
      record('number.route_cleared', {
        entity: { type: 'number', id: number.id },
        description: `Number ${number.number} led to what was deleted`,
        fields: { route: number.route },
        persons: [number.route?.type === 'user' ? number.route.id : null],
      }),
    ]);
  };

/** Releases the numbers of a closed organization: they go into quarantine as any other. */
async function releaseNumbers(_organization: string, context: Context) {
  const { table, now, record } = context;
  const shown = await readToEnd((after) => table.queryIndex(numberRow, 'GSI1', numbersOf(table.organization), after));
  const active = shown.filter(({ state }) => state === 'active').slice(0, shownAtOnce);
  const held = (await readNumbers(context, active)).filter(({ state }) => state === 'active');
  return held.slice(0, limit).flatMap((number) => {
    const after = quarantineNumber(number, now.toISOString());
    return [
      replace(numberRow, after, number),
      scheduleDue({
        kind: 'number.quarantine_end',
        at: after.quarantine_until,
        org_id: table.organization,
        subject: after.number,
      }),
      record('number.released', {
        entity: { type: 'number', id: number.id },
        description: `Number ${number.number} released`,
      }),
    ];
  });
}

export const cascade: CascadeSteps<typeof numbers> = {
  'user.deleted': [clearRoutes('user')],
  'group.deleted': [clearRoutes('policy_group')],
  'device.deleted': [clearRoutes('device')],
  'trunk.deleted': [clearRoutes('trunk')],
  'mailbox.deleted': [clearRoutes('voicemail'), clearRoutes('mailbox')],
  'callflow.deleted': [clearRoutes('flow')],
  'ringgroup.deleted': [clearRoutes('ring_group')],
  'org.closed': [releaseNumbers],
};
