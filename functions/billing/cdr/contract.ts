import * as z from 'zod';
import { linksObjects, reads, records, reports, sends, writes } from '#contract/effects.ts';
import { endpoint, listBeside } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { flag, pageQuery } from '#schema/query.ts';
import { IdInUrl, text, TimeZone } from '#schema/values.ts';
import { cdrFormatNames } from './formats/formats.ts';
import { legChoices } from './formats/foreign-record.ts';
import { examples } from './examples.ts';
import { ExportAnswer, ExportReceipt, NewExport } from './export.ts';
import { CdrAnswer, ListedCdr } from './presented-cdr.ts';
import { searchQuery } from './search.ts';
import { Batch, Submission, SubmissionAnswer, cdrErrors } from './submission.ts';
import { maxSummed, Totals } from './totals.ts';
import { UsageAnswer, usageQuery } from './usage.ts';

/** Bytes. Lambda's event of 6 MB holds the body as a JSON string, in which quotes are escaped. */
const maxBody = 4 * 1024 * 1024;

/** Names of columns, such as `uuid,start_stamp,duration`. */
const Columns = text(2_000, 1)
  .transform((names) => names.split(',').map((name) => name.trim()))
  .refine((names) => names.every((name) => /^\w{1,64}$/.test(name)), 'must be names, separated by commas')
  .meta({ override: { type: 'string' } });

export const Format = z.enum(cdrFormatNames);

/** FreeSWITCH appends `?uuid=…` to the address of its settings, and so to the last parameter. */
const SentFormat = z
  .string()
  .transform((format) => format.replace(/\?uuid=[\w-]*$/, ''))
  .pipe(Format)
  .meta({ override: { type: 'string', enum: [...cdrFormatNames] } });

/** How the body of a submission is read, and whether it is filed. */
const submissionQuery = {
  format: SentFormat.optional().describe(
    'The body is as a switch writes its CDRs, of any media type; without it, it is of `cdr.v1`',
  ),
  timezone: TimeZone.optional().describe('Zone of local times; required by formats that have them'),
  columns: Columns.optional().describe('Columns of each line; default those that the switch writes by default'),
  mapping: IdInUrl.optional().describe('Id of the column mapping that says what columns mean; required by `csv`'),
  legs: z
    .enum(legChoices)
    .optional()
    .describe('Which leg of a bridged call is its CDR; default `a`, the leg of the caller'),
  source: text(64, 1).optional().describe('Producer of the records; default the format, or `api`'),
  dry_run: flag.optional().describe('Queues nothing: the answer has what each record would become'),
};

/** The rows by which lists find CDRs of a user, and of all. */
const findsCdrs = [
  reads('cdr'),
  reads('cdr', 'GSI1'),
  reads('cdr', 'GSI2'),
  reads('cdrparty'),
  reads('cdrparty', 'GSI1'),
  reads('cdrparty', 'GSI2'),
  reads('cdrcall'),
  reads('cdrcall', 'GSI1'),
  reads('cdrcall', 'GSI2'),
] as const;

export const listCdrs = endpoint('GET /cdr', {
  id: 'listCdrs',
  summary: 'Search CDRs by time, number, trunk, user, call or batch',
  description:
    'By call start, newest first. `start` and `end` default to the last 24 hours. A caller whose role is ' +
    'limited to its own calls sees those of its user.\n\n' +
    'The search reads by the first given of `call_id`, `batch_id`, `caller`, `callee`, `number`, `user_id`, ' +
    '`trunk_id`, `rating_status=unrated` and time. It checks the other filters on what it reads.\n\n' +
    'With `batch_id` no range is needed, and the answer has the counts of the batch and up to 100 rejected ' +
    'records. An unknown batch, or one of another organization, is not found.',
  scope: 'cdr:read',
  query: {
    ...pageQuery,
    ...searchQuery,
    totals: flag
      .optional()
      .describe(`Whether the answer has the sums of all that match, at most of the newest ${maxSummed}`),
  },
  answers: { 200: listBeside(ListedCdr, { totals: Totals.optional() }) },
  errors: [],
  effects: [...findsCdrs, reads('cdrbatch'), reads('cdrrejection'), reads('trunk')],
});

export const getUsage = endpoint('GET /usage', {
  id: 'getUsage',
  summary: 'Get calls, seconds and charges by hour, day or month',
  description:
    'By the start of the calls, in the time zone that the organization had then. Calls count as soon as their ' +
    'CDR is filed. The default is the hours of yesterday and today.\n\n' +
    'With `group` only keys with calls have rows; beyond 1,000 rows the keys with the fewest calls are ' +
    '`other`. Charges need `billing:read`. Callers that are limited to their own calls get sums of those, of ' +
    'the newest 10,000.\n\n' +
    'If a range has more than 18 MB of counters, it is `INVALID_PARAMETER`: ask for fewer days.',
  scope: 'cdr:read',
  query: usageQuery,
  answers: { 200: UsageAnswer },
  errors: [],
  effects: [...findsCdrs, reads('callcount'), reads('numberday')],
});

export const getCdr = endpoint('GET /cdr/{id}', {
  id: 'getCdr',
  summary: 'Get a CDR with its rating and the ratings before it',
  description: 'With the id of an export job: the job.',
  scope: 'cdr:read',
  params: { id: IdInUrl.describe('Id of a CDR, `cdr_…`, or of an export job, `job_…`') },
  answers: { 200: z.union([CdrAnswer, ExportAnswer]).describe('The CDR, or the export job') },
  errors: [],
  effects: [reads('cdr'), reads('export'), linksObjects('exports')],
});

export const createCdrExport = endpoint('POST /cdr/export', {
  id: 'createCdrExport',
  summary: 'Export CDRs to a file of CSV or JSON lines',
  description:
    'By call start, oldest first, with the filters of the search. Columns are named by their path in a CDR ' +
    '(`rating.tariff.id`). Without `columns` a CSV file has every default column that the caller sees, and ' +
    'JSON lines are whole CDRs.\n\n' +
    'A CSV file has a header line, and quotes cells that a spreadsheet would run as a formula. A compressed ' +
    'file has several members (RFC 1952, section 2.2). A file has at most 5,000,000 ' +
    'rows. An organization has at most 5 unfinished exports, and may send 1,000 requests a minute.',
  scope: 'cdr:read',
  whileClosed: true,
  body: NewExport,
  rate: 'ingest',
  answers: { 202: ExportReceipt },
  errors: [],
  actsOn: { none: 'a filter' },
  effects: [writes('export'), writes('count'), reads('trunk'), records('cdr.exported')],
});

export const getCdrExport = endpoint('GET /cdr/export/{id}', {
  id: 'getCdrExport',
  summary: 'Get the state of an export, and a link to its file',
  description:
    'The file is stored for 7 days. Each answer has a new link, which is valid for 15 minutes. A job with ' +
    'wholesale prices or costs is not found by callers that do not see them. A caller that is limited to its ' +
    'own calls finds its own jobs only.',
  scope: 'cdr:read',
  params: { id: IdInUrl.describe('Id of the job, `job_…`') },
  answers: { 200: ExportAnswer },
  errors: [],
  effects: [reads('export'), linksObjects('exports')],
});

export const submitCdrs = endpoint('POST /cdr/{id}', {
  id: 'submitCdrs',
  summary: 'File a batch of CDRs',
  description:
    '`id` names the batch; the same name may be used again. Each record is checked alone. An accepted record ' +
    'is queued: the consumer of the queue decides whether it becomes a CDR. If no record is accepted or a ' +
    'duplicate, the answer is 422.\n\n' +
    'A record with a higher `revision` replaces a filed one. `void` reverses its charge; then `call_id`, ' +
    '`leg`, `org_id` and `revision` suffice. A record of the same content fills `cost`, `cause`, `custom`, ' +
    '`quality`, `related_call_id`, `answered_by` and `account_code`.\n\n' +
    'A record without `org_id` belongs to the caller if it names a trunk, device or user of the caller. Else ' +
    'it belongs to the organization in reach that holds its own number, or else to the caller. `results` name ' +
    'the organization.\n\n' +
    'With `format` the body has records as a switch writes them. One that cannot be read is rejected, and the ' +
    'others are filed. Of the two legs of a call one is `skipped`, so that the call is charged once.\n\n' +
    'After a 503 the whole batch can be sent again. A body has up to 4 MiB. An organization may send 1,000 ' +
    'requests a minute.',
  scope: 'cdr:write',
  unversioned: true,
  owner: { none: 'switches file the calls of all users' },
  params: { id: Batch },
  query: submissionQuery,
  body: Submission,
  bodyText: {
    types: ['application/x-www-form-urlencoded', 'text/csv', 'text/plain'],
    withQuery: 'format',
  },
  bodyLimit: maxBody,
  takesBasic: true,
  format: 'dialplan',
  rate: 'ingest',
  answers: { 200: SubmissionAnswer },
  errors: ['EMPTY_BATCH', 'TOO_MANY_RECORDS', 'CDR_VALIDATION_FAILED', 'UNAVAILABLE'],
  effects: [
    reads('organization'),
    reads('cdrmapping'),
    // Whose call a record is that names no organization.
    reads('number'),
    reads('trunk'),
    reads('device'),
    reads('user'),
    reads('cdr'),
    // What records would cost (`dry_run`).
    reads('billingprofile'),
    reads('tariff'),
    reads('tariffchunk'),
    reads('balance'),
    reads('usage'),
    writes('cdrbatch'),
    writes('cdrrejection'),
    reports('cdr.rejected'),
    sends('cdr-ingest'),
  ],
});

export const cdrs = resource('cdr', {
  area: 'billing',
  format: 'standard',
  owner: 'found',
  errors: cdrErrors,
  endpoints: [listCdrs, getUsage, getCdr, submitCdrs, createCdrExport, getCdrExport],
  examples,
});
