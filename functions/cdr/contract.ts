import { reads, records, sends, writes } from '../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../shared/contract/endpoint.ts';
import { resource } from '../../shared/contract/resource.ts';
import { pageQuery } from '../../shared/schema/query.ts';
import { IdInUrl } from '../../shared/schema/values.ts';
import { CdrAnswer, ListedCdr } from './presented-cdr.ts';
import { searchQuery } from './search.ts';
import { Batch, Submission, SubmissionAnswer } from './submission.ts';

/** What Lambda's event leaves of its 6 MB for a body of JSON, whose quotes it escapes. */
const largestBody = 4 * 1024 * 1024;

export const listCdrs = endpoint('GET /cdr', {
  summary: 'Search CDRs by time, number, trunk, user, call or batch',
  description: 'By call start, newest first. `start` and `end` default to the last 24 hours; with `batch_id` no range is needed, and the answer tells what became of the batch.',
  scope: 'cdr:read',
  query: { ...pageQuery, ...searchQuery },
  answers: { 200: listOf(ListedCdr) },
  errors: [],
  effects: [
    reads('cdr'), reads('cdr', 'GSI1'), reads('cdr', 'GSI2'), reads('cdrparty'), reads('cdrparty', 'GSI1'), reads('cdrparty', 'GSI2'),
    reads('cdrcall'), reads('cdrcall', 'GSI1'), reads('cdrcall', 'GSI2'), reads('cdrbatch'), reads('cdrrejection'),
  ],
});

export const getCdr = endpoint('GET /cdr/{id}', {
  summary: 'A CDR with its rating, and the ratings before it',
  scope: 'cdr:read',
  params: { id: IdInUrl },
  answers: { 200: CdrAnswer },
  errors: [],
  effects: [reads('cdr')],
});

export const postCdrs = endpoint('POST /cdr/{id}', {
  summary: 'File a batch of CDRs',
  description: 'The reference calls `id` the index: it names the batch, and may come again. Accepted means queued: the consumer is the last judge.',
  scope: 'cdr:write',
  params: { id: Batch },
  body: Submission,
  bodyLimit: largestBody,
  face: 'dialplan',
  rate: 'ingest',
  answers: { 200: SubmissionAnswer },
  errors: ['EMPTY_BATCH', 'TOO_MANY_RECORDS', 'CDR_VALIDATION_FAILED', 'UNAVAILABLE'],
  effects: [reads('organization'), reads('cdr'), writes('cdrbatch'), writes('cdrrejection'), records('cdr.rejected'), sends('cdr-ingest')],
});

export const cdrs = resource('cdr', { area: 'billing', face: 'standard', endpoints: [listCdrs, getCdr, postCdrs] });
