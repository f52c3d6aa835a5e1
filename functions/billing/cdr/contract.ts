import * as z from 'zod';
import { linksObjects, reads, records, reports, sends, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { IdInUrl } from '#schema/values.ts';
import { examples } from './examples.ts';
import { ExportAnswer, ExportReceipt, NewExport } from './export.ts';
import { CdrAnswer, ListedCdr } from './presented-cdr.ts';
import { searchQuery } from './search.ts';
import { Batch, Submission, SubmissionAnswer, cdrErrors } from './submission.ts';
import { maxSummed, UsageAnswer } from './usage.ts';

/** Bytes. Lambda's event of 6 MB holds the body as a JSON string, in which quotes are escaped. */
const maxBody = 4 * 1024 * 1024;

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
    'By call start, newest first. `start` and `end` default to the last 24 hours. ' +
    'With `batch_id` no range is needed, and the answer has the counts of the batch. ' +
    'A batch that is unknown, or of another organization, is not found.',
  scope: 'cdr:read',
  query: { ...pageQuery, ...searchQuery },
  answers: { 200: listOf(ListedCdr) },
  errors: [],
  effects: [...findsCdrs, reads('cdrbatch'), reads('cdrrejection'), reads('trunk')],
});

export const getUsage = endpoint('GET /usage', {
  id: 'getUsage',
  summary: 'Get the calls, seconds and charges of today, hour by hour',
  description:
    'By the start of the calls, in the time zone of the organization: the hours of today, and as many before it as ' +
    'make 24. Calls count as soon as their CDR is filed. ' +
    `The newest ${maxSummed} are summed; \`complete\` says whether these are all.`,
  scope: 'cdr:read',
  answers: { 200: UsageAnswer },
  errors: [],
  effects: findsCdrs,
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
    'By call start, oldest first, with the filters of the search. ' +
    'Columns are named by their path in a CDR (`rating.tariff.id`); without `columns`, JSON lines are whole CDRs. ' +
    'A compressed file has several members (RFC 1952, section 2.2).',
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
  description: 'The file is stored for 7 days; a link is valid for 15 minutes.',
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
    '`id` names the batch; the same name may be used again. ' +
    'An accepted record is queued: the consumer of the queue decides whether it becomes a CDR. ' +
    'A record with a higher `revision` replaces a filed one, and `void` reverses its charge (then `call_id`, `leg`, ' +
    '`org_id` and `revision` suffice); one of the same content fills `cost`, `cause`, `custom` and `quality`. ' +
    'A record without `org_id` belongs to the organization in reach that holds its own number, unless it names a ' +
    'trunk, device or user of the caller; else to that of the caller. `results` name the organization.',
  scope: 'cdr:write',
  owner: { none: 'switches file the calls of all users' },
  params: { id: Batch },
  body: Submission,
  bodyLimit: maxBody,
  format: 'dialplan',
  rate: 'ingest',
  answers: { 200: SubmissionAnswer },
  errors: ['EMPTY_BATCH', 'TOO_MANY_RECORDS', 'CDR_VALIDATION_FAILED', 'UNAVAILABLE'],
  effects: [
    reads('organization'),
    // Whose call a record is that names no organization.
    reads('number'),
    reads('trunk'),
    reads('device'),
    reads('user'),
    reads('cdr'),
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
