import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { countWrites, itemWrites, composeWrites } from '#dynamodb/rows/item-writes.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { newUserExists } from '#dynamodb/rows/user-exists.ts';
import type { Table } from '#dynamodb/table.ts';
import { checkReadCondition, claim, create, remove, type Write } from '#dynamodb/write.ts';
import { invalid, type ErrorKind } from '#errors.ts';
import type { mobile } from './contract.ts';
import { simKeyRow, simRow, simsOfUser } from './row.ts';
import { simErrors, type SimItem } from './sim.ts';

/** Maximum number of SIMs of an organization. */
const maxSims = 10_000;

export const simStore = (table: Table<ReadName<EffectOf<typeof mobile>>>) => ({
  get: (id: string) => table.get(simRow, { id }),
  /** The SIM with an ICCID, of any organization. */
  withIccid: (iccid: string) => table.get(simKeyRow, { kind: 'iccid', number: iccid }),
  page: (request: PageRequest, user: string | undefined, keep: (sim: SimItem) => boolean) =>
    readPage(request, {
      read: (range) =>
        user === undefined
          ? table.query(simRow, {}, range)
          : table.queryIndex(simRow, 'GSI1', simsOfUser(table.organization, user), range),
      keep,
    }),
});

const ownWrites = composeWrites(itemWrites(simRow), countWrites('sims', maxSims));

type Kind = 'iccid' | 'imsi' | 'msisdn';
const taken: Readonly<Record<Kind, ErrorKind>> = {
  iccid: simErrors.ICCID_EXISTS,
  imsi: simErrors.IMSI_EXISTS,
  msisdn: simErrors.MSISDN_EXISTS,
};
const kinds = Object.keys(taken) as Kind[];

/** Reserves new ICCIDs, IMSIs and MSISDNs, and frees those that the SIM no longer has. */
function keyWrites(before: SimItem | undefined, after: SimItem | undefined, org_id: number): Write<'mobile-key'>[] {
  return kinds.flatMap((kind) => {
    const [old, now] = [before?.[kind] ?? null, after?.[kind] ?? null];
    if (old === now) return [];
    return [
      ...(old === null ? [] : [remove(simKeyRow, { kind, number: old })]),
      ...(now === null
        ? []
        : [
            claim(
              create(
                simKeyRow,
                { kind, number: now, org_id, sim_id: after?.id ?? '' },
                taken[kind],
                `A SIM with this ${kind.toUpperCase()} exists`,
              ),
            ),
          ]),
    ];
  });
}

/** The condition that an MSISDN of the number inventory is an active mobile number of the organization. */
const msisdnIsUsable = (
  before: SimItem | undefined,
  { msisdn }: SimItem,
  organization: number,
): Write<'check:number'>[] =>
  msisdn === null || msisdn === before?.msisdn
    ? []
    : [
        checkReadCondition(
          numberRow,
          { number: msisdn },
          {
            expression: 'attribute_not_exists(PK) OR (#org = :org AND #state = :active AND #type = :mobile)',
            names: { '#org': 'org_id', '#state': 'state', '#type': 'type' },
            values: { ':org': organization, ':active': 'active', ':mobile': 'mobile' },
          },
          invalid('msisdn', 'is not an active mobile number of the organization'),
        ),
      ];

/** Numbers come last: only a caller that may save the SIM learns that another tenant has them. */
export const simWrites = (organization: number) => (before: SimItem | undefined, after: SimItem | undefined) => [
  ...ownWrites(before, after),
  ...(after === undefined ? [] : [...msisdnIsUsable(before, after, organization), ...newUserExists(before, after)]),
  ...keyWrites(before, after, organization),
];
