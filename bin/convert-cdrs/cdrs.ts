import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { Store } from '#dynamodb/client.ts';
import type { Attributes } from '#dynamodb/row.ts';
import { scanPartitions } from '../stage/scan.ts';

/**
 * The form of CDRs in the first builds: an attribute for each field. The present one is
 * `functions/billing/cdr-ingest/cdr-pointer.ts`. Like every migration this one is complete in itself, so that it stays
 * as it is when that code changes.
 */
const Keys = z.object({
  PK: z.string(),
  SK: z.string(),
  GSI1PK: z.string().optional(),
  GSI1SK: z.string().optional(),
  GSI2PK: z.string().optional(),
  GSI2SK: z.string().optional(),
  schema: z.literal(1),
});

/** What lists filter by, in the order in which a pointer stores it; the rating's status follows. */
const Listed = z.object({
  id: z.string(),
  start_time: z.string(),
  shard: z.int(),
  call_id: z.string(),
  leg: z.string(),
  caller_party: z.string(),
  callee_party: z.string(),
  trunk_id: z.string().nullable(),
  user_id: z.string().nullable(),
  batch_id: z.string().nullable(),
  direction: z.string(),
  disposition: z.string(),
  duration: z.int(),
});
type Listed = z.infer<typeof Listed>;

const WholesaleRating = z.looseObject({ status: z.string(), revision: z.int() });
const FormerCdr = z.looseObject({
  ...Listed.shape,
  content_hash: z.string(),
  received_as: z.string(),
  rating: z.looseObject({ status: z.string(), revision: z.int(), wholesale: WholesaleRating.nullable() }),
});
const FormerPointer = z.object({ ...Listed.shape, rating_status: z.string() });

const pointerText = (listed: Listed, status: string): string =>
  JSON.stringify([...Object.values(Listed.parse(listed)), status]);

/** CDRs for which only the reseller has no price got a list of their own. */
function wholesaleKeys({ GSI1PK, GSI1SK }: z.infer<typeof Keys>, { rating }: z.infer<typeof FormerCdr>) {
  if (rating.status === 'unrated' || rating.wholesale?.status !== 'unrated') return {};
  return { GSI2PK: `${GSI1PK}#unrated#wholesale`, GSI2SK: GSI1SK };
}

function presentCdr(item: unknown) {
  const [keys, cdr] = [Keys.parse(item), FormerCdr.parse(item)];
  const apart = new Set([...Object.keys(Keys.shape), ...Object.keys(Listed.shape)]);
  const { content_hash: hash, received_as: as, rating } = cdr;
  return {
    ...keys,
    ...wholesaleKeys(keys, cdr),
    pointer: pointerText(cdr, rating.status),
    state: JSON.stringify([hash, as, rating.revision, rating.wholesale?.revision ?? 0]),
    rest: JSON.stringify(Object.fromEntries(Object.entries(cdr).filter(([name]) => !apart.has(name)))),
  };
}

function presentPointer(item: unknown) {
  const [keys, pointer] = [Keys.parse(item), FormerPointer.parse(item)];
  return { ...keys, pointer: pointerText(pointer, pointer.rating_status) };
}

/** Calls of a number to itself got a partition of their own among those of their caller. */
function presentParty(item: unknown) {
  const { GSI1PK, ...stored } = presentPointer(item);
  const { caller_party: caller, callee_party: callee } = FormerPointer.parse(item);
  const partition = caller === callee ? GSI1PK?.replace(`#caller#${caller}`, `#self#${caller}`) : GSI1PK;
  return { ...stored, GSI1PK: partition };
}

/** The present form of an item, by the entity that its partition key begins with. */
const presentForms = { cdr: presentCdr, cdrparty: presentParty, cdrcall: presentPointer } as const;
const Entity = z.enum(['cdr', 'cdrparty', 'cdrcall']);

/** Stores the present form, unless another process did. @returns whether it did */
async function convert({ client, tableName }: Store, item: Attributes): Promise<boolean> {
  const present = presentForms[Entity.parse(item['PK']?.S?.split('#')[0])];
  try {
    await client.send(
      new PutItemCommand({
        TableName: tableName,
        Item: marshall(present(unmarshall(item)), { removeUndefinedValues: true }),
        ConditionExpression: 'attribute_exists(PK) AND attribute_not_exists(pointer)',
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

/**
 * Converts CDRs, and the pointers by which lists find them, that were stored with an attribute for each field. May be
 * repeated, also after it was stopped: items of the present form are left alone.
 *
 * @returns how many items were converted, and how many had the present form
 */
export async function convertCdrs(store: Store): Promise<{ readonly converted: number; readonly unchanged: number }> {
  const counts = { converted: 0, unchanged: 0 };
  const starts = Entity.options.map((entity) => `${entity}#`);
  for await (const item of scanPartitions(store, starts))
    counts[item['pointer'] === undefined && (await convert(store, item)) ? 'converted' : 'unchanged'] += 1;
  return counts;
}
