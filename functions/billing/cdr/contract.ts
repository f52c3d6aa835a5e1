import * as z from 'zod';
import { links, reads, records, sends, writes } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { pageQuery } from '../../../shared/schema/query.ts';
import { IdInUrl } from '../../../shared/schema/values.ts';
import { ExportAnswer, ExportReceipt, NewExport } from './export.ts';
import { CdrAnswer, ListedCdr } from './presented-cdr.ts';
import { searchQuery } from './search.ts';
import { Batch, Submission, SubmissionAnswer } from './submission.ts';

/** What Lambda's event leaves of its 6 MB for a body of JSON, whose quotes it escapes. */
const largestBody = 4 * 1024 * 1024;

export const listCdrs = endpoint('GET /cdr', {
  summary: 'Search CDRs by time, number, trunk, user, call or batch',
  description:
    'By call start, newest first. `start` and `end` default to the last 24 hours; with `batch_id` no range is needed, and the answer tells what became of the batch.',
  scope: 'cdr:read',
  query: { ...pageQuery, ...searchQuery },
  answers: { 200: listOf(ListedCdr) },
  errors: [],
  effects: [
    reads('cdr'),
    reads('cdr', 'GSI1'),
    reads('cdr', 'GSI2'),
    reads('cdrparty'),
    reads('cdrparty', 'GSI1'),
    reads('cdrparty', 'GSI2'),
    reads('cdrcall'),
    reads('cdrcall', 'GSI1'),
    reads('cdrcall', 'GSI2'),
    reads('cdrbatch'),
    reads('cdrrejection'),
  ],
});

export const getCdr = endpoint('GET /cdr/{id}', {
  summary: 'A CDR with its rating, and the ratings before it',
  description: 'With the id of an export job: that job.',
  scope: 'cdr:read',
  params: { id: IdInUrl },
  answers: { 200: z.union([CdrAnswer, ExportAnswer]) },
  errors: [],
  effects: [reads('cdr'), reads('export'), links('exports')],
});

export const postExport = endpoint('POST /cdr/export', {
  summary: 'Export CDRs to a file of CSV or JSON lines',
  description:
    'By call start, oldest first; the filters are those of the search. Columns are named by their place in a CDR as the search answers it (`rating.tariff.id`); without `columns` JSON lines are whole CDRs. A compressed file has several members (RFC 1952, section 2.2).',
  scope: 'cdr:read',
  body: NewExport,
  rate: 'ingest',
  answers: { 202: ExportReceipt },
  errors: [],
  effects: [writes('export'), writes('count'), records('cdr.exported')],
});

export const getExport = endpoint('GET /cdr/export/{id}', {
  summary: 'State of an export, and the link to its file',
  description: 'The file is kept for 7 days, a link for 15 minutes.',
  scope: 'cdr:read',
  params: { id: IdInUrl },
  answers: { 200: ExportAnswer },
  errors: [],
  effects: [reads('export'), links('exports')],
});

export const postCdrs = endpoint('POST /cdr/{id}', {
  summary: 'File a batch of CDRs',
  description:
    'The reference calls `id` the index: it names the batch, and may come again. Accepted means queued: the consumer is the last judge.',
  scope: 'cdr:write',
  params: { id: Batch },
  body: Submission,
  bodyLimit: largestBody,
  format: 'dialplan',
  rate: 'ingest',
  answers: { 200: SubmissionAnswer },
  errors: ['EMPTY_BATCH', 'TOO_MANY_RECORDS', 'CDR_VALIDATION_FAILED', 'UNAVAILABLE'],
  effects: [
    reads('organization'),
    reads('cdr'),
    writes('cdrbatch'),
    writes('cdrrejection'),
    records('cdr.rejected'),
    sends('cdr-ingest'),
  ],
});

export const cdrs = resource('cdr', {
  area: 'billing',
  format: 'standard',
  endpoints: [listCdrs, getCdr, postCdrs, postExport, getExport],
});
