/** What a column mapping says of the columns of CSV (functions/billing/cdr/formats/README.md, "Any other CSV"). */
import * as z from 'zod';
import { Name, text, TimeZone } from '#schema/values.ts';
import { Disposition } from './disposition.ts';

const Column = text(64, 1);

/** The columns of a value: of several, what is in them is joined. */
const Source = z.union([Column, z.array(Column).min(1).max(4)], 'must be the name of a column, or up to 4 names');

const source = (what: string) => Source.optional().describe(what);

/** Fields of `cdr.v1` by their columns. */
const MappedFields = z
  .object({
    call_id: source('Id of the call; without it, the same line is the same call'),
    leg: source('Leg of the call'),
    organization: source('Organization that is charged (`org_id`)'),
    direction: source('Direction, see `values.direction`'),
    caller: source('Calling party; an empty one is `anonymous`'),
    callee: source('Called party'),
    start_time: source('Start of the call'),
    answer_time: source('When the call was answered; empty or 0: it was not'),
    end_time: source('End of the call; without it, the start and the duration'),
    duration: source('Time from start to end'),
    billable_seconds: source('Time from answer to end'),
    disposition: source('How the call ended, see `values.disposition`; without it, by the answer'),
    trunk: source('Id of the trunk (`trunk_id`)'),
    gateway: source('Id of the gateway (`gateway_id`)'),
    device: source('Id of the device (`device_id`)'),
    user: source('Id of the user (`user_id`)'),
    cost: source('What the carrier charges'),
    q850: source('Q.850 cause (`cause.q850`)'),
    sip_code: source('SIP status (`cause.sip_code`)'),
    reason: source('Why the call ended (`cause.text`)'),
    account_code: source('Account code'),
    related_call_id: source('Id of a call that this one belongs to'),
    answered_by: source('Who answered'),
  })
  .refine(({ start_time: start }) => start !== undefined, { path: ['start_time'], message: 'is required' })
  .refine(({ callee }) => callee !== undefined, { path: ['callee'], message: 'is required' })
  .refine(({ end_time: end, duration }) => end !== undefined || duration !== undefined, {
    path: ['end_time'],
    message: 'is required unless there is a duration',
  });

/** Values of the file by what they mean; case does not matter. */
const table = <V extends z.ZodType>(value: V) =>
  z.record(text(64), value).refine((values) => Object.keys(values).length <= 100, 'must have at most 100 values');

const Direction = z.enum(['outbound', 'inbound', 'internal']);

/** Tokens of Luxon for parts of a time, and what may stand between them. */
const timePattern = /^[yMdHhmsSaZz :./,_'T-]{1,64}$/;

/** Fields of the body. */
export const cdrMappingFields = {
  name: Name.describe('Name of the mapping; unique in the organization'),
  delimiter: z.enum([',', ';', '\t', '|']).default(',').describe('What is between cells'),
  columns: z
    .array(Column)
    .min(1)
    .max(250)
    .nullable()
    .default(null)
    .describe('Names of the columns, in their order; null: the first line of each body has them'),
  skip_lines: z.int().min(0).max(20).default(0).describe('Lines after the names of the columns that are no records'),
  fields: MappedFields.describe('Columns of the fields of a record'),
  constants: z
    .object({
      organization: text(64, 1).optional().describe('Organization that is charged, such as `org_1001`'),
      direction: Direction.optional().describe('Direction of the calls'),
      trunk: text(64, 1).optional().describe('Id of their trunk'),
      gateway: text(64, 1).optional().describe('Id of their gateway'),
    })
    .default({})
    .describe('Fields that are the same in all records without a value of their own'),
  values: z
    .object({
      disposition: table(Disposition).optional().describe('How calls ended, by the words of the file'),
      direction: table(Direction).optional().describe('Directions, by the words of the file'),
    })
    .default({})
    .describe('What values of the file mean, such as `{"disposition": {"Answered": "ANSWERED"}}`; in any case'),
  time_pattern: z
    .string()
    .regex(timePattern, 'must be a pattern such as dd.MM.yyyy HH:mm:ss')
    .nullable()
    .default(null)
    .describe('Pattern of times, such as `dd.MM.yyyy HH:mm:ss`; null: ISO 8601, or seconds since 1970'),
  time_zone: TimeZone.nullable()
    .default(null)
    .describe('Zone of times that have none; null: that of the request, or else UTC'),
  duration_unit: z
    .enum(['seconds', 'milliseconds', 'minutes', 'clock'])
    .default('seconds')
    .describe('Unit of durations; `clock`: hours, minutes and seconds with colons'),
  decimal: z.enum(['.', ',']).default('.').describe('Decimal sign of costs'),
};

export const CdrMapping = z.object(cdrMappingFields);
export type CdrMapping = z.output<typeof CdrMapping>;
export type MappedField = keyof CdrMapping['fields'];

/** The columns of each field that has some. */
export const sourcesOf = ({ fields }: Pick<CdrMapping, 'fields'>): readonly (readonly [MappedField, string[]])[] =>
  Object.entries(fields).flatMap(([field, columns]) =>
    columns === undefined ? [] : [[field as MappedField, [columns].flat()] as const],
  );

/** Columns that the fields name, and that the list of columns does not have; with their fields. */
export const unknownColumns = (
  mapping: Pick<CdrMapping, 'fields'>,
  columns: readonly string[],
): { readonly field: MappedField; readonly column: string }[] =>
  sourcesOf(mapping).flatMap(([field, named]) =>
    named.filter((column) => !columns.includes(column)).map((column) => ({ field, column })),
  );
