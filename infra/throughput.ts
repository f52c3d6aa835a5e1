import { callStatuses } from '#telephony/call.ts';

/**
 * What the table and its indexes take at the busiest time of a stage, by its CDRs per second. Tests count the units
 * (test/infra/write-units.test.ts), and hold the rates within DynamoDB's limits.
 */

/** Write units per second of a partition (Amazon DynamoDB Developer Guide, "Burst and adaptive capacity"). */
export const partitionWrites = 1_000;
/** Write units per second of a new table on demand, and of each index ("Understanding DynamoDB warm throughput"). */
export const newTableWrites = 4_000;

/** Shards that functions use unless told otherwise, and at most (shared/dynamodb/index-shards.ts). */
export const defaultShards = 8;
export const maxShards = 64;

/** Write units of the table, and of each index. Each has a quota and a throughput of its own. */
export type Units = Readonly<Record<'table' | 'GSI1' | 'GSI2', number>>;
/** Of a CDR that is filed and rated, with sums, counters and its share of the event; 24 in a transaction. */
export const filingUnits: Units = { table: 9.5, GSI1: 4.5, GSI2: 2.5 };
/** Of an event that is recorded and settled. */
export const eventUnits: Units = { table: 4, GSI1: 2, GSI2: 2 };

/** Events of a call with its CDR: one for each state of the call, and one for the rated CDR. Most calls skip states. */
export const eventsOfCall = callStatuses.length + 1;

/** Rows of a call with its CDR that wait in GSI2: its events, and the pointer to the end of a reservation. */
const waitingRows = { events: eventsOfCall, due: 1 } as const;
/** Units of a row that waits: it is put into the index and removed. */
const waitingUnits = eventUnits.GSI2;

const unitsAt = (place: keyof Units): number => filingUnits[place] + eventsOfCall * eventUnits[place];
/** Of a call with its CDR. */
export const callUnits: Units = { table: unitsAt('table'), GSI1: unitsAt('GSI1'), GSI2: unitsAt('GSI2') };

const sumOf = (units: Units): number => units.table + units.GSI1 + units.GSI2;
/** What AWS bills: the units of the table and of both indexes. A call has its events, and its CDR is apart. */
export const billedUnits = { call: eventsOfCall * sumOf(eventUnits), cdr: sumOf(filingUnits) } as const;

/** Write units per second of the table or of the index that has most, with those of the calls. */
export const writesFor = (cdrsPerSecond: number): number =>
  Math.ceil(cdrsPerSecond * Math.max(...Object.values(callUnits)));

/** Write units per second of the busiest kind of rows that wait. */
export const waitingWrites = (cdrsPerSecond: number): number =>
  cdrsPerSecond * Math.max(...Object.values(waitingRows)) * waitingUnits;

/** Shards in which the rows wait. Ids are hashed, so that each shard has its share; a fifth is left for variance. */
export const shardsFor = (cdrsPerSecond: number): number =>
  Math.max(defaultShards, Math.ceil(waitingWrites(cdrsPerSecond) / (0.8 * partitionWrites)));

/** CDRs per second of a stage at most, by its shards. */
export const maxCdrsPerSecond = Math.floor(
  (maxShards * 0.8 * partitionWrites) / (Math.max(...Object.values(waitingRows)) * waitingUnits),
);

/** The variable of functions, where they do not use the default. */
export const shardVariables = (cdrsPerSecond: number): Readonly<Record<string, string>> =>
  shardsFor(cdrsPerSecond) === defaultShards ? {} : { INDEX_SHARDS: String(shardsFor(cdrsPerSecond)) };
